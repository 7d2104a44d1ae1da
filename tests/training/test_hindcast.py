"""A hindcast sees what was known on its day and nothing else, and is scored on the figure it was asked for."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.series import ModelSeries
from features.view import View
from training.backtest.origins import PSEUDO, STRICT
from training.hindcast import BROKEN, ROWS, actuals, hindcast, late_lags, same_quantity, scored, view_on
from training.same_day import SameDay, same_day

SHIPPED = Store.shipped()
DAY = date(2022, 12, 31)
ERCOT = "us-ercot.load.summer_peak_actual"
SALES = "world.semiconductors.sales_year"
AUCTION = "us-pjm.capacity_auction.price"
FEW = (ERCOT, SALES, AUCTION, "us.electricity.netgen.solar_utility.eia")
SMALL = replace(SHIPPED, observations=SHIPPED.observations.filter(pl.col("series_id").is_in(FEW)))


def poisoned(store, day, *, factor=1e6):
    """The store with every row that became known after the day made absurd, and absurd revisions added to them."""
    lags = pl.DataFrame(list(late_lags().items()), schema=store.lags.schema, orient="row")
    lagged = replace(store, lags=pl.concat([store.lags, lags]))
    rows = lagged.visible(rule=Rule.AVAILABLE)
    late = pl.col("visible") > day
    absurd = pl.when(late).then(factor * (1 + pl.col("value").abs())).otherwise(pl.col("value"))
    changed = rows.with_columns(absurd.alias("value"))
    # Of rows that show their day a later print of the same period: it is not known either.
    plain = ~pl.col("source_id").is_in(lagged.lags["source_id"].to_list())
    revised = rows.filter(~late & plain & pl.col("published").is_not_null()).with_columns(
        value=factor * pl.col("value"), published=pl.lit(day + timedelta(days=1))
    )
    vintages = store.site_vintages.with_columns(
        it_mw=pl.when(pl.col("vintage") > day).then(factor).otherwise(pl.col("it_mw"))
    )
    return replace(store, observations=pl.concat([changed, revised]).drop("visible"), site_vintages=vintages)


def today(store):
    return View.of(store, as_of=store.newest)


@settings(max_examples=settings.default.max_examples // 4)
@given(day=st.dates(date(2012, 1, 1), date(2026, 11, 1)))
def test_nothing_known_after_the_day_is_in_the_store_of_the_day(day) -> None:
    clean, dirty = view_on(today(SHIPPED), day=day), view_on(today(poisoned(SHIPPED, day)), day=day)
    assert clean.vintages().equals(dirty.vintages())
    assert clean.site_vintages.equals(dirty.site_vintages)
    assert clean.accelerators.filter(pl.col("release_date") > day).is_empty()
    plain = clean.vintages().filter(~pl.col("source_id").is_in(list(clean.release_lags)))
    assert plain.filter(pl.col("published").is_null() | (pl.col("published") > day)).is_empty()


@pytest.fixture(scope="module")
def small_hindcast():
    return hindcast(today(SMALL), day=DAY, workers=0, progress=lambda _count, _total: None)


def test_absurd_later_figures_change_no_forecast_and_no_width(small_hindcast) -> None:
    again = hindcast(today(poisoned(SMALL, DAY)), day=DAY, workers=0, progress=lambda _count, _total: None)
    assert set(small_hindcast.answers) == set(again.answers) >= set(FEW)
    for name, answer in small_hindcast.answers.items():
        assert np.array_equal(answer.band.quantiles, again.answers[name].band.quantiles)
        assert np.array_equal(small_hindcast.series[name].values, again.series[name].values)


def test_earlier_figures_do_change_the_forecasts(small_hindcast) -> None:
    rows = SMALL.observations.with_columns(value=pl.col("value") * 2)
    again = hindcast(today(replace(SMALL, observations=rows)), day=DAY, workers=0, progress=lambda _count, _total: None)
    for name, answer in small_hindcast.answers.items():
        assert not np.allclose(answer.band.quantiles, again.answers[name].band.quantiles)


def test_series_shown_by_a_lag_are_told_apart(small_hindcast) -> None:
    assert {small_hindcast.rule(name) for name in small_hindcast.answers} == {STRICT, PSEUDO}
    assert (small_hindcast.rule(ERCOT), small_hindcast.rule(AUCTION)) == (PSEUDO, STRICT)
    for name, series in small_hindcast.series.items():
        rows = SMALL.observations.filter((pl.col("series_id") == name) & pl.col("published").is_not_null())
        early = {
            Period(day, Frequency(code))
            for day, code in rows.filter(pl.col("published") <= DAY).select("period", "freq").rows()
        }
        if small_hindcast.rule(name) == STRICT:
            assert set(series.periods) <= early


def test_a_forecast_is_scored_on_the_period_so_many_years_after_the_last_seen(small_hindcast) -> None:
    rows, _ = scored(small_hindcast, truth=actuals(View.of(SMALL, as_of=SMALL.newest)))
    assert rows.schema == pl.Schema(ROWS)
    assert set(rows["series_id"]) == set(FEW)
    peaks = dict(SMALL.observations.filter(pl.col("series_id") == ERCOT).select("period", "value").rows())
    for row in rows.filter(pl.col("series_id") == ERCOT).iter_rows(named=True):
        assert row["last"] == date(2022, 1, 1)
        assert row["target"] == date(2022 + row["years"], 1, 1)
        assert row["actual"] == peaks[row["target"]]
        assert row["log_error"] == pytest.approx(np.log(row["median"] / row["actual"]))
        assert row["covered80"] == (row["q10"] <= row["actual"] <= row["q90"])
    monthly = rows.filter(pl.col("freq") == "M")
    assert set(monthly["years"]) <= {1, 2, 3}
    assert (monthly["last"].dt.month() == monthly["target"].dt.month()).all()


def series(values, *, unit="GW", start=2010):
    periods = tuple(Period(date(start + place, 1, 1), Frequency.YEAR) for place in range(len(values)))
    return ModelSeries(
        "any", "US", unit, Frequency.YEAR, periods, np.array(values, dtype=float), None, None,
        date(2022, 1, 1), Rule.STRICT, ("one",), None, pseudo_vintage=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "same"),
    [
        (series([1.0, 2.0, 3.0, 4.0]), True),
        (series([1.05, 2.1, 3.1]), True),
        (series([1.0 + 2 * BROKEN, 2.0 * (1 + 2 * BROKEN), 3.0]), False),
        (series([1.0, 2.0, 3.0], unit="MW"), False),
        (series([1.0, 2.0], start=2030), False),
        (None, False),
    ],
)
def test_a_series_that_counts_something_else_today_is_not_scored(now, same) -> None:
    assert same_quantity(series([1.0, 2.0, 3.0]), now) is same


@pytest.mark.slow
def test_the_same_day_forecast_sees_only_that_day_and_says_why_there_is_none() -> None:
    target, day = Period(date(2025, 1, 1), Frequency.YEAR), date(2023, 1, 18)
    forecast = same_day(today(SMALL), series_id=ERCOT, target=target, day=day)
    assert isinstance(forecast, SameDay)
    assert (forecast.points, forecast.steps, forecast.rule) == (15, 3, PSEUDO)
    assert forecast.low < forecast.point < forecast.high
    assert forecast == same_day(today(poisoned(SMALL, day)), series_id=ERCOT, target=target, day=day)
    early = same_day(today(SMALL), series_id=ERCOT, target=target, day=date(2012, 12, 1))
    assert early == "no forecast possible: 5 points visible"
    assert (
        same_day(today(SMALL), series_id="us.none", target=target, day=day) == "no forecast possible: 0 points visible"
    )


@pytest.mark.slow
def test_data_center_electricity_continues_the_nowcast_with_its_width() -> None:
    target, day = Period(date(2024, 1, 1), Frequency.YEAR), date(2024, 9, 17)
    forecast = same_day(today(SHIPPED), series_id="us.datacenter.electricity", target=target, day=day)
    assert isinstance(forecast, SameDay)
    assert forecast.steps == 1
    assert forecast.low < forecast.point < forecast.high
    assert forecast == same_day(
        today(poisoned(SHIPPED, day)), series_id="us.datacenter.electricity", target=target, day=day
    )
