"""Cells of single grids and of Ireland: a part of their country in every draw, by up to three routes.

The share route takes a grid's share of its parent's draw (the same draw of the parent's equipment), whose odds drift:

    o[i] = s[i] / (1 - sum of s) x exp(drift[i] x years)

The operator's route begins at the same level and adds what its forecast of load says of data centers, times the share
of such forecasts that came (:mod:`features.grids.load_errors`); Ireland's is the forecast of its metered series. A
third leads from the same start to the level a publisher projects of the grid itself, where one does. A draw weights
them on the log scale of the odds against the rest of the parent, so that

    share[i] = o[i] / (1 + sum of o) < 1

and the grids of one parent never exceed it. The form is the multinomial logit of market shares (McFadden 1974).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from features.grids.figures import IRELAND
from projection.base.blocks import blank, spread
from projection.base.floor import widen
from projection.base.timeline import QUARTERS_PER_YEAR, Grid
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key, Paths
from projection.electricity.firm import TWH_PER_AVERAGE_GW, firm_balance
from projection.electricity.us_firm import behind_the_meter, firm_base
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors

FloatArray = NDArray[np.floating[Any]]
PJM, ERCOT, IE = "US-PJM", "US-ERCOT", "IE"
PARTS: dict[str, tuple[str, ...]] = {"US": (PJM, ERCOT), "EU": (IE,)}
"""Grids by the country or bloc they are a part of."""
KEY = {PJM: "pjm", ERCOT: "ercot", IE: "ie"}
"""How the assumptions of a grid begin."""
BY_SHARE, BY_OPERATOR, BY_METER, BY_PUBLISHER = "share", "operator", "metered", "published"
MOST_SHARE = 0.9
"""Of a parent, that its grids take; a guard for draws of the parent near or below what is metered in a part of it."""
LEAST_DIRECT = 1e-3
"""GW; the log of a route needs a positive draw."""
GWH_PER_TWH = 1000.0


@dataclass(frozen=True)
class Parts:
    """Electricity of the grids of all parents.

    Attributes:
        cells: demand, TWh a quarter, (draw, quarter).
        routes: the same by each route alone, by grid that has more than one.
    """

    cells: dict[Key, Paths]
    routes: dict[Key, dict[str, FloatArray]]


def parts(
    cells: Mapping[Key, Paths], bases: Mapping[str, FloatArray], anchors: Anchors, drivers: DriverDraws, values: Values
) -> Parts:
    """Every grid whose level the day knows, from the energy of its parent before the floor.

    Args:
        cells: of the engine; the energy of every parent is among them.
        bases: electricity of the base year by region, TWh, (draw,).
        anchors: figures.
        drivers: forecasts of series, Ireland's among them where training published one.
        values: assumption draws.
    """
    found = Parts({}, {})
    to_average = 1000 / anchors.grid.hours
    for parent, grids in PARTS.items():
        whole = cells[parent, Layer.ENERGY].demand * to_average
        starts = {grid: _start(grid, bases[parent], anchors, values) for grid in grids}
        known = {grid: start for grid, start in starts.items() if start is not None}
        if not known:
            continue
        rest = 1 - sum(known.values())
        odds: dict[str, FloatArray] = {}
        direct: dict[str, dict[str, FloatArray]] = {}
        for grid, share in known.items():
            drift = spread(value_of(values, KEY[grid], "share_drift"), anchors.grid.mid_years)
            odds[grid] = np.exp(drift) * (share / rest)[:, None]
        left = 1 / (1 + sum(odds.values()))
        by_share = {grid: odd * left * whole for grid, odd in odds.items()}
        for grid, share in known.items():
            average = share * bases[parent] / TWH_PER_AVERAGE_GW
            direct[grid] = _direct(grid, average, by_share[grid], anchors, drivers, values)
            if not direct[grid]:
                continue
            weight = values["grid_route_weight"][:, None]
            other = _pooled(direct[grid], values) - np.log(left * whole)
            odds[grid] = np.exp(weight * np.log(odds[grid]) + (1 - weight) * other)
        left = 1 / (1 + sum(odds.values()))
        for grid, odd in odds.items():
            found.cells[grid, Layer.ENERGY] = Paths(demand=odd * left * whole / to_average)
            if direct[grid]:
                apart = {BY_SHARE: by_share[grid], **direct[grid]}
                found.routes[grid, Layer.ENERGY] = {name: path / to_average for name, path in apart.items()}
    return found


def _start(grid: str, base: FloatArray, anchors: Anchors, values: Values) -> FloatArray | None:
    """Share of the parent's electricity in the base year, (draw,); None where the day does not know it."""
    if grid != IE:
        return value_of(values, KEY[grid], "share_of_us")
    metered = anchors.grids.ireland_year(anchors.grid.base_year)
    return None if metered is None else np.minimum(np.float32(metered) / base, np.float32(MOST_SHARE))


def _direct(
    grid: str, average: FloatArray, by_share: FloatArray, anchors: Anchors, drivers: DriverDraws, values: Values
) -> dict[str, FloatArray]:
    """Average draw by each route of the grid's own that the day knows, GW, (draw, quarter)."""
    published = _published(grid, average, by_share, anchors, values)
    if grid == IE:
        own = _metered(by_share, anchors, drivers)
    else:
        growth = datacenter_growth(grid, anchors, values)
        own = None
        if growth is not None:
            own = average[:, None] + spread(growth * values["load_factor_own_peak"], anchors.grid.mid_years)
    found = {BY_METER if grid == IE else BY_OPERATOR: own, BY_PUBLISHER: published}
    return {name: path for name, path in found.items() if path is not None}


def _pooled(direct: Mapping[str, FloatArray], values: Values) -> FloatArray:
    """Logarithm of a grid's own routes, weighted where there are two, (draw, quarter)."""
    logs = [np.log(np.maximum(path, LEAST_DIRECT)) for name, path in direct.items() if name != BY_PUBLISHER]
    if BY_PUBLISHER not in direct:
        return logs[0]
    published = np.log(direct[BY_PUBLISHER])
    if not logs:
        return published
    weight = values["grid_published_weight"][:, None]
    return np.asarray(weight * published + (1 - weight) * logs[0])


def _published(
    grid: str, average: FloatArray, by_share: FloatArray, anchors: Anchors, values: Values
) -> FloatArray | None:
    """From the base year to the level a publisher projects, at one rate, then as by the share route."""
    projected = {PJM: anchors.grids.pjm_capacity, IE: anchors.grids.ireland_projected}.get(grid)
    calendar = anchors.grid
    if projected is None or not calendar.base_year < projected.year <= calendar.years[-1].start.year:
        return None
    years = np.float32(projected.year - calendar.base_year)
    if grid == PJM:
        level = np.float32(projected.value) * values["fleet_capacity_factor"]
    else:
        level = np.full_like(average, projected.value / TWH_PER_AVERAGE_GW)
    path = np.exp(spread(np.log(level / average) / years, np.minimum(calendar.mid_years, years))) * average[:, None]
    last = int(np.searchsorted(calendar.mid_years, years))
    path[:, last:] *= by_share[:, last:] / by_share[:, last : last + 1]
    return np.asarray(path)


def datacenter_growth(grid: str, anchors: Anchors, values: Values) -> FloatArray | None:
    """Growth of data centers' peak that an operator's forecast amounts to, GW a year, (draw,).

    PJM vets requests before they enter its forecast; of ERCOT's as submitted, organic growth is taken off what came.
    """
    figures = anchors.grids
    if grid == PJM:
        if figures.pjm is None:
            return None
        share = values["pjm_growth_datacenter_share"] * values["vetted_growth_realised"]
        return np.asarray(np.float32(figures.pjm.growth) * share)
    if figures.ercot_submitted is None or figures.ercot_organic is None:
        return None
    came = np.float32(figures.ercot_submitted.growth) * values["submitted_growth_realised"]
    large = np.maximum(came - np.float32(figures.ercot_organic), 0.0)
    return np.asarray(large * values["large_load_datacenter_share"])


def _metered(by_share: FloatArray, anchors: Anchors, drivers: DriverDraws) -> FloatArray | None:
    """Ireland by its own series: what is metered, what the champion forecasts, then growth as by the share route."""
    grid = anchors.grid
    if IRELAND not in drivers.values:
        return None
    forecast = {period: step for step, period in enumerate(drivers.periods[IRELAND])}
    out = blank(by_share.shape[0], len(grid.quarters))
    last = None
    for index, quarter in enumerate(grid.quarters):
        to_average = 1000 / grid.hours[index]
        if quarter in anchors.grids.ireland:
            out[:, index] = np.float32(anchors.grids.ireland[quarter]) * to_average
        elif quarter in forecast:
            out[:, index] = drivers.values[IRELAND][:, forecast[quarter]] / GWH_PER_TWH * to_average
        elif last is None or last < QUARTERS_PER_YEAR - 1:
            return None
        else:
            year = slice(last - QUARTERS_PER_YEAR + 1, last + 1)
            ratio = out[:, year].mean(axis=1) / by_share[:, year].mean(axis=1)
            out[:, index:] = by_share[:, index:] * ratio[:, None]
            break
        last = index
    return out


def widen_parts(
    table: DrawTable,
    layer: Layer,
    row: int,
    rows: Sequence[int],
    stretched: Mapping[str, FloatArray],
    year: float,
) -> dict[tuple[str, str], bool]:
    """Widen the grids to the expert floor in place, one period, and keep them within their parents.

    A grid is stretched as its parent was, so that its share stays in every draw, and then as far as that left it too
    narrow.

    Args:
        table: all draws, parents already widened.
        layer: of the period.
        row: the row its floor is read at.
        rows: rows that are stretched together.
        stretched: factor by which each region was, (draw,).
        year: horizon in years.

    Returns:
        Whether the floor binds a grid beyond what its parent's did, by grid and parent.
    """
    binds = {}
    for parent, grids in PARTS.items():
        here = {grid: table.rows(grid, layer, "demand") for grid in grids}
        known = {grid: draws for grid, draws in here.items() if draws is not None}
        whole = table.rows(parent, layer, "demand")
        if whole is None:
            continue
        for grid, draws in known.items():
            for each in rows:
                draws[each] *= stretched[parent]
            factor, bound = widen(draws[row], year)
            binds[grid, parent] = bound
            for each in rows:
                draws[each] *= factor
        if not known:
            continue
        # Far in the tail two stretches could cross. One factor for a year and its quarters, so that they still sum.
        asked = np.add.reduce([draws[row] for draws in known.values()])
        fits = np.minimum(np.float32(MOST_SHARE) * whole[row] / asked, np.float32(1.0))
        for draws in known.values():
            for each in rows:
                draws[each] *= fits
    return binds


def add_grid_firm(cells: dict[Key, Paths], anchors: Anchors, values: Values) -> dict[Key, Paths]:
    """Firm cells of the grids that have a balance, from their energy on the grid's quarters, beside the other cells."""
    quarters = range(len(anchors.grid.quarters))
    made = {}
    for grid in (PJM, ERCOT):
        energy = cells.get((grid, Layer.ENERGY))
        if energy is not None and firm_start(grid, anchors) is not None:
            made[grid, Layer.FIRM] = replace(firm(grid, energy.demand, quarters, anchors, values), binds=energy.binds)
    return cells | made


def firm_start(grid: str, anchors: Anchors) -> int | None:
    """Index of the quarter whose end growth is counted from; None where the day carries no balance.

    PJM's is the quarter its delivery year begins in, which the auction's shortfall is for; ERCOT's that of the US.
    """
    figures, calendar = anchors.grids, anchors.grid
    if grid == PJM:
        if figures.pjm is None or figures.pjm_auction is None:
            return None
        index = calendar.index_of(figures.pjm_auction.start)
        return index if 0 <= index < calendar.published_quarters else None
    if figures.ercot_peak is None or figures.ercot_organic is None:
        return None
    return calendar.index_of(firm_base(calendar))


def firm(grid: str, energy: FloatArray, quarters: Sequence[int], anchors: Anchors, values: Values) -> Paths:
    """Need, and for PJM supply, at quarters of the grid, GW accredited, (draw, quarter); NaN up to the base.

    need = (data-center peak growth + other peak growth)(1 + reserve); supply = accredited additions + its share of
    on-site power - the auction's shortfall, which a peak other than forecast makes larger or smaller.

    Args:
        grid: PJM or ERCOT.
        energy: electricity of its data centers in the quarters, TWh, (draw, quarter).
        quarters: by index of the grid, ascending; the base is one of them.
        anchors: figures.
        values: assumption draws.
    """
    calendar, figures = anchors.grid, anchors.grids
    start = firm_start(grid, anchors)
    assert start is not None  # noqa: S101 - a cell without a base is not drawn
    base = list(quarters).index(start)
    after = np.array(list(quarters)[base + 1 :], dtype=np.float32)
    years = (after - start) / QUARTERS_PER_YEAR
    average = energy * (1000 / calendar.hours[list(quarters)])
    pjm = grid == PJM
    supply: FloatArray | float = 0.0
    headroom: FloatArray | float = 0.0
    on_site: FloatArray | float = 0.0
    if pjm:
        assert figures.pjm is not None and figures.pjm_auction is not None  # noqa: S101, PT018 - it has a base
        other = np.float32(figures.pjm.growth) * (1 - values["pjm_growth_datacenter_share"])
        peak = figures.pjm.peak
        supply = spread(values["pjm_accredited_growth"], years)
        headroom = (values["pjm_peak_error"] * np.float32(peak) - np.float32(figures.pjm_auction.shortfall))[:, None]
        on_site = _on_site_since(start, after, calendar, values) * values["pjm_on_site_share"][:, None]
    else:
        assert figures.ercot_peak is not None and figures.ercot_organic is not None  # noqa: S101, PT018 - likewise
        peak = figures.ercot_peak
        other = np.full_like(values["ercot_peak_drift"], figures.ercot_organic)
    balance = firm_balance(
        average_growth=average[:, base + 1 :] - average[:, base : base + 1],
        load_factor=values["load_factor_own_peak"][:, None],
        other_peak_growth=spread(other + value_of(values, KEY[grid], "peak_drift") * np.float32(peak), years),
        reserve_margin=values["reserve_margin"][:, None],
        elcc_additions=supply,
        behind_the_meter=on_site,
        starting_headroom=headroom,
    )
    need = _after(balance.need, base, len(energy), len(quarters))
    return Paths(demand=need, supply=_after(balance.supply, base, len(energy), len(quarters)) if pjm else None)


def _after(path: FloatArray, base: int, draws: int, quarters: int) -> FloatArray:
    out = blank(draws, quarters)
    out[:, : base + 1] = np.nan
    out[:, base + 1 :] = path
    return out


def _on_site_since(start: int, after: FloatArray, calendar: Grid, values: Values) -> FloatArray:
    """On-site supply of the US delivered since a quarter's end, GW, (draw, quarter)."""
    us = calendar.index_of(firm_base(calendar))
    times = np.maximum(np.append(np.float32(start), after) - us, 0.0) / QUARTERS_PER_YEAR
    path = behind_the_meter(values, times)
    return path[:, 1:] - path[:, :1]
