"""What an attribution splits: quantities of the gap, each a mean or the median of something in every draw."""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
MOST_MOVED = 20
"""Assumptions that are moved one at a time, at most."""


class Quantity(StrEnum):
    """What is split."""

    P_SHORT = "p_short"
    MEDIAN_GAP = "median_gap"
    EXPECTED_SHORTFALL = "expected_shortfall"

    def by_draw(self, gap: FloatArray) -> FloatArray:
        """What of each draw it is a mean or the median of."""
        match self:
            case Quantity.P_SHORT:
                return (gap > 0).astype(np.float64)
            case Quantity.EXPECTED_SHORTFALL:
                return np.maximum(gap, 0)
            case Quantity.MEDIAN_GAP:
                return gap

    def over(self, by_draw: FloatArray) -> FloatArray:
        """The quantity, over the last axis."""
        return np.asarray((np.median if self is Quantity.MEDIAN_GAP else np.mean)(by_draw, axis=-1))
