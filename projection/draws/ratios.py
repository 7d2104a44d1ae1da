"""Ratios that follow from floored demand: the share of growing generation it takes, how much of a plan it can spare."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Period
from projection.base.measures import late_share
from projection.base.timeline import HOURS_PER_YEAR
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key

FloatArray = NDArray[np.floating[Any]]
Place = tuple[Key, Period]
"""A cell and a period of it."""


def apply_ratios(table: DrawTable) -> None:
    """Turn growth of generation into the share of it that is taken, and additions into what may be late, in place.

    The share of one year's growth is given for years alone: a quarter's is weather.

    Args:
        table: all draws, after the floor.
    """
    timeline = table.timeline
    yearly = {quarter: HOURS_PER_YEAR / hours for quarter, hours in zip(timeline.quarters, timeline.hours, strict=True)}

    def growing(place: Place) -> None:
        growth, demand, base = (_row(table, place, quantity) for quantity in ("growth", "demand", "base"))
        growth[:] = share_of_growth(demand * np.float32(yearly.get(place[1], 1.0)) - base, growth)

    def pacing(place: Place) -> None:
        key, year = place
        pace, demand = _row(table, place, "pace"), _row(table, place, "demand")
        first = year == timeline.years[0]
        before = _row(table, place, "base") if first else _row(table, (key, year.shift(-1)), "demand")
        pace[:] = share_of_growth(demand - before, pace)

    def adding(place: Place) -> None:
        additions, demand, supply = (_row(table, place, quantity) for quantity in ("additions", "demand", "supply"))
        additions[:] = late_share(demand, supply, additions)

    for work, quantity in ((growing, "growth"), (pacing, "pace"), (adding, "additions")):
        for place in _places(table, quantity):
            work(place)


def share_of_growth(increase: FloatArray, growth: FloatArray) -> FloatArray:
    """``taken / growth`` kept within 0 and 1, where 1 stands for all growth or more.

    A ratio to growth near or below zero has no size worth printing: data centers that grow where generation does not
    take all of it; those that shrink take none.
    """
    ratio = np.divide(increase, growth, out=np.ones_like(increase), where=growth > 0)
    return np.where(increase <= 0, np.zeros_like(increase), np.clip(ratio, 0.0, 1.0))


def _places(table: DrawTable, quantity: str) -> list[Place]:
    """Every row of a quantity by one of its periods: the level at a year's end is that of its last quarter."""
    return [
        ((region, layer), period)
        for region, layer, name in table.starts
        if name == quantity
        for period in {row: period for period, row in table.points(layer, quantity).of.items()}.values()
    ]


def _row(table: DrawTable, place: Place, quantity: str) -> FloatArray:
    """Draws of a quantity in a period, (draw,), in place; those of the base year have no period."""
    (region, layer), period = place
    rows = table.rows(region, layer, quantity)
    assert rows is not None  # noqa: S101 - it is one of the places
    return np.asarray(rows[0 if quantity == "base" else table.points(layer, quantity).of[period]])
