"""Bring your own: every column, every mistake, and that nobody sees it who did not ask."""

from datetime import date

import pytest
from stored_figures import MOMENT

from data.definitions import definitions
from data.errors import InvalidParameter
from data.imports import read_file
from data.observations import COMPILED, read_all
from data.quarantine import held
from data.reasons import Reason
from data.scopes import Scope
from data.store import Store
from data.storing import store

BASE = read_all()
SALES = "us.electricity.sales.commercial.eia"


@pytest.fixture
def bring(tmp_path, migrated):
    def go(text, *, source="mine"):
        path = tmp_path / "figures.csv"
        path.write_text(text)
        found = read_file(path, source=source, known=definitions(), retrieved=MOMENT)
        return store(migrated, found.reading, BASE, known=found.definitions)

    return go


def mine(made, scope=Scope.PRIVATE):
    return Store.load(made, scope=scope).observations.filter(source_id="private.mine")


def test_a_known_series_takes_its_definition_from_the_catalogue(bring, migrated):
    told = bring(f"series_id,period,value\n{SALES},2026-01-01,120000\n")
    assert (told.added, told.quarantined) == (1, 0)
    row = mine(migrated).row(0, named=True)
    assert (row["unit"], row["region"], row["freq"], row["kind"]) == ("GWh", "US", "M", "actual")
    assert (row["published"], row["private"]) == (MOMENT.date(), True)


def test_a_series_of_ones_own_states_its_unit_freq_and_region(bring, migrated):
    text = (
        "series_id,period,value,unit,freq,region,low,high,kind,published,note\n"
        "private.campus.load,2026-01-01,80,MW,Q,US-VA,70,90,estimate,2026-04-10,metered\n"
        "private.campus.load,2026-04-01,95,,,,,,plan,,\n"
    )
    assert bring(text).added == 2
    first, second = mine(migrated).rows(named=True)
    assert (first["low"], first["high"], first["published"], first["note"]) == (
        70.0,
        90.0,
        date(2026, 4, 10),
        "metered",
    )
    assert (second["unit"], second["freq"], second["region"], second["kind"]) == ("MW", "Q", "US-VA", "plan")


def test_importing_the_file_again_adds_nothing_and_a_changed_figure_is_a_vintage(bring):
    head = "series_id,period,value\n"
    assert bring(head + f"{SALES},2026-01-01,120000\n").added == 1
    assert bring(head + f"{SALES},2026-01-01,120000\n").unchanged == 1
    assert bring(head + f"{SALES},2026-01-01,121000\n").revised == 1


MISTAKES = {
    "an unknown series": ("us.heard_of,2026-01-01,1,,,", Reason.SERIES_UNKNOWN),
    "text": (f"{SALES},2026-01-01,much,,,", Reason.NOT_A_NUMBER),
    "not finite": (f"{SALES},2026-01-01,inf,,,", Reason.NOT_A_NUMBER),
    "no date": (f"{SALES},January,1,,,", Reason.PERIOD_INVALID),
    "another unit": (f"{SALES},2026-01-01,120000,TWh,,", Reason.UNIT_UNEXPECTED),
    "another region": (f"{SALES},2026-01-01,120000,,,CN", Reason.DEFINITION_MISMATCH),
    "a frequency it does not have": (f"{SALES},2026-01-01,120000,,A,", Reason.PERIOD_INVALID),
    "a thousand times what others say": (f"{SALES},2025-01-01,120,,,", Reason.DISAGREES),
    "an own series without a unit": ("private.x,2026-01-01,1,,M,US", Reason.UNIT_UNEXPECTED),
    "an own series nowhere": ("private.x,2026-01-01,1,MW,M,ATLANTIS", Reason.DEFINITION_MISMATCH),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_held_with_its_reason_and_the_other_rows_are_let_in(bring, migrated, name):
    line, reason = MISTAKES[name]
    told = bring(f"series_id,period,value,unit,freq,region\n{line}\n{SALES},2026-02-01,118000,,,\n")
    assert (told.added, told.quarantined) == (1, 1)
    assert [entry.reason for entry in held(migrated)] == [reason]


@pytest.mark.parametrize(
    "text",
    ["", "series_id,period\n", "series_id,period,value,colour\n", "series_id,period,value,value\n"],
    ids=["empty", "a column missing", "a column unknown", "a column twice"],
)
def test_a_wrong_header_is_told_and_nothing_is_stored(bring, migrated, text):
    with pytest.raises(InvalidParameter, match="header"):
        bring(text)
    assert mine(migrated).is_empty()


def test_an_absent_or_binary_file_is_told(tmp_path):
    with pytest.raises(InvalidParameter, match="No such file"):
        read_file(tmp_path / "none.csv", source="mine", known=definitions(), retrieved=MOMENT)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidParameter, match="UTF-8"):
        read_file(tmp_path / "binary.csv", source="mine", known=definitions(), retrieved=MOMENT)


def test_nothing_private_is_seen_or_changes_anything_without_the_scope(bring, migrated):
    bring(f"series_id,period,value\n{SALES},2026-01-01,120000\n")
    bring("series_id,period,value,unit,freq,region\nprivate.x,2026-01-01,1,MW,M,US\n", source="other")
    public = Store.load(migrated)
    assert public.observations.filter("private").is_empty()
    assert "private.x" not in public.catalogue().entries
    assert public.newest == COMPILED
    assert public.sha256(MOMENT.date()) == Store.shipped().sha256(MOMENT.date())
    private = Store.load(migrated, scope=Scope.PRIVATE)
    assert private.observations.filter("private").height == 2
    assert private.sha256(MOMENT.date()) != public.sha256(MOMENT.date())


@pytest.mark.parametrize("line", [f"{SALES},2026-01-01,120,000", f"{SALES},2026-01-01"], ids=["more", "fewer"])
def test_a_row_of_another_width_is_held_and_never_cut(bring, migrated, line):
    told = bring(f"series_id,period,value\n{line}\n{SALES},2026-02-01,118000\n")
    assert (told.added, told.quarantined, told.marked) == (1, 1, 0)
    (entry,) = held(migrated)
    assert (entry.reason, entry.place, entry.row["line"]) == (Reason.ROW_MALFORMED, "line 2", line)


def test_a_number_with_underscores_is_none(bring, migrated):
    assert bring(f"series_id,period,value\n{SALES},2026-01-01,120_000\n").quarantined == 1
    assert [entry.reason for entry in held(migrated)] == [Reason.NOT_A_NUMBER]


def test_quotes_a_byte_order_mark_and_carriage_returns_are_read(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_bytes(f'\ufeffseries_id,period,value,note\r\n"{SALES}",2026-01-01,"120000","a, ""b"" é"\r\n'.encode())
    found = read_file(path, source="mine", known=definitions(), retrieved=MOMENT)
    assert found.reading.observations.select("value", "note").row(0) == (120000.0, 'a, "b" é')
