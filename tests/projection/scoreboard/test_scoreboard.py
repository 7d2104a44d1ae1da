"""Projections are held against later figures of the same definition, and against nothing else."""

import math
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from issued_editions import Recorded

from data.base.errors import TableCorrupt
from data.base.layers import DemandConcept, Layer
from data.base.regions import REGIONS
from data.catalogue.observations import COLUMNS
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.view import View
from projection.scoreboard.board import Board, from_frame, to_frame
from projection.scoreboard.entries import Entry
from projection.scoreboard.judging import State, scoreboard
from projection.scoreboard.matches import SAME_ID, Matches, shipped
from projection.scoreboard.own_entries import entries, own_entries, series_of

US = "us.datacenter.electricity"
SAID = date(2024, 9, 17)
LATER = date(2026, 6, 18)


def row(value, *, kind="projection", published=SAID, year=2025, source="them", **fields):
    return {
        "series_id": US, "region": "US", "metric": "datacenter_electricity", "unit": "TWh", "freq": "A",
        "period": date(year, 1, 1), "value": value, "low": None, "high": None, "kind": kind, "scenario": "",
        "source_id": source, "published": published, "confidence": "primary", "note": "", "table": "projections",
    } | fields  # fmt: skip


def store(*rows):
    lags = pl.DataFrame(schema={"source_id": pl.String, "release_lag_days": pl.Int64})
    return Store.of(pl.DataFrame(list(rows), schema=COLUMNS | {"table": pl.String}, orient="row"), lags)


def board(*rows, as_of=date(2026, 11, 1), **options):
    return scoreboard(View.of(store(*rows), as_of=as_of), **options)


def test_later_figures_make_a_bracket_and_the_error_is_against_its_middle() -> None:
    (entry,) = board(
        row(224.0),
        row(180.0, kind="estimate", published=date(2026, 2, 1), source="one"),
        row(190.0, kind="estimate", published=date(2026, 3, 1), source="one"),
        row(None, low=210.0, high=220.0, kind="estimate", published=LATER, source="two"),
    )
    assert entry.state is State.SCORED
    assert entry.basis == SAME_ID
    assert entry.later is not None
    assert (entry.later.low, entry.later.high, entry.later.sources) == (190.0, 220.0, ("one", "two"))
    assert entry.later.middle == pytest.approx(math.sqrt(190.0 * 220.0))
    assert entry.log_error == pytest.approx(math.log(224.0 / math.sqrt(190.0 * 220.0)))
    assert entry.inside is None
    assert entry.entry.horizon == pytest.approx((date(2025, 12, 31) - SAID).days / 365.25)


FIGURES = (
    row(224.0),
    row(230.0, published=date(2025, 1, 1)),
    row(180.0, kind="estimate", published=date(2026, 2, 1), source="one"),
    row(190.0, kind="estimate", published=date(2026, 3, 1), source="one"),
    row(200.0, kind="estimate", published=date(2026, 3, 1), source="two"),
    row(None, low=210.0, high=220.0, kind="estimate", published=LATER, source="two"),
)


@given(st.permutations(FIGURES))
def test_the_order_in_which_figures_lie_changes_nothing(figures) -> None:
    assert board(*figures) == board(*FIGURES)


@given(st.sets(st.integers(0, len(FIGURES) - 1)))
def test_what_becomes_of_one_projection_does_not_hang_on_others(left_out) -> None:
    projections = {place for place, figure in enumerate(FIGURES) if figure["kind"] == "projection"}
    rest = [figure for place, figure in enumerate(FIGURES) if place not in left_out & projections]
    whole = {item.entry: item for item in board(*FIGURES)}
    assert all(whole[item.entry] == item for item in board(*rest))


def test_an_entry_is_scored_as_soon_as_an_actual_arrives_and_not_before() -> None:
    rows = (row(224.0), row(210.0, kind="actual", published=LATER))
    assert board(*rows, as_of=date(2024, 9, 16)) == ()
    states = [board(*rows, as_of=day)[0].state for day in (SAID, date(2026, 6, 17), LATER)]
    assert states == [State.PENDING, State.UNMATCHED, State.SCORED]


def test_what_was_printed_before_the_projection_is_no_verdict_on_it() -> None:
    (entry,) = board(row(224.0), row(200.0, kind="estimate", published=date(2024, 9, 16)))
    assert (entry.state, entry.later, entry.log_error) == (State.UNMATCHED, None, None)


def test_another_series_another_year_and_another_frequency_are_another_quantity() -> None:
    others = (
        row(210.0, kind="actual", published=LATER, series_id=f"{US}.iea2025"),
        row(210.0, kind="actual", published=LATER, year=2024),
        row(210.0, kind="actual", published=LATER, freq="Q"),
    )
    assert [item.state for item in board(row(224.0), *others)] == [State.UNMATCHED]


@pytest.mark.parametrize(("actual", "inside"), [(149.0, False), (150.0, True), (200.0, True), (201.0, False)])
def test_a_range_without_a_point_is_read_at_its_middle_and_says_whether_it_held(actual, inside) -> None:
    projection = row(None, low=150.0, high=200.0)
    (entry,) = board(projection, row(actual, kind="actual", published=LATER))
    assert entry.log_error == pytest.approx(math.log(math.sqrt(150.0 * 200.0) / actual))
    assert entry.inside is inside


def test_a_statement_after_the_period_is_none_and_an_undated_has_no_horizon() -> None:
    actual = row(210.0, kind="actual", published=LATER)
    assert board(row(224.0, published=date(2026, 1, 1)), actual) == ()
    assert board(row(224.0, published=None), actual, as_of=date(2027, 1, 1)) == ()


def test_plans_count_where_a_match_names_them_and_a_year_sums_its_quarters() -> None:
    plan = {"kind": "plan", "unit": "USD_billion", "published": date(2025, 2, 4)}
    quarters = [
        row(20.0 + step, kind="actual", series_id="alphabet.capex_cash", unit="USD_billion", freq="Q",
            period=date(2025, 1 + 3 * step, 1), published=date(2025, 4, 24 + step), source="sec")
        for step in range(4)
    ]  # fmt: skip
    rows = (row(75.0, series_id="alphabet.capex_guidance", **plan), row(75.0, **plan))
    (waiting,) = board(*rows, *quarters[:3])
    assert (waiting.state, waiting.later) == (State.UNMATCHED, None)
    (entry,) = board(*rows, *quarters)
    assert entry.later is not None
    assert entry.later.middle == pytest.approx(86.0)
    assert entry.log_error == pytest.approx(math.log(75.0 / 86.0))


def test_a_match_converts_units() -> None:
    forecast = row(164.0, series_id="us-ercot.load.summer_peak_forecast", unit="GW", year=2025)
    peak = row(160_000.0, kind="actual", series_id="us-ercot.load.summer_peak_actual", unit="MW", published=LATER)
    (entry,) = board(forecast, peak)
    assert entry.later is not None
    assert entry.later.middle == pytest.approx(160.0)


def test_an_edition_known_by_its_error_is_that_error() -> None:
    name = "us-ercot.load.summer_peak_forecast_error.ltlf.v2020"
    (entry,) = board(
        row(6.3, kind="estimate", series_id=name, unit="percent", year=2021, published=LATER),
        row(73_687.0, kind="actual", series_id="us-ercot.load.summer_peak_actual", unit="MW", year=2021,
            published=LATER),
    )  # fmt: skip
    assert entry.entry.published == date(2019, 12, 10)
    assert entry.entry.scenario == "v2020"
    assert entry.log_error == pytest.approx(math.log(1.063))


def test_our_own_entries_are_judged_by_the_same_rules() -> None:
    ours = Entry(
        "headroom", "e-1", US, "US", "TWh", Period(date(2025, 1, 1), Frequency.YEAR), "", SAID, 200.0, 180.0, 230.0,
        "projection",
    )  # fmt: skip
    entries_judged = board(row(224.0), row(210.0, kind="actual", published=LATER), ours=[ours])
    assert [item.entry.by for item in entries_judged] == ["headroom", "them"]
    assert entries_judged[0].log_error == pytest.approx(math.log(200.0 / 210.0))
    assert entries_judged[0].inside is True


def test_the_shipped_scoreboard_survives_its_frame_and_its_errors_add_up() -> None:
    store = Store.shipped()
    entries_judged = scoreboard(View.of(store, as_of=store.newest))
    assert from_frame(to_frame(entries_judged)) == entries_judged
    scored = [item for item in entries_judged if item.state is State.SCORED]
    assert len(scored) > 50
    for item in scored:
        assert item.later is not None
        assert item.entry.published <= item.entry.period.end
        assert item.later.last_published >= item.entry.published
        assert item.log_error == pytest.approx(math.log(item.entry.middle / item.later.middle))


def test_every_series_the_shipped_matches_name_is_in_the_store() -> None:
    series_ids = set(Store.shipped().observations["series_id"].unique())
    matches = shipped()
    matched_ids = {*matches.by_series, *(match.actual for match in matches.by_series.values())}
    matched_ids |= {item.series for item in matches.left_out}
    matched_ids |= {edition.series for errors in matches.errors for edition in errors.editions}
    ours = {name for name in matched_ids if name.startswith("headroom.")}
    assert ours < {series_of(region, layer) for region in REGIONS for layer in Layer}
    assert matched_ids - series_ids == ours


@pytest.mark.parametrize(
    "raw",
    [
        "match = ",
        "[[match]]\nseries = ['a']\nactual = 'b'\n",
        "[[match]]\nseries = ['a', 'a']\nactual = 'b'\nreason = 'c'\n",
        "[[match]]\nseries = ['a']\nactual = 'b'\nreason = 'c'\n[[errors]]\nof = 'd'\neditions = []\n",
    ],
)
def test_a_malformed_file_of_matches_is_told(raw) -> None:
    with pytest.raises(TableCorrupt):
        Matches.parse(raw)


@pytest.fixture
def edition(write_edition):
    return write_edition()


def test_every_cell_and_year_of_our_edition_is_an_entry_of_the_day_of_issue(edition) -> None:
    own_entries = entries(edition)
    assert len({(item.series_id, item.period) for item in own_entries}) == len(own_entries)
    assert {item.published for item in own_entries} == {edition.issued.date()}
    (entry,) = [
        item for item in own_entries if (item.region, item.layer, item.period.start.year) == ("US", Layer.ENERGY, 2028)
    ]
    bought = edition.cell("US", Layer.ENERGY, demand=DemandConcept.BOUGHT)
    (point,) = edition.answer(bought, first=date(2028, 1, 1), last=date(2028, 12, 31))
    assert (entry.low, entry.point, entry.high) == tuple(point.demand[level] for level in ("0.1", "0.5", "0.9"))
    assert entry.quantiles == tuple(point.demand.values())
    assert entry.source_id == edition.id
    # Disks have one reading of demand, and it is the entry.
    points = edition.answer(edition.cell("WORLD", Layer.STORAGE))
    stored = [item.point for item in own_entries if item.layer is Layer.STORAGE]
    assert stored == [point.demand["0.5"] for point in points]


def test_our_edition_is_pending_until_an_actual_arrives_and_is_then_scored(edition) -> None:
    ours = entries(edition)
    entry = next(
        item for item in ours if (item.series_id, item.period.start.year) == ("headroom.us.energy.demand", 2026)
    )
    projection, came = row(9.0, year=2026, published=SAID), math.exp(0.3) * entry.point
    actual = row(came, kind="estimate", year=2026, published=date(2027, 6, 1), source="lbnl2027")

    def ours_of(day):
        return next(item for item in board(projection, actual, as_of=day, ours=ours) if item.entry == entry)

    states = [ours_of(day).state for day in (date(2026, 12, 1), date(2027, 1, 1), date(2027, 6, 1))]
    assert states == [State.PENDING, State.UNMATCHED, State.SCORED]
    assert {item.entry.by for item in board(projection, as_of=date(2026, 11, 22), ours=ours)} == {"them"}
    scored = ours_of(date(2027, 6, 1))
    assert scored.log_error == pytest.approx(-0.3)
    assert scored.inside is (entry.low <= came <= entry.high)
    levels = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    losses = [
        2 * (math.log(came) - math.log(value)) * (level - (came < value))
        for level, value in zip(levels, entry.quantiles, strict=True)
    ]
    assert scored.crps == pytest.approx(sum(losses) / len(losses))
    theirs = next(
        item for item in board(projection, actual, as_of=date(2027, 6, 1), ours=ours) if item.entry.by == "them"
    )
    assert theirs.crps == pytest.approx(abs(theirs.log_error))
    everything = board(projection, actual, as_of=date(2027, 6, 1), ours=ours)
    assert from_frame(to_frame(everything)) == everything


def test_a_stock_of_ours_is_held_against_the_last_quarter_of_the_year(edition) -> None:
    counted = {"series_id": "world.ai_compute.cumulative_stock", "unit": "H100e", "region": "WORLD", "freq": "Q"}
    quarters = [
        row(20.0 + month, kind="estimate", period=date(2026, month, 1), published=date(2027, 2, 1), **counted)
        for month in (7, 10)
    ]
    entries_judged = board(*quarters, as_of=date(2027, 3, 1), ours=entries(edition))
    (own_entry,) = [item for item in entries_judged if item.state is State.SCORED]
    assert (own_entry.entry.series_id, own_entry.entry.period.start.year) == ("headroom.world.compute.demand", 2026)
    assert own_entry.later is not None
    assert own_entry.later.middle == pytest.approx(30.0)


def test_what_an_edition_says_of_a_year_that_is_over_is_no_projection(write_edition) -> None:
    late = write_edition(edition_id="e-late", issued=datetime(2027, 2, 1, tzinfo=UTC))
    assert min(item.period.start.year for item in entries(late)) == 2027


def test_every_edition_of_a_home_is_an_entry_and_a_broken_one_is_named(write_edition) -> None:
    first = write_edition()
    second = write_edition(edition_id="e-20261124-test", issued=datetime(2026, 11, 24, tzinfo=UTC), seed=2)
    folder = first.directory.parent
    ours = own_entries(folder, Recorded(folder)())
    assert {item.source_id for item in ours.entries} == {first.id, second.id}
    assert ours.skipped == ()
    broken = write_edition(edition_id="e-20261125-test", seed=3)
    (broken.directory / "cells.json").write_text("{}")
    ours = own_entries(folder, Recorded(folder)())
    assert {item.source_id for item in ours.entries} == {first.id, second.id}
    (message,) = ours.skipped
    assert "e-20261125-test" in message
    assert own_entries(folder / "nothing", Recorded(folder)()).entries == ()


def test_what_was_scored_is_not_read_again_and_outlives_its_files(write_edition) -> None:
    edition = write_edition()
    folder, records = edition.directory.parent, Recorded(edition.directory.parent)()
    scored = {edition.id: entries(edition)}
    (edition.directory / "cells.json").write_text("{}")
    assert own_entries(folder, records, scored=scored).entries == scored[edition.id]
    assert own_entries(folder / "nothing", records, scored=scored).entries == scored[edition.id]
    # What the ledger does not know was never issued.
    assert own_entries(folder, [], scored=scored).entries == ()


def test_a_board_is_read_back_as_it_was_kept(edition) -> None:
    outcomes = board(row(224.0), row(190.0, kind="estimate", published=LATER, source="two"), ours=entries(edition))
    kept_board = Board(date(2026, 11, 1), outcomes, ("e-1 is broken",))
    again = Board.read(kept_board.content, as_of=kept_board.as_of, skipped=kept_board.skipped)
    assert again == kept_board
    assert again.sha256 == kept_board.sha256
