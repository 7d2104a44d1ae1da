"""A home is backed up and restored whole, between databases too, and one of the release before is upgraded."""

import json
import tarfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from data.base.errors import DataError
from data.base.scopes import Scope
from data.store.citations import citations
from data.store.database import migrate_to, open_database, revision
from data.store.ledger import editions, promote, promotions
from data.store.scoreboards import last_board, record_board
from headroom import cli
from projection.edition.edition import Edition

GOLDEN = Path(__file__).parents[1] / "projection" / "edition" / "golden" / "format_4.tar.xz"
NAME = "e-20261123-golden4"
BEFORE = "0005"
"""Schema of the release before."""


@pytest.fixture
def home(tmp_path):
    """A home with an edition of the former format, a promotion with a quote in its reason, a citation, a scoreboard."""
    place = tmp_path / "home"
    unpack(place)
    assert cli.run(["editions", "adopt", NAME, "--home", str(place)]) == 0
    assert cli.run(["editions", "cite", NAME, "--in", "a paper", "--home", str(place)]) == 0
    with open_database(f"sqlite:///{place / 'headroom.db'}") as engine:
        day, outcomes = date(2026, 11, 23), bytes(range(256))
        record_board(engine, as_of=day, sha256="0" * 64, skipped=["none"], outcomes=outcomes, scope=Scope.PUBLIC)
        promote(engine, model_version="m-1", actor="me", evidence={"crps": 0.1}, reason="the first, 'as it is'\nü")
    (place / "models" / "m-1").mkdir(parents=True)
    (place / "models" / "m-1" / "manifest.json").write_text("{}")
    return place


def unpack(home):
    with tarfile.open(GOLDEN) as archive:
        archive.extractall(home / "editions", filter="data")


def contents(url):
    with open_database(url) as engine:
        board = last_board(engine, scope=Scope.PUBLIC)
        return editions(engine), promotions(engine), citations(engine), revision(engine), board


def run(*arguments, code=0):
    assert cli.run([str(argument) for argument in arguments]) == code


def test_what_is_restored_is_what_was_backed_up(home, tmp_path, database, monkeypatch):
    before = contents(f"sqlite:///{home / 'headroom.db'}")
    run("db", "backup", tmp_path / "b.tar", "--home", home)
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("HEADROOM_DATABASE_URL", database)
    other = tmp_path / "other"
    run("db", "restore", tmp_path / "b.tar", "--home", other)
    assert contents(database) == before
    run("editions", "verify", NAME, "--home", other)
    assert (other / "models" / "m-1" / "manifest.json").read_text() == "{}"
    with open_database(database) as engine:
        line = promote(engine, model_version="m-2", actor="me", evidence={}, reason="the next")
    assert line.id == before[1][-1].id + 1
    run("db", "backup", tmp_path / "again.tar", "--home", other)
    run("db", "restore", tmp_path / "again.tar", "--home", tmp_path / "third", code=2)  # The database is the same one.


def test_a_backup_without_editions_keeps_their_entries(home, tmp_path):
    run("db", "backup", tmp_path / "b.tar", "--no-editions", "--home", home)
    run("db", "restore", tmp_path / "b.tar", "--home", tmp_path / "other")
    assert contents(f"sqlite:///{tmp_path / 'other' / 'headroom.db'}")[0]
    assert not (tmp_path / "other" / "editions").exists()


def test_nothing_is_restored_over_what_is_there(home, tmp_path):
    run("db", "backup", tmp_path / "b.tar", "--home", home)
    run("db", "backup", tmp_path / "b.tar", "--home", home, code=2)
    run("db", "restore", tmp_path / "b.tar", "--home", home, code=2)
    run("editions", "verify", NAME, "--home", home)


def test_a_damaged_backup_restores_nothing(home, tmp_path):
    run("db", "backup", tmp_path / "b.tar", "--home", home)
    content = (tmp_path / "b.tar").read_bytes()
    (tmp_path / "b.tar").write_bytes(content.replace(b"the first", b"the worst"))
    run("db", "restore", tmp_path / "b.tar", "--home", tmp_path / "other", code=1)
    assert not (tmp_path / "other" / "headroom.db").exists()
    (tmp_path / "b.tar").write_bytes(content[:1000])
    run("db", "restore", tmp_path / "b.tar", "--home", tmp_path / "other", code=2)


@pytest.fixture
def former_home(tmp_path):
    """A home as the release before left it: its schema, its entries and an edition of its format."""
    place = tmp_path / "former"
    unpack(place)
    edition = Edition.load(place / "editions" / NAME)
    with open_database(f"sqlite:///{place / 'headroom.db'}") as engine:
        migrate_to(engine, BEFORE)
        row = {"id": NAME, "issued": datetime(2026, 11, 23, 12, tzinfo=UTC).replace(tzinfo=None).isoformat(" ")}
        row |= {"sha": edition.manifest_sha256, "path": str(edition.directory)}
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO editions"
                    " (id, issued, data_as_of, model_version, manifest_sha256, path, scope, sequence)"
                    " VALUES (:id, :issued, '2026-11-23', 'm-20261123-00000000', :sha, :path, 'public', 1)"
                ),
                row,
            )
    return place


def test_a_home_of_the_release_before_is_upgraded(former_home, capsys):
    run("db", "upgrade", "--home", former_home)
    capsys.readouterr()
    run("editions", "list", "--json", "--home", former_home)
    (row,) = json.loads(capsys.readouterr().out)["items"]
    assert (row["edition"], row["state"]) == (NAME, "verified")


def test_a_backup_of_the_release_before_is_restored_and_upgraded(former_home, tmp_path, database, monkeypatch):
    run("db", "backup", tmp_path / "b.tar", "--home", former_home)
    monkeypatch.setenv("HEADROOM_DATABASE_URL", database)
    run("db", "restore", tmp_path / "b.tar", "--home", tmp_path / "other")
    run("editions", "verify", NAME, "--home", tmp_path / "other")
    run("editions", "cite", NAME, "--in", "a paper", "--home", tmp_path / "other")


def test_a_schema_of_a_later_release_is_refused(tmp_path):
    with open_database(f"sqlite:///{tmp_path / 'later.db'}") as engine, pytest.raises(DataError, match="not known"):
        migrate_to(engine, "9999")
