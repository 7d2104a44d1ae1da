"""Energy: the electricity data centers draw over a quarter, and what is left for them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.generation.plans import GenerationPlans
from projection.base.timeline import HOURS_PER_YEAR, Grid
from tests.oracle.generation import added_energy

FloatArray = NDArray[np.float64]


def to_twh(average: FloatArray, grid: Grid) -> FloatArray:
    """TWh of each quarter from average GW, shape (draw, quarter)."""
    return np.asarray(average * grid.hours / 1000)


def us_available(plans: GenerationPlans, other: FloatArray, values: Mapping[str, FloatArray], grid: Grid) -> FloatArray:
    """Electricity available to US data centers, TWh per quarter, shape (draw, quarter).

    What they used in the base year, plus energy of realised generation additions less retirements and of idle hours of
    existing plants, less the growth of every other use, ``other``.
    """
    slack = values["us_dispatch_slack"][:, None] * np.minimum(grid.mid_years / 4, 1.0)
    yearly = values["us_energy_base"][:, None] + added_energy(plans, values, grid) + slack - other
    return np.asarray(np.maximum(yearly, 0.0) * grid.hours / HOURS_PER_YEAR)
