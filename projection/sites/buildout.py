"""Buildout: planned sites, as they are really built, turned into deliverable nameplate capacity.

The tracked pipeline is realised by the fitted terms of :mod:`projection.sites.realisation`. The colocation pipeline,
other capacity no tracker sees, and what is built after the dated pipeline are terms of their own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.sites.pipeline import Plan
from projection.base.blocks import spread
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values
from projection.sites.realisation import SiteShocks, arriving

FloatArray = NDArray[np.floating[Any]]
NO_GROWTH = 1e-6
PIPELINE_YEARS = 3
"""The dated pipeline is used to the end of this year after the base year; its flat tail after that is not a ceiling."""


def us_nameplate(
    plans: Sequence[Plan],
    base: FloatArray,
    values: Values,
    shocks: SiteShocks,
    timeline: Timeline,
    *,
    evidence_days: int,
) -> FloatArray:
    """Deliverable US nameplate capacity, GW, shape (draw, quarter), at quarter end.

    Base capacity (draw,), tracked additions as realised and grossed up by the tracker's coverage, and colocation
    outside the tracker. After the dated pipeline additions continue at its realised pace with its growth, or as its
    late part arrives, whichever is more: late sites are part of what is built then, not added to it.
    """
    ends = [quarter.end for quarter in timeline.quarters]
    tracked = arriving(plans, values, shocks, region="US", days=ends, evidence_days=evidence_days, since=timeline.base)
    added = tracked * (1 / (1000 * values["us_tracker_coverage"]))[:, None]
    added += us_colocation(base, values, timeline)
    edge = PIPELINE_YEARS * QUARTERS_PER_YEAR - 1
    beyond = np.maximum(np.arange(len(timeline.quarters)) - edge, 0) / QUARTERS_PER_YEAR
    pace = added[:, edge : edge + 1] / PIPELINE_YEARS
    continued = added[:, edge : edge + 1] + pace * growing(values["build_growth_after"], beyond)
    after = np.arange(len(timeline.quarters)) > edge
    added = np.where(after, np.maximum(added, continued), added)
    return np.asarray(base[:, None] + added)


def us_colocation(base: FloatArray, values: Values, timeline: Timeline) -> FloatArray:
    """Colocation outside the tracker opened since the base year, GW, shape (draw, quarter), from base capacity (draw,).

    A share of what is under construction opens each year and as much is started: what CBRE counts under construction
    grew in every year from 2021 to 2024 and held in 2025.
    """
    years = (np.arange(len(timeline.quarters)) + 1) / QUARTERS_PER_YEAR
    stock = base * values["us_colo_under_construction"] * values["us_colo_outside_tracker"]
    return spread(stock * values["us_colo_completion"] * values["us_colo_built"], years)


def steady_nameplate(base: FloatArray, rate: FloatArray, growth: FloatArray, timeline: Timeline) -> FloatArray:
    """Nameplate of a region without a dated pipeline, GW, shape (draw, quarter).

    A base at the end of the base year (draw,), plus yearly additions of a share ``rate`` of it (draw,) that grow at a
    log rate (draw,).
    """
    years = (np.arange(len(timeline.quarters)) + 1) / QUARTERS_PER_YEAR
    return np.asarray(base[:, None] * (1 + rate[:, None] * growing(growth, years)))


def growing(rate: FloatArray, years: FloatArray) -> FloatArray:
    """Integral of exp(rate u) from 0 to each time: years' worth of additions, shape (draw, quarter)."""
    safe = np.where(np.abs(rate) < NO_GROWTH, np.asarray(NO_GROWTH, rate.dtype), rate)
    return np.asarray(np.expm1(spread(safe, years)) / safe[:, None])
