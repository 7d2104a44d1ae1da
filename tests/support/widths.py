"""How wide draws are."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def log_sd(paths: FloatArray) -> FloatArray:
    """Width of positive draws as a log sd read off the central 80 %, shape (period,) from (draw, period).

    The lesser half-width counts twice, so that a skewed band cannot hide a narrow side.
    """
    low, middle, high = np.quantile(np.log(paths), (0.1, 0.5, 0.9), axis=0)
    return np.asarray(np.minimum(high - middle, middle - low) / 1.2815515655446004)
