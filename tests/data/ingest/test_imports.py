"""Bring your own: every column, every mistake, and that nobody sees it who did not ask."""

from datetime import date

import pytest
from stored_figures import MOMENT

from data.base.errors import InvalidParameter
from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.observations import COMPILED, read_all
from data.catalogue.reasons import Reason
from data.ingest.imports import read_file
from data.ingest.storing import store
from data.store.quarantine import quarantined_rows
from data.store.store import Store

BASE = read_all()
SALES = "us.electricity.sales.commercial.eia"


@pytest.fixture
def bring(tmp_path, migrated):
    def go(text, *, source="mine"):
        path = tmp_path / "figures.csv"
        path.write_text(text)
        imported = read_file(path, source=source, definitions=definitions(), retrieved=MOMENT)
        return store(migrated, imported.reading, BASE, definitions=imported.definitions)

    return go


def mine(database_engine, scope=Scope.PRIVATE):
    return Store.load(database_engine, scope=scope).observations.filter(source_id="private.mine")


def test_a_known_series_takes_its_definition_from_the_catalogue(bring, migrated):
    refresh = bring(f"series_id,period,value\n{SALES},2026-01-01,120000\n")
    assert (refresh.added, refresh.quarantined) == (1, 0)
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


def test_importing_again_adds_nothing_and_a_changed_figure_is_a_vintage(bring):
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
    refresh = bring(f"series_id,period,value,unit,freq,region\n{line}\n{SALES},2026-02-01,118000,,,\n")
    assert (refresh.added, refresh.quarantined) == (1, 1)
    assert [entry.reason for entry in quarantined_rows(migrated)] == [reason]


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
        read_file(tmp_path / "none.csv", source="mine", definitions=definitions(), retrieved=MOMENT)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidParameter, match="UTF-8"):
        read_file(tmp_path / "binary.csv", source="mine", definitions=definitions(), retrieved=MOMENT)


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
    refresh = bring(f"series_id,period,value\n{line}\n{SALES},2026-02-01,118000\n")
    assert (refresh.added, refresh.quarantined, refresh.marked) == (1, 1, 0)
    (entry,) = quarantined_rows(migrated)
    assert (entry.reason, entry.place, entry.row["line"]) == (Reason.ROW_MALFORMED, "line 2", line)


def test_a_number_with_underscores_is_none(bring, migrated):
    assert bring(f"series_id,period,value\n{SALES},2026-01-01,120_000\n").quarantined == 1
    assert [entry.reason for entry in quarantined_rows(migrated)] == [Reason.NOT_A_NUMBER]


def test_quotes_a_byte_order_mark_and_carriage_returns_are_read(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_bytes(f'\ufeffseries_id,period,value,note\r\n"{SALES}",2026-01-01,"120000","a, ""b"" é"\r\n'.encode())
    imported = read_file(path, source="mine", definitions=definitions(), retrieved=MOMENT)
    assert imported.reading.observations.select("value", "note").row(0) == (120000.0, 'a, "b" é')


OWN = "private.campus.load"
HEAD = "series_id,period,value,unit,freq,region\n"


@pytest.fixture
def look(tmp_path):
    def go(text):
        path = tmp_path / "figures.csv"
        path.write_text(text)
        reading = read_file(path, source="mine", definitions=definitions(), retrieved=MOMENT).reading
        return reading.observations, reading.rejected

    return go


FORMS = {
    "names of quarters": ("Q", ["2023Q1", "2023-Q2", "2023q3"], ["2023-01-01", "2023-04-01", "2023-07-01"]),
    "ends of quarters": ("Q", ["2023-03-31", "2023-06-30", "2023-09-30"], ["2023-01-01", "2023-04-01", "2023-07-01"]),
    "fiscal quarters": ("Q", ["2023-10-29", "2024-02-04", "2024-05-05"], ["2023-07-01", "2023-10-01", "2024-01-01"]),
    "Costco's quarters": ("Q", ["2023-11-26", "2024-02-18", "2024-05-12", "2024-09-01", "2024-11-24"],
                          ["2023-10-01", "2024-01-01", "2024-04-01", "2024-07-01", "2024-10-01"]),
    "months": ("M", ["2023-01", "2023M02", "2023-m3"], ["2023-01-01", "2023-02-01", "2023-03-01"]),
    "ends of months": ("M", ["2023-01-31", "2023-02-28", "2023-03-31"], ["2023-01-01", "2023-02-01", "2023-03-01"]),
    "midnights of Berlin": ("M", ["2022-12-31T23:00:00Z", "2023-03-31T22:00:00Z"], ["2023-01-01", "2023-04-01"]),
    "midnights of UTC": ("M", ["2023-01-01T00:00:00Z", "2023-02-01T00:00:00Z"], ["2023-01-01", "2023-02-01"]),
    "halves": ("H", ["2023H1", "2023-H2"], ["2023-01-01", "2023-07-01"]),
    "years": ("A", ["2022", "2023"], ["2022-01-01", "2023-01-01"]),
    "fiscal years by their end": ("A", ["2022-09-24", "2023-09-30"], ["2021-10-01", "2022-10-01"]),
    "fiscal years by their beginning": ("A", ["2021-10-01", "2022-10-01"], ["2021-10-01", "2022-10-01"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_a_period_is_read_by_its_name_its_first_or_its_last_day(look, name):
    freq, texts, days = FORMS[name]
    rows = "".join(f"{OWN},{text},{80 + place},MW,{freq},US\n" for place, text in enumerate(texts))
    observations, rejected = look(HEAD + rows)
    assert rejected == ()
    assert observations["period"].to_list() == [date.fromisoformat(day) for day in days]


NO_PERIODS = {
    "an impossible day": ("M", ["2026-02-30"], "February 2026 has 28 days"),
    "a month of none": ("M", ["2026-13"], "no month 13"),
    "another frequency": ("Q", ["2026-03"], "the frequency is Q"),
    "hours": ("M", ["2026-01-01T00:00Z", "2026-01-01T01:00Z"], "steps of 1 hour"),
    "weeks": ("M", ["2026-W02", "2026-W03"], "steps of 1 week"),
    "days whose last month holds one": (
        "M",
        [f"2026-01-{day}" for day in range(11, 32)] + ["2026-02-01"],
        "steps of 1 day",
    ),
    "weeks of which a month holds one": ("M", [f"2026-W{week:02d}" for week in (3, 4, 5, 6)], "steps of 1 week"),
    "the middle of a quarter": ("Q", ["2026-02-15"], "neither the first nor the last day"),
}


@pytest.mark.parametrize("name", NO_PERIODS)
def test_what_is_no_period_of_its_frequency_is_held_with_the_reason(look, name):
    freq, texts, words = NO_PERIODS[name]
    rows = "".join(f"{OWN},{text},80,MW,{freq},US\n" for text in texts)
    _, rejected = look(HEAD + rows)
    assert len(rejected) == len(texts)
    assert all(one.reason is Reason.PERIOD_INVALID and words in one.detail for one in rejected)


IDS = {
    "private.园区.load": "'园区'",
    "private.Campus A/load": "'C A/'",
    "private.o'neil": "private.o_neil would do",
    "PRIVATE.hall.load": "private.hall.load would do",
    "private.": "joined by single dots",
    "private..load": "private.load would do",
    "private." + "x" * 300: "at most 200",
}


@pytest.mark.parametrize("series_id", IDS)
def test_an_id_of_ones_own_is_refused_with_the_rule_and_the_characters(look, series_id):
    _, (rejected,) = look(f'{HEAD}"{series_id}",2026-01,80,MW,M,US\n')
    assert (rejected.reason, rejected.where) == (Reason.ID_INVALID, "line 2")
    assert IDS[series_id] in rejected.detail


def test_a_number_is_read_by_the_rules_of_forecast(look):
    head = HEAD.replace(",", ";")
    _, rejected = look(head + f"{OWN};2026-01;80,5;MW;M;US\n{OWN};2026-02;1.700,5;MW;M;US\n")
    assert [one.reason for one in rejected] == [Reason.NOT_A_NUMBER] * 2
    observations, _ = look(head + f"{OWN};2026-03;80,5;MW;M;US\n")
    assert observations["value"].to_list() == [80.5]


def test_points_that_separate_thousands_in_part_of_the_rows_are_held(look):
    values = ["980", "1.700", "2290", "1.850"]
    rows = "".join(f"{OWN},2026-{place:02d},{value},MW,M,US\n" for place, value in enumerate(values, start=1))
    observations, rejected = look(HEAD + rows)
    assert observations.height == 2
    assert [(one.reason, one.where) for one in rejected] == [(Reason.JUMP, "line 3"), (Reason.JUMP, "line 5")]
