"""A refresh from the wire to the database: every way a source fails, and that none of them leaves anything behind."""

import sqlite3
from datetime import date

import pytest
from plain_source import source
from sqlalchemy import event, func, select

from data.base.errors import (
    PayloadTooLarge,
    PayloadTruncated,
    SourceChanged,
    SourceKeyMissing,
    SourceRefused,
    SourceUnreachable,
)
from data.catalogue.observations import read_all
from data.catalogue.reasons import Reason
from data.connectors.contract import Access
from data.ingest.refresh import RefreshOptions, refresh
from data.store.database import engine, upgrade
from data.store.quarantine import quarantined_rows
from data.store.refreshes import Status, last_readings, refreshes
from data.store.relations import ANSWERS, OBSERVATIONS, QUARANTINE

BASE = read_all().clear()
PATH = "/figures.example.org/figures.csv"
THREE = "period,value\n2026-01-01,100\n2026-02-01,101\n2026-03-01,102\n"
WISH = RefreshOptions(today=date(2026, 11, 24))


@pytest.fixture
def database(tmp_path):
    upgrade(tmp_path / "headroom.db")
    database_engine = engine(tmp_path / "headroom.db")
    yield database_engine
    database_engine.dispose()


@pytest.fixture
def run(database, make_fetcher):
    def go(*sources, access=None, refresh_options=WISH, **settings):
        outcomes = refresh(
            database,
            sources or (source(),),
            base=BASE,
            access=access or Access(),
            fetcher=lambda: make_fetcher(**settings),
            refresh_options=refresh_options,
            report=lambda *_: None,
            connector_of=lambda one: one.plain,
        )
        return {outcome.source: outcome for outcome in outcomes}

    return go


def count(database_engine, table):
    with database_engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_what_a_source_says_is_stored_and_logged(run, source_server, database):
    source_server.answer(PATH, THREE + "2026-04-01,NA\n", etag='"a"')
    refresh = run()["plain"].refresh
    assert (refresh.status, refresh.read, refresh.marked, refresh.added, refresh.quarantined) == (
        Status.COMPLETE,
        4,
        1,
        3,
        0,
    )
    assert count(database, OBSERVATIONS) == 3
    assert refreshes(database) == (refresh,)


def test_an_unchanged_source_is_asked_conditionally_and_adds_nothing(run, source_server, database):
    source_server.answer(PATH, THREE, etag='"a"')
    run()
    again = run()["plain"].refresh
    assert again.status is Status.UNCHANGED
    assert source_server.requests[-1].headers["if-none-match"] == '"a"'
    assert count(database, OBSERVATIONS) == 3


def test_the_same_body_without_validators_is_known_by_its_hash(run, source_server, database):
    source_server.answer(PATH, THREE)
    run()
    assert run()["plain"].refresh.status is Status.UNCHANGED
    assert count(database, ANSWERS) == 1


def test_again_asks_for_everything_whole(run, source_server):
    source_server.answer(PATH, THREE, etag='"a"')
    run()
    again = run(refresh_options=RefreshOptions(today=date(2026, 11, 24), again=True))["plain"].refresh
    assert (again.status, again.unchanged) == (Status.COMPLETE, 3)
    assert "if-none-match" not in source_server.requests[-1].headers


def test_pages_are_one_reading(run, source_server):
    source_server.answer(PATH, THREE + "next,two.csv\n", etag='"a"')
    source_server.answer("/figures.example.org/two.csv", "period,value\n2026-04-01,103\n", etag='"b"')
    assert run()["plain"].refresh.added == 4
    # The first page is asked for whole, or the second would not be known.
    assert run()["plain"].refresh.status is Status.UNCHANGED
    assert "if-none-match" not in source_server.requests[-2].headers


def test_a_later_page_that_fails_leaves_nothing_of_the_first(run, source_server, database):
    source_server.answer(PATH, THREE + "next,two.csv\n")
    source_server.answer("/figures.example.org/two.csv", status=500)
    outcome = run()["plain"]
    assert isinstance(outcome.fault, SourceUnreachable)
    assert (count(database, OBSERVATIONS), count(database, ANSWERS)) == (0, 0)
    assert [entry.status for entry in refreshes(database)] == [Status.FAILED]


FAULTS = {
    "server errors": ({"status": 500}, SourceUnreachable),
    "a refusal": ({"status": 403}, SourceRefused),
    "gone": ({"status": 404}, SourceRefused),
    "a cut body": ({"body": THREE, "cut": 20}, PayloadTruncated),
    "a page instead of the file": ({"body": "<!doctype html><title>Maintenance</title>"}, SourceChanged),
    "a changed header": ({"body": "month,value\n2026-01-01,1\n"}, SourceChanged),
    "a huge file": ({"body": "x" * 1024, "repeat": 64}, PayloadTooLarge),
    "patience beyond ours": ({"status": 429, "retry_after": 9999}, SourceUnreachable),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_stores_nothing_is_logged_and_stops_no_other_source(run, source_server, database, name):
    answer, error = FAULTS[name]
    source_server.answer("/broken.example.org/figures.csv", **answer)
    source_server.answer(PATH, THREE)
    outcomes = run(source("broken", host="broken.example.org"), source(), limit=32_768)
    assert isinstance(outcomes["broken"].fault, error)
    assert outcomes["plain"].refresh.added == 3
    assert count(database, OBSERVATIONS) == 3
    logged = {entry.source: entry for entry in refreshes(database)}
    assert logged["broken"].status is Status.FAILED
    assert logged["broken"].error.startswith(f"{error.code}: ")
    # A reading that failed is none: only the other source has been read.
    assert last_readings(database) == {"plain": logged["plain"].finished}


def test_a_passing_fault_is_waited_out(run, source_server, waits):
    source_server.answer(PATH, status=429, retry_after=7)
    source_server.answer(PATH, THREE)
    assert run()["plain"].refresh.added == 3
    assert waits == [7.0]


def test_a_mistake_in_a_parser_is_a_fault_of_that_source_alone(run, source_server):
    source_server.answer("/broken.example.org/figures.csv", THREE)
    source_server.answer(PATH, THREE)
    outcomes = run(source("broken", host="broken.example.org", bug=True), source())
    assert isinstance(outcomes["broken"].fault, SourceChanged)
    assert "KeyError" in outcomes["broken"].fault.reason
    assert outcomes["plain"].refresh.added == 3


def test_a_missing_key_is_a_reason_to_skip_and_a_fault_of_a_named_source(run, source_server, database):
    keyed = source(key="eia_key")
    assert "HEADROOM_EIA_KEY" in run(keyed)["plain"].skipped
    assert refreshes(database) == ()
    outcome = run(keyed, refresh_options=RefreshOptions(today=date(2026, 11, 24), named=True))["plain"]
    assert isinstance(outcome.fault, SourceKeyMissing)
    source_server.answer(PATH, THREE)
    assert run(keyed, access=Access(keys={"eia_key": "k"}))["plain"].refresh.added == 3


def test_bad_rows_lie_in_quarantine_once_and_good_ones_are_let_in(run, source_server, database):
    body = THREE + "2026-04-01,many\n2026-05-01,-5\n2026-06-15,7\n2026-07-01,1e30\n"
    source_server.answer(PATH, body)
    source_server.answer(PATH, body + "2026-08-01,104\n")
    refresh = run()["plain"].refresh
    assert (refresh.added, refresh.quarantined) == (3, 4)
    assert {entry.reason for entry in quarantined_rows(database)} == {
        Reason.NOT_A_NUMBER,
        Reason.SIGN,
        Reason.PERIOD_INVALID,
        Reason.OUT_OF_RANGE,
    }
    again = run()["plain"].refresh
    assert (again.added, again.quarantined) == (1, 0)
    assert count(database, QUARANTINE) == 4


def test_a_dry_run_reads_and_leaves_no_trace(run, source_server, database):
    source_server.answer(PATH, THREE, etag='"a"')
    assert run(refresh_options=RefreshOptions(today=date(2026, 11, 24), dry=True))["plain"].refresh.added == 3
    assert (count(database, OBSERVATIONS), refreshes(database)) == (0, ())
    assert run()["plain"].refresh.added == 3


def test_a_page_whose_next_cannot_be_told_fails_its_own_source_only(run, source_server):
    source_server.answer(PATH, THREE)
    source_server.answer("/other.example.org/figures.csv", THREE)
    outcomes = run(source(lost=True), source("other", host="other.example.org"))
    assert isinstance(outcomes["plain"].fault, SourceChanged)
    assert outcomes["other"].refresh.added == 3


def test_rows_the_database_refuses_fail_their_own_source_only(run, source_server, database):
    source_server.answer(PATH, THREE)
    source_server.answer("/other.example.org/figures.csv", THREE)

    @event.listens_for(database, "before_cursor_execute")
    def _(_connection, _cursor, statement, parameters, *_facts):
        if statement.startswith("INSERT INTO observations") and "plain" in str(parameters):
            raise sqlite3.OperationalError("disk I/O error")

    outcomes = run(source(), source("other", host="other.example.org"))
    assert "disk I/O error" in str(outcomes["plain"].fault)
    assert outcomes["plain"].refresh.status is Status.FAILED
    assert outcomes["other"].refresh.added == 3
    assert count(database, OBSERVATIONS) == 3
