"""Forecasts tied to what a company says it will spend in the year.

A series forecast by its own past cannot know a plan. Paths of its quarters are drawn from the calibrated bands
(:mod:`training.ensemble.paths`), and the year's total from guidance: the last statement times what one more statement,
or the year itself, may differ by, log-normal around one with the mean square of past revisions: they are those of one
boom, which shows how far statements move and not that they are always raised. What is left of the total is
laid over the year's remaining quarters in the proportions of the path; later quarters keep the level reached. Totals
are given to paths by rank, so that a path above others stays above them. Where guidance is mostly below what is spent
already it says nothing of the rest, and the forecast stands as it was.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.guidance import Guidance, guidance_of, guided_series
from features.view import View
from training.ensemble.assessment import Assessment, Floats, PooledForecast
from training.ensemble.paths import Phi, paths_of, serial_correlation

LEAST_REVISIONS = 3
MOST_BELOW = 0.5
"""Share of totals that may lie below what is spent already."""


def follow_guidance(view: View, assessment: Assessment, figures: Mapping[str, Mapping[Period, float]]) -> Assessment:
    """The same assessment with the forecasts of guided series tied to guidance, past ones by what was known then.

    Args:
        view: the figures as known on the day of training.
        assessment: forecasts by the series' own past.
        figures: what was spent by period, of every series that was fitted.
    """
    phi = serial_correlation(assessment)
    published = dict(assessment.published)
    for name in guided_series():
        if name in published:
            published[name] = _tied(published[name], figures[name], guidance_of(view, name), phi)
    answers = []
    for answer in assessment.answers:
        origin = answer.trial.origin
        if origin is not None and origin.series_id in guided_series():
            guidance = guidance_of(view.at(origin.day, rule=Rule.STRICT), origin.series_id)
            spent = dict(zip(origin.periods, origin.values.tolist(), strict=True))
            answers.append(_tied(answer, spent, guidance, phi))
        else:
            answers.append(answer)
    return replace(assessment, answers=answers, published=published)


def _tied(
    answer: PooledForecast, figures: Mapping[Period, float], guidance: Guidance | None, phi: Phi
) -> PooledForecast:
    """The forecast with the guided year's quarters adding up to totals drawn from guidance."""
    trial = answer.trial
    if guidance is None or trial.freq is not Frequency.QUARTER or len(guidance.revisions) < LEAST_REVISIONS:
        return answer
    first = Period(guidance.year.start, Frequency.QUARTER)
    quarters = [first.shift(step) for step in range(Frequency.QUARTER.per_year)]
    left = [trial.last.steps_to(quarter) - 1 for quarter in quarters if quarter > trial.last]
    reported = [figures.get(quarter) for quarter in quarters if quarter <= trial.last]
    if not left or None in reported or left[-1] >= len(answer.band.quantiles):
        return answer
    spent = float(sum(value for value in reported if value is not None))
    paths = paths_of(answer, answer.band.quantiles, phi)
    rest = paths[:, left].sum(axis=1)
    totals = _totals(guidance, above=spent, count=len(paths))
    if totals is None:
        return answer
    ranks = np.argsort(np.argsort(rest))
    factor = (totals[ranks] - spent) / rest
    # Quarters before the guided year, where the origin lies before it, are as they were.
    scaled = paths.copy()
    scaled[:, left[0] :] *= factor[:, None]
    band = replace(
        answer.band,
        quantiles=np.quantile(scaled, FORECAST_LEVELS, axis=0).T,
        method=f"{answer.band.method};guided({guidance.guidance})",
    )
    return replace(answer, band=band)


def _totals(guidance: Guidance, *, above: float, count: int) -> Floats | None:
    """Totals of the year, ascending, shape ``(count,)``, all above what is spent; None where most would be below."""
    mean, sd = math.log(guidance.value), float(np.sqrt(np.mean(np.square(guidance.revisions))))
    below = float(ndtr((math.log(above) - mean) / sd)) if above > 0 else 0.0
    if below > MOST_BELOW:
        return None
    shares = below + (1.0 - below) * (np.arange(count) + 0.5) / count
    return np.asarray(np.exp(mean + sd * ndtri(shares)))
