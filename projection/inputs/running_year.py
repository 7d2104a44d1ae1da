"""What China's data centers use in the running year, and a path led through such a year.

The class that holds internet data services is counted by month (:mod:`features.nowcast.internet_data`) and is a part of
the total in every draw: months with a figure exactly, the others as drawn. What the base year holds beside it is other
sites, such as companies' own, and grows at ``cn_other_growth``.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.nowcast.internet_data import InternetData
from projection.base.blocks import spread
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values

FloatArray = NDArray[np.floating[Any]]
RUNNING_YEAR_ENDS = 1.5
"""Years from the middle of the base year to the end of the running one."""
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
        average: average draw of each projected quarter, GW, (draw, quarter).
        share: the part that grows, of the whole, (draw, quarter).
        twh: what the running year is to sum to, (draw,).
        timeline: the quarters.
    """
    first = slice(0, QUARTERS_PER_YEAR)
    quarters = average[:, first] * (timeline.hours[first] / 1000)
    growing, years = quarters * share[:, first], timeline.mid_years[first]
    rest = (quarters - growing).sum(axis=1)
    rate = np.zeros_like(twh)
    for _ in range(STEPS):
        grown = growing * np.exp(spread(rate, years))
        year = rest + grown.sum(axis=1)
        rate += np.log(twh / year) * year / (grown @ years)
    return rate


def led(rate: FloatArray, years: FloatArray) -> FloatArray:
    """Factor at years after the middle of the base year, (draw, years): growth ends with the running year."""
    return np.asarray(np.exp(spread(rate, np.minimum(years, np.float32(RUNNING_YEAR_ENDS)))))
