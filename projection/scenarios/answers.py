"""What an evaluation says: bands under the scenario and under the base, and of their difference, draw by draw.

Every number stands beside its base value, the difference, and the probability that the difference has the sign shown.
A difference of bands is the band of the differences in the same draws, never a difference of quantiles. Of a mean, as a
probability of being short is one, the probability of the sign is that of the sampling: how sure so many draws make it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import LAYERS, DemandConcept, Layer
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Period
from projection.base import measures
from projection.base.order_statistics import quantiles_by_column
from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key
from projection.edition.differences import NOT_AFFECTED
from projection.edition.points import rounded
from projection.scenarios.evaluation import CellDraws, Evaluated

FloatArray = NDArray[np.floating[Any]]
Band = dict[str, float]


@dataclass(frozen=True)
class Compared:
    """A band under the scenario, under the base, and of the difference; ``p_sign`` is of the median difference."""

    value: Band
    base: Band
    difference: Band
    p_sign: float


@dataclass(frozen=True)
class ComparedMean:
    """A mean under the scenario and under the base, and their difference, with how sure its sign is."""

    value: float
    base: float
    difference: float
    p_sign: float


@dataclass(frozen=True)
class ComparedPoint:
    """One period; supply, gap and what is read off it are None where the cell has no supply."""

    period: str
    demand: Compared
    supply: Compared | None = None
    gap: Compared | None = None
    p_short: ComparedMean | None = None
    expected_shortfall: ComparedMean | None = None


@dataclass(frozen=True)
class ComparedCell:
    """One cell: its points, or why there are none.

    Attributes:
        effect: what the scenario does to it in words, where it does nothing.
    """

    region: str
    layer: str
    unit: str
    demand: str
    affected: bool
    effect: str | None
    points: tuple[ComparedPoint, ...]


def compare(
    evaluated: Evaluated,
    timeline: Timeline,
    *,
    demand: DemandConcept = DemandConcept.WANTED,
    periods: Sequence[Period] | None = None,
    levels: Sequence[Quantile] = DEFAULT_LEVELS,
) -> list[ComparedCell]:
    """Every cell of an evaluation.

    Args:
        evaluated: draws of both.
        timeline: of the projection.
        demand: wanted or bought.
        periods: those that are answered; every year when None. A period that a cell is not answered for is left out.
        levels: of every band.
    """
    unmoved = evaluated.unmoved
    return [
        _cell(key, evaluated, timeline, demand, periods or timeline.years, levels, affected=key not in unmoved)
        for key in evaluated.scenario
    ]


def _cell(
    key: Key,
    evaluated: Evaluated,
    timeline: Timeline,
    demand: DemandConcept,
    periods: Sequence[Period],
    levels: Sequence[Quantile],
    *,
    affected: bool,
) -> ComparedCell:
    region, layer = key
    points: list[ComparedPoint] = []
    if affected:
        sides = [_read(cell, layer, timeline) for cell in (evaluated.scenario[key], evaluated.base[key])]
        rows = DrawTable.points_of(timeline, layer)
        for period in periods:
            row = rows.get(period)
            if row is not None and not np.isnan(sides[0][demand.value][row, 0]):
                points.append(_point(period, [_at(side, demand, row) for side in sides], levels))
    effect = None if affected else NOT_AFFECTED
    unit = LAYERS[layer].unit
    return ComparedCell(region, layer.value, unit, demand.value, affected, effect, tuple(points))


def _read(cell: CellDraws, layer: Layer, timeline: Timeline) -> dict[str, FloatArray]:
    """Draws at the points that are published, (point, draw), by quantity."""
    return {name: DrawTable.read_of(timeline, layer, path) for name, path in cell.paths.items()}


def _at(side: Mapping[str, FloatArray], demand: DemandConcept, row: int) -> dict[str, FloatArray]:
    """Draws of demand, supply and gap of one point, in double precision."""
    draws = {"demand": side[demand.value][row].astype(np.float64)}
    if "supply" in side:
        draws["supply"] = side["supply"][row].astype(np.float64)
        draws["gap"] = draws["demand"] - draws["supply"]
    return draws


def _point(period: Period, sides: Sequence[Mapping[str, FloatArray]], levels: Sequence[Quantile]) -> ComparedPoint:
    scenario, base = sides
    day = period.start.isoformat()
    demand = _compared(scenario["demand"], base["demand"], levels)
    if "gap" not in scenario:
        return ComparedPoint(day, demand)
    return ComparedPoint(
        day,
        demand,
        supply=_compared(scenario["supply"], base["supply"], levels),
        gap=_compared(scenario["gap"], base["gap"], levels),
        p_short=compared_mean(*(side["gap"] > 0 for side in sides)),
        expected_shortfall=compared_mean(*(np.maximum(side["gap"], 0) for side in sides)),
    )


def _compared(scenario: FloatArray, base: FloatArray, levels: Sequence[Quantile]) -> Compared:
    difference = scenario - base
    p_sign = float(measures.sign_shared(difference[:, None])[0])
    return Compared(_band(scenario, levels), _band(base, levels), _band(difference, levels), p_sign)


def _band(draws: FloatArray, levels: Sequence[Quantile]) -> Band:
    (values,) = quantiles_by_column(draws[:, None], [float(level) for level in levels])
    return {str(level): rounded(float(value)) for level, value in zip(levels, values, strict=True)}


def compared_mean(scenario: NDArray[Any], base: NDArray[Any]) -> ComparedMean:
    """Means of the same draws of both, or chances of whether something is so."""
    mean, sure = measures.mean_and_sign(scenario, base)
    return ComparedMean(rounded(float(np.mean(scenario))), rounded(float(np.mean(base))), rounded(mean), rounded(sure))
