"""What every registered member must do, whatever it is: a new one is a class, a registry line, and this suite."""

import json
import os
import subprocess
import sys
from datetime import date

import numpy as np
import pytest

from data.base.errors import FitFailed, InvalidParameter, TooFewObservations
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.core.calendar import Calendar
from training.members.member import Space
from training.members.registry import MEMBERS, member

NAMES = sorted(MEMBERS)
# A gradient optimiser stops where rounding lets it; a change of unit moves that by a little.
LOOSE = {"prophet": 0.05, "ces_raw": 0.05, "arima_raw": 0.05}
MIDDLE = FORECAST_LEVELS.index(0.5)
REFUSALS = (FitFailed, TooFewObservations)


def calendar_of(count, *, freq=Frequency.QUARTER, skip=()):
    first = Period(date(2010, 1, 1), freq)
    return Calendar.of(tuple(first.shift(step) for step in range(count) if step not in skip))


def growing(count, seed=1, season=None):
    rng = np.random.default_rng(seed)
    shape = np.zeros(count) if season is None else 0.1 * np.sin(2 * np.pi * np.arange(count) / season)
    return 100 * np.exp(0.03 * np.arange(count) + shape + np.cumsum(0.03 * rng.standard_normal(count)))


def answer(name, values, calendar, horizon=6):
    return member(name).fit(values, calendar).quantiles(horizon, levels=FORECAST_LEVELS)


def sane(forecast):
    assert np.isfinite(forecast).all()
    assert (np.diff(forecast, axis=1) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_member_states_what_it_is(name):
    model = member(name)
    assert model.name == name
    assert model.family
    assert model.space in Space
    assert model.minimum >= 2
    assert model.takes <= {"drivers", "cap", "pace", "sums"}


@pytest.mark.parametrize("name", NAMES)
def test_quantiles_are_ordered_finite_and_the_same_twice_and_change_nothing(name, capfd):
    values, calendar = growing(32, season=4), calendar_of(32)
    before = values.copy()
    first = answer(name, values, calendar)
    assert first.shape == (6, len(FORECAST_LEVELS))
    sane(first)
    assert np.array_equal(first, answer(name, values, calendar))
    assert np.array_equal(values, before)
    output = capfd.readouterr()
    assert output.err == ""
    assert output.out == ""


@pytest.mark.parametrize("name", NAMES)
def test_draws_are_the_same_for_the_same_seed_and_distributed_as_quantiles_say(name):
    fitted = member(name).fit(growing(32, season=4), calendar_of(32))
    quantiles = fitted.quantiles(6, levels=FORECAST_LEVELS)
    draws = fitted.draws(6, count=20_000, rng=np.random.default_rng(7))
    assert draws.shape == (20_000, 6)
    assert np.array_equal(draws, fitted.draws(6, count=20_000, rng=np.random.default_rng(7)))
    assert not np.array_equal(draws[:5], fitted.draws(6, count=5, rng=np.random.default_rng(8)))
    assert (draws > 0).all()
    for step in range(6):
        below = (draws[:, step, None] <= quantiles[step]).mean(axis=0)
        # Five standard errors of a share of twenty thousand.
        assert np.allclose(below, FORECAST_LEVELS, atol=5 * np.sqrt(0.25 / 20_000))
    # What is not known of one step is part of what is not known of the next.
    assert np.corrcoef(np.log(draws[:, 4]), np.log(draws[:, 5]))[0, 1] > 0.5
    with pytest.raises(InvalidParameter):
        fitted.draws(6, count=0, rng=np.random.default_rng(7))


SILENT = """
import sys
from datetime import date
import numpy as np
from data.periods.period import Frequency, Period
from training.backtest.workers import Job, cast

first = Period(date(2010, 1, 1), Frequency.QUARTER)
values = 100 * np.exp(0.03 * np.arange(24) + 0.1 * np.sin(np.arange(24)))
# The first fit of a process is the one in which libraries are imported; noise makes optimisers complain.
noise = 100 * np.exp(0.5 * np.random.default_rng(1).standard_normal(24))
for history in (values, noise, np.where(np.arange(24) == 20, 1e6, values)):
    job = Job(("a", 0), (sys.argv[1],), history, tuple(first.shift(step) for step in range(24)), 6)
    answered = cast(job)
    assert len(answered) == 1
"""


def once_a_library(names):
    """One member of each module with the slow tests, the others at night: what a fit may say, it says as a library."""
    begun = set()
    for name in names:
        library = type(member(name)).__module__
        yield pytest.param(name, marks=pytest.mark.nightly if library in begun else pytest.mark.slow)
        begun.add(library)


@pytest.mark.parametrize("name", list(once_a_library(NAMES)))
def test_a_process_that_fits_for_the_first_time_says_nothing(name):
    # Asked of a process, so that what compiled code writes to the descriptors themselves counts too.
    process = subprocess.run(
        [sys.executable, "-W", "default", "-c", SILENT, name],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


@pytest.mark.parametrize("name", NAMES)
def test_an_input_that_may_not_be_written_to_is_no_obstacle(name):
    values = growing(28)
    values.setflags(write=False)
    sane(answer(name, values, calendar_of(28)))


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_asked_twice_or_further_says_the_same_of_the_same_steps(name):
    fitted = member(name).fit(growing(28), calendar_of(28))
    near, far = (fitted.quantiles(horizon, levels=FORECAST_LEVELS) for horizon in (4, 8))
    # Some libraries simulate their widths, from a seed: as many draws, other numbers.
    assert np.allclose(near[:, MIDDLE], far[:4, MIDDLE], rtol=1e-6)
    assert np.allclose(near, far[:4], rtol=1e-3)
    assert np.array_equal(near, fitted.quantiles(4, levels=FORECAST_LEVELS))


@pytest.mark.parametrize("name", NAMES)
def test_too_short_a_history_is_refused_with_the_stated_minimum(name):
    with pytest.raises(TooFewObservations, match=str(member(name).minimum)):
        member(name).fit(growing(2), calendar_of(2))


BY_NIGHT = {Frequency.HALF, Frequency.MONTH}


@pytest.mark.parametrize(
    "freq", [pytest.param(freq, marks=[pytest.mark.nightly] if freq in BY_NIGHT else []) for freq in Frequency]
)
@pytest.mark.parametrize(
    # Its optimiser tries for seconds on so few points.
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name == "ces_raw" else []) for name in NAMES],
)
def test_the_stated_minimum_is_true(name, freq):
    for count in range(member(name).minimum, member(name).minimum + 2):
        try:
            forecast = answer(name, growing(count, seed=count), calendar_of(count, freq=freq), horizon=3)
        except FitFailed as error:
            # The two reasons that depend on the frequency or on luck, never on the number of points alone.
            assert any(part in error.reason for part in ("two seasons", "converge", "bounds"))  # noqa: PT017 - see above
        else:
            sane(forecast)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_a_change_of_unit_changes_the_unit_of_the_answer_and_nothing_else(name, factor):
    values, calendar = growing(28), calendar_of(28)
    plain, scaled = answer(name, values, calendar), answer(name, factor * values, calendar)
    assert np.allclose(scaled[:, MIDDLE], factor * plain[:, MIDDLE], rtol=LOOSE.get(name, 0.02))


@pytest.mark.parametrize("name", NAMES)
def test_uncertainty_grows_with_the_horizon_and_never_shrinks(name):
    forecast = answer(name, growing(28), calendar_of(28), horizon=16)
    low, high = forecast[:, 1], forecast[:, -2]
    width = high - low if member(name).space is Space.RAW else np.log(high / low)
    assert (np.diff(width) >= -1e-9 * np.abs(width[:-1])).all()
    assert width[-1] > width[0] > 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["constant", "zeros", "all zero", "outlier", "break", "tiny", "line"])
def test_an_awkward_history_is_answered_or_refused_by_name_never_with_nonsense(name, shape):
    values = growing(28)
    steps = np.arange(28)
    values = {
        "constant": np.full(28, 7.0),
        "zeros": np.where(steps % 5 == 0, 0.0, values),
        "all zero": np.zeros(28),
        "outlier": np.where(steps == 20, 50 * values, values),
        "break": np.where(steps >= 18, 3 * values, values),
        "tiny": 1e-12 * values,
        "line": 10.0 + 3.0 * steps,
    }[shape]
    try:
        forecast = answer(name, values, calendar_of(28))
    except REFUSALS as error:
        assert error.detail.startswith(name)  # noqa: PT017 - a refusal is one of two right answers
        return
    sane(forecast)
    if (values > 0).all():
        assert (forecast > 0).all()
        assert forecast[:, MIDDLE].max() < 100 * values.max()


@pytest.mark.parametrize("name", NAMES)
def test_missing_periods_are_lived_with_or_refused_never_closed_up(name):
    skip = (7, 8, 15)
    values = growing(30)[[step for step in range(30) if step not in skip]]
    if member(name).gaps:
        sane(answer(name, values, calendar_of(30, skip=skip)))
    else:
        with pytest.raises(FitFailed, match="missing inside"):
            answer(name, values, calendar_of(30, skip=skip))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_is_not_finite_is_refused(name, bad):
    values = growing(28)
    values[4] = bad
    with pytest.raises(FitFailed, match="not finite"):
        member(name).fit(values, calendar_of(28))


@pytest.mark.parametrize("name", NAMES)
def test_parameters_survive_being_written_and_read(name):
    parameters = dict(member(name).fit(growing(28), calendar_of(28)).parameters)
    assert json.loads(json.dumps(parameters, allow_nan=False)) == parameters
    assert parameters == dict(member(name).fit(growing(28), calendar_of(28)).parameters)


@pytest.mark.parametrize("name", NAMES)
def test_an_aid_a_member_does_not_take_is_refused(name):
    values, calendar = growing(28), calendar_of(28)
    aids = {"drivers": growing(40, seed=2)[:, None], "cap": 1e4, "pace": 0.05}
    for aid_name, aid in aids.items():
        if aid_name in member(name).takes:
            sane(member(name).fit(values, calendar, **{aid_name: aid}).quantiles(6, levels=FORECAST_LEVELS))
        else:
            with pytest.raises(InvalidParameter, match="takes none"):
                member(name).fit(values, calendar, **{aid_name: aid})


@pytest.mark.parametrize("name", NAMES)
def test_a_horizon_of_nothing_is_refused(name):
    with pytest.raises(InvalidParameter):
        answer(name, growing(28), calendar_of(28), horizon=0)


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "cap" in member(name).takes))
def test_a_stated_cap_is_never_passed_by_the_median(name):
    values, calendar = growing(28), calendar_of(28)
    cap = 1.3 * values.max()
    quantiles = member(name).fit(values, calendar, cap=cap).quantiles(16, levels=FORECAST_LEVELS)
    assert (quantiles[:, MIDDLE] <= cap * 1.001).all()
    with pytest.raises(FitFailed, match="passes"):
        member(name).fit(values, calendar, cap=0.5 * values.max())


@pytest.mark.parametrize("name", sorted(name for name in NAMES if "drivers" in member(name).takes))
def test_a_driver_that_leads_is_listened_to_and_must_reach_the_horizon(name):
    rng = np.random.default_rng(3)
    driver = 50 * np.exp(np.cumsum(0.1 * rng.standard_normal(46)))
    values = 3 * driver[:40] * np.exp(0.01 * rng.standard_normal(40))
    fitted = member(name).fit(values, calendar_of(40), drivers=driver[:, None])
    quantiles = fitted.quantiles(6, levels=FORECAST_LEVELS)
    alone = answer(name, values, calendar_of(40))
    truth = 3 * driver[40:]
    assert np.abs(np.log(quantiles[:, MIDDLE] / truth)).mean() < 0.5 * np.abs(np.log(alone[:, MIDDLE] / truth)).mean()
    with pytest.raises(FitFailed, match="known 6 steps ahead"):
        fitted.quantiles(8, levels=FORECAST_LEVELS)
