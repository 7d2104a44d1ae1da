"""Assumptions that come between two dates: how much of one has come, on the quarters of a projection."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.base.timeline import Timeline
from projection.inputs.assumption_values import Values, value_of

FloatArray = NDArray[np.floating[Any]]
LEAST_SPAN = 1e-3
"""Years; what comes at once has come within them."""


def arrived(name: str, values: Values, dates: FloatArray) -> FloatArray | None:
    """How much of an assumption has come at some dates, in its unit, (draw, date); None where every draw has none.

    Nothing before the first of its dates, all of it after the second, and a straight line between them.

    Args:
        name: of the assumption.
        values: assumption draws.
        dates: calendar years with their fraction, (date,).
    """
    size = value_of(values, name)
    if not size.any():
        return None
    first, last = value_of(values, name, "from"), value_of(values, name, "until")
    span = np.maximum(last - first, np.float32(LEAST_SPAN))
    part = (dates.astype(np.float32)[None, :] - first[:, None]) / span[:, None]
    return np.asfortranarray(size[:, None] * np.clip(part, 0, 1))


def end_dates(timeline: Timeline) -> FloatArray:
    """Dates of the ends of the base year and of each projected quarter, calendar years, (1 + quarter,)."""
    return np.asarray(timeline.base_year + 1 + timeline.end_years)
