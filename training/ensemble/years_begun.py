"""A year that has begun is what has come of it, and a forecast of the rest alone.

Paths of yearly figures are drawn from the calibrated bands (:mod:`training.ensemble.paths`), and the rest of the year
from what a month of the rest brought in earlier years: log-normal with their mean, and the spread of one more of them.
Totals are given to paths by rank, and later years keep the level the year reached.
"""

import numpy as np
from scipy.special import ndtri

from data.periods.period import Frequency, Period
from features.generation.china_build import running_build
from features.running_year import RunningYear
from features.view import View
from training.ensemble.assessment import Floats, PooledForecast
from training.ensemble.paths import Phi, along, paths_of

LEAST_RESTS = 3
"""Earlier years from which a spread is read."""


def begun(answer: PooledForecast, view: View, phi: Phi) -> PooledForecast:
    """The forecast with the year that has begun on the view's day; as it was where its months are not known."""
    running = running_build(view, answer.trial.series_id)
    if running is None or len(running.rests) < LEAST_RESTS:
        return answer
    place = answer.trial.last.steps_to(Period(running.month.start.replace(month=1), Frequency.YEAR)) - 1
    if not 0 <= place < len(answer.band.quantiles):
        return answer
    paths = paths_of(answer, answer.band.quantiles, phi)
    ranks = np.argsort(np.argsort(paths[:, place]))
    totals = running.so_far + running.months_left * _rest(running, len(paths))
    paths[:, place:] *= (totals[ranks] / paths[:, place])[:, None]
    return along(answer, paths, "year_begun")


def _rest(running: RunningYear, count: int) -> Floats:
    """What a month of the rest may bring, ascending, shape ``(count,)``."""
    rests = np.array(running.rests)
    sd = np.std(rests, ddof=1) * np.sqrt(1 + 1 / rests.size)
    return np.asarray(np.exp(rests.mean() + sd * ndtri((np.arange(count) + 0.5) / count)))
