"""Growth at the pace of the series that grow together with this one."""

import numpy as np

from training.core.calendar import Calendar
from training.members.member import NO_COVARIATES, Covariates, Floats, Member, PathDistribution, Pool, Space
from training.members.naive import future_phase, seasonal_indices, walk_sigma


class PeerGrowth(Member):
    """The last seasonally adjusted value, growing at the pace of its peers (:mod:`training.backtest.peers`).

    The growth of peers in a year predicts the next one: after it the pace fades to the growth of the series over its
    whole history, halving the distance every year. A series without peers is a group of one: its own growth over the
    last year.
    """

    name = "peer_growth"
    family = "peer_growth"
    pool = Pool.PEERS
    space = Space.LOG
    minimum = 5
    gaps = True
    undamped = True
    takes = frozenset({"pace"})

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        seasonal = seasonal_indices(values, calendar)
        level = values - seasonal[calendar.grid % calendar.season]
        has_pace = covariates.pace is not None
        near = covariates.pace if covariates.pace is not None else _latest(level, calendar)
        far = float(level[-1] - level[0]) / calendar.positions[-1]
        sigma = walk_sigma(level, calendar)
        season = calendar.season

        def path(steps: int) -> tuple[Floats, Floats]:
            ahead = np.arange(1.0, steps + 1)
            fade = 0.5 ** (np.maximum(ahead - season, 0.0) / season)
            growth = far + (near - far) * fade
            location = level[-1] + np.cumsum(growth) + seasonal[future_phase(calendar, steps)]
            # The pace is measured on one year's growth: variance h (1 + h / season).
            return location, sigma * np.sqrt(ahead * (1 + ahead / max(season, 2)))

        parameters = {"pace": near, "given": has_pace, "drift": far, "sigma": sigma, "seasonal": bool(np.any(seasonal))}
        return PathDistribution(path, parameters)


def _latest(level: Floats, calendar: Calendar) -> float:
    """Growth a step since the last point at least a year back, or since the first."""
    back = max(int(np.searchsorted(calendar.grid, calendar.grid[-1] - calendar.season, side="right")) - 1, 0)
    return float((level[-1] - level[back]) / (calendar.grid[-1] - calendar.grid[back]))
