"""US generation to come: plans by technology, each realised in its own way, and after the planned year a pace.

What is planned for the year after the base year is built at the rate its realised share gives, ``ever built / (1 +
mean lateness)`` (:mod:`training.plans.generation_fit`); lateness has a shock that all technologies of the year share.
After that year every technology adds a weighted geometric mean of that rate and of what its queue completes a year, and
both grow alike. Of gas it is the mean rate of the years for which plants are known as far ahead as turbines take to
come; within them and after, it grows as what makers of turbines deliver. What is carried over is part of the next
year's plan and so of the pace: it is not added to it.

Capacity is alternating current, energy net (:mod:`features.generation.bases`). Batteries move energy and make none:
they are accredited and add no TWh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.generation.plans import PLANNED_IN_YEARS, GenerationPlans, Technology
from projection.base.blocks import blank, spread, total
from projection.base.timeline import HOURS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.dated import arrived
from projection.sites.buildout import growing

FloatArray = NDArray[np.floating[Any]]
TWH_PER_GW_YEAR = HOURS_PER_YEAR / 1000
MAKING = (Technology.SOLAR, Technology.WIND, Technology.GAS)
"""Planned technologies that make electricity."""
FURTHER_REACTORS = ("us_uprates", "us_small_reactors", "us_large_reactors")
"""Assumptions of nuclear capacity beyond plans, by what it is."""
FIRST_END = 1.5
"""Years from the middle of the base year to the end of the planned year."""


@dataclass(frozen=True)
class Rates:
    """Additions of one technology, GW a year, (draw,) each.

    Attributes:
        before: in the base year: what was built where that is published by technology, else its plan as realised.
        first: in the planned year; after: at the beginning of the pace, the log growth a year of what is added.
    """

    before: FloatArray
    first: FloatArray
    after: FloatArray
    pace: FloatArray


def built_share(kind: Technology, values: Values, *, years: float = 1) -> FloatArray:
    """Share of the plan for so many years that is built in them, (draw,)."""
    shared = np.exp(values["generation_delay_common_sd"] * values["generation_year_shock"])
    return values["generation_ever_built"] * years / (years + value_of(values, "generation_delay", kind) * shared)


def rates(plans: GenerationPlans, values: Values, timeline: Timeline) -> dict[Technology, Rates]:
    """Additions by planned technology; one without a plan for the year after the base year is left out."""
    by_technology = {}
    year = timeline.base_year + 1
    for kind in PLANNED_IN_YEARS:
        planned, built = plans.planned[kind], plans.built[kind]
        if year not in planned:
            continue
        share = built_share(kind, values)
        first = planned[year].value * share
        if timeline.base_year in built:
            before = np.full_like(first, built[timeline.base_year].value)
        else:
            before = planned[timeline.base_year].value * share if timeline.base_year in planned else first
        ahead = [capacity.value for due, capacity in plans.gas_by_year.items() if due > year]
        if kind is Technology.GAS and ahead:
            pace = values["gas_turbine_growth"]
            built_ahead = _after(kind, np.mean(ahead) * built_share(kind, values, years=len(ahead)), plans, values)
            # The mean of those years is reached in the middle of them.
            after = built_ahead * np.exp(-pace * np.float32(len(ahead) / 2))
        else:
            pace, after = values["us_additions_pace"], _after(kind, first, plans, values)
        by_technology[kind] = Rates(before, first, after, pace)
    return by_technology


def _after(kind: Technology, planned: FloatArray, plans: GenerationPlans, values: Values) -> FloatArray:
    """Between what is built of the plan and what the queue completes a year, on logs; the former without a queue."""
    if kind not in plans.queue or plans.queue_years is None:
        return planned
    queued = value_of(values, "generation_queue", kind) * (plans.queue[kind].value / plans.queue_years)
    weight = values["us_queue_weight"]
    return np.asarray(np.exp((1 - weight) * np.log(planned) + weight * np.log(queued)))


def retiring(plans: GenerationPlans, values: Values, timeline: Timeline) -> FloatArray:
    """Retirements of the planned year as they happen, GW a year, (draw,)."""
    return plans.retiring[timeline.base_year + 1].value / (1 + values["generation_delay_retirement"])


def added_energy(plans: GenerationPlans, values: Values, timeline: Timeline) -> FloatArray:
    """Net generation of what was added less retired since the middle of the base year, TWh a year, (draw, quarter)."""
    since = timeline.mid_years
    within, beyond = np.minimum(since, FIRST_END), np.maximum(since - FIRST_END, 0.0)
    running = restarted(plans, values, timeline, since - 0.5)
    further = further_reactors(values, timeline, since - 0.5)
    if further is not None:
        running = running + further
    energy = (TWH_PER_GW_YEAR * values["us_capacity_factor_nuclear"])[:, None] * running
    gone = -TWH_PER_GW_YEAR * values["us_capacity_factor_retired"] * retiring(plans, values, timeline)
    energy += spread(gone, within) + gone[:, None] * growing(values["us_retirements_pace"], beyond)
    by_kind = rates(plans, values, timeline)
    making = [kind for kind in MAKING if kind in by_kind]
    if not making:
        return np.asarray(energy)
    factor = {kind: TWH_PER_GW_YEAR * _capacity_factor(kind, values) for kind in making}
    before, first = (
        total([factor[kind] * getattr(by_kind[kind], name) for kind in making]) for name in ("before", "first")
    )
    energy += spread(before, np.minimum(since, 0.5)) + spread(first, np.clip(since - 0.5, 0.0, 1.0))
    return np.asarray(energy + _coming(by_kind, factor, beyond))


def accredited(plans: GenerationPlans, values: Values, timeline: Timeline, years: FloatArray) -> FloatArray:
    """Accredited additions net of retirements since the end of the planned year, GW, at times in years after it.

    Shape (draw, time). A gigawatt counts with the share its class is accredited at (its load-carrying capability).
    """
    by_kind = rates(plans, values, timeline)
    restarts = restarted(plans, values, timeline, years + 1) - restarted(
        plans, values, timeline, np.zeros(1, np.float32) + 1
    )
    firm = values["elcc_nuclear"][:, None] * restarts
    gone = -values["elcc_retired"] * retiring(plans, values, timeline)
    firm += gone[:, None] * growing(values["us_retirements_pace"], years)
    return np.asarray(firm + _coming(by_kind, {kind: value_of(values, "elcc", kind) for kind in by_kind}, years))


def _coming(
    by_kind: Mapping[Technology, Rates], weight: Mapping[Technology, FloatArray], years: FloatArray
) -> FloatArray:
    """What is added from the beginning of the pace on, weighted by technology, (draw, time); gas at its own."""
    coming: FloatArray = np.zeros((1, len(years)), np.float32)
    for kinds in ([kind for kind in weight if (kind is Technology.GAS) == gas] for gas in (False, True)):
        if kinds:
            rate = total([weight[kind] * by_kind[kind].after for kind in kinds])
            coming = coming + rate[:, None] * growing(by_kind[kinds[0]].pace, years)
    return coming


def small_scale_solar(plans: GenerationPlans, values: Values, timeline: Timeline) -> FloatArray | None:
    """Solar added below the utility scale in the base year, GW of alternating current, (draw,); None where not known.

    The association's total in direct current over the rating of panels per inverter, less EIA's utility scale.
    """
    built = plans.built[Technology.SOLAR].get(timeline.base_year)
    panels = plans.panels.get(timeline.base_year)
    if built is None or panels is None:
        return None
    return np.asarray(np.maximum(panels.value / values["solar_panels_over_inverters"] - built.value, 0.0))


def restarted(plans: GenerationPlans, values: Values, timeline: Timeline, years: FloatArray) -> FloatArray:
    """Reactors that run again, GW, (draw, time), at times in years after the end of the base year.

    One is due in the middle of its year and late by an exponential time; a draw carries the part that has come.
    """
    running = blank(len(values["generation_ever_restarted"]), len(years))
    for plant in plans.restarts:
        late = np.maximum(years - (plant.year - timeline.base_year - 0.5), 0.0)
        running -= plant.capacity.value * np.expm1(-spread(1 / values["generation_delay_nuclear"], late))
    return np.asarray(running * values["generation_ever_restarted"][:, None])


def further_reactors(values: Values, timeline: Timeline, years: FloatArray) -> FloatArray | None:
    """Reactors beyond plans that scenarios add, GW, (draw, time), at times in years after the end of the base year.

    None where every draw has none.
    """
    dates = years + np.float32(timeline.base_year + 1)
    added = [arrived(name, values, dates) for name in FURTHER_REACTORS]
    present = [path for path in added if path is not None]
    return total(present) if present else None


def _capacity_factor(kind: Technology, values: Values) -> FloatArray:
    """Share of the hours a new plant runs, (draw,): its fleet's, moved, where that is a figure."""
    factor = value_of(values, "us_capacity_factor", kind)
    return factor if kind is Technology.GAS else factor * values["us_new_over_fleet"]
