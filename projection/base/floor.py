"""The expert floor: demand paths are never narrower than experts' own past errors.

Log sd sqrt(0.08^2 + (0.12 h)^2) for a horizon of h years, growing with sqrt(h) after five years: the least-squares fit
on scored projections of data-center demand (docs/method.md, "How wrong experts were").
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.base.order_statistics import quantiles

FloatArray = NDArray[np.floating[Any]]
NAME = "expert_hindcast_2026"
NOWCAST_SD = 0.08
GROWTH_SD = 0.12
EVIDENCE_YEARS = 5.0
Z90 = 1.2815515655446004
LEAST_WIDTH = 1e-9


def floor_sd(years: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least log sd at each horizon in years, same shape."""
    near = np.sqrt(NOWCAST_SD**2 + (GROWTH_SD * np.clip(years, 0.0, EVIDENCE_YEARS)) ** 2)
    return np.asarray(near * np.sqrt(np.maximum(years, EVIDENCE_YEARS) / EVIDENCE_YEARS))


def widen(demand: FloatArray, year: float) -> tuple[FloatArray, bool]:
    """Factor on positive draws of one period, (draw,), that stretches them to the floor, and whether the floor binds.

    Log deviations from the median are stretched; the median and ranks stay. Width is read off the central 80 %, and the
    lesser half of it counts twice, so that a skewed band cannot hide a narrow side.

    Args:
        demand: draws of one period, contiguous.
        year: horizon in years, counted from the last observed period of the inputs.
    """
    logs = np.log(demand)
    low, middle, high = quantiles(logs, (0.1, 0.5, 0.9))
    width = min(high - middle, middle - low) / Z90
    stretch = float(floor_sd(np.array([year]))[0]) / max(width, LEAST_WIDTH)
    if stretch <= 1.0:
        return np.ones_like(demand), False
    logs -= np.float32(middle)
    logs *= np.float32(stretch - 1.0)
    return np.exp(logs, out=logs), True
