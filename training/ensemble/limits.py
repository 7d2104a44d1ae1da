"""Forecasts kept between the limits a rule sets to a series.

Paths are drawn from the calibrated bands (:mod:`training.ensemble.paths`). Where a limit is stated for a period, a path
beyond it stands at it, and goes on from there: its later changes are as they were. So a forecast of a price whose cap
binds sits at the cap. A limit may yet be restated before it holds: in each path all limits differ from the last
statement by one log-normal factor with the mean square of past revisions.
"""

import numpy as np

from features.limits import Limits, limits_of
from features.view import View
from training.ensemble.assessment import PooledForecast
from training.ensemble.paths import Phi, along, paths_of, stream


def limited(answer: PooledForecast, view: View, phi: Phi) -> PooledForecast:
    """The forecast within the limits known on the view's day; as it was where none is stated for its periods."""
    limits = limits_of(view, answer.trial.series_id)
    if limits is None:
        return answer
    steps = range(1, len(answer.band.quantiles) + 1)
    stated = [answer.trial.last.shift(step) for step in steps]
    if not any(period in limits.lower or period in limits.upper for period in stated):
        return answer
    paths = paths_of(answer, answer.band.quantiles, phi)
    restated = np.exp(_spread(limits) * stream("limits", answer.trial).standard_normal(len(paths)))
    for place, period in enumerate(stated):
        inside = np.clip(
            paths[:, place],
            limits.lower.get(period, 0.0) * restated,
            limits.upper.get(period, np.inf) * restated,
        )
        paths[:, place:] *= (inside / paths[:, place])[:, None]
    return along(answer, paths, "limited")


def _spread(limits: Limits) -> float:
    return float(np.sqrt(np.mean(np.square(limits.revisions)))) if limits.revisions else 0.0
