"""Cells of single grids: a part of the region that is their parent in every draw, by up to three routes.

The share route takes a grid's share of its parent's draw (the same draw of the parent's equipment), whose odds drift:

    o[i] = s[i] / (1 - sum of s) x exp(drift[i] x years)

The operator's route begins at the same level and adds what its forecast of load says of data centers, times the share
of such forecasts that came (:mod:`features.grids.load_errors`); where use is metered, the forecast of
that series stands in its place. A third leads from the same start to the level a publisher projects of the grid itself,
where one does. A draw weights them on the log scale of the odds against the rest of the parent, so that

    share[i] = o[i] / (1 + sum of o) < 1

and the grids of one parent never exceed it. The form is the multinomial logit of market shares (McFadden 1974). Which
grids there are, and which routes each has, stands in ``features/grids/grids.toml``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from features.grids.definitions import GRIDS, PARTS, AuctionBalance, VettedForecast
from features.grids.figures import GridFigures
from projection.base.blocks import blank, spread
from projection.base.floor import widen
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key, Paths
from projection.electricity.firm import TWH_PER_AVERAGE_GW, firm_balance
from projection.electricity.us_firm import behind_the_meter, firm_base
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors

FloatArray = NDArray[np.floating[Any]]
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
        drivers: forecasts of series, those of metered use among them where training published one.
        values: assumption draws.
    """
    region_parts = Parts({}, {})
    to_average = 1000 / anchors.timeline.hours
    for parent, grids in PARTS.items():
        whole = cells[parent, Layer.ENERGY].demand * to_average
        starts = {grid: _start(anchors.grids[grid], bases[parent], anchors.timeline, values) for grid in grids}
        shares = {grid: start for grid, start in starts.items() if start is not None}
        if not shares:
            continue
        # Shares are drawn apart: where they come near the whole, the grids keep their proportions within it.
        rest = np.maximum(1 - np.add.reduce(list(shares.values())), np.float32(1 - MOST_SHARE))
        odds: dict[str, FloatArray] = {}
        direct: dict[str, dict[str, FloatArray]] = {}
        for grid, share in shares.items():
            drift = spread(value_of(values, anchors.grids[grid].grid.key, "share_drift"), anchors.timeline.mid_years)
            odds[grid] = np.exp(drift) * (share / rest)[:, None]
        left = 1 / (1 + sum(odds.values()))
        by_share = {grid: odd * left * whole for grid, odd in odds.items()}
        for grid, share in shares.items():
            average = share * bases[parent] / TWH_PER_AVERAGE_GW
            direct[grid] = _direct(anchors.grids[grid], average, by_share[grid], anchors.timeline, drivers, values)
            if not direct[grid]:
                continue
            weight = values["grid_route_weight"][:, None]
            other = _pooled(direct[grid], values) - np.log(left * whole)
            odds[grid] = np.exp(weight * np.log(odds[grid]) + (1 - weight) * other)
        left = 1 / (1 + sum(odds.values()))
        for grid, odd in odds.items():
            region_parts.cells[grid, Layer.ENERGY] = Paths(demand=odd * left * whole / to_average)
            if direct[grid]:
                apart = {BY_SHARE: by_share[grid], **direct[grid]}
                region_parts.routes[grid, Layer.ENERGY] = {name: path / to_average for name, path in apart.items()}
    return region_parts


def _start(figures: GridFigures, base: FloatArray, timeline: Timeline, values: Values) -> FloatArray | None:
    """Share of the parent's electricity in the base year, (draw,); None where the day does not know it."""
    if figures.grid.metered is None:
        return value_of(values, figures.grid.share)
    metered = figures.metered_year(timeline.base_year)
    return None if metered is None else np.minimum(np.float32(metered) / base, np.float32(MOST_SHARE))


def _direct(
    figures: GridFigures,
    average: FloatArray,
    by_share: FloatArray,
    timeline: Timeline,
    drivers: DriverDraws,
    values: Values,
) -> dict[str, FloatArray]:
    """Average draw by each route of the grid's own that the day knows, GW, (draw, quarter)."""
    growth = datacenter_growth(figures, values)
    by_operator = None
    if growth is not None:
        by_operator = average[:, None] + spread(growth * values["load_factor_own_peak"], timeline.mid_years)
    paths = {
        BY_METER: _metered(figures, by_share, timeline, drivers),
        BY_OPERATOR: by_operator,
        BY_PUBLISHER: _published(figures, average, by_share, timeline, values),
    }
    return {name: path for name, path in paths.items() if path is not None}


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
    figures: GridFigures, average: FloatArray, by_share: FloatArray, timeline: Timeline, values: Values
) -> FloatArray | None:
    """From the base year to the level a publisher projects, at one rate, then as by the share route."""
    projected, published = figures.published, figures.grid.published
    if projected is None or published is None:
        return None
    if not timeline.base_year < projected.year <= timeline.years[-1].start.year:
        return None
    years = np.float32(projected.year - timeline.base_year)
    if published.unit == "GW":
        level = np.float32(projected.value) * values["fleet_capacity_factor"]
    else:
        level = np.full_like(average, projected.value / TWH_PER_AVERAGE_GW)
    path = np.exp(spread(np.log(level / average) / years, np.minimum(timeline.mid_years, years))) * average[:, None]
    last = int(np.searchsorted(timeline.mid_years, years))
    path[:, last:] *= by_share[:, last:] / by_share[:, last : last + 1]
    return np.asarray(path)


def datacenter_growth(figures: GridFigures, values: Values) -> FloatArray | None:
    """Growth of data centers' peak that an operator's forecast amounts to, GW a year, (draw,).

    Of a forecast with requests as submitted, organic growth is taken off what came.
    """
    path = figures.forecast
    if path is None:
        return None
    if isinstance(figures.grid.forecast, VettedForecast):
        share = value_of(values, figures.grid.key, "growth_datacenter_share") * values["vetted_growth_realised"]
        return np.asarray(np.float32(path.growth) * share)
    if figures.organic is None:
        return None
    came = np.float32(path.growth) * values["submitted_growth_realised"]
    large = np.maximum(came - np.float32(figures.organic), 0.0)
    return np.asarray(large * values["large_load_datacenter_share"])


def _metered(figures: GridFigures, by_share: FloatArray, timeline: Timeline, drivers: DriverDraws) -> FloatArray | None:
    """By its own series: what is metered, what the champion forecasts, then growth as by the share route."""
    series = figures.grid.metered
    if series is None or series not in drivers.values:
        return None
    forecast = {period: step for step, period in enumerate(drivers.periods[series])}
    metered = blank(by_share.shape[0], len(timeline.quarters))
    last = None
    for index, quarter in enumerate(timeline.quarters):
        to_average = 1000 / timeline.hours[index]
        if quarter in figures.metered:
            metered[:, index] = np.float32(figures.metered[quarter]) * to_average
        elif quarter in forecast:
            metered[:, index] = drivers.values[series][:, forecast[quarter]] / GWH_PER_TWH * to_average
        elif last is None or last < QUARTERS_PER_YEAR - 1:
            return None
        else:
            year = slice(last - QUARTERS_PER_YEAR + 1, last + 1)
            ratio = metered[:, year].mean(axis=1) / by_share[:, year].mean(axis=1)
            metered[:, index:] = by_share[:, index:] * ratio[:, None]
            break
        last = index
    return metered


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
        by_grid = {grid: draws for grid, draws in here.items() if draws is not None}
        whole = table.rows(parent, layer, "demand")
        if whole is None:
            continue
        for grid, draws in by_grid.items():
            for each in rows:
                draws[each] *= stretched[parent]
            factor, bound = widen(draws[row], year)
            binds[grid, parent] = bound
            for each in rows:
                draws[each] *= factor
        if not by_grid:
            continue
        # Far in the tail two stretches could cross. One factor for a year and its quarters, so that they still sum.
        together = np.add.reduce([draws[row] for draws in by_grid.values()])
        fits = np.minimum(np.float32(MOST_SHARE) * whole[row] / together, np.float32(1.0))
        for draws in by_grid.values():
            for each in rows:
                draws[each] *= fits
    return binds


def add_grid_firm(cells: dict[Key, Paths], anchors: Anchors, values: Values) -> dict[Key, Paths]:
    """Firm cells of the grids that have a balance, from their energy by quarter, beside the other cells."""
    quarters = range(len(anchors.timeline.quarters))
    balances = {}
    for grid in (grid.region for grid in GRIDS if grid.balance is not None):
        energy = cells.get((grid, Layer.ENERGY))
        if energy is not None and firm_start(grid, anchors) is not None:
            balances[grid, Layer.FIRM] = replace(
                firm(grid, energy.demand, quarters, anchors, values), binds=energy.binds
            )
    return cells | balances


def firm_start(grid: str, anchors: Anchors) -> int | None:
    """Index of the quarter whose end growth is counted from; None where the day carries no balance.

    With auctions it is the quarter the first delivery year begins in, which its shortfall is for; else that of the US.
    """
    figures, timeline = anchors.grids[grid], anchors.timeline
    if figures.grid.balance is None or figures.other_peak is None:
        return None
    if not isinstance(figures.grid.balance, AuctionBalance):
        return timeline.index_of(firm_base(timeline))
    return next(iter(_short(grid, anchors)), None)


def _short(grid: str, anchors: Anchors) -> dict[int, float]:
    """Shortfalls of the auctions, GW, by the index of the quarter their delivery year begins in, ascending."""
    timeline = anchors.timeline
    begun = {timeline.index_of(auction.start): auction.shortfall for auction in anchors.grids[grid].auctions}
    return {index: short for index, short in sorted(begun.items()) if 0 <= index < timeline.published_quarters}


def firm(grid: str, energy: FloatArray, quarters: Sequence[int], anchors: Anchors, values: Values) -> Paths:
    """Need, and with an auction supply, at some quarters, GW accredited, (draw, quarter); NaN up to the base.

    need = (data-center peak growth + other peak growth)(1 + reserve); supply = accredited additions + its share of
    on-site power - the auction's shortfall, which a peak other than forecast makes larger or smaller. Growth and
    additions count from the quarter the first delivery year begins in; from every later one with an auction, supply
    lies below the need by what that auction's own shortfall and growth since leave.

    Args:
        grid: code of one with a balance.
        energy: electricity of its data centers in the quarters, TWh, (draw, quarter).
        quarters: by index of the timeline, ascending; the base is one of them.
        anchors: figures.
        values: assumption draws.
    """
    start, short = firm_start(grid, anchors), _short(grid, anchors)
    # A cell without a base is not drawn.
    assert start is not None  # noqa: S101 - as said
    paths = _from_base(grid, energy, quarters, anchors, values, start, short.pop(start, None))
    for later, shortfall in short.items():
        anew = _from_base(grid, energy, quarters, anchors, values, later, shortfall)
        after = list(quarters).index(later) + 1
        if paths.supply is not None and anew.supply is not None:
            paths.supply[:, after:] = (paths.demand - anew.demand + anew.supply)[:, after:]
    return paths


def _from_base(
    grid: str,
    energy: FloatArray,
    quarters: Sequence[int],
    anchors: Anchors,
    values: Values,
    start: int,
    shortfall: float | None,
) -> Paths:
    # The balance counted from the end of one quarter; without a shortfall there is no supply.
    timeline, figures = anchors.timeline, anchors.grids[grid]
    power, balance = figures.grid, figures.grid.balance
    assert balance is not None and figures.other_peak is not None  # noqa: S101, PT018 - firm_start has looked
    base = list(quarters).index(start)
    after = np.array(list(quarters)[base + 1 :], dtype=np.float32)
    years = (after - start) / QUARTERS_PER_YEAR
    average = energy * (1000 / timeline.hours[list(quarters)])
    peak, growth = figures.other_peak
    drift = value_of(values, power.key, "peak_drift")
    other = np.full_like(drift, growth)
    if isinstance(power.forecast, VettedForecast):
        other = np.float32(growth) * (1 - value_of(values, power.key, "growth_datacenter_share"))
    supply: FloatArray | float = 0.0
    headroom: FloatArray | float = 0.0
    on_site: FloatArray | float = 0.0
    if shortfall is not None:
        supply = spread(value_of(values, power.key, "accredited_growth"), years)
        strayed = value_of(values, power.key, "peak_error") * np.float32(peak)
        headroom = (strayed - np.float32(shortfall))[:, None]
        on_site = _on_site_since(start, after, timeline, values) * value_of(values, power.key, "on_site_share")[:, None]
    grid_balance = firm_balance(
        average_growth=average[:, base + 1 :] - average[:, base : base + 1],
        load_factor=values["load_factor_own_peak"][:, None],
        other_peak_growth=spread(other + drift * np.float32(peak), years),
        reserve_margin=value_of(values, balance.reserve_margin)[:, None],
        elcc_additions=supply,
        behind_the_meter=on_site,
        starting_headroom=headroom,
    )
    need, accredited = (
        _after(path, base, len(energy), len(quarters)) for path in (grid_balance.need, grid_balance.supply)
    )
    return Paths(demand=need, supply=None if shortfall is None else accredited)


def _after(path: FloatArray, base: int, draws: int, quarters: int) -> FloatArray:
    after = blank(draws, quarters)
    after[:, : base + 1] = np.nan
    after[:, base + 1 :] = path
    return after


def _on_site_since(start: int, after: FloatArray, timeline: Timeline, values: Values) -> FloatArray:
    """On-site supply of the US delivered since a quarter's end, GW, (draw, quarter)."""
    us = timeline.index_of(firm_base(timeline))
    times = np.maximum(np.append(np.float32(start), after) - us, 0.0) / QUARTERS_PER_YEAR
    path = behind_the_meter(values, times, timeline)
    return path[:, 1:] - path[:, :1]
