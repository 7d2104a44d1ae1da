"""What is published of grids, as of a day."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from data.periods.period import Frequency, Period
from data.store.store import Store
from features.grids.definitions import GRIDS
from features.grids.figures import GridFigures, cleared, grid_figures, missing
from features.view import View

STORE = Store.shipped()


def on(day):
    return grid_figures(View.of(STORE, as_of=day))


def test_a_day_reads_the_newest_edition_it_knows():
    assert on(date(2024, 6, 1))["US-PJM"].forecast.published == date(2024, 1, 8)
    newest = on(date(2026, 11, 23))["US-PJM"].forecast
    assert (newest.first_year, newest.last_year, newest.published) == (2027, 2036, date(2026, 1, 14))


def test_an_auction_is_known_once_it_was_held():
    assert on(date(2025, 12, 16))["US-PJM"].auctions == ()
    (auction,) = on(date(2025, 12, 17))["US-PJM"].auctions
    assert auction.start == Period(date(2027, 4, 1), Frequency.QUARTER)
    assert auction.gw == pytest.approx(6.623)


def test_each_delivery_year_has_the_shortfall_of_its_own_auction():
    years = {auction.start.label: auction.gw for auction in on(date(2026, 11, 23))["US-PJM"].auctions}
    assert years == pytest.approx({"2027Q2": 6.623, "2028Q2": 6.831})


def test_a_capacity_report_is_known_once_it_appeared_and_with_all_its_parts():
    assert on(date(2025, 12, 30))["US-ERCOT"].report is None
    report = on(date(2025, 12, 31))["US-ERCOT"].report
    assert report.summer == Period(date(2030, 7, 1), Frequency.QUARTER)
    assert report.standing == pytest.approx(115.5013 - 20.8199)
    without = STORE.observations.filter(pl.col("series_id") != "us-ercot.wind.planned_additions.cdr2025_12")
    bare = View.of(replace(STORE, observations=without), as_of=date(2026, 11, 23))
    assert grid_figures(bare)["US-ERCOT"].report is None


def test_what_auctions_cleared_is_of_one_accounting_as_known_on_the_day():
    pjm = next(grid.balance for grid in GRIDS if grid.region == "US-PJM")
    by_year = cleared(View.of(STORE, as_of=date(2026, 11, 23)), pjm)
    assert {start.label: gw for start, gw in by_year.items()} == pytest.approx(
        {"2025Q2": 135.684, "2026Q2": 134.2053, "2027Q2": 134.479, "2028Q2": 138.318}
    )
    # Most of its rows state no day, and are known from the day they were compiled.
    assert cleared(View.of(STORE, as_of=date(2025, 12, 1)), pjm) == {}


def test_two_sources_of_one_day_are_one_edition_of_a_forecast():
    rows = View.of(Store.shipped(), as_of=date(2026, 11, 23)).rows_with_value("us-pjm.load.summer_peak_forecast")
    assert rows.filter(pl.col("published") == date(2026, 1, 14))["source_id"].n_unique() == 2


def test_large_loads_are_those_of_the_newest_edition_above_what_is_metered():
    newest, earlier = (on(day)["US-PJM"] for day in (date(2026, 11, 23), date(2025, 6, 1)))
    assert newest.large_loads[2030] == pytest.approx(33.707)
    assert earlier.large_loads[2030] == pytest.approx(32.795)
    # The edition begins in 2026, above what is metered: nothing in 2025.
    since = newest.large_load_growth(2025, np.array([0.0, 0.5, 1.0, 5.0]))
    assert since == pytest.approx([0.0, 6.403 / 2, 6.403, 33.707])
    assert newest.large_load_growth(2027, np.array([3.0])) == pytest.approx(33.707 - 10.785)
    assert on(date(2020, 6, 1))["US-PJM"].large_loads == {}


def test_growth_without_large_loads_takes_both_of_one_edition():
    newest = on(date(2026, 11, 23))["US-PJM"]
    assert newest.organic == pytest.approx((222.106 - 160 - (67.370 - 10.785)) / 9)
    # The total of 2025 reaches too far to be read, so that of 2024 is, with its own large loads.
    earlier = on(date(2025, 6, 1))["US-PJM"]
    assert earlier.organic == pytest.approx((178.895 - 151.254 - (21.397 - 2.664)) / 10)


def test_submitted_growth_starts_from_the_peak_its_edition_could_know():
    # ERCOT's actual peaks were compiled in September 2026, after both editions.
    newest = on(date(2026, 11, 23))["US-ERCOT"]
    assert (newest.forecast.first_year, newest.forecast.last_year) == (2025, 2032)
    assert newest.forecast.peak == pytest.approx(83.707)
    assert newest.organic == pytest.approx((111.318 - 90.5) / 6)


def test_irelands_year_is_that_of_four_metered_quarters_or_none():
    irish = on(date(2026, 11, 23))["IE"]
    assert irish.metered_year(2025) == pytest.approx(7.662)
    assert irish.metered_year(2024) is None
    assert on(date(2026, 7, 6))["IE"].metered_year(2025) is None


def test_a_projection_of_ireland_is_no_metered_figure():
    irish = on(date(2026, 11, 23))["IE"]
    assert (irish.published.year, irish.published.value) == (2030, 8.6)
    assert all(quarter.start.year < 2026 for quarter in irish.metered)


def test_what_a_day_lacks_is_told_and_nothing_else():
    assert list(missing(on(date(2026, 11, 23)), 2025)) == []
    lacks = list(missing(on(date(2025, 6, 1)), 2024))
    assert any("auction" in sentence for sentence in lacks)
    assert any("Ireland" in sentence and "2024" in sentence for sentence in lacks)
    assert not any("PJM's forecast" in sentence for sentence in lacks)
    assert len(list(missing({grid.region: GridFigures(grid) for grid in GRIDS}, 2025))) == 6
