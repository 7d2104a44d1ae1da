"""A season told from few months with holes between them, and from sums over the holes."""

from datetime import date

import numpy as np
import pytest

from data.base.errors import FitFailed, InvalidParameter
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.panel import forecastable
from features.series import SpanSum
from features.view import View
from training.backtest.backtest import members_for, sparse
from training.core.calendar import Calendar
from training.members.registry import BASELINES, SPARSE, member

MIDDLE = FORECAST_LEVELS.index(0.5)
CONSUMPTION = "cn.electricity.consumption_month.total.nea"


def month(year, number):
    return Period(date(year, number, 1), Frequency.MONTH)


def season(period):
    """Growth of 5 % a year and a summer peak."""
    return 800.0 * 1.05 ** (period.start.year - 2020) * (1.15 if period.start.month in {7, 8} else 1.0)


def fitted(periods, sums=()):
    values = np.array([season(period) for period in periods])
    return member("sparse_season").fit(values, Calendar.of(periods), sums=sums)


SUMMERS = [month(year, number) for year in range(2021, 2026) for number in (4, 7, 8, 9)]


def test_a_month_is_forecast_from_the_same_month_of_other_years():
    bands = fitted(SUMMERS).quantiles(12, levels=FORECAST_LEVELS)
    for number in (4, 7, 8, 9):
        target = month(2026, number)
        row = bands[SUMMERS[-1].steps_to(target) - 1]
        assert row[MIDDLE] == pytest.approx(season(target), rel=0.02)


def test_july_2026_of_china_is_last_july_with_growth():
    # July 2025 stood at 1,023 TWh; a forecast that knew no season said 875 for July 2026.
    series = forecastable(View.of(Store.shipped(), as_of=date(2026, 6, 30)))[CONSUMPTION]
    bands = (
        member("sparse_season")
        .fit(series.values, Calendar.of(series.periods), sums=series.sums)
        .quantiles(12, levels=FORECAST_LEVELS)
    )
    row = bands[series.last.steps_to(month(2026, 7)) - 1]
    assert 1_022 < row[MIDDLE] < 1_100
    assert row[2] > 900


def test_a_sum_over_months_tells_of_those_that_were_never_printed():
    target = month(2026, 2)
    months = [month(2025, 1), month(2025, 2), month(2025, 3)]
    sums = [SpanSum(months[0], months[-1], 0.8 * sum(season(one) for one in months))]
    step = SUMMERS[-1].steps_to(target) - 1
    without, with_sums = (fitted(SUMMERS, part).quantiles(12, levels=FORECAST_LEVELS)[step] for part in ((), sums))
    assert with_sums[MIDDLE] < 0.9 * without[MIDDLE]
    assert with_sums[MIDDLE] == pytest.approx(0.8 * season(target), rel=0.05)


def test_a_season_seen_once_is_refused():
    with pytest.raises(FitFailed, match="no period of the year was seen twice"):
        fitted([month(2021, 1), month(2021, 4), month(2021, 7), month(2022, 2), month(2022, 5), month(2022, 9)])


def test_other_members_take_no_sums():
    values = np.array([season(period) for period in SUMMERS])
    with pytest.raises(InvalidParameter, match="takes none"):
        member("naive2").fit(values, Calendar.of(SUMMERS), sums=[SpanSum(SUMMERS[0], SUMMERS[1], 1.0)])


def test_only_months_most_of_which_are_missing_are_left_to_it():
    assert sparse(SUMMERS)
    whole = [month(2020, 1).shift(step) for step in range(60)]
    assert not sparse(whole)
    assert not sparse([*SUMMERS, *(SUMMERS[-1].shift(step) for step in range(1, 25))])
    assert not sparse([Period(date(year, 1, 1), Frequency.QUARTER) for year in range(2000, 2020)])
    series = forecastable(View.of(Store.shipped(), as_of=date(2026, 6, 30)))
    assert members_for(series[CONSUMPTION], driver=False) == (*BASELINES, *SPARSE)
