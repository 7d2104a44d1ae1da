"""What is read off the draws of a gap: chances of being short, by how much, by when, and how much lateness it takes.

Everything here takes draws, never quantiles. Arrays have shape (draw, period) and share the draw id.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

FloatArray = NDArray[np.floating[Any]]
LIKELY = 0.5


def p_above(gap: FloatArray, threshold: float) -> FloatArray:
    """P(gap > threshold) by period, shape (period,)."""
    return np.asarray((gap > threshold).mean(axis=0))


def expected_shortfall(gap: FloatArray) -> FloatArray:
    """E[max(gap, 0)] by period, in the unit, shape (period,)."""
    return np.asarray(np.maximum(gap, 0.0).mean(axis=0))


def p_short_by(gap: FloatArray) -> FloatArray:
    """P(short in at least one period up to each), shape (period,): never falls, and at least each period's own."""
    return np.asarray(np.logical_or.accumulate(gap > 0, axis=1).mean(axis=0))


def first_likely(gap: FloatArray) -> int | None:
    """Index of the first period in which a shortage is more likely than not; None when there is none."""
    likely = np.flatnonzero(p_above(gap, 0.0) > LIKELY)
    return int(likely[0]) if likely.size else None


def late_share(demand: FloatArray, supply: FloatArray, additions: FloatArray) -> FloatArray:
    """Share of the planned additions that could be late before the draw is short, 0 to 1, shape as given.

    Zero where it is short as planned; one where even none of them would leave it short no more than all of them. The
    median over draws is the share of the plan whose lateness opens the gap with even odds.
    """
    spare = supply - demand
    return np.where(additions > 0, np.clip(spare / np.maximum(additions, 1e-12), 0.0, 1.0), (spare > 0).astype(float))


def sign_shared(differences: NDArray[np.floating[Any]]) -> FloatArray:
    """Share of draws that have the sign of the median one, (period,), of (draw, period)."""
    draws = differences.shape[0]
    below, above = (np.count_nonzero(side, axis=0) for side in (differences < 0, differences > 0))
    signed = np.select([2 * above >= draws, 2 * below >= draws], [above, below], draws - above - below)
    return np.asarray(signed / draws)


def mean_and_sign(draws: NDArray[Any], base: NDArray[Any]) -> tuple[float, float]:
    """Mean difference of draws, (draw,) each, and how sure so many of them make its sign: the normal chance of it.

    Of whether something is so, the draws are booleans. Where every draw differs by the same, the sign is certain.
    """
    count = len(draws)
    mean: float
    if draws.dtype == bool:
        more, less = (np.count_nonzero(one & ~other) for one, other in ((draws, base), (base, draws)))
        mean, square = (more - less) / count, (more + less) / count
        spread = math.sqrt(max(square - mean**2, 0.0))
    else:
        differences = np.subtract(draws, base, dtype=np.float64)
        mean, spread = float(np.mean(differences)), float(np.std(differences))
    return mean, _sure(mean, spread, count)


def sure_of_sign(differences: NDArray[np.floating[Any]]) -> float:
    """How sure so many draws, (draw,), make the sign of their mean."""
    return _sure(float(np.mean(differences)), float(np.std(differences)), len(differences))


def _sure(mean: float, spread: float, draws: int) -> float:
    return 1.0 if spread == 0 else float(ndtr(abs(mean) * math.sqrt(draws) / spread))
