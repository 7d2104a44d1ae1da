"""Cells of single grids: a part of the region that is their parent in every draw, by up to three routes.

The share route takes a grid's share of its parent's draw (the same draw of the parent's equipment), whose odds drift:

    o[i] = s[i] / (1 - sum of s) x exp(drift[i] x faded years)

The operator's route begins at the same level and adds what its forecast of load says of data centers, times the share
of such forecasts that came (:mod:`features.grids.load_errors`); where use is metered, the forecast of
that series stands in its place. A third leads from the same start to the level a publisher projects of the grid itself,
where one does. A draw weights them on the log scale of the odds against the rest of the parent, so that

    share[i] = o[i] / (1 + sum of o) < 1

and the grids of one parent never exceed it. The form is the multinomial logit of market shares (McFadden 1974). Which
grids there are, and which routes each has, stands in ``features/grids/grids.toml``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from features.grids.definitions import PARTS, VettedForecast
from features.grids.figures import GridFigures
from projection.base.blocks import blank, faded_years, spread
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.paths import Key, Paths
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.electricity.grid_firm import firm, firm_start
from projection.electricity.us_firm import Peaks
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.sites.buildout import Additions

FloatArray = NDArray[np.floating[Any]]
BY_SHARE, BY_OPERATOR, BY_METER, BY_PUBLISHER = "share", "operator", "metered", "published"
MOST_SHARE = 0.9
"""Of a parent, that its grids take; a guard for draws of the parent near or below what is metered in a part of it."""
LEAST_DIRECT = 1e-3
"""GW; the log of a route needs a positive draw."""
GWH_PER_TWH = 1000.0


@dataclass(frozen=True)
class Parts:
    """Energy, and where there is a balance firm power, of the grids of all parents.

    Attributes:
        cells: by grid and layer, (draw, quarter).
        routes: energy by each route alone, TWh a quarter, before the model error, by grid that has more than one.
    """

    cells: dict[Key, Paths]
    routes: dict[Key, dict[str, FloatArray]]


@dataclass(frozen=True)
class Whole:
    """A region that grids are parts of, (draw, quarter) unless said otherwise.

    Attributes:
        energy, power: its cells.
        routed: average draw by the routes, before the model error, GW.
        peaks: facility peak.
        shell: halls built, GW at the ends, (draw, 1 + quarter); planned: what of it is planned today.
        base_twh: electricity of the base year, TWh, (draw,).
        average_over_nameplate: of the base year, (draw,).
    """

    energy: Paths
    power: Paths
    routed: FloatArray
    peaks: Peaks
    shell: FloatArray
    planned: Additions
    base_twh: FloatArray
    average_over_nameplate: FloatArray


def parts(wholes: Mapping[str, Whole], anchors: Anchors, drivers: DriverDraws, values: Values) -> Parts:
    """Every grid whose level the day knows: its share of what the routes give its parent, of the parent's demand.

    Args:
        wholes: by region; every parent is among them.
        anchors: figures.
        drivers: forecasts of series, those of metered use among them where training published one.
        values: assumption draws.
    """
    region_parts = Parts({}, {})
    to_average = 1000 / anchors.timeline.hours
    for parent, grids in PARTS.items():
        region = wholes[parent]
        whole, energy = region.routed, region.energy
        starts = {grid: _start(anchors.grids[grid], region.base_twh, anchors.timeline, values) for grid in grids}
        shares = {grid: start for grid, start in starts.items() if start is not None}
        if not shares:
            continue
        # Shares are drawn apart: where they come near the whole, the grids keep their proportions within it.
        rest = np.maximum(1 - np.add.reduce(list(shares.values())), np.float32(1 - MOST_SHARE))
        # A share does not drift away for ever: the drift fades as the boom that moves it does.
        drifting = faded_years(values["growth_half_life_years"], anchors.timeline.mid_years)
        odds: dict[str, FloatArray] = {}
        direct: dict[str, dict[str, FloatArray]] = {}
        for grid, share in shares.items():
            drift = value_of(values, anchors.grids[grid].grid.key, "share_drift")[:, None] * drifting
            odds[grid] = np.exp(drift) * (share / rest)[:, None]
        left = 1 / (1 + sum(odds.values()))
        by_share = {grid: odd * left * whole for grid, odd in odds.items()}
        for grid, share in shares.items():
            average = share * region.base_twh / TWH_PER_AVERAGE_GW
            direct[grid] = _direct(
                anchors.grids[grid], average, by_share[grid], region, anchors.timeline, drivers, values
            )
            if not direct[grid]:
                continue
            weight = values["grid_route_weight"][:, None]
            other = _pooled(direct[grid], values) - np.log(left * whole)
            odds[grid] = np.exp(weight * np.log(odds[grid]) + (1 - weight) * other)
        left = 1 / (1 + sum(odds.values()))
        together = rest + np.add.reduce(list(shares.values()))
        located = {grid: _halls(share / together, odds[grid] * left, region, grid) for grid, share in shares.items()}
        halls = {grid: part for grid, part in located.items() if part is not None}
        # Sites elsewhere that give power back could leave their grids more than there is.
        most = np.maximum(np.add.reduce(list(halls.values())), np.float32(1)) if halls else np.ones(1, np.float32)
        for grid, odd in odds.items():
            share = odd * left
            power = region.power
            if grid in halls and power.bought is not None and power.supply is not None:
                region_parts.cells[grid, Layer.POWER] = Paths(
                    wanted=share * power.wanted, bought=share * power.bought, supply=halls[grid] / most * power.supply
                )
            region_parts.cells[grid, Layer.ENERGY] = Paths(
                wanted=share * energy.wanted, bought=None if energy.bought is None else share * energy.bought
            )
            if firm_start(grid, anchors) is not None:
                region_parts.cells[grid, Layer.FIRM] = firm(grid, region.peaks.times(share), anchors, values)
            if direct[grid]:
                apart = {BY_SHARE: by_share[grid], **direct[grid]}
                region_parts.routes[grid, Layer.ENERGY] = {name: path / to_average for name, path in apart.items()}
    return region_parts


def _halls(base: FloatArray, share: FloatArray, region: Whole, grid: str) -> FloatArray | None:
    """Part of the parent's halls that stands in a grid, (draw, quarter); None where its halls are not located.

    Of what stood at the end of the base year and of what is planned at no tracked site it has its share of the base
    year, (draw,); tracked sites stand where they stand; and of what is started later it has its share of demand,
    (draw, quarter). It is fed as the parent's halls are.
    """
    if grid not in region.planned.tracked:
        return None
    planned = region.planned
    later = np.maximum(region.shell - region.shell[:, :1] - planned.total, np.float32(0))[:, 1:]
    halls = (
        base[:, None] * (region.shell[:, :1] + planned.untracked[:, 1:]) + planned.tracked[grid][:, 1:] + share * later
    )
    return np.asarray(np.maximum(halls, np.float32(0)) / region.shell[:, 1:])


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
    region: Whole,
    timeline: Timeline,
    drivers: DriverDraws,
    values: Values,
) -> dict[str, FloatArray]:
    """Average draw by each route of the grid's own that the day knows, GW, (draw, quarter)."""
    growth = forecast_growth(figures, timeline, values)
    by_operator = None if growth is None else average[:, None] + growth
    paths = {
        BY_METER: _metered(figures, by_share, timeline, drivers),
        BY_OPERATOR: by_operator,
        BY_PUBLISHER: _published(figures, average, by_share, region, timeline),
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
    figures: GridFigures, average: FloatArray, by_share: FloatArray, region: Whole, timeline: Timeline
) -> FloatArray | None:
    """From the base year to the level a publisher projects, at one rate, then as by the share route."""
    projected, published = figures.published, figures.grid.published
    if projected is None or published is None:
        return None
    if not timeline.base_year < projected.year <= timeline.years[-1].start.year:
        return None
    years = np.float32(projected.year - timeline.base_year)
    if published.unit == "GW":
        level = np.float32(projected.value) * region.average_over_nameplate
    else:
        level = np.full_like(average, projected.value / TWH_PER_AVERAGE_GW)
    path = np.exp(spread(np.log(level / average) / years, np.minimum(timeline.mid_years, years))) * average[:, None]
    last = int(np.searchsorted(timeline.mid_years, years))
    path[:, last:] *= by_share[:, last:] / by_share[:, last : last + 1]
    return np.asarray(path)


def forecast_growth(figures: GridFigures, timeline: Timeline, values: Values) -> FloatArray | None:
    """Average draw of data centers that comes of an operator's forecast since the middle of the base year, GW.

    Shape (draw, quarter). Of a forecast with requests as submitted, organic growth is taken off what came; one that is
    vetted is moved by the editions to come as far as past ones were.
    """
    forecast = figures.grid.forecast
    if isinstance(forecast, VettedForecast):
        if not figures.large_loads:
            return None
        added = figures.large_load_growth(timeline.base_year, timeline.mid_years)
        in_twh = forecast.large_loads.unit == "TWh"
        to_average = 1 / TWH_PER_AVERAGE_GW if in_twh else values["load_factor_ai"]
        growth = spread(to_average * values["vetted_growth_realised"], added)
        if figures.revisions is not None:
            ahead = timeline.base_year + timeline.mid_years - min(figures.large_loads)
            growth *= np.exp(spread(values["vetted_growth_revision"], figures.revisions.at(ahead)))
        return growth
    if figures.forecast is None or figures.organic is None:
        return None
    came = np.float32(figures.forecast.growth) * values["submitted_growth_realised"]
    large = np.maximum(came - np.float32(figures.organic), 0.0)
    return spread(values["load_factor_ai"] * large * values["large_load_datacenter_share"], timeline.mid_years)


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
