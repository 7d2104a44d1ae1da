"""Ratios that follow from floored demand: the share of growing generation it takes, how much of a plan it can spare."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.draw_table import DrawTable
from projection.grid import HOURS_PER_YEAR
from projection.measures import late_share
from projection.paths import Key
from projection.sharing import Share

FloatArray = NDArray[np.floating[Any]]
Row = tuple[Key, int]


def apply_ratios(table: DrawTable, share: Share) -> None:
    """Turn growth of generation into the share of it that is taken, and additions into what may be late, in place.

    The share of one year's growth is given for years alone: a quarter's is weather.

    Args:
        table: all draws, after the floor.
        share: calls a function on every item, in any order and on any thread.
    """
    hours = table.grid.hours

    def growing(place: Row) -> None:
        (region, layer), row = place
        points = table.points(layer)
        growth, base = table.rows(region, layer, "growth"), table.rows(region, layer, "base")
        demand = table.rows(region, layer, "demand")
        assert growth is not None and base is not None and demand is not None  # noqa: S101, PT018 - it has the first
        yearly = HOURS_PER_YEAR / hours[points.quarters[row]] if row < len(points.quarters) else 1.0
        growth[row] = share_of_growth(demand[row] * np.float32(yearly) - base[0], growth[row])

    def pacing(place: Row) -> None:
        (region, layer), row = place
        points = table.points(layer)
        pace, base = table.rows(region, layer, "pace"), table.rows(region, layer, "base")
        demand = table.rows(region, layer, "demand")
        assert pace is not None and base is not None and demand is not None  # noqa: S101, PT018 - it has the first
        if row < len(points.quarters):
            pace[row] = np.nan
        else:
            before = base[0] if row == len(points.quarters) else demand[row - 1]
            pace[row] = share_of_growth(demand[row] - before, pace[row])

    def adding(place: Row) -> None:
        (region, layer), row = place
        additions, supply = table.rows(region, layer, "additions"), table.rows(region, layer, "supply")
        demand = table.rows(region, layer, "demand")
        assert additions is not None and supply is not None and demand is not None  # noqa: S101, PT018 - likewise
        additions[row] = late_share(demand[row], supply[row], additions[row])

    share(growing, _rows(table, "growth"))
    share(pacing, _rows(table, "pace"))
    share(adding, _rows(table, "additions"))


def share_of_growth(taken: FloatArray, growth: FloatArray) -> FloatArray:
    """``taken / growth`` kept within 0 and 1, where 1 stands for all growth or more.

    A ratio to growth near or below zero has no size worth printing: data centers that grow where generation does not
    take all of it; those that shrink take none.
    """
    ratio = np.divide(taken, growth, out=np.ones_like(taken), where=growth > 0)
    return np.where(taken <= 0, np.zeros_like(taken), np.clip(ratio, 0.0, 1.0))


def _rows(table: DrawTable, quantity: str) -> list[Row]:
    return [
        ((region, layer), row)
        for region, layer, found in table.starts
        if found == quantity
        for row in range(table.points(layer).count)
    ]
