"""What an attribution says: a difference and the part of each group of drivers, what binds, and the tornado.

The parts of a quantity sum to its difference. Of a median the difference is that of the medians, which is what the
parts share, and not the median of the differences. The probability of a sign is, of a mean, how sure so many draws make
it, and of a median the share of draws in which the part of the gap has the sign shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import LAYERS
from projection.base.measures import sure_of_sign
from projection.edition.differences import NOT_AFFECTED
from projection.scenarios.answers import ComparedMean, compared_mean
from projection.scenarios.attribution.coalitions import Cell, CoalitionDraws, Difference
from projection.scenarios.attribution.groups import groups
from projection.scenarios.attribution.quantities import Quantity
from projection.scenarios.attribution.shapley import shapley
from projection.scenarios.attribution.tornado import Tornado

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Part:
    """What one group of drivers makes of a difference."""

    group: str
    value: float
    p_sign: float


@dataclass(frozen=True)
class Bar:
    """A quantity of the base with one assumption at the ends of its 80 % band; ``low`` and ``high`` are in its unit."""

    assumption: str
    unit: str
    low: float
    high: float
    at_low: float
    at_high: float
    rank_correlation: float


@dataclass(frozen=True)
class Split:
    """One quantity of one period: the difference, its parts, and the tornado of the base, largest first.

    Attributes:
        base: of the edition, on the draws of the tornado; None where there is none.
    """

    quantity: Quantity
    value: float
    against: float
    difference: float
    p_sign: float
    parts: tuple[Part, ...]
    base: float | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class AttributedPoint:
    """One period; ``binding`` is the share of draws each limit binds in, None where limits are not told apart."""

    period: str
    quantities: tuple[Split, ...]
    binding: Mapping[str, ComparedMean] | None


@dataclass(frozen=True)
class Group:
    """A group in which the scenarios differ: the assumptions overridden, and whether they move the cell at all."""

    group: str
    title: str
    words: str
    assumptions: tuple[str, ...]
    effect: str | None


@dataclass(frozen=True)
class Attribution:
    """The answer for one cell."""

    region: str
    layer: str
    unit: str
    demand: str
    draws: int
    groups: tuple[Group, ...]
    points: tuple[AttributedPoint, ...]


def attribute(cell: Cell, difference: Difference, draws: CoalitionDraws, bars: Tornado | None = None) -> Attribution:
    """Split every quantity of every period between the groups in which two scenarios differ."""
    region, layer = cell.key
    points = tuple(
        AttributedPoint(
            period.start.isoformat(),
            tuple(_split(one, difference, draws.gaps[:, place], bars, place) for one in Quantity),
            None
            if draws.binding is None
            else {name: compared_mean(sides[1, place], sides[0, place]) for name, sides in draws.binding.items()},
        )
        for place, period in enumerate(cell.periods)
    )
    described = tuple(_group(bit, name, difference, draws) for bit, name in enumerate(difference.groups))
    count, unit = draws.gaps.shape[-1], LAYERS[layer].unit
    return Attribution(region, layer.value, unit, cell.demand.value, count, described, points)


def _split(quantity: Quantity, difference: Difference, gaps: FloatArray, bars: Tornado | None, place: int) -> Split:
    by_draw = quantity.by_draw(gaps)
    values = quantity.over(by_draw)
    whole = float(values[-1] - values[0])
    parts = zip(difference.groups, shapley(values), shapley(by_draw), strict=True)
    return Split(
        quantity,
        value=float(values[-1]),
        against=float(values[0]),
        difference=whole,
        p_sign=_p_sign(quantity, whole, by_draw[-1] - by_draw[0]),
        parts=tuple(Part(name, float(part), _p_sign(quantity, part, of_draws)) for name, part, of_draws in parts),
        base=None if bars is None else _of_gap(quantity, bars.gap[place]),
        bars=() if bars is None else _bars(quantity, bars, place),
    )


def _p_sign(quantity: Quantity, value: float, by_draw: FloatArray) -> float:
    """How sure the sign of a difference is, or the share of draws that have it."""
    if quantity is Quantity.MEDIAN_GAP:
        return float(np.mean(np.sign(by_draw) == np.sign(value)))
    return sure_of_sign(by_draw)


def _bars(quantity: Quantity, bars: Tornado, place: int) -> tuple[Bar, ...]:
    rows = [
        Bar(
            one.assumption,
            one.unit,
            one.low,
            one.high,
            at_low=_of_gap(quantity, one.at_low[place]),
            at_high=_of_gap(quantity, one.at_high[place]),
            rank_correlation=one.correlation,
        )
        for one in bars.moved
    ]
    return tuple(sorted(rows, key=lambda bar: -abs(bar.at_high - bar.at_low)))


def _of_gap(quantity: Quantity, gap: FloatArray) -> float:
    return float(quantity.over(quantity.by_draw(gap)))


def _group(bit: int, name: str, difference: Difference, draws: CoalitionDraws) -> Group:
    without = [number for number in range(len(draws.gaps)) if not number >> bit & 1]
    moves = any(not np.array_equal(draws.gaps[number], draws.gaps[number | 1 << bit]) for number in without)
    group = groups()[name]
    assumptions = tuple(sorted(difference.changed(name)))
    return Group(name, group.title, group.words, assumptions, None if moves else NOT_AFFECTED)
