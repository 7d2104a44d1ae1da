"""Errors of a series' own last forecasts: what they move, what they widen, and what they never see."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.backtest.backtest import Trial
from training.backtest.origins import PSEUDO, Origin
from training.core.growth import Growth
from training.ensemble.assessment import assess
from training.ensemble.calibration import I10, I90, MIDDLE
from training.ensemble.recent_errors import Expectation, recent_error

LEVELS = np.asarray(FORECAST_LEVELS, dtype=float)
NORMAL = np.array([-1.0, 1.0])[np.array(LEVELS > 0.5, dtype=int)] * np.abs(LEVELS - 0.5) * 2.0
STEPS = 4


def year(number):
    return Period(date(number, 1, 1), Frequency.YEAR)


def trial(series_id, truth, *, until, median, growth=Growth.FAST, sd=0.1, last_visible=True):
    """A forecast after ``until`` that holds the level ``median``, of the series ``{year: value}``."""
    visible = {year(number): value for number, value in truth.items() if number <= until}
    ahead = [number for number in sorted(truth) if until < number <= until + STEPS]
    origin = Origin(
        series_id,
        tuple(visible),
        np.array(list(visible.values())),
        np.array([number - until for number in ahead]),
        np.array([truth[number] for number in ahead]),
        PSEUDO,
        date(until + 1, 1, 1),
    )
    widths = sd * np.sqrt(np.arange(1, STEPS + 1))
    band = median * np.exp(widths[:, None] * NORMAL[None, :])
    return Trial(
        series_id, Frequency.YEAR, growth, origin if last_visible else None, year(until), scale=1.0, unit_scale=1.0,
        constant=False, member_forecasts={"naive2": band, "drift": band}, drops={}, parameters={}, history=visible,
    )  # fmt: skip


def panel(errors, *, count=40, seed=1):
    """Series forecast at three origins and now; ``errors(rng)`` gives the log errors of the scored forecasts."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(count):
        name = f"s{number}"
        logs = errors(rng)
        truth = {2010 + step: float(np.exp(value)) for step, value in enumerate(logs)}
        trials += [trial(name, truth, until=until, median=truth[until]) for until in (2016, 2014, 2012)]
        trials.append(trial(name, truth, until=2018, median=truth[2018], last_visible=False))
    return trials


def lasting(rng):
    """Growth that a flat forecast misses by the same every year, each series in its own direction."""
    return np.cumsum(np.full(9, rng.normal(0.0, 0.2)) + rng.normal(0.0, 0.02, 9))


def passing(rng):
    """Noise around a level: an error now says nothing about the next."""
    return np.cumsum(rng.normal(0.0, 0.1, 9))


def shifts(assessment):
    return np.array([item.correction.shift[0] for item in assessment.published.values()])


def test_lasting_errors_move_the_median_their_way():
    trials = panel(lasting)
    assessment = assess(trials)
    slopes = {
        item.series_id: np.log(item.history[year(2018)] / item.history[year(2017)])
        for item in trials
        if item.origin is None
    }
    moved = {name: item.correction.shift[0] for name, item in assessment.published.items()}
    assert np.corrcoef([slopes[name] for name in moved], list(moved.values()))[0, 1] > 0.9
    assert assessment.persistence.effects[Growth.FAST].persistence > 0.5


def test_passing_errors_move_little():
    effect = assess(panel(passing)).persistence.effects[Growth.FAST]
    assert effect.persistence < 0.25
    assert np.abs(shifts(assess(panel(passing)))).max() < np.abs(shifts(assess(panel(lasting)))).max() / 2


def test_corrected_medians_are_nearer_where_errors_last():
    assessment = assess(panel(lasting))
    corrected, plain = [], []
    for answer in assessment.answers:
        if answer.correction.recent is not None:
            truth = np.log(answer.trial.origin.targets)
            at = answer.trial.origin.target_steps - 1
            corrected += list(np.abs(truth - np.log(answer.band.quantiles[at, MIDDLE])))
            plain += list(np.abs(truth - np.log(answer.native[at, MIDDLE])))
    assert len(corrected) >= 100
    assert np.mean(corrected) < 0.7 * np.mean(plain)


def test_persistence_of_differences_of_counts_is_their_own():
    judged = panel(lasting)
    differences = [replace(item, series_id=f"flow of {item.series_id}") for item in panel(passing)]
    effects = assess(judged + differences, judged=judged).persistence.effects
    # Passing errors shrunk to a class that has lasting ones too.
    assert effects["fast,difference"].persistence < effects[Growth.FAST].persistence / 2
    assert effects["fast,difference"].response == effects[Growth.FAST].response
    assert "fast,difference" not in assess(judged).persistence.effects


def test_a_band_after_a_large_miss_is_wider_than_after_a_hit():
    def uneven(rng):
        # Calm and wild series: how far the last forecast missed tells which kind it is.
        return np.cumsum(rng.normal(0.0, rng.choice([0.02, 0.3]), 9))

    assessment = assess(panel(uneven, count=80))
    answers = [item for item in assessment.published.values() if item.correction.recent is not None]
    answers.sort(key=lambda item: abs(item.correction.recent))
    width = [np.log(item.band.quantiles[0, I90] / item.band.quantiles[0, I10]) for item in answers]
    assert np.mean(width[-20:]) > 1.5 * np.mean(width[:20])


def test_a_recent_error_looks_at_nothing_after_its_own_history():
    truth = {2010 + step: float(step + 1) for step in range(9)}
    item = trial("s", truth, until=2014, median=truth[2014])
    earlier, later = (trial("s", truth, until=until, median=truth[until]) for until in (2012, 2016))
    first, last = (Expectation.of(one, one.member_forecasts["naive2"], {}) for one in (earlier, later))
    assert recent_error(item, [last]) is None
    alone = recent_error(item, [first])
    assert alone == recent_error(item, [first, last])
    future = {number: value * (100.0 if number > 2014 else 1.0) for number, value in truth.items()}
    other = trial("s", future, until=2014, median=truth[2014])
    assert recent_error(other, [first]) == alone
    assert alone > 0


def test_a_series_without_an_earlier_forecast_is_left_alone():
    assessment = assess(panel(lasting))
    first = [item for item in assessment.answers if item.trial.last == year(2012)]
    assert len(first) == 40
    assert all(item.correction.recent is None and item.correction.factor == 1.0 for item in first)
    assert not any(item.correction.shift.any() for item in first)


@pytest.mark.parametrize("growth", [Growth.RAW, Growth.SLOW])
def test_the_median_moves_in_the_space_of_its_class(growth):
    trials = list(panel(lasting))
    for item in trials:
        object.__setattr__(item, "growth", growth)
    assessment = assess(trials)
    for item in assessment.published.values():
        plain, moved = item.native[:, MIDDLE], item.band.quantiles[:, MIDDLE]
        difference = moved - plain if growth is Growth.RAW else np.log(moved / plain)
        assert difference == pytest.approx(item.correction.shift, abs=1e-9)
