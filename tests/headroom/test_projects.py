"""``mlflow run``: the commands as entry points of the project, for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headroom.settings import load, tracked
from projection.simulate.model_inputs import DRIVERS
from training.artifact.published import Published

ROOT = Path(__file__).resolve().parents[2]
FEW = "nvidia.datacenter.revenue,cn.electricity.generation.total.owid"
MEMBERS = ("-P", "members=naive2,drift", "-P", "set=workers=1")


@pytest.fixture
def run(tmp_path):
    """``mlflow run`` on the project, with a home and a store of the test."""

    def go(*arguments):
        environment = os.environ | {
            "HEADROOM_HOME": str(tmp_path / "var"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(
            [sys.executable, "-m", "mlflow", "run", str(ROOT), "--env-manager", "local", *arguments],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return go


@pytest.mark.slow
def test_train_and_promote_run_as_projects_and_up_serves_what_they_made(run, serving, tmp_path):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    client.create_experiment("headroom", artifact_location=(tmp_path / "artifacts").as_uri())

    def train(series):
        process = run("-e", "train", "--experiment-name", "headroom", "-P", f"series={series}", *MEMBERS)
        assert process.returncode == 0, process.stderr
        tracked_run, *_ = client.search_runs([client.get_experiment_by_name("headroom").experiment_id])
        assert tracked_run.info.status == "FINISHED"
        assert tracked_run.data.params["members"] == "naive2,drift", "as it was asked for"
        assert tracked_run.data.params["engine"] == "local, 1 workers"
        version = tracked_run.data.tags["headroom.version"]
        assert Published.load(tmp_path / "var" / "models" / version).version == version
        (registered,) = client.search_model_versions(f"name='headroom-ensemble' and run_id='{tracked_run.info.run_id}'")
        assert registered.tags["version"] == version
        return version

    def promote(version):
        return run("-e", "promote", "--experiment-name", "headroom", "-P", f"version={version}", "-P", "reason=agreed")

    few = train(FEW)
    refused = promote(few)
    assert refused.returncode != 0
    assert f"not_projectable: {few} cannot be projected: " in refused.stderr

    whole = train(",".join(DRIVERS))
    promotion = promote(whole)
    assert promotion.returncode == 0, promotion.stderr
    assert client.get_model_version_by_alias("headroom-ensemble", "champion").tags["version"] == whole

    with serving(tmp_path, "up") as server:
        server.await_address()
        assert (server.outcomes()["train"], server.outcomes()["project"]) == ("not needed", "done")
        status, ready = server.get("/readyz")
        assert (status, ready["champion"]["version"]) == (200, whole)
        answer = server.get("/v1/gaps?region=US&layer=power")[1]
        assert answer["points"] != []
        # The edition keeps what its day knew of the tracker.
        assert [source for source in answer["sources"] if "Frontier Data Centers, " in source and " to " in source]
        # Its draws of single sites were made before it was served.
        assert [site for site in server.get("/v1/sites?region=US&tracker=epoch_sites")[1]["items"] if site["likely"]]
        assert server.stop() == 0


def test_inside_a_project_its_store_is_ours_unless_another_one_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tracking_uri = f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}"
    assert tracked(load()) == (tracking_uri, None)
    monkeypatch.setenv("MLFLOW_RUN_ID", "r1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlruns/mlflow.db")
    assert tracked(load()) == (tracking_uri, "r1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert tracked(load()) == ("http://127.0.0.1:5000", "r1")
    # What MLflow takes when nobody names a store: its run is there, ours where it always is.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    assert tracked(load()) == (tracking_uri, None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    monkeypatch.setenv("HEADROOM_TRACKING_URI", "http://127.0.0.1:6000")
    assert tracked(load()) == ("http://127.0.0.1:6000", None)
