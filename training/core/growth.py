"""Growth classes: which series may learn from which."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from training.core.calendar import Calendar

FAST_GROWTH = 0.10
WINDOW_YEARS = 5
LEAST_POINTS = 8


class Growth(StrEnum):
    """How a series grows; the class decides its members, its pool and its blend."""

    FAST = "fast"
    SLOW = "slow"
    RAW = "raw"  # zeros or negatives: no logarithm, no growth rate


def growth_rate(values: NDArray[np.float64], calendar: Calendar) -> float:
    """Log growth per year: least-squares slope over the last five years or eight points, whichever is longer."""
    grid = calendar.grid
    inside = grid > grid[-1] - WINDOW_YEARS * calendar.season
    start = min(int(np.argmax(inside)), max(len(grid) - LEAST_POINTS, 0))
    if start == len(grid) - 1:
        return 0.0  # one figure shows no growth
    return float(np.polyfit(grid[start:] / calendar.season, np.log(values[start:]), 1)[0])


def growth_class(values: NDArray[np.float64], calendar: Calendar) -> Growth:
    """Class of a history: more than 10 % a year is fast; a value that is not positive makes it raw."""
    if np.any(values <= 0):
        return Growth.RAW
    return Growth.FAST if growth_rate(values, calendar) > FAST_GROWTH else Growth.SLOW
