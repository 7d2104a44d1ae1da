"""Published columns of draws from whole paths, (draw, quarter)."""

import numpy as np
from numpy.typing import NDArray

from data.layers import LAYERS, DemandConcept, Layer, Status, Timing
from projection.cells import VERDICTS
from projection.draw_table import FLOWS
from projection.editions import column
from projection.grid import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Grid
from projection.measures import late_share
from projection.paths import Key, Paths

FloatArray = NDArray[np.float64]
APART = (Layer.COMPUTE, Layer.POWER)
"""Layers whose unconstrained form is published beside the answer."""


def columns(key: Key, paths: Paths, grid: Grid) -> dict[str, FloatArray]:
    """Columns of draws of one cell: quarters of the first five years and every year, (draw,) each.

    Years of a stock are their last quarter; years of a flow are the sum of their quarters.
    """
    region, layer = key
    out: dict[str, FloatArray] = {}
    total = LAYERS[layer].timing is Timing.TOTAL
    pairs = {"demand": _periods(paths.demand, total=total), "share": _shares(paths, grid)}
    pairs["year_share"] = _year_shares(paths)
    if layer in APART and paths.unconstrained is not None:
        pairs["unconstrained"] = _periods(paths.unconstrained, total=total)
    pairs |= _disks(paths)
    if paths.narrow is not None:
        pairs["narrow"] = _periods(paths.narrow, total=False)
    if paths.huawei is not None:
        pairs["huawei"] = _periods(paths.huawei, total=False)
    if paths.supply is not None and VERDICTS[key].status is not Status.PARTIAL:
        pairs["supply"] = _periods(paths.supply, total=total)
        if paths.additions is not None:
            pairs["late"] = _periods(late_share(paths.demand, paths.supply, paths.additions), total=False)
    for quantity, pair in pairs.items():
        if pair is not None:
            quarterly, yearly = pair
            for index in range(grid.published_quarters):
                out[column(region, layer, quantity, grid.quarters[index])] = quarterly[:, index]
            for index, year in enumerate(grid.years):
                out[column(region, layer, quantity, year)] = yearly[:, index]
    return {name: draws for name, draws in out.items() if not np.isnan(draws).any()}


def _disks(paths: Paths) -> dict[str, tuple[FloatArray, FloatArray] | None]:
    named = {name: getattr(paths, name) for name in ("used", *FLOWS)}
    return {name: _periods(path, total=name in FLOWS) for name, path in named.items() if path is not None}


def _periods(draws: FloatArray, *, total: bool) -> tuple[FloatArray, FloatArray]:
    """The same draws by quarter and by year: a flow's year is its sum, a stock's its last quarter."""
    if total:
        return draws, draws.reshape(draws.shape[0], -1, QUARTERS_PER_YEAR).sum(axis=2)
    return draws, draws[:, QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR]


def _shares(paths: Paths, grid: Grid) -> tuple[FloatArray, FloatArray] | None:
    """Share of generation growth since the base year that data centers take, by quarter and by year."""
    if paths.growth is None or paths.base is None:
        return None
    base = paths.base[:, None]
    shape = (paths.demand.shape[0], -1, QUARTERS_PER_YEAR)
    demand, growth = paths.demand.reshape(shape).sum(axis=2), paths.growth.reshape(shape).mean(axis=2)
    quarterly = share_of_growth(paths.demand * HOURS_PER_YEAR / grid.hours - base, paths.growth)
    return quarterly, share_of_growth(demand - base, growth)


def _year_shares(paths: Paths) -> tuple[FloatArray, FloatArray] | None:
    """Share of the growth of generation over the year before that data centers take; no quarter has one."""
    if paths.growth is None or paths.base is None:
        return None
    shape = (paths.demand.shape[0], -1, QUARTERS_PER_YEAR)
    demand, growth = paths.demand.reshape(shape).sum(axis=2), paths.growth.reshape(shape).mean(axis=2)
    taken, grown = np.diff(demand, axis=1, prepend=paths.base[:, None]), np.diff(growth, axis=1, prepend=0.0)
    return np.full_like(paths.demand, np.nan), share_of_growth(taken, grown)


def share_of_growth(taken: FloatArray, growth: FloatArray) -> FloatArray:
    """``taken / growth`` kept within 0 and 1, where 1 stands for all growth or more.

    A ratio to growth near or below zero has no size worth printing: data centers that grow where generation does not
    take all of it; those that shrink take none.
    """
    ratio = np.divide(taken, growth, out=np.ones_like(taken), where=growth > 0)
    return np.where(taken <= 0, 0.0, np.clip(ratio, 0.0, 1.0))


def concept_columns(
    region: str, layer: Layer, concept: DemandConcept, paths: Paths, grid: Grid
) -> dict[str, FloatArray]:
    """Demand of a concept by quarter and by year; its supply is the cell's own."""
    quarterly, yearly = _periods(paths.demand, total=LAYERS[layer].timing is Timing.TOTAL)
    quarters = enumerate(grid.quarters[: grid.published_quarters])
    named = {column(region, layer, concept.value, period): quarterly[:, index] for index, period in quarters}
    return named | {
        column(region, layer, concept.value, year): yearly[:, index] for index, year in enumerate(grid.years)
    }
