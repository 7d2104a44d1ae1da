"""Imports taken back: not known from that day on, known as of a day before, and free to be imported again."""

from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import text
from stored_figures import MOMENT

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_all
from data.ingest.imports import own_definitions, read_file
from data.ingest.storing import store
from data.store import withdrawals
from data.store.refreshes import Origin, refreshes
from data.store.store import Store
from data.store.vintages import stored_rows
from data.store.withdrawals import standing, withdraw

BASE = read_all()
HEADER = "series_id,period,value,unit,freq,region,published\n"
LOAD = "private.acme.load"


@pytest.fixture
def bring(tmp_path, migrated):
    def go(value, *, moment, unit="MW"):
        path = tmp_path / "figures.csv"
        path.write_text(f"{HEADER}{LOAD},2026-01-01,{value},{unit},Q,US,2026-04-10\n")
        with migrated.connect() as connection:
            rows = standing(stored_rows(connection, scope=Scope.PRIVATE), withdrawals.withdrawals(connection))
        imported = read_file(
            path, source="acme", definitions=definitions(), retrieved=moment, before=own_definitions(rows)
        )  # fmt: skip
        return store(migrated, imported.reading, BASE, definitions=imported.definitions)

    return go


@pytest.fixture
def taken_back(migrated, monkeypatch):
    """Withdraw a day after the import, whatever day it is."""

    def go(source="private.acme", *, reason="wrong unit", after=1):
        monkeypatch.setattr(withdrawals, "now", lambda: MOMENT + timedelta(days=after))
        return withdraw(migrated, source, actor="ann", reason=reason)

    return go


def loads(migrated, *, after):
    figures = Store.load(migrated, scope=Scope.PRIVATE)
    rows = figures.latest((MOMENT + timedelta(days=after)).date()).filter(pl.col("series_id") == LOAD)
    return rows.select("value", "unit").rows()


def test_a_withdrawn_import_is_known_before_that_day_and_not_from_it_on(bring, taken_back, migrated):
    bring(80, moment=MOMENT)
    before = Store.load(migrated, scope=Scope.PRIVATE)
    withdrawal = taken_back()
    assert (withdrawal.source, withdrawal.rows) == ("private.acme", 1)
    assert loads(migrated, after=0) == [(80.0, "MW")]
    assert loads(migrated, after=1) == loads(migrated, after=9) == []
    figures = Store.load(migrated, scope=Scope.PRIVATE)
    assert LOAD not in figures.catalogue().entries
    assert figures.newest == (MOMENT + timedelta(days=1)).date()
    assert figures.sha256(MOMENT.date()) == before.sha256(MOMENT.date())
    with migrated.connect() as connection:
        assert stored_rows(connection, scope=Scope.PRIVATE).height == 1, "nothing is deleted"


def test_the_log_and_the_table_say_who_took_it_back_when_and_why(bring, taken_back, migrated):
    bring(80, moment=MOMENT)
    taken_back(reason=" wrong unit ")
    last = refreshes(migrated, source="private.acme")[-1]
    assert (last.origin, last.scope, last.read) == (Origin.WITHDRAWN, Scope.PRIVATE, 1)
    (row,) = Store.load(migrated, scope=Scope.PRIVATE).withdrawals.iter_rows(named=True)
    assert (row["source_id"], row["actor"], row["reason"]) == ("private.acme", "ann", "wrong unit")
    assert Store.load(migrated).withdrawals.is_empty(), "the public scope hears nothing of it"


@pytest.mark.parametrize(("value", "unit"), [(80, "MW"), (0.08, "GW"), (80_000, "MW")])
def test_a_withdrawn_file_or_a_corrected_one_is_imported_again(bring, taken_back, migrated, value, unit):
    bring(80, moment=MOMENT)
    taken_back()
    again = bring(value, moment=MOMENT + timedelta(days=2), unit=unit)
    assert (again.added, again.quarantined) == (1, 0)
    assert loads(migrated, after=3) == [(value, unit)]
    taken_back(after=4)
    assert loads(migrated, after=5) == []


def test_what_cannot_be_withdrawn_is_told(bring, taken_back):
    with pytest.raises(NotFound, match="eia"):
        taken_back("eia")
    bring(80, moment=MOMENT)
    with pytest.raises(NotFound) as unknown:
        taken_back("private.other")
    assert "private.acme" in unknown.value.remedy
    with pytest.raises(InvalidParameter, match="say why"):
        taken_back(reason=" ")
    taken_back()
    with pytest.raises(InvalidParameter, match="withdrawn before"):
        taken_back()


def test_a_withdrawal_is_never_changed_or_deleted(bring, taken_back, migrated):
    bring(80, moment=MOMENT)
    taken_back()
    for statement in ("UPDATE withdrawals SET reason = ''", "DELETE FROM withdrawals"):
        with pytest.raises(Exception, match="append-only"), migrated.begin() as connection:
            connection.execute(text(statement))
