"""Where trainings are recorded: whose store it is, where it lies, and what sync makes of one that is lost or moved."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from versions import trials, version

from headroom import cli, wiring
from headroom.settings import load

ACME = "acme_orders"
LOADING = """
import sys
sys.path = [path for path in sys.path if path != sys.argv[4]]
import importlib.util
assert importlib.util.find_spec("training") is None, "no Headroom is installed here"
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}@champion")
given = pandas.DataFrame({"series_id": [sys.argv[3]], "period": ["2026-07-01"], "value": [10.0]})
print(len(model.predict(given)))
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with two public versions, the first of them champion."""
    monkeypatch.chdir(tmp_path)
    # These versions forecast nothing that a projection reads.
    monkeypatch.setattr(wiring, "obstacle", lambda *_: None)
    for name in ("m-1", "m-2"):
        version(tmp_path / "var" / "models", name, trials())
    assert cli.run(["models", "promote", "m-1", "--reason", "first"]) == 0
    return tmp_path / "var"


def answer(capsys, *arguments):
    capsys.readouterr()
    code = cli.run([*arguments, "--json"])
    text, err = capsys.readouterr()
    return code, json.loads((text or err).splitlines()[-1])


def client(file):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{file}", registry_uri=f"sqlite:///{file}")


def loaded(file, *, model="headroom-ensemble", series="s00"):
    """Rows the champion answers in a process that cannot import Headroom."""
    process = subprocess.run(
        [sys.executable, "-P", "-c", LOADING, f"sqlite:///{file}", model, series, str(ROOT)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return int(process.stdout)


def content(folder):
    """Every row of the databases and every byte of the other files below a folder."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as database:
                files[str(path)] = list(database.iterdump())
        elif path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock")):
            files[str(path)] = path.read_bytes()
    return files


def test_sync_logs_the_champion_from_its_files_where_a_store_lacks_it(home, capsys):
    code, facts = answer(capsys, "models", "sync")
    assert (code, facts["sent"]) == (0, ["m-1"])
    assert facts["repaired"] == ["m-1 logged anew: the store did not have it", "champion -> m-1"]
    store = home.parent / "mlruns" / "mlflow.db"
    assert loaded(store) == 9
    (folder,) = (path.parent for path in (home.parent / "mlruns").rglob("MLmodel"))
    for name in ("requirements.txt", "conda.yaml"):
        assert "headroom" not in (folder / name).read_text(), "that name on PyPI is somebody else's package"
    assert answer(capsys, "models", "sync") == (0, {"sent": [], "repaired": [], "waiting": []})


@pytest.mark.slow
def test_a_store_that_was_moved_is_read_and_written_where_it_lies_now(home, tmp_path, capsys, monkeypatch):
    assert answer(capsys, "models", "sync")[0] == 0
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    (tmp_path / "mlruns").rename(moved / "mlruns")
    home.rename(moved / "var")
    monkeypatch.chdir(moved)
    code, facts = answer(capsys, "models", "sync")
    assert (code, facts["sent"]) == (0, [])
    assert facts["repaired"] == [f"artifacts {tmp_path}/mlruns/artifacts -> {moved}/mlruns/artifacts"]
    assert loaded(moved / "mlruns" / "mlflow.db") == 9
    assert not (tmp_path / "mlruns").exists(), "nothing is written where it lay before"


@pytest.mark.slow
def test_a_copy_of_a_store_leaves_the_original_as_it_is(home, tmp_path, capsys, monkeypatch):
    assert answer(capsys, "models", "sync")[0] == 0
    before = content(tmp_path / "mlruns")
    other = tmp_path / "copy"
    shutil.copytree(tmp_path / "mlruns", other / "mlruns")
    shutil.copytree(home, other / "var")
    monkeypatch.chdir(other)
    assert cli.run(["models", "promote", "m-2", "--reason", "here only"]) == 0
    assert answer(capsys, "models", "sync")[1]["sent"] == ["m-2"]
    assert content(tmp_path / "mlruns") == before
    here = client(other / "mlruns" / "mlflow.db")
    for run in here.search_runs([here.get_experiment_by_name("headroom").experiment_id]):
        assert run.info.artifact_uri.startswith((other / "mlruns" / "artifacts").as_uri())
    assert loaded(other / "mlruns" / "mlflow.db") == 9


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["artifacts", "address", "code", "bytes"])
@pytest.mark.usefixtures("home")
def test_a_champion_that_cannot_be_loaded_is_logged_anew(tmp_path, capsys, loss):
    assert answer(capsys, "models", "sync")[0] == 0
    store = tmp_path / "mlruns" / "mlflow.db"
    (folder,) = (path.parent for path in (tmp_path / "mlruns").rglob("MLmodel"))
    match loss:
        case "artifacts":
            shutil.rmtree(tmp_path / "mlruns" / "artifacts")
        case "address":
            with closing(sqlite3.connect(store)) as database, database:
                database.execute("UPDATE model_versions SET source = 'file:///gone', storage_location = 'file:///gone'")
        case "code":
            shutil.rmtree(folder / "code")
        case "bytes":
            next(folder.rglob("forecasts.parquet")).write_bytes(b"")
    code, facts = answer(capsys, "models", "sync")
    assert (code, facts["sent"]) == (0, ["m-1"])
    assert facts["repaired"][0].startswith("m-1 logged anew: ")
    assert loaded(store) == 9
    assert answer(capsys, "models", "sync")[1]["repaired"] == []


def test_a_champion_lost_here_and_in_the_store_is_told_with_what_helps(home, capsys):
    (home / "models" / "m-1" / "scores.parquet").unlink()
    code, fault = answer(capsys, "models", "sync")
    assert (code, fault["code"]) == (1, "artifact_corrupt")
    assert "headroom train" in fault["remedy"]


def private_champion(home):
    version(home / "private" / "models", "m-p", trials(), names=(f"private.{ACME}",))
    assert cli.run(["models", "promote", "m-p", "--reason", "mine", "--private"]) == 0


@pytest.mark.slow
def test_private_versions_never_reach_the_store_named_for_public_ones(home, tmp_path, monkeypatch, capsys):
    team = tmp_path / "team"
    for name, value in (("HEADROOM_TRACKING_URI", team), ("MLFLOW_TRACKING_URI", team)):
        monkeypatch.setenv(name, f"sqlite:///{value / 'mlflow.db'}")
    assert answer(capsys, "models", "sync")[1]["sent"] == ["m-1"]
    before = content(team)
    monkeypatch.setenv("MLFLOW_RUN_ID", "r" * 32)
    private_champion(home)
    version(home / "private" / "models", "m-q", trials(), names=(f"private.{ACME}",))
    assert answer(capsys, "models", "sync", "--private")[1]["sent"] == ["m-p"]
    assert cli.run(["models", "promote", "m-q", "--reason", "newer", "--private"]) == 0
    assert answer(capsys, "models", "sync", "--private")[1]["sent"] == ["m-q"]
    assert cli.run(["models", "rollback", "--reason", "worse", "--private"]) == 0
    monkeypatch.delenv("MLFLOW_RUN_ID")
    assert answer(capsys, "models", "sync") == (0, {"sent": [], "repaired": [], "waiting": []})
    assert content(team) == before
    private_store = home / "private" / "mlruns" / "mlflow.db"
    assert loaded(private_store, model="headroom-ensemble-private", series=f"private.{ACME}") == 9
    assert client(private_store).get_experiment_by_name("headroom") is None
    public = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(home / "private")]
    # The ledger is one for both scopes, and its owner's alone.
    assert [path for path in public if ACME.encode() in path.read_bytes() and path.parent != home] == []


def test_a_setting_of_its_own_names_a_server_for_private_versions(home, tmp_path, monkeypatch, capsys):
    store = tmp_path / "mine" / "mlflow.db"
    monkeypatch.setenv("HEADROOM_PRIVATE_TRACKING_URI", f"sqlite:///{store}")
    private_champion(home)
    assert answer(capsys, "models", "sync", "--private")[1]["sent"] == ["m-p"]
    version = client(store).get_model_version_by_alias("headroom-ensemble-private", "champion")
    assert version.tags["version"] == "m-p"
    assert store.stat().st_mode & 0o077 == 0
    assert store.parent.stat().st_mode & 0o077 == 0


def test_one_home_has_one_store_wherever_a_command_runs(tmp_path, monkeypatch):
    places = set()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        places.add(load(home=str(tmp_path / "srv")).tracking_uri.get_secret_value())
    assert places == {f"sqlite:///{tmp_path}/srv/mlruns/mlflow.db"}
    settings = load(home=str(tmp_path / "project" / "var"))
    assert settings.tracking_uri.get_secret_value() == f"sqlite:///{tmp_path}/project/mlruns/mlflow.db"


@pytest.mark.slow
def test_what_is_private_is_for_its_owner_alone_whatever_the_umask(home, tmp_path, capsys):
    before = os.umask(0)
    try:
        for name in ("headroom.db", "spool"):
            (home / name).chmod(0o777) if (home / name).exists() else None
        private_champion(home)
        assert answer(capsys, "models", "sync", "--private")[0] == 0
        assert answer(capsys, "models", "sync")[0] == 0
        with closing(sqlite3.connect(home / "headroom.db")) as open_store:
            open_store.execute("CREATE TABLE scratch (x)")
            files = [home / name for name in ("headroom.db", "headroom.db-wal", "headroom.db-shm")]
            assert {file.name: file.stat().st_mode & 0o777 for file in files} == dict.fromkeys(
                (file.name for file in files), 0o600
            )
    finally:
        os.umask(before)
    for folder in (home / "private", home / "spool", home / "private" / "spool"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert not list(Path(tmp_path).rglob("headroom-tracking.lock"))


@pytest.mark.slow
def test_a_private_training_leaves_the_team_store_and_its_champion_alone(home, tmp_path, monkeypatch, capsys):
    team = tmp_path / "team"
    for name in ("HEADROOM_TRACKING_URI", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(name, f"sqlite:///{team / 'mlflow.db'}")
    assert answer(capsys, "models", "sync")[1]["sent"] == ["m-1"]
    before = content(team)
    rows = [f"private.{ACME},{2016 + month // 12}-{month % 12 + 1:02d}-01,{100 + month},MW,M,US" for month in range(96)]
    (tmp_path / "mine.csv").write_text("\n".join(["series_id,period,value,unit,freq,region", *rows]) + "\n")
    assert cli.run(["data", "import", "mine.csv", "--source", "mine"]) == 0
    choice = ("--series", f"private.{ACME}", "--members", "naive2,drift,theta_log", "--set", "workers=1")
    code, facts = answer(capsys, "train", "--private", *choice)
    assert (code, facts["tracking_fault"]) == (0, None)
    assert cli.run(["models", "promote", facts["version"], "--reason", "mine", "--private"]) == 0
    for scope in (["--private"], []):
        assert answer(capsys, "models", "sync", *scope)[0] == 0
    assert content(team) == before
    private_client = client(home / "private" / "mlruns" / "mlflow.db")
    champion = private_client.get_model_version_by_alias("headroom-ensemble-private", "champion")
    assert champion.tags["version"] == facts["version"]


NO_ANSWER = {
    "postgresql://u:s3cret@127.0.0.1:9/team": "postgresql at 127.0.0.1:9, database team: connection failed",
    "postgresql+psycopg://u:s3cret@127.0.0.1:9/team": "Connection refused",
    "mysql+pymysql://u:s3cret@127.0.0.1:9/team": "no driver for mysql+pymysql",
    "http://u:s3cret@127.0.0.1:9": "Connection refused",
}


@pytest.mark.parametrize("uri", NO_ANSWER)
def test_a_tracking_server_that_is_down_is_one_line(home, monkeypatch, capsys, uri):
    assert home.is_dir()
    monkeypatch.setenv("HEADROOM_TRACKING_URI", uri)
    capsys.readouterr()
    assert cli.run(["models", "sync"]) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert err.startswith("error: training_error: tracking at ")
    assert NO_ANSWER[uri] in err
    assert "s3cret" not in err
