"""What every member must do, whatever it is: a new member is one class, one registry line, and these tests."""

from datetime import date

import numpy as np
import pytest

from data.errors import FitFailed, HeadroomError, TooFewObservations
from data.periods import Frequency, Period
from data.quantiles import FORECAST_LEVELS
from training.calendar import Calendar
from training.registry import FAST, MEMBERS, member

NAMES = sorted(MEMBERS)
SLOW = {"prophet"}


def quarters(count, *, skip=()):
    first = Period(date(2015, 1, 1), Frequency.QUARTER)
    return Calendar.of(tuple(first.shift(step) for step in range(count) if step not in skip))


def growing(count, seed=1):
    rng = np.random.default_rng(seed)
    return 100 * np.exp(0.03 * np.arange(count) + np.cumsum(0.03 * rng.standard_normal(count)))


def answer(name, values, calendar, horizon=6):
    return member(name).fit(values, calendar).quantiles(horizon, levels=FORECAST_LEVELS)


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_are_ordered_finite_and_the_same_twice(name, capfd):
    values, calendar = growing(28), quarters(28)
    before = values.copy()
    first = answer(name, values, calendar)
    assert first.shape == (6, len(FORECAST_LEVELS))
    assert np.isfinite(first).all()
    assert (np.diff(first, axis=1) >= 0).all()
    assert np.array_equal(first, answer(name, values, calendar))
    assert np.array_equal(values, before)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", NAMES)
def test_too_short_a_history_is_refused_with_the_stated_minimum(name):
    with pytest.raises(TooFewObservations):
        member(name).fit(growing(2), quarters(2))


@pytest.mark.parametrize("name", sorted(set(NAMES) - SLOW))
def test_unit_is_kept(name):
    values, calendar = growing(28), quarters(28)
    small, large = answer(name, values, calendar), answer(name, 1000 * values, calendar)
    assert np.allclose(large[:, 4], 1000 * small[:, 4], rtol=2e-2)


@pytest.mark.parametrize("name", sorted(set(NAMES) - SLOW))
@pytest.mark.parametrize("shape", ["constant", "zeros", "outlier", "negative"])
def test_awkward_history_is_answered_or_refused_by_name_never_with_nonsense(name, shape):
    values = growing(28)
    values = {
        "constant": np.full(28, 7.0),
        "zeros": np.where(np.arange(28) % 5 == 0, 0.0, values),
        "outlier": np.where(np.arange(28) == 20, 50 * values, values),
        "negative": values - 150.0,
    }[shape]
    try:
        found = answer(name, values, quarters(28))
    except (FitFailed, TooFewObservations):
        return
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=1) >= 0).all()


@pytest.mark.parametrize("name", FAST)
def test_median_of_steady_growth_does_not_explode_over_long_horizons(name):
    values = 100 * np.exp(0.12 * np.arange(20))
    try:
        found = answer(name, values, quarters(20), horizon=20)
    except HeadroomError:
        return
    # Twenty more quarters of twelve per cent would be elevenfold; beyond that is an explosion.
    assert found[-1, 4] <= values[-1] * np.exp(0.12 * 20) * 1.05


def test_a_member_that_lives_with_gaps_answers_one():
    calendar = quarters(30, skip=(7, 8, 15))
    found = answer("local_trend", growing(30)[[i for i in range(30) if i not in (7, 8, 15)]], calendar)
    assert np.isfinite(found).all()
