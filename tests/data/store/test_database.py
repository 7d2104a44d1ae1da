import multiprocessing
import signal
import subprocess
import sys
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path

import killed_upgrade
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from filelock import FileLock
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

import data.store
from data.base.errors import DataError, InvalidParameter, PromotionConflict, StoreLocked, StoreUnusable
from data.base.scopes import Scope
from data.store.database import MIGRATIONS, engine, upgrade, writing
from data.store.drift_checks import last_check, record_check
from data.store.ledger import (
    EDITIONS,
    ChampionStatus,
    Decision,
    IssuedEdition,
    Over,
    champion,
    champion_status,
    editions,
    promote,
    promotions,
    record_edition,
)
from data.store.metadata import METADATA
from data.store.relations import REFRESHES

for name in data.store.__all__:
    import_module(f"data.store.{name}")
import_module("service.access.tables")
import_module("service.events.tables")
import_module("service.jobs.tables")  # every module that declares a table is loaded before they are compared

EDITION = IssuedEdition(
    id="e-20261123-aa",
    issued=datetime(2026, 11, 23, 12, tzinfo=UTC),
    data_as_of=date(2026, 11, 23),
    model_version="m-1",
    manifest_sha256="0" * 64,
    path="editions/e-20261123-aa",
)


@pytest.fixture
def ledger(migrated):
    return migrated


def test_the_migrations_make_the_tables_the_code_reads(ledger):
    with ledger.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_sqlite_runs_with_a_write_ahead_log_foreign_keys_and_patience(tmp_path):
    database_engine = engine(tmp_path / "headroom.db")
    with database_engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text("PRAGMA busy_timeout")).scalar_one() == 10_000
    database_engine.dispose()


def test_upgrading_again_keeps_what_was_recorded(ledger, database):
    record_edition(ledger, EDITION)
    upgrade(database)
    record_edition(ledger, EDITION)
    assert editions(ledger) == (EDITION,)


def test_an_edition_is_never_recorded_with_another_manifest(ledger):
    record_edition(ledger, EDITION)
    changed = IssuedEdition(**{name: getattr(EDITION, name) for name in EDITION.__slots__} | {"manifest_sha256": "1"})
    with pytest.raises(InvalidParameter):
        record_edition(ledger, changed)


def issue(name, issued, scope=Scope.PUBLIC):
    return replace(EDITION, id=name, issued=issued, scope=scope)


def test_editions_stand_in_the_order_they_were_recorded_whatever_the_clock_said(ledger):
    ahead, now, behind = (
        issue(name, datetime(year, 11, 23, tzinfo=UTC)) for name, year in (("a", 2027), ("b", 2026), ("c", 2025))
    )
    for edition in (ahead, now, behind, issue("p", datetime(2026, 1, 1, tzinfo=UTC), Scope.PRIVATE)):
        record_edition(ledger, edition)
    assert editions(ledger, scope=Scope.PUBLIC) == (ahead, now, behind)
    assert [edition.id for edition in editions(ledger, scope=Scope.PRIVATE)] == ["p"]


def test_an_edition_recorded_again_is_the_last_one_of_its_scope(ledger):
    first, second = (issue(name, datetime(2026, 11, 23, tzinfo=UTC)) for name in ("a", "b"))
    for edition in (first, second, second, first):
        record_edition(ledger, edition)
    assert editions(ledger) == (second, first)
    with pytest.raises(InvalidParameter, match="scope"):
        record_edition(ledger, replace(first, scope=Scope.PRIVATE))


def test_a_migration_numbers_editions_in_the_order_they_were_inserted(database):
    upgrade(database)
    database_engine = engine(database)
    back(database_engine, "0003")
    with database_engine.begin() as connection:
        for name, year in (("z", 2027), ("m", 2025), ("a", 2026)):
            edition = issue(name, datetime(year, 11, 23, tzinfo=UTC))
            columns = {name: value for name, value in asdict(edition).items() if name != "recalled"}
            connection.execute(insert(EDITIONS).values(columns))
    upgrade(database)
    record_edition(database_engine, issue("b", datetime(2024, 1, 1, tzinfo=UTC)))
    assert [edition.id for edition in editions(database_engine)] == ["z", "m", "a", "b"]
    database_engine.dispose()


def back(database_engine, revision):
    """Take the schema back to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with database_engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_each_promotion_names_the_one_before(ledger):
    assert champion(ledger) is None
    promote(ledger, model_version="m-1", actor="gate", evidence={"crps": 0.5}, reason="first")
    promote(ledger, model_version="m-2", actor="ann", evidence={"crps": 0.4}, reason="better")
    assert [(p.model_version, p.previous_version) for p in promotions(ledger)] == [("m-1", None), ("m-2", "m-1")]
    newest = champion(ledger)
    assert newest is not None
    assert (newest.model_version, newest.evidence, newest.created.tzinfo) == ("m-2", {"crps": 0.4}, UTC)


@pytest.mark.parametrize("statement", ["UPDATE promotions SET actor = 'me'", "DELETE FROM promotions"])
def test_a_promotion_can_neither_be_changed_nor_deleted(ledger, statement):
    promote(ledger, model_version="m-1", actor="gate", evidence={}, reason="first")
    with pytest.raises(IntegrityError, match="append-only"), ledger.begin() as connection:
        connection.execute(text(statement))
    assert [p.actor for p in promotions(ledger)] == ["gate"]


def test_a_check_of_the_champion_is_kept_for_ever(ledger):
    assert last_check(ledger, model_version="m-1") is None
    for advised in (False, True):
        record_check(
            ledger, model_version="m-1", data_as_of=date(2026, 11, 23), advised=advised, report={"reasons": ["old"]}
        )
    newest = last_check(ledger, model_version="m-1")
    assert newest is not None
    assert (newest.advised, newest.report) == (True, {"reasons": ["old"]})
    assert last_check(ledger, model_version="m-2") is None
    with pytest.raises(IntegrityError, match="append-only"), ledger.begin() as connection:
        connection.execute(text("DELETE FROM drift_checks"))


def test_a_challenger_that_is_kept_out_leaves_a_line_and_the_champion(ledger):
    promote(ledger, model_version="m-1", actor="gate", evidence={}, reason="first", manifest_sha256="aa")
    decision = promote(ledger, model_version="m-2", actor="gate", evidence={}, reason="worse", kind=Decision.KEEP)
    assert (decision.model_version, decision.previous_version, decision.candidate) == ("m-1", "m-1", "m-2")
    assert champion(ledger).model_version == "m-1"
    assert champion_status(ledger) == ChampionStatus(
        promotions(ledger)[0], turn=1, challenger="m-2", manifest_sha256="aa"
    )
    promote(ledger, model_version="m-2", actor="ann", evidence={}, reason="all the same")
    back = promote(ledger, model_version="m-1", actor="ann", evidence={}, reason="no", kind=Decision.ROLLBACK)
    assert champion_status(ledger) == ChampionStatus(back, turn=2, challenger=None)


def test_nothing_can_be_kept_before_the_first_promotion(ledger):
    with pytest.raises(InvalidParameter):
        promote(ledger, model_version="m-2", actor="gate", evidence={}, reason="worse", kind=Decision.KEEP)


def test_a_decision_over_a_champion_that_is_gone_is_a_conflict(ledger):
    promote(ledger, model_version="m-1", actor="gate", evidence={}, reason="first", over=Over(None))
    with pytest.raises(PromotionConflict, match="m-3 was to follow no champion, but m-1 stands") as conflict:
        promote(ledger, model_version="m-3", actor="ann", evidence={}, reason="first", over=Over(None))
    assert conflict.value.code == "promotion_conflict"
    assert [p.model_version for p in promotions(ledger)] == ["m-1"]


@pytest.mark.parametrize("evidence", [{"crps": float("nan")}, {"when": date(2026, 1, 1)}])
def test_evidence_that_is_not_json_is_refused(ledger, evidence):
    with pytest.raises(InvalidParameter):
        promote(ledger, model_version="m-1", actor="gate", evidence=evidence, reason="first")
    assert promotions(ledger) == ()


def test_a_moment_without_a_time_zone_is_refused(ledger):
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(Exception, match="no time zone"):
        promote(ledger, model_version="m-1", actor="gate", evidence={}, reason="first", created=naive)


def test_a_held_lock_is_told_not_waited_for_without_end(tmp_path):
    with FileLock(f"{tmp_path / 'headroom.db'}.lock"), pytest.raises(StoreLocked):
        upgrade(tmp_path / "headroom.db", timeout=0.05)


def test_a_file_that_is_no_database_is_told_in_one_sentence(tmp_path):
    path = tmp_path / "headroom.db"
    path.write_text("not a database, but long enough to be read as one by a careless reader" * 20)
    with pytest.raises(StoreUnusable, match=r"not a database.*move it away"):
        upgrade(path)


def test_a_schema_of_a_later_version_is_not_touched(ledger, database):
    with ledger.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DataError, match="not known"):
        upgrade(database)


@pytest.mark.parametrize("url", ["nonsense://", "sqlite+nodriver:///x", "://"])
def test_a_url_without_a_driver_is_an_input_error(url):
    with pytest.raises(InvalidParameter):
        engine(url)


def test_processes_that_start_at_once_migrate_once(database):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=upgrade, args=(database,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(600)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


@pytest.mark.parametrize("statement", [8, 14, 22, 32])
def test_a_migration_killed_in_the_middle_leaves_what_was_and_runs_again(database, statement):
    program = Path(killed_upgrade.__file__)
    child = subprocess.run([sys.executable, str(program), database, str(statement)], check=False, timeout=600)
    assert child.returncode == -signal.SIGKILL
    upgrade(database)
    database_engine = engine(database)
    with database_engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database_engine.dispose()


def test_a_writer_that_does_not_end_is_a_lock_and_a_known_schema_waits_for_none(ledger, database):
    with writing(ledger, REFRESHES):
        with pytest.raises(StoreLocked, match="locked"), writing(ledger, REFRESHES, timeout=0.1):
            pass
        upgrade(database, timeout=0.1)
    with writing(ledger, REFRESHES, timeout=0.1):
        pass
