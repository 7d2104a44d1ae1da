"""Growth of US electricity use that no data center takes: households and industry, from forecast monthly sales.

Data centers are metered as commercial for the most part, so what else commerce uses is an assumption of its own. The
months are EIA's, forecast with their season; after the last whole year the stated pace of all other use goes on.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Period
from features.electricity import SALES
from projection.base.blocks import spread
from projection.base.timeline import Timeline
from projection.electricity.energy import gross_growth
from projection.inputs.assumption_values import Values
from projection.inputs.drivers import DriverDraws
from projection.inputs.monthly import year_of_months

FloatArray = NDArray[np.floating[Any]]


def other_use_growth(
    drivers: DriverDraws, printed: Mapping[str, Mapping[Period, float]], values: Values, timeline: Timeline
) -> FloatArray:
    """Growth of every other use since the base year, TWh a year, (draw, quarter).

    Each draw weights a stated pace against sales to households and industry with the rest of commerce; where the day's
    months do not make two whole years, the stated pace serves alone.
    """
    stated = spread(values["us_other_use_growth"], timeline.mid_years)
    years = _years(drivers, printed, timeline)
    if len(years) < 2:  # noqa: PLR2004 - growth has a beginning and an end
        return stated
    last = len(years) - 1
    # After the last whole year sales stand where they are, and the stated pace goes on.
    sold = gross_growth(np.stack([*years[1:], years[-1]], axis=1) - years[0][:, None], 0.0, timeline)
    sold += spread(values["us_commerce_growth"], np.minimum(timeline.mid_years, last))
    sold += spread(values["us_other_use_growth"], np.maximum(timeline.mid_years - last, 0.0))
    weight = values["us_sales_route_weight"][:, None]
    return np.asarray(weight * sold + (1 - weight) * stated)


def _years(drivers: DriverDraws, printed: Mapping[str, Mapping[Period, float]], timeline: Timeline) -> list[FloatArray]:
    """Sales to households and industry, TWh, (draw,) each, from the base year on as far as whole years are known."""
    yearly: list[FloatArray] = []
    for year in range(timeline.base_year, timeline.years[-1].start.year + 1):
        parts = [year_of_months(drivers, series_id, printed.get(series_id, {}), year) for series_id in SALES]
        whole = [part for part in parts if part is not None]
        if len(whole) < len(SALES):
            break
        yearly.append(np.asarray(np.sum(whole, axis=0)))
    return yearly
