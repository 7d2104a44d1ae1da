"""The model's own error: what experts' past errors ask for beyond the spread of the draws, one shock a draw.

Published projections of data-center demand missed by more than models spread (:mod:`projection.inputs.expert_errors`).
The error is drawn, not stretched over finished bands: a draw has one shock, shared by all layers and along the horizon
and correlated across regions, on the log of demand before it becomes watts or terawatt-hours. Its variance is what the
evidence asks for at a horizon less what the draws of the routes spread already; the horizon counts from the last
observation. The error of the level in the base year is another shock, shared by demand and supply, which begin there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from projection.base.order_statistics import quantiles
from projection.base.timeline import Timeline
from projection.inputs.distributions import Z90
from projection.inputs.expert_errors import ExpertErrors

FloatArray = NDArray[np.floating[Any]]
COMMON, LEVEL = "common", "level"
"""Shocks of no single region: what errors of growth have in common, and the error of the base year's level."""
Widths = tuple[FloatArray, FloatArray]
"""Half the central 80 % of logs below and above the median, as sd of a normal, (1 + quarter,) each."""


@dataclass(frozen=True)
class ModelError:
    """Sizes of the error.

    Attributes:
        down, up: log sd below and above the median by what it is an error of (a region, or disks), at the ends of the
            base year and of each projected quarter, (1 + quarter,).
        level: log sd of the base year's electricity by region, beyond what its nowcast spreads.
    """

    down: Mapping[str, FloatArray]
    up: Mapping[str, FloatArray]
    level: Mapping[str, float]

    @classmethod
    def none(cls) -> Self:
        """No error: the routes as they are."""
        return cls({}, {}, {})

    @classmethod
    def beyond(
        cls,
        growth: Mapping[str, FloatArray],
        levels: Mapping[str, FloatArray],
        observed: Mapping[str, date],
        timeline: Timeline,
    ) -> Self:
        """What the evidence asks for beyond the draws' own spread.

        Args:
            growth: draws without model error of a level over that of the base year's end, (draw, 1 + quarter).
            levels: electricity of the base year by region, TWh, (draw,).
            observed: the last day something of it is counted, by the names of ``growth``.
            timeline: the quarters.
        """
        evidence = ExpertErrors.shipped()
        down, up = {}, {}
        for name, path in growth.items():
            spreads = _widths(np.log(path))
            errors = evidence.sd(timeline.years_after(observed[name]))
            down[name], up[name] = (_beyond(error, spread) for error, spread in zip(errors, spreads, strict=True))
        level = {}
        for region, twh in levels.items():
            low, high = _widths(np.log(twh)[:, None])
            level[region] = float(_beyond(np.array([evidence.level]), (low + high) / 2)[0])
        return cls(down, up, level)

    def factor(self, name: str, shocks: Mapping[str, FloatArray], correlation: FloatArray) -> FloatArray | None:
        """What demand is multiplied with, (draw, 1 + quarter); None where there is no error.

        Args:
            name: a region, or what else the error is of.
            shocks: standard normals by name, (draw,): :data:`COMMON` and, of a region, its own.
            correlation: between two regions, (draw,); what has no shock of its own follows the common one alone.
        """
        if name not in self.up:
            return None
        z = shocks[COMMON]
        if name in shocks:
            z = np.sqrt(correlation) * z + np.sqrt(1 - correlation) * shocks[name]
        return np.exp(_outer(np.maximum(z, 0), self.up[name]) + _outer(np.minimum(z, 0), self.down[name]))

    def level_factor(self, region: str, shocks: Mapping[str, FloatArray]) -> FloatArray | float:
        """What the base year's electricity is multiplied with, (draw,)."""
        log_sd = self.level.get(region, 0.0)
        return np.exp(np.float32(log_sd) * shocks[LEVEL]) if log_sd > 0 else 1.0


def _widths(logs: FloatArray) -> Widths:
    """Of draws, (draw, quarter)."""
    low, middle, high = np.array([quantiles(np.ascontiguousarray(column), (0.1, 0.5, 0.9)) for column in logs.T]).T
    return (middle - low) / Z90, (high - middle) / Z90


def _beyond(error: FloatArray, spread: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(error**2 - spread**2, 0.0)).astype(np.float32)


def _outer(z: FloatArray, log_sd: FloatArray) -> FloatArray:
    return np.multiply(z[:, None], log_sd[None, :], order="F")
