"""Firm power of single grids: need and supply, GW accredited, as growth since the end of one quarter.

need = (data-center peak growth + other peak growth)(1 + reserve). Supply is the headroom of that quarter, what is
accredited since, and the grid's share of on-site power. Where they come from is what the operator prints:

* auctions that cleared short: the first delivery year of one, whose shortfall is the headroom; accredited capacity
  moves as what auctions cleared did. Every later auction sets the balance of its own year, and between two the balance
  goes from the one to the other;
* a capacity report: the last summer whose peak came. Capacity goes from what gave power in the hour of that peak to
  what the report counts in a later summer's, its planned part as such plans are built; that peak and the reserve on it
  are taken off;
* neither: need alone, since the base of its country's balance.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept
from features.generation.plans import Technology
from features.grids.definitions import AuctionBalance, ReportBalance
from features.grids.figures import CapacityReport
from projection.base.blocks import spread, total
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.paths import Paths
from projection.electricity.firm import FirmBalance, firm_balance
from projection.electricity.generation import built_share
from projection.electricity.us_firm import Peaks, behind_the_meter, firm_base, since
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.starting_values import Anchors
from projection.sites.buildout import growing

FloatArray = NDArray[np.floating[Any]]
DAYS_PER_YEAR = 365.25


def firm_start(grid: str, anchors: Anchors) -> int | None:
    """Index of the quarter whose end growth is counted from; None where the day carries no balance."""
    figures, timeline = anchors.grids[grid], anchors.timeline
    if figures.grid.balance is None or figures.other_peak is None:
        return None
    match figures.grid.balance:
        case AuctionBalance():
            return next(iter(_short(grid, anchors)), None)
        case ReportBalance():
            summer = _summer(grid, anchors)
            return timeline.index_of(firm_base(timeline)) if summer is None else summer
    return timeline.index_of(firm_base(timeline))


def _short(grid: str, anchors: Anchors) -> dict[int, float]:
    """Shortfalls of the auctions, GW, by the index of the quarter their delivery year begins in, ascending."""
    timeline = anchors.timeline
    begun = {timeline.index_of(auction.start): auction.gw for auction in anchors.grids[grid].auctions}
    return {index: short for index, short in sorted(begun.items()) if 0 <= index < timeline.published_quarters}


def _summer(grid: str, anchors: Anchors) -> int | None:
    """Index of the quarter of the last summer's peak, beside which a capacity report is laid; None without both."""
    figures, timeline = anchors.grids[grid], anchors.timeline
    if figures.report is None or figures.last_summer is None:
        return None
    summer, due = (timeline.index_of(quarter) for quarter in (figures.last_summer, figures.report.summer))
    return summer if 0 <= summer < due < len(timeline.quarters) else None


def firm(grid: str, peaks: Peaks, anchors: Anchors, values: Values) -> Paths:
    """Need, and supply where the operator prints what it begins with, (draw, quarter); NaN up to the base.

    Args:
        grid: code of one with a balance and its base.
        peaks: of its data centers.
        anchors: figures.
        values: assumption draws.
    """
    start = firm_start(grid, anchors)
    # A cell without a base is not drawn.
    assert start is not None  # noqa: S101 - as said
    need = {
        concept: since(_balance(grid, path, peaks.unlimited, start, anchors, values).need, start)
        for concept, path in peaks.by_concept.items()
    }
    supply = None
    if _short(grid, anchors):
        supply = _by_auctions(grid, peaks.unlimited, anchors, values)
    elif _summer(grid, anchors) is not None:
        supply = _by_report(grid, peaks.unlimited, start, anchors, values)
    return Paths(wanted=need[DemandConcept.WANTED], bought=need[DemandConcept.BOUGHT], supply=supply)


def _by_auctions(grid: str, unlimited: FloatArray, anchors: Anchors, values: Values) -> FloatArray:
    key, (peak, _) = anchors.grids[grid].grid.key, _other_peak(grid, anchors)
    strayed = value_of(values, key, "peak_error") * np.float32(peak)

    def balance(start: int, shortfall: float) -> FirmBalance:
        grown = spread(value_of(values, key, "accredited_growth"), _years(start, anchors.timeline))
        headroom = (strayed - np.float32(shortfall))[:, None]
        return _balance(grid, unlimited, unlimited, start, anchors, values, supply=grown + headroom)

    (first, shortfall), *later = _short(grid, anchors).items()
    from_first, before = balance(first, shortfall), first
    need, supply = since(from_first.need, first), since(from_first.supply, first)
    for start, shortfall in later:
        anew = balance(start, shortfall)
        moved = need[:, start + 1 :] - anew.need + anew.supply - supply[:, start + 1 :]
        between = np.arange(before + 1, start + 1)
        supply[:, between] += moved[:, :1] * ((between - before) / np.float32(start + 1 - before))
        supply[:, start + 1 :] += moved
        before = start
    return supply


def _by_report(grid: str, unlimited: FloatArray, start: int, anchors: Anchors, values: Values) -> FloatArray:
    figures, timeline = anchors.grids[grid], anchors.timeline
    power, report, (peak, _) = figures.grid, figures.report, _other_peak(grid, anchors)
    assert report is not None and power.balance is not None  # noqa: S101, PT018 - _summer has looked
    strayed = value_of(values, power.key, "peak_error") * np.float32(peak)
    headroom = strayed - np.float32(peak) * (1 + value_of(values, power.balance.reserve_margin))
    now = value_of(values, power.key, "capacity_at_peak")
    supply = _capacity(report, now, start, values, timeline) + headroom[:, None]
    return since(_balance(grid, unlimited, unlimited, start, anchors, values, supply=supply).supply, start)


def _capacity(report: CapacityReport, now: FloatArray, start: int, values: Values, timeline: Timeline) -> FloatArray:
    """From the last summer evenly to what the report counts, (draw, quarter after it), then as plans are built."""
    years = _years(start, timeline)
    to_summer = (timeline.index_of(report.summer) - start) / QUARTERS_PER_YEAR
    planned_years = (report.summer.end - report.published).days / DAYS_PER_YEAR
    built = total(
        [
            np.float32(gw) * built_share(Technology(kind), values, years=planned_years)
            for kind, gw in report.planned.items()
        ]
    )
    rate = (np.float32(report.standing) + built - now) / np.float32(to_summer)
    later = growing(values["us_additions_pace"], np.maximum(years - to_summer, 0.0))
    return np.asarray(
        now[:, None] + spread(rate, np.minimum(years, to_summer)) + (built / planned_years)[:, None] * later
    )


def _balance(
    grid: str,
    peak: FloatArray,
    standing: FloatArray,
    start: int,
    anchors: Anchors,
    values: Values,
    *,
    supply: FloatArray | float = 0.0,
) -> FirmBalance:
    """From what draws at the end of a quarter, (draw, quarter after it); on-site power is added to a supply."""
    power, (peak_of_others, growth) = anchors.grids[grid].grid, _other_peak(grid, anchors)
    assert power.balance is not None  # noqa: S101 - firm_start has looked
    years = _years(start, anchors.timeline)
    drift = value_of(values, power.key, "peak_drift") * np.float32(peak_of_others)
    on_site: FloatArray | float = 0.0
    if isinstance(supply, np.ndarray):
        on_site = _on_site(start, anchors.timeline, values) * value_of(values, power.key, "on_site_share")[:, None]
    return firm_balance(
        peak_growth=peak[:, start + 1 :] - standing[:, start : start + 1],
        other_peak_growth=spread(np.float32(growth) + drift, years),
        reserve_margin=value_of(values, power.balance.reserve_margin)[:, None],
        elcc_additions=supply,
        behind_the_meter=on_site,
        starting_headroom=0.0,
    )


def _other_peak(grid: str, anchors: Anchors) -> tuple[float, float]:
    other = anchors.grids[grid].other_peak
    assert other is not None  # noqa: S101 - firm_start has looked
    return other


def _years(start: int, timeline: Timeline) -> FloatArray:
    """From the end of a quarter to those of all later ones."""
    return np.arange(1, len(timeline.quarters) - start, dtype=np.float32) / QUARTERS_PER_YEAR


def _on_site(start: int, timeline: Timeline, values: Values) -> FloatArray:
    """On-site supply of the US delivered since a quarter's end, GW, (draw, quarter after it)."""
    us = timeline.index_of(firm_base(timeline))
    times = np.maximum(np.arange(start, len(timeline.quarters), dtype=np.float32) - us, 0.0) / QUARTERS_PER_YEAR
    path = behind_the_meter(values, times, timeline)
    return path[:, 1:] - path[:, :1]
