"""Which series compound, and what becomes of those that do and those that only look alike."""

from datetime import date

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from features.user_series.user_series import UserSeries
from training.core.calendar import Calendar
from training.user_series.compounding import compounding
from training.user_series.user_series import COMPOUND, forecast, members_of

MIDDLE = FORECAST_LEVELS.index(0.5)
RATE = float(np.log(1.45))


def share(values, freq):
    return compounding(values, Calendar(Period(date(2005, 1, 1), freq), tuple(range(values.size))))


def user_series(values, freq):
    first = Period(date(2000, 1, 1), freq)
    return UserSeries("a", freq, tuple(first.shift(step) for step in range(values.size)), values)


def grown(count, freq, *, rate=RATE, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    return 100 * np.exp(rate * np.arange(count) / freq.per_year + noise * rng.standard_normal(count))


@pytest.mark.parametrize(("freq", "count"), [("A", 8), ("A", 20), ("Q", 20), ("Q", 40), ("M", 60)])
@pytest.mark.parametrize("rate", [RATE, -RATE])
def test_a_steady_rate_compounds(freq, count, rate):
    assert share(grown(count, Frequency(freq), rate=rate), Frequency(freq)) > 0.9


STEPS = np.arange(20)
NOISE = np.exp(0.03 * np.random.default_rng(2).standard_normal(20))
ALIKE = {
    "a straight line": (100 + 40 * STEPS) * NOISE,
    "a rate the collections know": 100 * np.exp(0.08 * STEPS) * NOISE,
    "a level that shifted once": np.where(STEPS < 12, 100.0, 600.0) * NOISE,
    "growth that ended": 100 * np.exp(RATE * np.minimum(STEPS, 15)) * NOISE,
    "a curve that saturates": 1000 / (1 + np.exp(-0.6 * (STEPS - 9))) * NOISE,
    "noise": 100 * np.exp(0.5 * np.random.default_rng(3).standard_normal(20)),
    "a beginning": 100 * np.exp(1.8 * STEPS) * NOISE,
    "a zero": np.where(STEPS == 0, 0.0, 100 * np.exp(RATE * STEPS)),
    "a constant": np.full(20, 7.0),
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_only_looks_alike_does_not(name):
    assert share(ALIKE[name], Frequency.YEAR) < 0.05


@pytest.mark.parametrize(("freq", "count", "steps"), [("A", 10, 3), ("A", 20, 5), ("Q", 20, 6), ("M", 48, 12)])
def test_a_series_that_compounds_is_continued_at_its_rate_and_may_still_stop(freq, count, steps):
    series = user_series(grown(count, Frequency(freq)), Frequency(freq))
    assert set(COMPOUND) <= set(members_of(series))
    answers = forecast([series], horizon=steps).answered[0]
    truth = 100 * np.exp(RATE * (count + steps - 1) / Frequency(freq).per_year)
    assert abs(np.log(answers.quantiles[-1, MIDDLE] / truth)) < 0.35 * RATE * steps / Frequency(freq).per_year
    assert answers.quantiles[-1, 2] < truth < answers.quantiles[-1, -3]
    assert sum(answers.weights.values()) == pytest.approx(1.0)


def test_an_ordinary_series_gets_no_other_members():
    values = 100 + np.arange(30.0)
    assert "ets_log" not in members_of(user_series(values, Frequency.QUARTER))


@pytest.mark.parametrize(("freq", "count"), [("Q", 8), ("Q", 11), ("Q", 13), ("M", 24), ("M", 30)])
def test_a_season_that_is_plain_in_few_years_is_kept(freq, count):
    frequency = Frequency(freq)
    season = frequency.per_year
    rng = np.random.default_rng(5)
    shape = 0.5 * np.sin(2 * np.pi * np.arange(count + season) / season)
    values = 100 * np.exp(shape + 0.03 * rng.standard_normal(count + season))
    answers = forecast([user_series(values[:count], frequency)], horizon=season).answered[0]
    miss = np.abs(np.log(answers.quantiles[:, MIDDLE] / values[count:]))
    assert miss.mean() < 0.12
    assert not any("too short to tell a season" in text for text in answers.reduced)


@pytest.mark.parametrize("seed", range(8))
def test_a_single_jump_is_no_season(seed):
    rng = np.random.default_rng(seed)
    values = 100 * np.exp(0.03 * rng.standard_normal(8) + np.where(np.arange(8) >= 2 + seed % 6, 1.0, 0.0))
    answers = forecast([user_series(values, Frequency.QUARTER)], horizon=4).answered[0]
    middles = answers.quantiles[:, MIDDLE]
    assert middles.max() / middles.min() < 2.5


@pytest.mark.parametrize("rate", [RATE, -RATE])
def test_growth_that_ends_on_the_spot_is_not_outside_the_widest_band(rate):
    values = grown(20, Frequency.YEAR, rate=rate)
    bands = forecast([user_series(values, Frequency.YEAR)], horizon=5).answered[0].quantiles
    assert (bands[:, 0] <= values[-1] * 1.001).all()
    assert (bands[:, -1] >= values[-1] * 0.999).all()
    assert (np.diff(bands, axis=1) > 0).all()
    assert (np.diff(np.log(bands[:, -1] / bands[:, 0])) >= 0).all()
