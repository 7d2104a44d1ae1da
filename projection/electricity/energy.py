"""Energy: the electricity data centers draw over a quarter, and what is left for them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.generation.plans import GenerationPlans
from projection.base.blocks import blank
from projection.base.timeline import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Timeline
from projection.electricity.generation import added_energy
from projection.inputs.assumption_values import Values

FloatArray = NDArray[np.floating[Any]]


def to_twh(average: FloatArray, timeline: Timeline) -> FloatArray:
    """TWh of each quarter from average GW, shape (draw, quarter)."""
    return np.asarray(average * (timeline.hours / 1000))


def us_available(
    plans: GenerationPlans, base: FloatArray, other: FloatArray, values: Values, timeline: Timeline
) -> FloatArray:
    """Electricity available to US data centers, TWh per quarter, shape (draw, quarter).

    What they used in the base year, ``base``, plus energy of realised generation additions less retirements
    (:mod:`projection.electricity.generation`) and of what standing plants could make beyond what they did, less the
    growth of every other use, ``other`` (:mod:`projection.electricity.us_sales`), TWh a year, (draw, quarter).
    """
    yearly = added_energy(plans, values, timeline) + (base + values["us_fleet_headroom"])[:, None] - other
    return np.asarray(np.maximum(yearly, 0.0) * (timeline.hours / HOURS_PER_YEAR))


def pace(growth: FloatArray) -> FloatArray:
    """Growth over the year before at each quarter, TWh a year, from growth since the base year; shape (draw, quarter).

    The base year itself has no growth, so the first year's is all there is.
    """
    path = growth.copy(order="K")
    path[:, QUARTERS_PER_YEAR:] -= growth[:, :-QUARTERS_PER_YEAR]
    return path


def known_first_year(generation: FloatArray, first: FloatArray) -> FloatArray:
    """The same paths, (draw, year), whose first year is ``first``, (draw,), TWh; later years keep their growth."""
    return np.asarray(generation * (first / generation[:, 0])[:, None])


def gross_growth(generation: FloatArray, base: float, timeline: Timeline) -> FloatArray:
    """Growth of generation since the base year at each quarter's middle, TWh a year, shape (draw, quarter).

    Between the middles of years it is linear, and past that of the last year drawn it goes on as over that year.

    Args:
        generation: draws of yearly generation from the first projected year on, TWh, shape (draw, year).
        base: generation of the base year, TWh.
        timeline: the quarters.
    """
    steps = generation.shape[1]
    place = np.maximum(timeline.mid_years, 0.0)
    left = np.minimum(place.astype(int), steps - 1)
    part = (place - left).astype(np.float32)
    path = blank(generation.shape[0], steps + 1)
    path[:, 1:] = generation - np.float32(base)
    growth = blank(generation.shape[0], len(left))
    for quarter, year in enumerate(left):
        growth[:, quarter] = path[:, year] * (1 - part[quarter]) + path[:, year + 1] * part[quarter]
    return growth
