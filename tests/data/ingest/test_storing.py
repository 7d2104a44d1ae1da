"""Vintages on both databases: what is news, what was known when, and that nothing is ever half there."""

import signal
import subprocess
import sys
import threading
import uuid
from datetime import date, timedelta
from pathlib import Path

import killed_store
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from stored_figures import MOMENT, SALES, months, reading, row, rows

from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_all
from data.ingest.storing import store
from data.store.refreshes import refreshes
from data.store.relations import GROWING, OBSERVATIONS, REFRESHES
from data.store.store import Store
from data.store.vintages import CHUNK, STORED, news, stored_rows

BASE = read_all()
KNOWN = definitions()
NOTHING = BASE.clear()


def keep(database_engine, reading, **options):
    return store(database_engine, reading, NOTHING, definitions=KNOWN, **options)


def vintages_of(database_engine, scope=Scope.PUBLIC):
    with database_engine.connect() as connection:
        return stored_rows(connection, scope=scope)


def counts(refresh):
    return refresh.added, refresh.revised, refresh.unchanged, refresh.quarantined


def later(days):
    return MOMENT + timedelta(days=days)


def test_the_same_refresh_twice_adds_nothing(migrated):
    first = reading(months([100.0, 101.0, 102.0]))
    again = reading(months([100.0, 101.0, 102.0], published=date(2026, 11, 25)), retrieved=later(1))
    assert counts(keep(migrated, first)) == (3, 0, 0, 0)
    assert counts(keep(migrated, first)) == (0, 0, 3, 0)
    assert counts(keep(migrated, again)) == (0, 0, 3, 0)
    assert vintages_of(migrated).height == 3


def test_a_revision_is_a_further_vintage_and_the_first_stays_readable(migrated):
    keep(migrated, reading(months([100.0, 101.0])))
    revised = months([100.0, 103.0], published=date(2026, 12, 1))
    assert counts(keep(migrated, reading(revised, retrieved=later(7)))) == (0, 1, 1, 0)
    figures = Store.load(migrated)
    february = pl.col("period") == date(2026, 2, 1)
    mine = pl.col("source_id") == "test_source"
    before = figures.latest(date(2026, 11, 30)).filter(february & mine)
    after = figures.latest(date(2026, 12, 1)).filter(february & mine)
    assert (before["value"].item(), after["value"].item()) == (101.0, 103.0)
    assert figures.as_of(date(2026, 12, 1)).filter(february & mine)["value"].to_list() == [101.0, 103.0]
    assert figures.as_of(date(2026, 11, 23)).filter(mine).is_empty()


def test_a_value_that_goes_back_to_what_it_was_is_news(migrated):
    for days, value in enumerate((100.0, 104.0, 100.0)):
        frame = months([value], published=(later(days)).date())
        keep(migrated, reading(frame, retrieved=later(days)))
    assert vintages_of(migrated)["value"].to_list() == [100.0, 104.0, 100.0]


def test_two_readings_of_one_day_are_both_kept_and_the_later_one_counts(migrated):
    keep(migrated, reading(months([100.0])))
    keep(migrated, reading(months([102.0]), retrieved=MOMENT + timedelta(hours=3)))
    figures = Store.load(migrated)
    mine = figures.latest(date(2026, 11, 24)).filter(pl.col("source_id") == "test_source")
    assert mine["value"].to_list() == [102.0]


def test_old_vintages_that_come_late_are_put_in_their_place(migrated):
    # A filing system gives every filing at once, and the comparative figures of later years with them.
    first = row(date(2024, 1, 1), 10.0, published=date(2024, 5, 1))
    same = row(date(2024, 1, 1), 10.0, published=date(2025, 5, 1))
    restated = row(date(2024, 1, 1), 11.0, published=date(2026, 5, 1))
    assert counts(keep(migrated, reading(rows(first, same, restated)))) == (1, 1, 1, 0)
    figures = Store.load(migrated)
    mine = pl.col("source_id") == "test_source"
    assert figures.latest(date(2025, 12, 31)).filter(mine)["value"].to_list() == [10.0]
    assert figures.latest(date(2026, 6, 1)).filter(mine)["value"].to_list() == [11.0]
    assert counts(keep(migrated, reading(rows(first, same, restated), retrieved=later(1)))) == (0, 0, 3, 0)


def test_a_dry_run_counts_and_stores_nothing(migrated):
    assert counts(keep(migrated, reading(months([100.0, 101.0])), dry=True)) == (2, 0, 0, 0)
    assert vintages_of(migrated).is_empty()
    assert refreshes(migrated) == ()


def test_a_figure_is_stored_to_the_last_bit(migrated):
    values = [0.1 + 0.2, 1 / 3, 123456789.123456789, 5e-7]
    keep(migrated, reading(months(values)), revision=1e9)
    vintages = vintages_of(migrated)
    assert set(vintages["value"].to_list()) <= set(values)
    assert vintages.schema == pl.Schema(STORED)
    assert vintages["retrieved"].unique().to_list() == [MOMENT]


@pytest.mark.parametrize("table", ["refreshes", "observations", "quarantine"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = 99", "DELETE FROM {}"])
def test_what_was_written_is_neither_changed_nor_deleted(migrated, table, statement):
    keep(migrated, reading(months([100.0, -1.0])))
    with pytest.raises(IntegrityError, match="append-only"), migrated.begin() as connection:
        connection.execute(text(statement.format(table)))
    assert vintages_of(migrated)["value"].to_list() == [100.0]


def test_every_table_of_figures_is_guarded(migrated):
    guarded_tables = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT event_object_table FROM information_schema.triggers",
    }
    with migrated.connect() as connection:
        guarded = set(connection.execute(text(guarded_tables[migrated.dialect.name])).scalars())
    of_ledger = {"promotions", "drift_checks", "edition_recalls", "edition_citations"}
    assert guarded == of_ledger | {table.name for table in GROWING}


STEPS = st.lists(
    st.tuples(st.integers(0, 40), st.dictionaries(st.integers(0, 3), st.sampled_from([1.0, 2.0, 3.0]), min_size=1)),
    min_size=1,
    max_size=6,
)


@given(STEPS, st.integers(0, 45))
def test_what_was_known_on_a_day_is_what_was_last_said_by_then(steps, as_of):
    # The reference is a diary: who said what, in the order of the days; reading it backwards gives what was known.
    diary = sorted(steps, key=lambda step: step[0])
    vintages = pl.DataFrame(schema=STORED)
    for days, figure in diary:
        frame = rows(
            *(row(date(2024, 1 + month, 1), value, published=later(days).date()) for month, value in figure.items())
        )
        new_rows = news(frame, vintages).rows.drop("first", "before")
        vintages = pl.concat(
            [
                vintages,
                new_rows.with_columns(retrieved=pl.lit(later(days)), scope=pl.lit("public"))
                .select(list(STORED))
                .cast(STORED),
            ]
        )
    day = later(as_of).date()
    expected = {}
    for days, figure in diary:
        if later(days).date() <= day:
            expected |= {date(2024, 1 + month, 1): value for month, value in figure.items()}
    figures = Store.of(NOTHING, pl.DataFrame(schema={"source_id": pl.String, "release_lag_days": pl.Int64}))
    over = vintages.with_columns(private=pl.lit(value=False)).select(figures.observations.columns)
    latest = Store(over, figures.lags, figures.site_vintages, figures.accelerators).latest(day)
    assert dict(latest.select("period", "value").iter_rows()) == expected


@settings(max_examples=settings.default.max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_refresh_repeated_at_once_adds_nothing(migrated, steps):
    source = f"source_{uuid.uuid4().hex}"
    for days, figure in sorted(steps, key=lambda step: step[0]):
        frame = rows(
            *(
                row(date(2024, 1 + month, 1), value, published=later(days).date(), source_id=source)
                for month, value in figure.items()
            )
        )
        keep(migrated, reading(frame, retrieved=later(days), source=source), revision=1e9)
        repeated = keep(migrated, reading(frame, retrieved=later(days), source=source), revision=1e9)
        assert (repeated.added, repeated.revised) == (0, 0)


def test_refreshes_at_once_store_a_figure_once(migrated):
    frame = months([100.0 + place for place in range(240)], start=2005)
    faults = []

    def one():
        try:
            keep(migrated, reading(frame))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            faults.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(600)
    assert faults == []
    assert vintages_of(migrated).height == 240
    assert sum(refresh.added for refresh in refreshes(migrated)) == 240


@pytest.mark.parametrize("chunk", [0, 1])
def test_a_refresh_killed_in_the_middle_leaves_nothing_and_runs_again(migrated, database, chunk):
    program = Path(killed_store.__file__)
    child = subprocess.run([sys.executable, str(program), database, str(chunk)], check=False, timeout=600)
    assert child.returncode == -signal.SIGKILL
    with migrated.connect() as connection:
        assert connection.execute(select(func.count()).select_from(OBSERVATIONS)).scalar_one() == 0
        assert connection.execute(select(func.count()).select_from(REFRESHES)).scalar_one() == 0
    frame = killed_store.many()
    assert frame.height > CHUNK
    assert keep(migrated, reading(frame), revision=1e9).added == 1
    assert vintages_of(migrated).height == frame.height


def test_shipped_and_refreshed_rows_lie_side_by_side(migrated):
    keep(migrated, reading(months([1.1e5], start=2026)))
    figures = Store.load(migrated)
    assert figures.observations.height == BASE.height + 1
    assert figures.newest == date(2026, 11, 24)
    new = figures.observations.filter(pl.col("retrieved").is_not_null())
    assert new.select("series_id", "private").row(0) == (SALES, False)
    assert Store.shipped().sha256(date(2026, 11, 23)) == figures.sha256(date(2026, 11, 23))
    assert Store.shipped().sha256(date(2026, 11, 24)) != figures.sha256(date(2026, 11, 24))
