"""Years of a monthly series: months already printed and months drawn, each with its season, summed."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.units import convert
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from projection.inputs.drivers import DriverDraws

FloatArray = NDArray[np.floating[Any]]
TWH = convert(1.0, "GWh", "TWh")
"""Of one unit of EIA's monthly series."""


def year_of_months(
    drivers: DriverDraws, series_id: str, printed: Mapping[Period, float], year: int
) -> FloatArray | None:
    """Sum of the months of a year, TWh, (draw,); None when one is neither printed nor forecast.

    Args:
        drivers: draws of the series, GWh.
        series_id: a monthly series.
        printed: months already printed, TWh.
        year: a calendar year.
    """
    if series_id not in drivers.values:
        return None
    draws = drivers.values[series_id]
    step = {period: place for place, period in enumerate(drivers.periods[series_id])}
    total = np.zeros(len(draws), dtype=draws.dtype)
    for month in (Period(date(year, number + 1, 1), Frequency.MONTH) for number in range(MONTHS_PER_YEAR)):
        if month in printed:
            total += printed[month]
        elif month in step:
            total += TWH * draws[:, step[month]]
        else:
            return None
    return total
