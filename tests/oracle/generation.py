"""US generation to come: plans by technology, each realised in its own way, and after the planned year a pace."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.generation.plans import PLANNED_IN_YEARS, GenerationPlans, Technology
from projection.base.timeline import HOURS_PER_YEAR, Grid
from tests.oracle.buildout import growing

FloatArray = NDArray[np.float64]
TWH_PER_GW_YEAR = HOURS_PER_YEAR / 1000


def rates(
    plans: GenerationPlans, values: Mapping[str, FloatArray], grid: Grid
) -> dict[Technology, tuple[FloatArray, FloatArray, FloatArray]]:
    """GW a year in the base year, in the planned year and at the beginning of the pace, (draw,) each."""
    shared = np.exp(values["generation_delay_common_sd"] * values["generation_year_shock"])
    found = {}
    for kind in PLANNED_IN_YEARS:
        planned, built = plans.planned[kind], plans.built[kind]
        if grid.base_year + 1 not in planned:
            continue
        share = values["generation_ever_built"] / (1 + values[f"generation_delay_{kind}"] * shared)
        first = planned[grid.base_year + 1].value * share
        before = first
        if grid.base_year in built:
            before = built[grid.base_year].value + 0 * first
        elif grid.base_year in planned:
            before = planned[grid.base_year].value * share
        after = first
        if kind in plans.queue and plans.queue_years is not None:
            queued = plans.queue[kind].value * values[f"generation_queue_{kind}"] / plans.queue_years
            after = first ** (1 - values["us_queue_weight"]) * queued ** values["us_queue_weight"]
        found[kind] = before, first, after
    return found


def retiring(plans: GenerationPlans, values: Mapping[str, FloatArray], grid: Grid) -> FloatArray:
    """Retirements of the planned year as they happen, GW a year, (draw,)."""
    return np.asarray(plans.retiring[grid.base_year + 1].value / (1 + values["generation_delay_retirement"]))


def added_energy(plans: GenerationPlans, values: Mapping[str, FloatArray], grid: Grid) -> FloatArray:
    """Net generation of what was added less retired since the middle of the base year, TWh a year, (draw, quarter)."""
    since = grid.mid_years.astype(np.float64)
    beyond = np.maximum(since - 1.5, 0.0)
    energy = values["us_capacity_factor_nuclear"][:, None] * restarted(plans, values, grid, since - 0.5)
    gone = (values["us_capacity_factor_retired"] * retiring(plans, values, grid))[:, None]
    energy -= gone * (np.minimum(since, 1.5) + growing(values["us_retirements_pace"], beyond))
    for kind, (before, first, after) in rates(plans, values, grid).items():
        if kind is Technology.BATTERY:
            continue
        factor = values[f"us_capacity_factor_{kind}"]
        factor = factor if kind is Technology.GAS else factor * values["us_new_over_fleet"]
        added = before[:, None] * np.minimum(since, 0.5) + first[:, None] * np.clip(since - 0.5, 0.0, 1.0)
        added = added + after[:, None] * growing(values["us_additions_pace"], beyond)
        energy = energy + factor[:, None] * added
    return np.asarray(TWH_PER_GW_YEAR * energy)


def restarted(plans: GenerationPlans, values: Mapping[str, FloatArray], grid: Grid, years: FloatArray) -> FloatArray:
    """Reactors that run again, GW, (draw, time), at times in years after the end of the base year."""
    running = np.zeros((len(values["generation_ever_restarted"]), len(years)))
    for plant in plans.restarts:
        late = np.maximum(years - (plant.year - grid.base_year - 0.5), 0.0)
        running += plant.capacity.value * (1 - np.exp(-late / values["generation_delay_nuclear"][:, None]))
    return running * values["generation_ever_restarted"][:, None]
