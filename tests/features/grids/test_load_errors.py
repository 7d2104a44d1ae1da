"""Errors of grid operators' past forecasts: read off rows, known only once they are, and never counted twice."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.store.store import Store
from features.grids.definitions import GRIDS, Counts, Edition, SubmittedForecast
from features.grids.figures import grid_figures
from features.grids.load_errors import Pair, Spread, organic_growth, pairs, realised, revisions, spread
from features.view import View

STORE = Store.shipped()
VIEW = View.of(STORE, as_of=date(2026, 11, 23))
FORECAST = next(grid.forecast for grid in GRIDS if isinstance(grid.forecast, SubmittedForecast))
KNOWN = pairs(VIEW, FORECAST)


@pytest.mark.parametrize("edition", FORECAST.editions, ids=lambda edition: edition.name)
def test_every_edition_is_dated_as_its_rows_say(edition):
    notes = VIEW.rows.filter(pl.col("series_id") == FORECAST.errors + edition.name)["note"].to_list()
    assert {re.search(r"forecast vintage ([\d-]+);", note)[1] for note in notes} == {edition.issued.isoformat()}


def test_every_edition_of_the_long_term_forecast_in_the_rows_is_read():
    names = VIEW.rows.filter(pl.col("series_id").str.starts_with(FORECAST.errors))["series_id"].unique().to_list()
    assert {name.removeprefix(FORECAST.errors) for name in names} == {edition.name for edition in FORECAST.editions}


@pytest.mark.parametrize("ahead", range(1, 11))
def test_horizons_are_those_the_publisher_averages_over(ahead):
    # Mean errors by summers ahead are printed with how many forecasts they are over, to a tenth of a percent each.
    row = VIEW.rows.filter(pl.col("series_id") == f"us-ercot.load.forecast_error_by_horizon.ltlf.h{ahead}")
    count = int(re.search(r"n=(\d+)", row["note"][0])[1])
    printed = [
        100 * (pair.forecast / pair.actual - 1)
        for pair in KNOWN
        if pair.ahead == ahead and pair.edition.name not in {"v2025_tsp_provided", "v2026_preliminary"}
    ]
    assert len(printed) == count
    assert np.mean(printed) == pytest.approx(row["value"][0], abs=0.1)


def test_a_forecast_and_its_actual_give_the_printed_error():
    pair = next(pair for pair in KNOWN if pair.edition.name == "v2024" and pair.summer == 2026)
    of = pl.col("series_id") == "us-ercot.load.summer_peak_forecast"
    printed = STORE.observations.filter(of, pl.col("note") == "LTLF 2024 base")["value"].to_list()
    assert [pair.forecast] == [pytest.approx(mw / 1000, rel=1e-3) for mw in printed]
    assert pair.known_year == 2023
    assert pair.known_peak == pytest.approx(85.508)


def test_what_was_not_computed_on_a_day_is_not_known_on_it():
    assert pairs(View.of(STORE, as_of=date(2026, 9, 1)), FORECAST) == ()
    assert spread(()) is None
    assert organic_growth(()) is None


def test_errors_grow_with_distance_and_what_was_submitted_did_not_come():
    errors = spread(KNOWN)
    assert errors.pairs == 78
    assert 0.02 < errors.level_sd < 0.04
    assert 0.005 < errors.growth_sd < 0.012
    assert errors.at(1) < errors.at(10)
    came = realised(KNOWN, errors)
    assert (came.pairs, came.summers) == (5, 2)
    assert 0.1 < came.share < 0.3
    assert came.sd > 0.05


def test_revisions_of_large_loads_are_those_of_the_rows():
    pjm = grid_figures(VIEW)["US-PJM"].revisions
    rows = VIEW.rows_with_value("us-pjm.load.large_load_adjustment_above_embedded")
    added = {(row["published"].year, row["period"].year): row["value"] for row in rows.iter_rows(named=True)}
    # For 2030 the edition of 2023 has 2.6 times that of 2022, and that of 2025 twice that of 2024.
    assert added[2023, 2030] / added[2022, 2030] == pytest.approx(2.64, abs=0.01)
    assert added[2025, 2030] / added[2024, 2030] == pytest.approx(1.99, abs=0.01)
    one_ahead = [np.log(added[year + 1, year + 1] / added[year, year + 1]) for year in (2023, 2024, 2025)]
    assert pjm.at(np.array([1.0]))[0] == pytest.approx(np.sqrt(np.mean(np.square(one_ahead))), rel=0.15)
    assert pjm.editions == 4
    # Known once the editions are: of those of 2021 to 2023 one pair of years has anything to compare.
    early = grid_figures(View.of(STORE, as_of=date(2023, 6, 1)))["US-PJM"].revisions
    assert (early.editions, early.pairs) == (1, 10)


@given(factor=st.floats(0.2, 5.0), years=st.integers(3, 9))
def test_editions_that_move_by_one_factor_err_by_its_logarithm(factor, years):
    editions = {2020 + year: {2020 + target: 10.0 * factor**year for target in range(12)} for year in range(years)}
    moved = revisions([editions])
    assert moved.level_sd == pytest.approx(abs(np.log(factor)), abs=1e-6)
    assert moved.at(np.array([0.0, 4.0])) == pytest.approx([0.0, 2 * abs(np.log(factor))], abs=1e-3)


def test_too_few_revisions_and_those_of_next_to_nothing_tell_no_spread():
    assert revisions([{2020: {2021: 5.0, 2022: 5.0}, 2021: {2021: 6.0, 2022: 6.0}}]) is None
    tiny = {year: dict.fromkeys(range(2020, 2040), 0.2 + 5 * (year == 2024)) for year in range(2020, 2025)}
    assert revisions([tiny]) is None


def load_pair(issued, summer, *, forecast, actual, known_peak, counts):
    edition = Edition(name="made", issued=issued, counts=counts)
    return Pair("peak", edition, summer, 1, forecast, actual, issued.year - 1, known_peak)


@given(share=st.floats(0.05, 0.95), requested=st.floats(5, 50), known_peak=st.floats(50, 100))
def test_growth_that_came_in_one_share_gives_that_share(share, requested, known_peak):
    one = [
        load_pair(
            date(year, 1, 1),
            year,
            forecast=known_peak + requested,
            actual=known_peak + share * requested,
            known_peak=known_peak,
            counts=Counts.SUBMITTED,
        )
        for year in (2020, 2021, 2022)
    ]
    errors = Spread(level_sd=0.02, growth_sd=0.0, bias=0.0, pairs=10, summers=5)
    assert realised(tuple(one), errors).share == pytest.approx(share)


def test_two_editions_of_one_summer_are_one_piece_of_weather():
    errors = Spread(level_sd=0.03, growth_sd=0.0, bias=0.0, pairs=10, summers=5)
    apart = [
        load_pair(date(year, 1, 1), year, forecast=100, actual=90, known_peak=80, counts=Counts.SUBMITTED)
        for year in (2012, 2016, 2020)
    ]
    together = [apart[0]] * 3
    assert realised(tuple(together), errors).sd > 1.5 * realised(tuple(apart), errors).sd


def test_the_one_forecast_of_pjm_that_met_its_summer_fits_the_spread():
    of = {
        name: VIEW.rows.filter(pl.col("series_id") == f"us-pjm.load.{name}", pl.col("period").dt.year() == 2025)[
            "value"
        ]
        for name in ("bra_peak_forecast", "summer_peak_actual")
    }
    error = np.log(of["summer_peak_actual"][0] / of["bra_peak_forecast"][0])
    assert error == pytest.approx(0.04, abs=0.001)
    assert abs(error) < 2 * spread(KNOWN).at(1)


def test_what_the_method_says_of_spreads_fitted_before_the_turn():
    organic = [pair for pair in KNOWN if pair.edition.counts is Counts.ORGANIC]
    coverages = []
    for last in (2018, 2019, 2020, 2021):
        before = spread(tuple(pair for pair in organic if pair.summer <= last))
        later = [
            pair for pair in organic if pair.summer > last and pair.ahead <= 8 and pair.edition.issued.year <= last + 1
        ]
        inside = [abs(pair.log_error) < 1.2815515655446004 * before.at(pair.ahead) for pair in later]
        coverages.append(round(float(np.mean(inside)), 2))
    text = (Path(__file__).parents[3] / "docs" / "method.md").read_text(encoding="utf-8")
    words = " ".join(text.split())
    assert "held {:.2f}, {:.2f}, {:.2f} and {:.2f} of the later forecasts".format(*coverages) in words
