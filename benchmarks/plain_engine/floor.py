"""The expert floor: demand paths are never narrower than experts' own past errors.

Log sd sqrt(0.08^2 + (0.12 h)^2) for a horizon of h years, growing with sqrt(h) after five years: the least-squares fit
on scored projections of data-center demand (docs/method.md, "How wrong experts were").
"""

import numpy as np
from numpy.typing import NDArray

from projection.floor import EVIDENCE_YEARS, GROWTH_SD, NOWCAST_SD

FloatArray = NDArray[np.float64]


def floor_sd(years: FloatArray) -> FloatArray:
    """Least log sd at each horizon in years, same shape."""
    near = np.sqrt(NOWCAST_SD**2 + (GROWTH_SD * np.clip(years, 0.0, EVIDENCE_YEARS)) ** 2)
    return np.asarray(near * np.sqrt(np.maximum(years, EVIDENCE_YEARS) / EVIDENCE_YEARS))


def log_sd(paths: FloatArray) -> FloatArray:
    """Width of positive draws as a log sd read off the central 80 %, shape (period,) from (draw, period).

    The lesser half-width counts twice, so that a skewed band cannot hide a narrow side.
    """
    low, middle, high = np.quantile(np.log(paths), (0.1, 0.5, 0.9), axis=0)
    return np.asarray(np.minimum(high - middle, middle - low) / 1.2815515655446004)


def widen(paths: FloatArray, years: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Stretch log deviations from the median until each period reaches the floor.

    Args:
        paths: positive demand draws, shape (draw, period).
        years: horizon of each period counted from the last observed period of the inputs, shape (period,).

    Returns:
        The paths (medians and ranks unchanged) and where the floor binds, shape (period,).
    """
    needed = floor_sd(years)
    stretch = np.maximum(needed / np.maximum(log_sd(paths), 1e-9), 1.0)
    middle = np.median(np.log(paths), axis=0)
    return np.exp(middle + (np.log(paths) - middle) * stretch), stretch > 1.0
