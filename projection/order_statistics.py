"""Quantiles of many draws, exact and without sorting them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import ProjectionError

FloatArray = NDArray[np.floating[Any]]


def quantiles(draws: FloatArray, levels: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles of draws, (draw,) and contiguous, at ascending levels: those of ``numpy.quantile``, exactly.

    Raises:
        ProjectionError: a draw is not finite; it has no rank.
    """
    from projection.order import select

    place = (draws.shape[0] - 1) * np.asarray(levels, dtype=float)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, draws.shape[0] - 1)
    ranks = np.unique(np.concatenate([below, above]))
    found = np.empty(len(ranks))
    if not np.isfinite(draws).all():
        raise ProjectionError("a draw is not finite", remedy="report it with the seed and the scenario")
    select(draws, ranks, found)
    left, right = found[np.searchsorted(ranks, below)], found[np.searchsorted(ranks, above)]
    return np.asarray(left + (right - left) * (place - below))
