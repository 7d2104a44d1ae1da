"""What single members and the contract around them do; what all of them must do is in test_conformance."""

from datetime import date

import numpy as np
import pytest

from data.base.errors import FitFailed, HeadroomError, NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.core.calendar import Calendar
from training.members.member import Member, PathDistribution, Space, damped
from training.members.registry import FAST, member


def quarters(count, *, skip=()):
    first = Period(date(2015, 1, 1), Frequency.QUARTER)
    return Calendar.of(tuple(first.shift(step) for step in range(count) if step not in skip))


def growing(count, seed=1):
    rng = np.random.default_rng(seed)
    return 100 * np.exp(0.03 * np.arange(count) + np.cumsum(0.03 * rng.standard_normal(count)))


def answer(name, values, calendar, horizon=6):
    return member(name).fit(values, calendar).quantiles(horizon, levels=FORECAST_LEVELS)


@pytest.mark.parametrize("name", FAST)
def test_median_of_steady_growth_does_not_explode_over_long_horizons(name):
    values = 100 * np.exp(0.12 * np.arange(20))
    try:
        forecast = answer(name, values, quarters(20), horizon=20)
    except HeadroomError:
        return
    # Twenty more quarters of twelve per cent would be elevenfold; beyond that is an explosion.
    assert forecast[-1, 4] <= values[-1] * np.exp(0.12 * 20) * 1.05


def test_drift_goes_by_elapsed_time_not_by_count_of_points():
    steps = np.array([0, 1, 2, 3, 9, 10, 11, 19])
    calendar = quarters(20, skip=set(range(20)) - set(steps.tolist()))
    forecast = answer("drift", 100 * np.exp(0.01 * steps), calendar, horizon=4)
    assert forecast[3, 4] == pytest.approx(100 * np.exp(0.01 * 23), rel=1e-9)


def test_growth_beyond_a_third_of_history_fades_and_keeps_the_season():
    season = np.tile([0.0, 0.3, -0.2, 0.1], 30)
    history = 0.05 * np.arange(24) + season[:24]
    path = 0.05 * np.arange(24, 84) + season[24:84]
    path_damped = damped(path, history=history, season=4)
    assert np.array_equal(path_damped[:8], path[:8])
    late = path_damped[40:] - path_damped[36:-4]
    assert (late > 0).all()
    assert (late < 0.2 * 0.5**4).all()
    assert np.std((path_damped - season[24:84])[-4:]) < 0.02
    assert path_damped[-1] < path[7] + 0.05 * (8 / np.log(2) + 8)


@pytest.mark.parametrize("case", ["location", "sigma", "nan", "never finite", "length"])
def test_a_runaway_path_is_a_failed_fit(case):
    class Runaway(Member):
        name = "runaway"
        family = "runaway"
        space = Space.RAW
        minimum = 3

        def _distribution(self, values, _calendar):
            def path(steps):
                location, sigma = np.full(steps, values[-1]), np.ones(steps)
                if case == "location":
                    location = location - 4.7e13
                elif case == "sigma":
                    sigma = sigma * 1e9
                elif case == "nan":
                    location[-1] = np.nan
                elif case == "never finite":
                    location = location * np.nan
                else:
                    location = location[:-1]
                return location, sigma

            return PathDistribution(path, {})

    with pytest.raises(FitFailed):
        Runaway().fit(growing(28), quarters(28)).quantiles(6, levels=FORECAST_LEVELS)


@pytest.mark.parametrize("error", [ValueError("boom\nmore"), ZeroDivisionError(), IndexError("x")])
def test_whatever_a_library_raises_is_a_failed_fit_with_the_reason(error):
    class Broken(Member):
        name = "broken"
        family = "broken"
        space = Space.RAW
        minimum = 3

        def _distribution(self, _values, _calendar):
            raise error

    with pytest.raises(FitFailed, match=type(error).__name__):
        Broken().fit(growing(28), quarters(28))


@pytest.mark.parametrize("name", ["ets_damped_classical_log", "local_trend"])
def test_an_unconverged_fit_is_a_failed_fit(name, monkeypatch):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    class Unconverged:
        mle_retvals = {"converged": False}  # noqa: RUF012 - a stand-in read once

    for model in (ETSModel, UnobservedComponents):
        monkeypatch.setattr(model, "fit", lambda *_args, **_more: Unconverged())
    with pytest.raises(FitFailed, match="did not converge"):
        member(name).fit(growing(28), quarters(28))


def test_an_unknown_member_is_refused():
    with pytest.raises(NotFound):
        member("crystal_ball")
