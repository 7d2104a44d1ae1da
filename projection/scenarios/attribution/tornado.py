"""A tornado: assumptions one at a time, each moved to the ends of its own 80 % band, every other number as it was.

The base is evaluated again for each end, on its own random numbers. Which assumptions are moved is found by a screening
that costs nothing: the rank correlation of their draws with the gap. An assumption that matters in both directions at
once, which has no rank correlation, may be missed by it. What a forecast or the model itself may err by is no
assumption, and is not moved.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.edition.points import rounded
from projection.inputs.distributions import Z90, Fixed, between
from projection.inputs.overrides import Change, Override, Scenario
from projection.scenarios.attribution.coalitions import Cell
from projection.scenarios.attribution.quantities import MOST_MOVED
from projection.scenarios.evaluation import BaseDraws

FloatArray = NDArray[np.floating[Any]]
ALONE = "one at a time"


@dataclass(frozen=True)
class Moved:
    """The base with one assumption at either end of its 80 % band.

    Attributes:
        low, high: the ends, in the unit.
        correlation: with the gap, by ranks over draws, of the period where it is largest.
        at_low, at_high: the gap there, (period, draw).
    """

    assumption: str
    unit: str
    low: float
    high: float
    correlation: float
    at_low: FloatArray
    at_high: FloatArray


@dataclass(frozen=True)
class Tornado:
    """The gap of the base, (period, draw), and with assumptions moved."""

    gap: FloatArray
    moved: tuple[Moved, ...]


def tornado(base: BaseDraws, cell: Cell, *, count: int) -> Tornado:
    """Move the assumptions that go along with the gap most, on the draws of a preview.

    Args:
        base: of an edition.
        cell: whose gap is asked about.
        count: how many are moved, at most :data:`MOST_MOVED`.
    """
    part = base.part(0)
    gap = cell.gap(part.cell(cell.key))
    assumptions = base.model_inputs.assumptions.items
    candidates = sorted(name for name in part.reads(cell.key) if not isinstance(assumptions[name].spec, Fixed))
    correlations = _rank_correlations(np.stack([part.numbers.latent[name] for name in candidates]), gap)
    largest = correlations[np.arange(len(candidates)), np.abs(correlations).argmax(axis=1)]
    chosen = sorted(zip(candidates, largest, strict=True), key=lambda one: -abs(one[1]))[: min(count, MOST_MOVED)]
    moved = []
    for name, correlation in chosen:
        low, high = (rounded(end) for end in between(assumptions[name].spec, Z90))
        at_low, at_high = _gaps(base, cell, name, (low, high))
        moved.append(Moved(name, assumptions[name].unit, low, high, float(correlation), at_low, at_high))
    return Tornado(gap, tuple(moved))


def _gaps(base: BaseDraws, cell: Cell, name: str, values: Sequence[float]) -> Iterator[FloatArray]:
    """The gap with an assumption at each of some values."""
    for value in values:
        override = Override(name, Change.SET, Fixed(distribution="fixed", value=value), ALONE)
        run = base.run(Scenario(ALONE, (override,)), beside=base.part(0), changed={name})
        yield cell.gap(run.cell(cell.key))


def _rank_correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    """Spearman's rank correlation of each row of one with each row of the other, both (row, draw)."""
    ranks = [rows.argsort(axis=1).argsort(axis=1).astype(np.float64) for rows in (first, second)]
    centred = [(rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True) for rows in ranks]
    return np.asarray(centred[0] @ centred[1].T / first.shape[1])
