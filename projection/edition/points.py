"""Points of an answer: bands, chances and what stands beside them, all read off the same draws of one cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import Quantile
from data.periods.period import Period
from projection.base import measures
from projection.base.floor import NAME as FLOOR_NAME

FloatArray = NDArray[np.float64]
Band = dict[str, float]
STOCK = ("shipped", "retired", "used")
"""Draws of what a stock is made of."""
SITES = "sites"
"""The path among the routes that is supply."""
Read = Callable[[str, Sequence[Period]], FloatArray | None]
"""Draws of a quantity over periods, shape (draw, period); None where the cell carries none."""


@dataclass(frozen=True)
class Point:
    """One period of an answer. Bands are quantile level -> value; null where the figures cannot carry them.

    Attributes:
        p_above: P(gap > x) by x as a shortest decimal, for the thresholds asked for.
        p_short_by: P(short in any period of this frequency up to and including this one).
        plan_late: share of the planned additions that could be late before it is short (power).
        unconstrained: demand if halls were never full and nothing unmet (compute and power).
        routes: demand by each route alone with the log standard deviation between them (power, storage).
        stock: EB shipped and retired in the period, by the shipments route, and used at its end (storage).
    """

    period: date
    demand: Band
    supply: Band | None
    gap: Band | None
    p_short: float | None
    expected_shortfall: float | None
    p_above: Band | None
    p_short_by: float | None
    plan_late: Band | None
    unconstrained: Band | None
    floor: dict[str, Any]
    width_split: dict[str, dict[str, float]]
    share_of_growth: Band | None
    routes: dict[str, Any] | None
    stock: dict[str, Band] | None = None
    share_of_year_growth: Band | None = None


@dataclass(frozen=True)
class Selection:
    """What an answer is to hold.

    Attributes:
        first, last: any day inside the first and last period; open where None.
        levels: quantile levels of every band.
        above: thresholds of the gap, in the unit.
        narrow: H100e at 16 bit instead of 8.
        partial: the cell carries demand alone.
    """

    first: date | None
    last: date | None
    levels: Sequence[Quantile]
    above: Sequence[float]
    narrow: bool
    partial: bool


def gap_of(
    draws_of: Read, periods: Sequence[Period], selection: Selection
) -> tuple[FloatArray | None, FloatArray | None]:
    """Draws of demand and supply over periods, (draw, period) each, on the precision wanted."""
    demand = draws_of("demand", periods)
    supply = None if selection.partial else draws_of("supply", periods)
    if selection.narrow and demand is not None:
        ratio = draws_of("narrow", periods)
        demand = None if ratio is None else demand * ratio
        supply = None if supply is None or ratio is None else supply * ratio
    return demand, supply


def points(
    draws_of: Read, about: Mapping[str, Mapping[str, Any]], periods: Sequence[Period], selection: Selection
) -> list[Point]:
    """The points of a cell.

    Args:
        draws_of: gives draws.
        about: what stands beside the bands, by first day of the period.
        periods: every period the cell carries at one frequency, ascending: being short by a period counts from the
            first, whatever is asked for.
        selection: what is asked for.
    """
    chosen_periods = [
        index
        for index, period in enumerate(periods)
        if (selection.first is None or period.end >= selection.first)
        and (selection.last is None or period.start <= selection.last)
    ]
    if not chosen_periods:
        return []
    since_first = list(periods[: chosen_periods[-1] + 1])
    demand, supply = gap_of(draws_of, since_first, selection)
    if demand is None:
        return []
    gap = None if supply is None else demand - supply
    by = None if gap is None else measures.p_short_by(gap)
    within = [periods[index] for index in chosen_periods]
    beside = {name: draws_of(name, within) for name in ("share", "year_share", "unconstrained", "late", *STOCK)}
    if selection.narrow and beside["unconstrained"] is not None:
        ratio = draws_of("narrow", within)
        beside["unconstrained"] = None if ratio is None else beside["unconstrained"] * ratio
    columns = {
        "demand": demand[:, chosen_periods],
        "supply": None if supply is None else supply[:, chosen_periods],
        "gap": None if gap is None else gap[:, chosen_periods],
        **beside,
    }
    levels = [float(level) for level in selection.levels]
    keys = [str(level) for level in selection.levels]
    bands = {name: None if draws is None else np.quantile(draws, levels, axis=0) for name, draws in columns.items()}

    def band(name: str, place: int) -> Band | None:
        table = bands[name]
        return None if table is None else dict(zip(keys, map(rounded, table[:, place]), strict=True))

    rows = []
    for place, index in enumerate(chosen_periods):
        facts = about[periods[index].start.isoformat()]
        gap_draws = None if gap is None else gap[:, index : index + 1]
        rows.append(
            Point(
                period=periods[index].start,
                demand=band("demand", place) or {},
                supply=band("supply", place),
                gap=band("gap", place),
                p_short=None if gap_draws is None else rounded(measures.p_above(gap_draws, 0.0)[0]),
                expected_shortfall=None if gap_draws is None else rounded(measures.expected_shortfall(gap_draws)[0]),
                p_above=None
                if gap_draws is None or not selection.above
                else {shortest(x): rounded(measures.p_above(gap_draws, x)[0]) for x in selection.above},
                p_short_by=None if by is None else rounded(by[index]),
                plan_late=band("late", place) if gap_draws is not None else None,
                unconstrained=band("unconstrained", place),
                floor={"name": FLOOR_NAME, "binds": facts["floor_binds"]},
                width_split={k: v for k, v in facts["width_split"].items() if k == "demand" or not selection.partial},
                share_of_growth=band("share", place),
                share_of_year_growth=band("year_share", place),
                routes=_routes(facts.get("routes"), partial=selection.partial),
                stock=_stock({name: band(name, place) for name in STOCK}),
            )
        )
    return rows


def _stock(bands: dict[str, Band | None]) -> dict[str, Band] | None:
    present = {name: band for name, band in bands.items() if band is not None}
    return present or None


def _routes(routes: dict[str, Any] | None, *, partial: bool) -> dict[str, Any] | None:
    """The routes of a point; where no supply is printed, what the built capacity would draw is not printed either."""
    if routes is None or not partial:
        return routes
    return routes | {"bands": {name: band for name, band in routes["bands"].items() if name != SITES}}


def shortest(value: float) -> str:
    """A number as its shortest decimal, every digit that distinguishes it from its neighbours, no exponent.

    >>> shortest(10_000_000.0), shortest(-2.5), shortest(1234567.0)
    ('10000000', '-2.5', '1234567')
    """
    return np.format_float_positional(value, trim="-")


def rounded(value: float) -> float:
    """Six significant digits: more would be noise of ten thousand draws."""
    return float(f"{value:.6g}")
