"""kill -9 at any point of training, registering and promoting: the old champion stands, and running again finishes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import killed_command
import pytest
from sqlalchemy import text
from versions import trials, version

from data.store.database import engine
from headroom import cli, wiring
from headroom.settings import load
from training.artifact.published import Published
from training.champion.ledger import promotions

pytestmark = pytest.mark.slow
TRAIN = (
    "train", "--series", "nvidia.datacenter.revenue,cn.electricity.generation.total.owid",
    "--members", "naive2,drift,theta_log", "--set", "workers=1", "--json",
)  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home whose champion is m-1, with m-2 beside it."""
    for name in ("m-1", "m-2"):
        version(tmp_path / "var" / "models", name, trials())
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HEADROOM_TRACKING_URI", f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}")
    # Versions of a few series, which no projection could be made with.
    monkeypatch.setattr(wiring, "obstacle", lambda *_: None)
    assert cli.run(["models", "promote", "m-1", "--reason", "first"]) == 0
    return tmp_path / "var"


def command(*arguments):
    program = [sys.executable, str(Path(killed_command.__file__)), "builtins:breakpoint"]
    return subprocess.run([*program, *arguments], capture_output=True, text=True, check=False, timeout=600)


def killed(point, *arguments):
    program = str(Path(killed_command.__file__))
    process = subprocess.run(
        [sys.executable, program, point, *arguments], check=False, timeout=600, capture_output=True
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()


def runs(home):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{home.parent / 'mlruns' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("headroom").experiment_id])
    versions = client.search_model_versions("name='headroom-ensemble'")
    return [run.info.status for run in runs], [item.tags["version"] for item in versions]


def sound(home):
    for path in (home / "headroom.db", home.parent / "mlruns" / "mlflow.db"):
        database_engine = engine(path)
        with database_engine.connect() as connection:
            assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        database_engine.dispose()


def at_night(*points):
    """Each is two trainings: by day only the one that leaves most behind."""
    return [pytest.param(point, marks=pytest.mark.nightly) for point in points]


@pytest.mark.parametrize(
    "point",
    [
        "training.tracking.registration:_log+",
        *at_night(
            "data.base.artifacts:_flush",
            "training.train:run",
            "training.tracking.tracking:_create+",
            "training.train:write+",
            "sql:INSERT INTO promotions",
            "training.train:by_gate+",
            "training.tracking.record:_metrics",
            "training.tracking.registration:_open+",
            "training.tracking.registration:_register+",
            "training.train:align",
        ),
    ],
)
def test_a_training_killed_anywhere_leaves_the_champion_and_can_be_finished(home, point):
    killed(point, *TRAIN)
    assert wiring.champion(load()).version == "m-1"
    again = command(*TRAIN)
    assert again.returncode == 0, again.stderr
    facts = json.loads(again.stdout.splitlines()[-1])
    # The champion of this test was made without a run, so only its alias cannot follow.
    assert "m-1 is not registered" in facts["tracking_fault"]
    version = facts["version"]
    assert Published.load(home / "models" / version).version == version
    assert wiring.champion(load()).version == "m-1"
    assert [(line.kind.value, line.candidate) for line in promotions(home / "headroom.db")] == [
        ("promote", "m-1"), ("keep", version),
    ]  # fmt: skip
    assert runs(home) == (["FINISHED"], [version]), "one run and one version, however often it was begun"
    assert not list((home / "spool").glob("m-*"))
    sound(home)


@pytest.mark.parametrize(
    "point", ["training.champion.promotion:judge", "sql:INSERT INTO promotions", "training.champion.ledger:promote+"]
)
def test_a_promotion_killed_anywhere_is_made_whole_or_not_at_all(home, point):
    killed(point, "models", "promote", "m-2", "--reason", "newer")
    complete = point.endswith("+")
    assert wiring.champion(load()).version == ("m-2" if complete else "m-1")
    assert command("models", "promote", "m-2", "--reason", "newer").returncode == (2 if complete else 0)
    assert [line.model_version for line in promotions(home / "headroom.db")] == ["m-1", "m-2"]


def test_a_training_killed_before_its_record_was_written_is_recorded_by_sync(home):
    killed("training.train:by_gate+", *TRAIN)
    assert not list((home / "spool").glob("m-*"))
    promotion = promotions(home / "headroom.db")[-1].candidate
    assert command("models", "promote", promotion, "--reason", "as good").returncode == 0
    process = command("models", "sync", "--json")
    assert (process.returncode, json.loads(process.stdout)["sent"]) == (0, [promotion])
    assert runs(home) == (["FINISHED"], [promotion])
    artifacts = home.parent / "mlruns" / "artifacts"
    assert [path.name for path in artifacts.rglob("fan_*.png")] == ["fan_cn.electricity.generation.total.owid.png"]
    assert [path.name for path in artifacts.rglob("scores.csv")] == ["scores.csv"]
    sound(home)


@pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(("1", "2"), id="two versions", marks=pytest.mark.nightly),
        pytest.param(("1", "1"), id="one version twice"),
    ],
)
def test_two_trainings_at_once_on_nothing_end_with_whole_stores(tmp_path, monkeypatch, seeds):
    home = tmp_path / "var"
    monkeypatch.setenv("HEADROOM_HOME", str(home))
    monkeypatch.setenv("HEADROOM_TRACKING_URI", f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}")
    both = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", "headroom", *TRAIN, "--seed", seed],
            env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in seeds
    ]  # fmt: skip
    ends = [(*process.communicate(timeout=600), process.returncode) for process in both]
    assert [end[2] for end in ends] == [0, 0], [end[1] for end in ends]
    facts = [json.loads(end[0].splitlines()[-1]) for end in ends]
    assert [fact["tracking_fault"] for fact in facts] == [None, None]
    statuses, versions = runs(home)
    assert sorted(versions) == sorted({fact["version"] for fact in facts})
    assert statuses == ["FINISHED"] * len(set(seeds))
    for name in versions:
        Published.load(home / "models" / name)
    sound(home)
