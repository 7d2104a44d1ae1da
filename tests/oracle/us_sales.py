"""Growth of US electricity use that no data center takes: a stated pace, weighed against forecast sales."""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency, Period
from features.electricity import SALES
from projection.base.timeline import Grid
from projection.inputs.drivers import DriverDraws

FloatArray = NDArray[np.float64]


def other_use_growth(
    drivers: DriverDraws, printed: Mapping[str, Mapping[Period, float]], values: Mapping[str, FloatArray], grid: Grid
) -> FloatArray:
    """Growth of every other use since the base year, TWh a year, (draw, quarter)."""
    since = grid.mid_years.astype(np.float64)
    stated = values["us_other_use_growth"][:, None] * since
    years: list[FloatArray] = []
    while (sold := _sold(drivers, printed, grid.base_year + len(years))) is not None:
        years.append(sold)
    if len(years) < 2:
        return stated
    last = len(years) - 1
    growth = np.stack(years, axis=1) - years[0][:, None]
    path = np.stack([np.interp(since, np.arange(last + 1), draw) for draw in growth])
    path = path + values["us_commerce_growth"][:, None] * np.minimum(since, last)
    path = path + values["us_other_use_growth"][:, None] * np.maximum(since - last, 0.0)
    weight = values["us_sales_route_weight"][:, None]
    return np.asarray(weight * path + (1 - weight) * stated)


def _sold(drivers: DriverDraws, printed: Mapping[str, Mapping[Period, float]], year: int) -> FloatArray | None:
    """Sales to households and industry of a year, TWh, (draw,); None where a month is not told."""
    found = []
    for name in SALES:
        if name not in drivers.values:
            return None
        for month in (Period(date(year, number, 1), Frequency.MONTH) for number in range(1, 13)):
            if month in printed[name]:
                found.append(np.full(len(drivers.values[name]), printed[name][month]))
            elif month in drivers.periods[name]:
                found.append(drivers.values[name][:, drivers.periods[name].index(month)] / 1000)
            else:
                return None
    return np.asarray(np.sum(found, axis=0))
