"""Other use of US electricity: two routes to it, no month filled in, and a stated pace where months end."""

from datetime import date

import numpy as np
import pytest

from data.periods.period import Frequency, Period
from features.electricity import SALES
from projection.base.timeline import Timeline
from projection.electricity.us_sales import other_use_growth
from projection.inputs.drivers import DriverDraws

TIMELINE = Timeline(2025)
DRAWS = 40
RNG = np.random.default_rng(3)
VALUES = {
    "us_other_use_growth": RNG.normal(40, 10, DRAWS),
    "us_commerce_growth": RNG.normal(0, 5, DRAWS),
    "us_sales_route_weight": np.ones(DRAWS),
}


def months(first, count):
    start = Period(first, Frequency.MONTH)
    return tuple(start.shift(step) for step in range(count))


def sales_draws(count=31):
    # 100 TWh a month of each, growing by one TWh a year and month from the year after the base year on.
    ahead = months(date(2025, 6, 1), count)
    path = np.array([100_000.0 + 1_000.0 * (month.start.year - 2025) for month in ahead])
    values = {name: np.tile(path, (DRAWS, 1)) for name in SALES}
    return DriverDraws(dict.fromkeys(SALES, ahead), values)


PRINTED = {name: dict.fromkeys(months(date(2025, 1, 1), 5), 100.0) for name in SALES}


def test_sales_of_whole_years_grow_and_then_the_stated_pace_goes_on():
    growth = other_use_growth(sales_draws(), PRINTED, VALUES, TIMELINE)
    # Two series, twelve months, one TWh each: 24 TWh a year for the two years that the months make whole.
    since = TIMELINE.mid_years
    commerce, stated = VALUES["us_commerce_growth"][:, None], VALUES["us_other_use_growth"][:, None]
    expected = (24 + commerce) * np.minimum(since, 2) + stated * np.maximum(since - 2, 0)
    assert growth == pytest.approx(expected, rel=1e-4, abs=1e-3)


def test_each_draw_lies_between_its_routes():
    half = VALUES | {"us_sales_route_weight": np.full(DRAWS, 0.5)}
    stated = VALUES["us_other_use_growth"][:, None] * TIMELINE.mid_years
    both = (other_use_growth(sales_draws(), PRINTED, VALUES, TIMELINE) + stated) / 2
    assert other_use_growth(sales_draws(), PRINTED, half, TIMELINE) == pytest.approx(both, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("months_printed", ["no month after the base year", "a printed month missing", "no forecast"])
def test_without_two_whole_years_the_stated_pace_serves_alone(months_printed):
    drivers, printed = sales_draws(), PRINTED
    if months_printed == "no month after the base year":
        drivers = sales_draws(count=9)
    elif months_printed == "a printed month missing":
        printed = PRINTED | {SALES[0]: {}}
    else:
        drivers = DriverDraws({}, {})
    stated = VALUES["us_other_use_growth"][:, None] * TIMELINE.mid_years
    assert other_use_growth(drivers, printed, VALUES, TIMELINE) == pytest.approx(stated, rel=1e-5)
