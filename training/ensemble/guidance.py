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

import numpy as np
from scipy.special import ndtr, ndtri

from data.periods.period import Frequency, Period
from features.guidance import Guidance, guidance_of
from features.view import View
from training.ensemble.assessment import Floats, PooledForecast
from training.ensemble.paths import Phi, along, paths_of

LEAST_REVISIONS = 3
MOST_BELOW = 0.5
"""Share of totals that may lie below what is spent already."""


def guided(answer: PooledForecast, figures: Mapping[Period, float], view: View, phi: Phi) -> PooledForecast:
    """The forecast tied to what was last said about a year; as it was where nobody guides it.

    ``figures`` is what was spent by period, ``view`` what was known on the day of the forecast.
    """
    return _tied(answer, figures, guidance_of(view, answer.trial.series_id), phi)


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
    return along(answer, scaled, f"guided({guidance.guidance})")


def _totals(guidance: Guidance, *, above: float, count: int) -> Floats | None:
    """Totals of the year, ascending, shape ``(count,)``, all above what is spent; None where most would be below."""
    mean, sd = math.log(guidance.value), float(np.sqrt(np.mean(np.square(guidance.revisions))))
    below = float(ndtr((math.log(above) - mean) / sd)) if above > 0 else 0.0
    if below > MOST_BELOW:
        return None
    shares = below + (1.0 - below) * (np.arange(count) + 0.5) / count
    return np.asarray(np.exp(mean + sd * ndtri(shares)))
