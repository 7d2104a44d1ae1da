"""Buildout: planned sites, as they are really built, and what builders start after them, as nameplate capacity.

The tracked pipeline is realised by the fitted terms of :mod:`projection.sites.realisation`. The colocation pipeline and
other capacity no tracker sees are terms of their own. What is started after today answers what is wanted
(:mod:`projection.sites.builders`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.grids.definitions import LOCATED
from features.sites.pipeline import Plan
from features.sites.places import grid_share
from projection.base.blocks import spread
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values
from projection.sites.realisation import SiteShocks, arriving_by

FloatArray = NDArray[np.floating[Any]]
Shares = tuple[tuple[str, float], ...]
"""Grids, each with the share of a site that counts to it."""
NO_GROWTH = 1e-6
PIPELINE_YEARS = 3
"""The dated pipeline is used to the end of this year after the base year; its flat tail after that is not a ceiling."""


@dataclass(frozen=True)
class Additions:
    """Nameplate added since the base year by what is planned today, GW, (draw, 1 + quarter), at the ends.

    Attributes:
        total: all of it; untracked: what is at no tracked site.
        tracked: of what is, the part in each grid whose halls are located, by its code.
    """

    total: FloatArray
    untracked: FloatArray
    tracked: Mapping[str, FloatArray]


def us_arrivals(
    plans: Sequence[Plan], values: Values, shocks: SiteShocks, timeline: Timeline, *, evidence_days: int
) -> Mapping[Shares, FloatArray]:
    """US tracked additions as realised since the base year, grossed up by the tracker's coverage, by the sites' grids.

    GW, (draw, quarter), at the ends of the quarters.

    Args:
        plans: of the tracker's newest edition known.
        values: assumption draws.
        shocks: random numbers of planned sites.
        timeline: the quarters.
        evidence_days: plan age up to which training watched plans slip.
    """
    by_shares: dict[Shares, list[Plan]] = {}
    for plan in plans:
        by_shares.setdefault(_shares(plan), []).append(plan)
    ends = [quarter.end for quarter in timeline.quarters]
    arrivals = arriving_by(
        by_shares, values, shocks, region="US", days=ends, evidence_days=evidence_days, since=timeline.base
    )
    to_gw = (1 / (1000 * values["us_tracker_coverage"]))[:, None]
    return {shares: mw * to_gw for shares, mw in arrivals.items()}


def us_additions(
    arrivals: Mapping[Shares, FloatArray], base: FloatArray, values: Values, timeline: Timeline
) -> Additions:
    """Of the US: tracked additions (:func:`us_arrivals`), and colocation outside the tracker on ``base``, (draw,)."""
    untracked = us_colocation(base, values, timeline)
    everywhere, tracked = untracked.copy(order="K"), {grid: np.zeros_like(untracked) for grid in LOCATED}
    for shares, gw in arrivals.items():
        everywhere[:, 1:] += gw
        for grid, share in shares:
            tracked[grid][:, 1:] += np.float32(share) * gw
    return Additions(everywhere, untracked, tracked)


def _shares(plan: Plan) -> Shares:
    """Grids a site counts to and with which share; one that is not placed counts to none."""
    shares = ((grid, grid_share(grid, plan.site)) for grid in LOCATED)
    return tuple((grid, share) for grid, share in shares if share)


def us_colocation(base: FloatArray, values: Values, timeline: Timeline) -> FloatArray:
    """Colocation outside the tracker opened since the base year, GW, (draw, 1 + quarter), from base capacity (draw,).

    A share of what is under construction opens each year and as much is started: what CBRE counts under construction
    grew in every year from 2021 to 2024 and held in 2025.
    """
    stock = base * values["us_colo_under_construction"] * values["us_colo_outside_tracker"]
    return spread(stock * values["us_colo_completion"] * values["us_colo_built"], _dated(timeline))


def steady_additions(base: FloatArray, rate: FloatArray, timeline: Timeline) -> Additions:
    """Of a region without a dated pipeline: a share (draw,) of the base year's nameplate (draw,) a year.

    They come for as long as a pipeline would be dated.
    """
    added = spread(base * rate, _dated(timeline))
    return Additions(added, added, {})


def _dated(timeline: Timeline) -> FloatArray:
    """Years since the base year for which anything is planned today, (1 + quarter,)."""
    return np.minimum(timeline.end_years, PIPELINE_YEARS)


def built(
    base: FloatArray,
    planned: FloatArray,
    wanted: FloatArray,
    values: Values,
    timeline: Timeline,
    *,
    as_of: date,
    lead_factor: FloatArray | None = None,
) -> FloatArray:
    """Nameplate that stands, GW, (draw, 1 + quarter), at the ends of the base year and of each quarter.

    Plans reach to the end of the third year. Between them and the first delivery of what is started today, additions
    go on at the plans' mean pace: that is decided already and not yet dated. Later starts answer what is wanted.

    Args:
        base: nameplate at the end of the base year, GW, (draw,).
        planned: what today's plans add to it, GW, (draw, 1 + quarter).
        wanted: nameplate that is wanted, GW, likewise.
        values: assumption draws.
        timeline: the quarters.
        as_of: the day after which builders can decide anew.
        lead_factor: what the lead time of a site is multiplied with, (draw,); None for nothing.
    """
    from projection.sites.builders import build

    edge = PIPELINE_YEARS * QUARTERS_PER_YEAR
    lead = values["site_lead_years"] * QUARTERS_PER_YEAR
    if lead_factor is not None:
        lead = lead * lead_factor
    start = np.float32((as_of - timeline.base).days / 365.25 * QUARTERS_PER_YEAR) + lead
    pace = planned[:, edge] / edge
    decided = planned.copy(order="K")
    for quarter in range(edge + 1, planned.shape[1]):
        undated = pace * np.maximum(np.minimum(np.float32(quarter), start) - edge, 0)
        np.maximum(planned[:, quarter], planned[:, edge] + undated, out=decided[:, quarter])
    decided += base[:, None]
    nameplate = np.empty_like(decided)
    build(
        decided.T,
        wanted.T,
        lead,
        values["builders_extrapolation"],
        1 / (1 - values["vacancy_aimed_at"]),
        pace * values["build_pace_reserve"],
        values["build_pace_growth"] / QUARTERS_PER_YEAR,
        start,
        nameplate.T,
    )
    return nameplate


def growing(rate: FloatArray, years: FloatArray) -> FloatArray:
    """Integral of exp(rate u) from 0 to each time: years' worth of additions, shape (draw, quarter)."""
    safe = np.where(np.abs(rate) < NO_GROWTH, np.asarray(NO_GROWTH, rate.dtype), rate)
    return np.asarray(np.expm1(spread(safe, years)) / safe[:, None])
