"""Marginals: normal scores of the steps of a forecast, persistent along the horizon, read off each step's quantiles."""

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled

FloatArray = NDArray[np.float32]
Table = NDArray[np.float64]


@compiled
def persist(rho: float, z: FloatArray) -> None:
    """Make shocks of a series, (step, draw), persistent in place: z[h] = rho z[h-1] + sqrt(1 - rho^2) e[h]."""
    carried, new = np.float32(rho), np.float32(np.sqrt(1 - rho * rho))
    for step in range(1, z.shape[0]):
        for draw in range(z.shape[1]):
            z[step, draw] = carried * z[step - 1, draw] + new * z[step, draw]


@compiled
def read(scores: Table, table: Table, z: FloatArray, out: FloatArray) -> None:
    """Values at normal scores z, (step, draw): linear between quantiles, straight on beyond the outermost.

    Args:
        scores: normal scores of the quantile levels, (level,).
        table: quantiles, (step, level).
        z: normal scores.
        out: the values.
    """
    last = scores.shape[0] - 1
    for step in range(z.shape[0]):
        slope = (table[step, 1] - table[step, 0]) / (scores[1] - scores[0])
        start, rise = np.float32(table[step, 0] - slope * scores[0]), np.float32(slope)
        for draw in range(z.shape[1]):
            out[step, draw] = start + rise * z[step, draw]
        for knot in range(1, last):
            # The line bends at every inner quantile: what is beyond it rises by the next slope instead.
            steeper = (table[step, knot + 1] - table[step, knot]) / (scores[knot + 1] - scores[knot])
            bend, at = np.float32(steeper - slope), np.float32(scores[knot])
            slope = steeper
            for draw in range(z.shape[1]):
                out[step, draw] += bend * max(z[step, draw] - at, np.float32(0.0))
