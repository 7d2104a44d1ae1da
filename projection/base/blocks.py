"""Blocks of draws: arrays of shape (draw, quarter) in which the draws of one quarter lie side by side.

A block is small enough for the processor's own memory, and an operation on one number a draw then runs along the draws.
numpy keeps this order through arithmetic on such arrays; what begins one asks for it here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating[Any]]


def blank(draws: int, quarters: int) -> FloatArray:
    """Zeros, (draw, quarter)."""
    return np.zeros((draws, quarters), dtype=np.float32, order="F")


def spread(values: FloatArray, over: ArrayLike) -> FloatArray:
    """Product of one number a draw, (draw,), and one a quarter, (quarter,): (draw, quarter)."""
    return np.multiply(values[:, None], np.asarray(over, dtype=np.float32), order="F")


def faded_years(half_life: FloatArray, years: ArrayLike) -> FloatArray:
    """Years' worth of a rate that falls by half every half-life, (draw, quarter): the integral of 2^(-u / half-life).

    From 0 to each time; half-lives in years, (draw,), times in years, (quarter,).

    >>> faded_years(np.array([2.0]), [0.0, 2.0, 1000.0]).round(3).tolist()
    [[0.0, 1.443, 2.885]]
    """
    return np.asarray((1 - np.exp2(spread(-1 / half_life, years))) * (half_life / np.float32(np.log(2)))[:, None])


def running(flow: FloatArray) -> FloatArray:
    """Cumulative sums along the quarters, (draw, quarter)."""
    total = np.empty_like(flow)
    total[:, 0] = flow[:, 0]
    for quarter in range(1, flow.shape[1]):
        np.add(total[:, quarter - 1], flow[:, quarter], out=total[:, quarter])
    return total


def total(arrays: Sequence[FloatArray]) -> FloatArray:
    """Sum of arrays of one shape."""
    total_array = arrays[0] + arrays[1] if len(arrays) > 1 else arrays[0].copy(order="K")
    for array in arrays[2:]:
        total_array += array
    return total_array


def within(at_ends: FloatArray) -> FloatArray:
    """Mean of each quarter, (draw, quarter), from levels at the ends, (draw, 1 + quarter)."""
    return np.asarray((at_ends[:, 1:] + at_ends[:, :-1]) / 2)
