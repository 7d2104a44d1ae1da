"""What China's data centers use in the running year, and a path led through such a year.

The class that holds internet data services is counted by month (:mod:`features.nowcast.internet_data`) and is a part of
the total in every draw: months with a figure exactly, the others as drawn. What the base year holds beside it is other
sites, such as companies' own, and grows at ``cn_other_growth``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.nowcast.internet_data import InternetData
from projection.base.blocks import faded_years, spread, total
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values

FloatArray = NDArray[np.floating[Any]]
RUNNING_YEAR_ENDS = 1.5
"""Years from the middle of the base year to the end of the running one."""
MIDDLE = 0.5
"""Years from the middle of the base year, which its level stands for, to its end."""
STEPS = 6
"""Newton steps to the rate: the logarithm of the year is nearly linear in it."""


def china_twh(counted: InternetData, values: Values, base: FloatArray) -> FloatArray:
    """China's data-center electricity of the running year, TWh, (draw,), given that of the base year, (draw,)."""
    other = np.maximum(base - np.float32(counted.before), 0.0) * np.exp(values["cn_other_growth"])
    return np.asarray(np.float32(counted.counted) + values["cn_internet_rest"] + other)


def rate_to(average: FloatArray, share: FloatArray, twh: FloatArray, timeline: Timeline) -> FloatArray:
    """Log growth a year to add to a part of a path so that the running year has its TWh, (draw,).

    The part grows from the middle of the base year on (:func:`led`).

    Args:
        average: average draw at the ends of the base year and of each projected quarter, GW, (draw, 1 + quarter).
        share: the part that grows, of the whole, likewise.
        twh: what the running year is to sum to, (draw,).
        timeline: the quarters.
    """
    # Each end counts for half of the quarters it ends and begins.
    first = slice(0, QUARTERS_PER_YEAR + 1)
    hours = np.zeros(QUARTERS_PER_YEAR + 1, dtype=np.float32)
    hours[:-1] += timeline.hours[:QUARTERS_PER_YEAR] / 2
    hours[1:] += timeline.hours[:QUARTERS_PER_YEAR] / 2
    parts = average[:, first] * (hours / 1000)
    growing, years = parts * share[:, first], timeline.end_years[first] + np.float32(MIDDLE)
    rest = (parts - growing).sum(axis=1)
    rate = np.zeros_like(twh)
    for _ in range(STEPS):
        grown = growing * np.exp(spread(rate, years))
        year = rest + total(list(grown.T))
        # Added quarter by quarter: a product of matrices rounds by how many draws a block has.
        rate += np.log(twh / year) * year / total(list((grown * years).T))
    return rate


def led(rate: FloatArray, half_life: FloatArray, timeline: Timeline) -> FloatArray:
    """Factor on a path at the ends, (draw, 1 + quarter): growth at a rate to the end of the running year, then fading.

    Args:
        rate: log growth a year, (draw,).
        half_life: years in which it falls by half after the running year, (draw,).
        timeline: the quarters.
    """
    years = timeline.end_years + np.float32(MIDDLE)
    after = np.maximum(years - np.float32(RUNNING_YEAR_ENDS), 0)
    grown = np.minimum(years, np.float32(RUNNING_YEAR_ENDS)) + faded_years(half_life, after)
    return np.asarray(np.exp(grown * rate[:, None]))
