"""Quantiles of many draws, exact and without sorting them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import ProjectionError

FloatArray = NDArray[np.floating[Any]]


def quantiles(draws: FloatArray, levels: Sequence[float]) -> NDArray[np.float64]:
    """Quantiles of draws, (draw,) and contiguous, at ascending levels: those of ``numpy.quantile``, exactly.

    Raises:
        ProjectionError: a draw is not finite; it has no rank.
    """
    from projection.base.order import select

    ranks, left, right, part = _ranks(draws.shape[0], tuple(levels))
    found = np.empty(len(ranks))
    low, high = draws.min(), draws.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ProjectionError("a draw is not finite", remedy="report it with the seed and the scenario")
    select(draws, low, high, ranks, found)
    return np.asarray(found[left] + (found[right] - found[left]) * part)


@lru_cache(maxsize=32)
def _ranks(
    count: int, levels: tuple[float, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Ranks that levels lie between, ascending, where each level's two stand among them, and how far on it lies."""
    place = (count - 1) * np.asarray(levels, dtype=float)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, count - 1)
    ranks = np.unique(np.concatenate([below, above]))
    return ranks, np.searchsorted(ranks, below), np.searchsorted(ranks, above), place - below
