"""Order statistics: exact quantiles of many draws without sorting them."""

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled

FloatArray = NDArray[np.float32]
BINS = 4096


@compiled
def select(  # noqa: C901 - three passes over the draws
    values: FloatArray, low: np.float32, high: np.float32, ranks: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Values at ascending ranks of the sorted draws, (rank,).

    Draws are counted in equal bins between their least and their greatest; only those of bins that hold a rank are
    gathered and sorted, so that the answer is exact.
    """
    scale = np.float32(BINS - 1) / (high - low) if high > low else np.float32(0.0)
    if not (np.isfinite(high - low) and np.isfinite(scale)):
        # Draws that lie too far apart, or too near, for single precision to say in which bin one is.
        whole = np.sort(values)
        for place in range(ranks.shape[0]):
            out[place] = whole[ranks[place]]
        return
    bins = np.empty(values.shape[0], dtype=np.int32)
    for place in range(values.shape[0]):
        bins[place] = np.int32((values[place] - low) * scale)
    counts = np.zeros(BINS, dtype=np.int32)
    for place in range(values.shape[0]):
        counts[bins[place]] += 1
    start = np.zeros(BINS, dtype=np.int32)
    wanted = np.zeros(BINS, dtype=np.int32)
    before, kept, rank = 0, 0, 0
    for number in range(BINS):
        while rank < ranks.shape[0] and ranks[rank] < before + counts[number]:
            wanted[number] = 1
            rank += 1
        start[number] = kept
        before += counts[number]
        if wanted[number]:
            kept += counts[number]
    # What is not wanted is written behind the end and over again: there is no branch to guess wrong.
    gathered = np.empty(kept + 1, dtype=np.float32)
    at = np.where(wanted == 1, start, kept)
    for place in range(values.shape[0]):
        number = bins[place]
        gathered[at[number]] = values[place]
        at[number] += wanted[number]
    before, rank = 0, 0
    for number in range(BINS):
        if wanted[number]:
            part = np.sort(gathered[start[number] : at[number]])
            while rank < ranks.shape[0] and ranks[rank] < before + counts[number]:
                out[rank] = part[ranks[rank] - before]
                rank += 1
        before += counts[number]
