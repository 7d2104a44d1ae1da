"""The difference between two editions, split by what they were made from.

What can be changed back is: figures, models and draws that are still at hand. The base is drawn again, by the code of
today, for every choice of the causes whose later state is taken, and the causes share the difference of these as
players do (:mod:`projection.scenarios.attribution.shapley`). What is left lies between what was published and what is
drawn again now: of code and assumptions, whose former state is not at hand. Parts and rest sum to the difference. Draws
are conditioned on the figures of each choice, so they are not common: the parts carry the noise of their number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept
from data.periods.period import Period
from projection.cells.paths import Key
from projection.scenarios.attribution.coalitions import Cell
from projection.scenarios.attribution.quantities import Quantity
from projection.scenarios.attribution.shapley import shapley
from projection.scenarios.evaluation import BaseDraws
from projection.simulate.conditioning import condition
from projection.simulate.model_inputs import ModelInputs

FloatArray = NDArray[np.floating[Any]]
Again = Callable[[frozenset[str]], FloatArray]
"""The gap, (period, draw), drawn again with the later state of some causes and the former of the rest."""


@dataclass(frozen=True)
class EditionSplit:
    """One quantity of one period in two editions.

    Attributes:
        parts: by cause, or by causes that cannot be told apart.
    """

    period: str
    quantity: Quantity
    before: float
    after: float
    parts: Mapping[str, float]

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


def gap_again(
    model_inputs: ModelInputs, key: Key, demand: DemandConcept, periods: Sequence[Period], *, seed: int, draws: int
) -> FloatArray:
    """The gap of a base that is conditioned and drawn again, (period, draw); raises as :meth:`Cell.of`."""
    positions = condition(model_inputs, seed=seed, draws=draws).positions
    base = BaseDraws(model_inputs, seed=seed, draws=draws, positions=positions)
    cell = Cell.of(base, key, demand, periods)
    return np.concatenate([cell.gap(base.part(place).cell(key)) for place in range(base.parts)], axis=-1)


def split_editions(
    periods: Sequence[Period],
    before: FloatArray,
    after: FloatArray,
    *,
    causes: Sequence[str],
    rest: str,
    again: Again | None,
) -> list[EditionSplit]:
    """Every quantity of every period, by cause.

    Args:
        periods: that both were published for.
        before: the gap as it was published earlier, (period, draw).
        after: as it was published later.
        causes: that can be changed back.
        rest: what is between what was published and what is drawn again.
        again: draws the base again; None where nothing can be, so that all of the difference is the rest's.
    """
    games = [] if again is None else [again(frozenset(chosen)) for chosen in _choices(causes)]
    return [
        _split(quantity, period, before[place], after[place], [gap[place] for gap in games], causes, rest)
        for place, period in enumerate(periods)
        for quantity in Quantity
    ]


def _split(
    quantity: Quantity,
    period: Period,
    before: FloatArray,
    after: FloatArray,
    games: Sequence[FloatArray],
    causes: Sequence[str],
    rest: str,
) -> EditionSplit:
    first, last = _value(quantity, before), _value(quantity, after)
    parts: dict[str, float] = {}
    left = last - first
    if games:
        values = np.array([_value(quantity, gap) for gap in games])
        parts = {cause: float(part) for cause, part in zip(causes, shapley(values), strict=True)}
        left -= float(values[-1] - values[0])
    return EditionSplit(period.start.isoformat(), quantity, first, last, parts | {rest: left})


def _choices(causes: Sequence[str]) -> list[list[str]]:
    """Every choice of causes, by number."""
    return [[cause for bit, cause in enumerate(causes) if number >> bit & 1] for number in range(1 << len(causes))]


def _value(quantity: Quantity, gap: FloatArray) -> float:
    return float(quantity.over(quantity.by_draw(gap)))
