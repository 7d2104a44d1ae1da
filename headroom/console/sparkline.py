"""A sparkline: values as one line of block characters."""

import math
from collections.abc import Sequence
from itertools import pairwise

from data.base.errors import InvalidParameter

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "
LEVEL = BLOCKS[3]
"""What every value of a constant series is drawn as: neither low nor high."""


def sparkline(values: Sequence[float | None], width: int) -> str:
    """Blocks between the least and the largest value, at most ``width`` of them; a gap is a space.

    More values than ``width`` are drawn as the means of equal runs of them; a run without a value is a gap. A constant
    series is flat. Raises :class:`InvalidParameter` for a width below 1 and for a value that is not finite.

    >>> sparkline([1.0, None, 4.0, 8.0], 10)
    '▁ ▄█'
    """
    if width < 1:
        raise InvalidParameter("width", f"{width} is no width", allowed=["1 or more"])
    if any(value is not None and not math.isfinite(value) for value in values):
        raise InvalidParameter("values", "not all finite")
    columns = values if len(values) <= width else _runs(values, width)
    numbers = [value for value in columns if value is not None]
    if not numbers:
        return GAP * len(columns)
    low, high = min(numbers), max(numbers)
    # Halved before they are subtracted: the distance of two finite values may be none.
    reach = high / 2 - low / 2
    if reach == 0:
        return "".join(GAP if value is None else LEVEL for value in columns)
    return "".join(
        GAP if value is None else BLOCKS[round((value / 2 - low / 2) / reach * (len(BLOCKS) - 1))] for value in columns
    )


def _runs(values: Sequence[float | None], width: int) -> list[float | None]:
    edges = [step * len(values) // width for step in range(width + 1)]
    means: list[float | None] = []
    for first, last in pairwise(edges):
        numbers = [value for value in values[first:last] if value is not None]
        # Divided before they are summed, for the same reason as above; thirds of the largest float still round past it.
        mean = sum(value / len(numbers) for value in numbers) if numbers else None
        means.append(None if mean is None else min(max(mean, min(numbers)), max(numbers)))
    return means
