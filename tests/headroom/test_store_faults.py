"""A database that is down, refuses, or cannot be written: one line at every door, with a remedy that is true."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from databases import postgres_url
from sqlalchemy.engine import make_url
from versions import trials, version

from data.base.errors import StoreUnreachable
from headroom import cli, wiring
from headroom.settings import load

__all__ = ["postgres_url"]

DOORS = (
    ["models", "list"],
    ["models", "show"],
    ["models", "promote", "m-1", "--reason", "x"],
    ["models", "rollback", "--reason", "x"],
    ["models", "sync"],
    ["models", "drift"],
    ["db", "upgrade"],
    ["data", "list"],
    ["data", "check"],
    ["data", "quarantine"],
    ["data", "refresh", "--dry-run"],
    ["data", "import", "mine.csv"],
    ["train"],
    ["project"],
    ["scoreboard"],
    ["up", "--no-serve"],
    ["serve", "--port", "0"],
)


def fault(capsys, *arguments):
    """Exit code and the one line of an error as JSON."""
    capsys.readouterr()
    code = cli.run([*arguments, "--json"])
    output, err = capsys.readouterr()
    lines = err.splitlines()
    assert len(lines) == 1, (output, err)
    return code, json.loads(lines[0])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.csv").write_text("series_id,period,value,unit,freq,region\nprivate.x,2026-01-01,1,MW,Q,US\n")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("door", DOORS, ids=" ".join)
def test_a_server_that_is_down_is_told_in_one_line_at_every_door(door, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("HEADROOM_DATABASE_URL", f"postgresql://bob:s3cretpw@127.0.0.1:{port}/figures")
    code, message = fault(capsys, *door)
    assert (code, message["code"]) == (1, "store_unreachable")
    assert f"127.0.0.1:{port}, database figures" in message["detail"]
    assert "refused" in message["detail"]
    assert "HEADROOM_DATABASE_URL" in message["remedy"]
    assert "upgrade" not in message["remedy"]
    assert "s3cretpw" not in json.dumps(message)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("part", "sentence"), [("database", "nowhere"), ("username", "nobody")])
def test_a_server_that_does_not_know_database_or_user_says_so(part, sentence, postgres_url, monkeypatch, capsys):
    url = make_url(postgres_url).set(**{part: sentence})
    monkeypatch.setenv("HEADROOM_DATABASE_URL", url.render_as_string(hide_password=False))
    for door in (["models", "list"], ["db", "upgrade"], ["data", "list"]):
        code, message = fault(capsys, *door)
        assert (code, message["code"]) == (1, "store_unreachable")
        assert f'"{sentence}" does not exist' in message["detail"]


@pytest.mark.usefixtures("folder")
def test_a_server_that_does_not_answer_is_given_up_in_seconds(monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("HEADROOM_DATABASE_URL", f"postgresql://bob:pw@127.0.0.1:{port}/figures")
        started = time.monotonic()
        code, message = fault(capsys, "models", "list")
        assert time.monotonic() - started < 60
    assert (code, message["code"]) == (1, "store_unreachable")
    assert "timeout" in message["detail"]


@pytest.fixture
def home(folder, monkeypatch):
    monkeypatch.setattr(wiring, "obstacle", lambda *_: None)
    version(folder / "var" / "models", "m-1", trials())
    assert cli.run(["models", "promote", "m-1", "--reason", "first"]) == 0
    return folder / "var"


def test_a_file_that_is_no_database_says_so_at_every_door(home, capsys):
    for name in ("headroom.db", "headroom.db-wal", "headroom.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "headroom.db").write_bytes(b"not a database" * 100)
    for door in (["models", "list"], ["data", "list"], ["db", "upgrade"]):
        code, message = fault(capsys, *door)
        assert (code, message["code"]) == (1, "store_unusable")
        assert "not a database" in message["detail"]
        assert "move it away" in message["remedy"]
    (home / "headroom.db").rename(home / "away")
    assert cli.run(["models", "list"]) == 0, "the remedy works"


def test_a_file_that_another_process_keeps_locked_is_told_as_locked(home, monkeypatch, capsys):
    monkeypatch.setattr("data.store.database.BUSY_MILLISECONDS", 100)
    with closing(sqlite3.connect(home / "headroom.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        code, message = fault(capsys, "data", "list")
        assert (code, message["code"]) == (1, "store_locked")
    assert cli.run(["data", "list"]) == 0


def test_an_older_schema_is_told_with_the_upgrade_that_mends_it(home, capsys):
    for path in home.glob("headroom.db*"):
        path.unlink()
    (home / "headroom.db").touch()
    code, message = fault(capsys, "data", "list")
    assert (code, message["code"], message["remedy"]) == (1, "store_unusable", "run: headroom db upgrade")
    assert (cli.run(["db", "upgrade"]), cli.run(["data", "list"])) == (0, 0), "the remedy works"


def test_a_newer_schema_is_told_as_newer(home, capsys):
    with closing(sqlite3.connect(home / "headroom.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    code, message = fault(capsys, "models", "list")
    assert code == 1
    assert "newer version" in message["remedy"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="rights do not stop the superuser")
def test_a_file_that_must_not_be_written_says_so(home, capsys):
    (home / "headroom.db").chmod(0o400)
    code, message = fault(capsys, "models", "promote", "m-1", "--reason", "x")
    assert (code, message["code"]) == (1, "store_unusable")
    assert "writable" in message["remedy"]


def test_a_full_disk_is_told_as_one(home, tmp_path):
    """On a small file system of its own, which only a superuser can mount."""
    small = tmp_path / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=600k none {small} && cp {home}/headroom.db {small} && "
        f"(head -c 1000000 /dev/zero > {small}/fill; {sys.executable} -P -m headroom models list --json --home {small})"
    )
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here: apt-get install util-linux, and run as root")
    process = subprocess.run(
        [unshare, "-m", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=600
    )
    message = json.loads(process.stderr.splitlines()[-1])
    assert (process.returncode, message["code"]) == (1, "store_unusable")
    assert message["remedy"].startswith("free space")


def test_a_store_that_went_away_is_one_error_for_requests_too(monkeypatch):
    monkeypatch.setenv("HEADROOM_DATABASE_URL", "postgresql://bob:pw@127.0.0.1:9/figures")
    with pytest.raises(StoreUnreachable):
        wiring.promotions(load())
