"""Widening: demand in the table of draws is stretched to the expert floor, in place.

First one common factor for all regions, that of their sum, so that WORLD reaches its floor and stays their sum in every
draw; then each region by itself, as far as that left it too narrow. The other way round, regions that had reached their
own floor would be stretched again for WORLD's. Every point of a stock and every year of a flow stands alone: quarters
of a year are stretched together, so that they still sum to it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.floor import widen
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.draw_table import DrawTable
from projection.cells.paths import WORLD, Key
from projection.electricity.grids import widen_parts
from projection.model.chips import REGIONS
from projection.model.engine import SUMMED

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
Rows = tuple[int, ...]
Period = tuple[Layer, int, Rows]
"""A layer, the row its floor is read at, and the rows of the same period that are stretched with it."""


def apply_floor(table: DrawTable) -> dict[Key, BoolArray]:
    """Widen every cell's demand, with its unconstrained form and what is used of it.

    Returns:
        Where the floor binds, (quarter,), by cell.

    Args:
        table: all draws.
    """
    timeline = table.timeline
    years = timeline.years_after(timeline.base)
    binds = {
        (region, layer): np.zeros(len(timeline.quarters), dtype=np.bool_)
        for region, layer, quantity in table.places
        if quantity == "demand"
    }

    def one(period: Period) -> None:
        layer, row, rows = period
        points = table.points(layer)
        if row < len(points.quarters):
            quarters = [points.quarters[row]]
        else:
            first = QUARTERS_PER_YEAR * points.years[row - len(points.quarters)]
            quarters = list(range(first, first + QUARTERS_PER_YEAR))
        horizon = years[quarters[-1]]
        regions = [region for region in REGIONS if (region, layer, "demand") in table.places]
        parts = [_of(table, region, layer)[row] for region in regions] or [_of(table, WORLD, layer)[row]]
        before = np.add.reduce(parts)
        common, bound = widen(before, horizon)
        binds[WORLD, layer][quarters] = bound
        if not regions:
            _scale(table, WORLD, layer, rows, common)
            return
        after = np.zeros_like(before)
        stretched = {}
        for region in regions:
            _scale(table, region, layer, rows, common)
            demand = _of(table, region, layer)[row]
            factor, own_factor = widen(demand, horizon)
            binds[region, layer][quarters] = own_factor or bound
            _scale(table, region, layer, rows, factor)
            after += demand
            stretched[region] = common * factor
        _sum_up(table, layer, rows, regions, unconstrained=after / before)
        for (grid, parent), own_factor in widen_parts(table, layer, row, rows, stretched, horizon).items():
            binds[grid, layer][quarters] = own_factor or binds[parent, layer][quarters[0]]

    for layer in (*SUMMED, Layer.STORAGE):
        for period in _periods(table, layer):
            one(period)
    return binds


def _periods(table: DrawTable, layer: Layer) -> list[Period]:
    if (WORLD, layer, "demand") not in table.places:
        return []
    points = table.points(layer)
    if not points.years:
        return [(layer, row, (row,)) for row in range(points.count)]
    columns = []
    for year in points.years:
        end = len(points.quarters) + year
        within = [row for row, quarter in enumerate(points.quarters) if quarter // QUARTERS_PER_YEAR == year]
        columns.append((layer, end, (*within, end)))
    return columns


def _of(table: DrawTable, region: str, layer: Layer) -> FloatArray:
    rows = table.rows(region, layer, "demand")
    assert rows is not None  # noqa: S101 - its place was looked up
    return rows


def _scale(table: DrawTable, region: str, layer: Layer, rows: Rows, factor: FloatArray) -> None:
    for quantity in ("demand", "unconstrained", "used"):
        draws = table.rows(region, layer, quantity)
        if draws is not None:
            for row in rows:
                draws[row] *= factor


def _sum_up(table: DrawTable, layer: Layer, rows: Rows, regions: list[str], *, unconstrained: FloatArray) -> None:
    world, apart = _of(table, WORLD, layer), table.rows(WORLD, layer, "unconstrained")
    for row in rows:
        world[row] = _of(table, regions[0], layer)[row]
        for region in regions[1:]:
            world[row] += _of(table, region, layer)[row]
        if apart is not None:
            apart[row] *= unconstrained
