"""Order statistics: exact quantiles of many draws without sorting them."""

import numpy as np
from numpy.typing import NDArray

from projection.kernel import compiled

FloatArray = NDArray[np.float32]
BINS = 4096


@compiled
def select(  # noqa: C901, PLR0912 - three passes over the draws
    values: FloatArray, ranks: NDArray[np.int64], out: NDArray[np.float64]
) -> None:
    """Values at ascending ranks of the sorted draws, (rank,).

    Draws are counted in equal bins between their least and their greatest; only those of bins that hold a rank are
    gathered and sorted, so that the answer is exact.
    """
    low, high = values[0], values[0]
    for value in values:
        low = min(low, value)
        high = max(high, value)
    scale = np.float32(BINS - 1) / (high - low) if high > low else np.float32(0.0)
    if not (np.isfinite(high - low) and np.isfinite(scale)):
        # Draws that lie too far apart, or too near, for single precision to say in which bin one is.
        whole = np.sort(values)
        for place in range(ranks.shape[0]):
            out[place] = whole[ranks[place]]
        return
    bins = np.empty(values.shape[0], dtype=np.uint16)
    for place in range(values.shape[0]):
        bins[place] = np.uint16((values[place] - low) * scale)
    counts = np.zeros(BINS, dtype=np.int64)
    for place in range(values.shape[0]):
        counts[bins[place]] += 1
    start = np.zeros(BINS, dtype=np.int64)
    wanted = np.zeros(BINS, dtype=np.bool_)
    before, kept, place = 0, 0, 0
    for number in range(BINS):
        while place < ranks.shape[0] and ranks[place] < before + counts[number]:
            wanted[number] = True
            place += 1
        start[number] = kept
        before += counts[number]
        if wanted[number]:
            kept += counts[number]
    gathered = np.empty(kept, dtype=np.float32)
    at = start.copy()
    for place in range(values.shape[0]):
        if wanted[bins[place]]:
            gathered[at[bins[place]]] = values[place]
            at[bins[place]] += 1
    before, place = 0, 0
    for number in range(BINS):
        if wanted[number]:
            part = np.sort(gathered[start[number] : at[number]])
            while place < ranks.shape[0] and ranks[place] < before + counts[number]:
                out[place] = part[ranks[place] - before]
                place += 1
        before += counts[number]
