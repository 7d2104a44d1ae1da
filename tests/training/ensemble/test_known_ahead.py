"""Forecasts tied to what is known of periods ahead: a price within its limits, and a year whose months have come."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.generation.china_build import SOLAR, WIND
from features.view import View
from training.backtest.backtest import Trial
from training.backtest.origins import STRICT, Origin
from training.core.growth import Growth
from training.ensemble.assessment import Assessment, PooledForecast
from training.ensemble.calibration import I10, I90, MIDDLE, Band, Calibrator
from training.ensemble.known_ahead import with_known
from training.ensemble.limits import limited
from training.ensemble.recent_errors import Correction, Persistence
from training.ensemble.years_begun import begun

LEVELS = np.asarray(FORECAST_LEVELS, dtype=float)
STORE = Store.shipped()
PRICE = "us-pjm.capacity_auction.price"
CORRECTION = Correction(None, np.zeros(4), 1.0)


def at(*day):
    return View.of(STORE, as_of=date(*day))


def forecast(name, last, *, median, steps=4, growth=0.0, origin=None):
    ahead = np.arange(1, steps + 1)
    centre = median * np.exp(growth * (ahead - 1))[:, None]
    quantiles = centre * np.exp(0.3 * np.sqrt(ahead)[:, None] * (LEVELS - 0.5)[None, :] * 4)
    trial = Trial(
        name, Frequency.YEAR, Growth.FAST, origin, last, scale=1.0, unit_scale=1.0, constant=False,
        member_forecasts={}, drops={}, parameters={}, history={last: median},
    )  # fmt: skip
    return PooledForecast(trial, ("drift",), quantiles, Band(quantiles, "conformal(A,fast)", 40, ()), CORRECTION)


def auction(first):
    return Period(date(first, 6, 1), Frequency.YEAR)


def phi(_trial):
    return 0.6


def test_a_price_whose_cap_binds_sits_at_it():
    answer = limited(forecast(PRICE, auction(2028), median=700.0), at(2026, 11, 23), phi)
    next_auction = answer.band.quantiles[0]
    # The cap was restated by up to 2.6 %, so it may be again.
    assert next_auction[[I10, MIDDLE, I90]] == pytest.approx(np.full(3, 325.0), rel=0.03)
    assert answer.band.method == "conformal(A,fast);limited"


def test_beyond_the_last_limit_the_price_goes_on_from_where_it_stood():
    plain = forecast(PRICE, auction(2028), median=500.0, growth=0.1)
    answer = limited(plain, at(2026, 11, 23), phi)
    medians, before = answer.band.quantiles[:, MIDDLE], plain.band.quantiles[:, MIDDLE]
    assert medians[1:] / medians[0] == pytest.approx(before[1:] / before[0], rel=0.1)
    assert answer.band.quantiles[1, I90] > 1.2 * 325.0
    assert (np.diff(answer.band.quantiles, axis=1) >= 0).all()


def test_a_price_is_never_below_its_floor():
    answer = limited(forecast(PRICE, auction(2028), median=60.0), at(2026, 11, 23), phi)
    assert answer.band.quantiles[0, 0] > 0.94 * 175.0


@pytest.mark.parametrize(
    "case",
    [
        SimpleNamespace(name=PRICE, day=(2025, 4, 20), last=2025),
        SimpleNamespace(name=PRICE, day=(2026, 11, 23), last=2029),
        SimpleNamespace(name="us-miso.capacity_auction.price", day=(2026, 11, 23), last=2028),
    ],
    ids=["a day before the limits", "years without limits", "a price without limits"],
)
def test_what_has_no_limits_is_left_alone(case):
    plain = forecast(case.name, auction(case.last), median=500.0)
    assert limited(plain, at(*case.day), phi) is plain


def test_a_year_begun_is_what_has_come_and_a_forecast_of_the_rest():
    plain = forecast(SOLAR, Period(date(2025, 1, 1), Frequency.YEAR), median=380.0)
    answer = begun(plain, at(2026, 11, 23), phi)
    year = answer.band.quantiles[0]
    # 86.15 GW to July, and five months at 8 to 29 GW as in earlier years.
    assert year[0] > 86.15
    assert 86.15 + 5 * 8.2 < year[MIDDLE] < 86.15 + 5 * 29.3
    later = answer.band.quantiles[1:, MIDDLE] / plain.band.quantiles[1:, MIDDLE]
    assert later == pytest.approx(np.full(3, year[MIDDLE] / 380.0), rel=0.1)


@pytest.mark.parametrize(
    ("name", "day"),
    [(SOLAR, (2026, 2, 1)), (WIND, (2026, 11, 23)), ("us.electricity.netgen.total.eia", (2026, 11, 23))],
    ids=["no month known", "too few earlier years", "another series"],
)
def test_a_year_of_which_nothing_is_known_is_left_alone(name, day):
    plain = forecast(name, Period(date(2025, 1, 1), Frequency.YEAR), median=380.0)
    assert begun(plain, at(*day), phi) is plain


def test_past_forecasts_are_tied_by_what_was_known_on_their_day():
    auctions = tuple(auction(first) for first in range(2019, 2027))
    numbers = np.array([100.0, 76.53, 140.0, 50.0, 34.13, 28.92, 269.92, 329.17])
    origin = Origin(PRICE, auctions, numbers, np.array([1, 2]), np.array([333.44, 325.0]), STRICT, date(2025, 7, 22))
    past = forecast(PRICE, auctions[-1], median=550.0, origin=origin)
    now = forecast(PRICE, auction(2028), median=500.0)
    assessment = Assessment([past], {PRICE: now}, {}, {}, Calibrator({}, {}), Persistence({}))
    tied = with_known(at(2026, 11, 23), assessment, {PRICE: {}})
    assert tied.answers[0].band.quantiles[0, MIDDLE] == pytest.approx(325.0, rel=0.03)
    # The limit of 2028/29 was not known in 2025.
    assert tied.answers[0].band.quantiles[1, I90] > 400.0
    assert tied.published[PRICE].band.quantiles[0, MIDDLE] == pytest.approx(325.0, rel=0.03)
