"""US net generation by year, from draws of its months as far as they are forecast and of its years after that.

The months are EIA's, forecast with their season; those already printed stand as printed, so a year that has begun is
known but for the months that are missing. A year after the last whole one grows on by the ratio of the yearly series'
draws. China, the EU and the world are yearly, the first two printed gross (:mod:`features.generation.bases`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Period
from features.electricity import MONTHLY, YEARLY
from projection.base.timeline import Timeline
from projection.inputs.drivers import DriverDraws
from projection.inputs.monthly import year_of_months

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Years:
    """Net generation, TWh a year.

    Attributes:
        base: of the base year, (draw,); it too is drawn where months of it are missing.
        later: of the years after it, (draw, year).
    """

    base: FloatArray
    later: FloatArray


def years(drivers: DriverDraws, printed: Mapping[Period, float], timeline: Timeline) -> Years | None:
    """Generation from the base year on; None where its months, or those of the year after it, are not all known.

    Args:
        drivers: draws of :data:`features.electricity.MONTHLY`, GWh, and of its years.
        printed: months already printed, TWh.
        timeline: whose base year growth is counted from.
    """
    by_year: list[FloatArray] = []
    for year in range(timeline.base_year, timeline.years[-1].start.year + 1):
        total = year_of_months(drivers, MONTHLY, printed, year)
        if total is None:
            total = _grown(drivers, by_year[-1], year) if len(by_year) > 1 else None
        if total is None:
            break
        by_year.append(total)
    if len(by_year) < 2:  # noqa: PLR2004 - growth has a beginning and an end
        return None
    return Years(by_year[0], np.stack(by_year[1:], axis=1))


def _grown(drivers: DriverDraws, before: FloatArray, year: int) -> FloatArray | None:
    """The year before times the growth the yearly series is drawn with; None where it does not reach."""
    forecast = drivers.periods.get(YEARLY, ())
    place = next((at for at, period in enumerate(forecast) if period.start.year == year), 0)
    if place == 0:
        return None
    yearly = drivers.values[YEARLY]
    return np.asarray(before * (yearly[:, place] / yearly[:, place - 1]))
