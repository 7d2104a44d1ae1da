"""What would have to be true for another's number: which assumption alone, moved how far, makes it our median.

An assumption is fixed at one value in every draw, all else is as it is drawn, and our median is read off. The values
that are tried are those of its own band in the edition's draws, from the 1st percentile to the 99th; where a value lies
there says how likely we hold it. Assumptions that share a draw are moved together, others one at a time.

Which assumptions move the number is what was read while it was computed. Few draws at both ends of every band say which
of them come near the number of others; those are searched on the preview's draws and settled on all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.inputs.assumptions import Assumptions
from projection.inputs.distributions import Fixed
from projection.inputs.overrides import BASE, Change, Override, Scenario
from projection.inverse.published import OwnNumber, PublishedNumber
from projection.inverse.runs import Curve, ScenarioRuns, beginning
from projection.inverse.search import Reach, Way, search, settle
from projection.scenarios.evaluation import BaseDraws

FloatArray = NDArray[np.floating[Any]]
LOW, MIDDLE, HIGH = 0.01, 0.5, 0.99
"""The band of an assumption, as shares of its draws."""
STEPS = 64
"""Steps of normal score from the middle of a band to an end."""
FIRST_LOOK = 500
"""Draws on which the ends of every band are looked at."""
MARGIN = 0.2
"""Share of the movement over a band by which a number may lie beyond what the first look reaches, and be searched."""
MOST = 8
"""Assumptions that are searched, those nearest to their middle first."""
NEXT = 3
"""Assumptions that are named where none gives the number."""


@dataclass(frozen=True)
class MovedAssumption:
    """One assumption at a value, beside the middle of its draws."""

    assumption: str
    unit: str
    value: float
    middle: float


@dataclass(frozen=True)
class Requirement:
    """What one assumption would have to be, or assumptions that share a draw.

    Attributes:
        percentile: share of the edition's draws in which they are not above it.
        chance: share of draws in which they are at least that far from the middle, on that side.
        median: our median there.
        monotone: whether our median goes one way over the band.
    """

    moved: tuple[MovedAssumption, ...]
    percentile: float
    chance: float
    median: float
    monotone: bool


@dataclass(frozen=True)
class Requirements:
    """What would have to be true for a number of others.

    Attributes:
        ours: our median.
        draws: how many it rests on.
        assumptions: how many assumptions the number of ours rests on.
        alone: those any one of which gives the number within its band, the likeliest first.
        nearest: where none does, those that come nearest within their band.
    """

    ours: float
    draws: int
    assumptions: int
    alone: tuple[Requirement, ...]
    nearest: tuple[Requirement, ...]


@dataclass(frozen=True)
class _Crossing:
    """Our median on the other side of a number, or on it."""

    value: float
    above: bool

    def meets(self, value: float) -> bool:
        return value <= self.value if self.above else value >= self.value

    def distance(self, value: float) -> float:
        return abs(value - self.value)


class RequirementSearch:
    """One number: first on the first draws, then on all.

    Args:
        base: of the edition.
        number: of others.
    """

    def __init__(self, base: BaseDraws, number: PublishedNumber) -> None:
        self._base, self._number = base, number
        self._origin = ScenarioRuns.of(base, BASE)

    def preview(self) -> Requirements:
        """On the first part of the draws."""
        return self._answer(whole=False)

    def whole(self) -> Requirements:
        """On all draws, near where the first have it."""
        return self._answer(whole=True)

    def _answer(self, *, whole: bool) -> Requirements:
        places = range(self._base.parts if whole else 1)
        ours = np.concatenate([self._origin.draws(self._number.ours, place) for place in places])
        searches = [(one, one.reach(whole=whole)) for one in self._searches]
        alone = [one.requirement(reach, whole=whole) for one, reach in searches if reach.nearest is not None]
        short = [one.requirement(reach, whole=whole) for one, reach in searches if reach.nearest is None]
        return Requirements(
            ours=float(np.median(ours)),
            draws=len(ours),
            assumptions=len(self.movable),
            alone=tuple(sorted(alone, key=lambda one: -one.chance)),
            nearest=() if alone else tuple(sorted(short, key=lambda one: abs(one.median - self._number.value))[:NEXT]),
        )

    @cached_property
    def movable(self) -> list[tuple[str, ...]]:
        """Assumptions the number of ours rests on that are not fixed, those that share a draw together."""
        items = self._base.model_inputs.assumptions.items
        by_draw: dict[str, list[str]] = {}
        for name in sorted(self._origin.reads(self._number.ours)):
            if not isinstance(items[name].spec, Fixed):
                by_draw.setdefault(items[name].same_draw_as or name, []).append(name)
        return [tuple(names) for names in by_draw.values()]

    @cached_property
    def _goal(self) -> _Crossing:
        median = float(np.median(self._origin.draws(self._number.ours, 0)))
        return _Crossing(self._number.value, above=median > self._number.value)

    @cached_property
    def _searches(self) -> "list[_Search]":
        """Of the assumptions that may give the number, or of those that come nearest."""
        few = ScenarioRuns.of(beginning(self._base, FIRST_LOOK), BASE)
        middle = float(np.median(few.draws(self._number.ours, 0)))
        lacking = self._number.value - middle
        looked: list[tuple[float, _Search]] = []
        for names in self.movable:
            one = _Search(names, self._origin, self._number.ours, self._goal)
            moves = [one.median(end, few) - middle for end in one.ends]
            # How far toward an end of its band it would have to go; more than 1 is beyond it.
            looked.append((min((lacking / move for move in moves if move * lacking > 0), default=np.inf), one))
        looked.sort(key=lambda pair: pair[0])
        reaching = [one for reach, one in looked if reach <= 1 + MARGIN]
        return reaching[:MOST] or [one for _, one in looked[:NEXT]]


@dataclass(frozen=True)
class _Search:
    """Assumptions that share a draw."""

    names: tuple[str, ...]
    origin: ScenarioRuns
    ours: OwnNumber
    goal: _Crossing

    def reach(self, *, whole: bool) -> Reach:
        """Where they give the number."""
        return settle(self._curve.whole, self._preview, self.goal) if whole else self._preview

    def median(self, score: float, few: ScenarioRuns) -> float:
        """Our median with them fixed at a normal score, on few draws."""
        return float(np.median(few.under(self._fixed(score)).draws(self.ours, 0)))

    def requirement(self, reach: Reach, *, whole: bool) -> Requirement:
        """In values, and how likely we hold them."""
        score = (reach.nearest or reach.best).setting
        scores = self._scores
        percentile = float(np.mean(scores <= score))
        value = self._curve.whole if whole else self._curve.preview
        return Requirement(
            moved=tuple(self._moved(score)),
            percentile=percentile,
            chance=float(np.mean(scores <= score if score < self.middle else scores >= score)),
            median=value(score),
            monotone=reach.monotone,
        )

    def _moved(self, score: float) -> Iterator[MovedAssumption]:
        for name in self.names:
            item = self._assumptions.items[name]
            value, middle = item.spec.read(np.array([score, self.middle]))
            yield MovedAssumption(name, item.unit, float(value), float(middle))

    @cached_property
    def _preview(self) -> Reach:
        ways = [Way(self.middle, end, STEPS) for end in self.ends]
        return search(self._curve.preview, ways, self.goal)

    @cached_property
    def _curve(self) -> Curve:
        return Curve(self.origin, self.ours, self._fixed, lambda draws: float(np.median(draws)))

    def _fixed(self, score: float) -> Scenario:
        """Them at a normal score in every draw."""
        overrides = []
        for name in self.names:
            (value,) = self._assumptions.items[name].spec.read(np.array([score]))
            spec = Fixed(distribution="fixed", value=float(value))
            overrides.append(Override(name, Change.SET, spec, "requirement"))
        return Scenario("requirement", tuple(overrides))

    @cached_property
    def _scores(self) -> FloatArray:
        """Normal scores in all draws of the edition, (draw,)."""
        base = self.origin.base
        return np.concatenate([base.part(place).numbers.latent[self.names[0]] for place in range(base.parts)])

    @cached_property
    def _band(self) -> Sequence[float]:
        return [float(score) for score in np.quantile(self._scores, [LOW, MIDDLE, HIGH])]

    @property
    def middle(self) -> float:
        """The middle of the band, as a normal score."""
        return self._band[1]

    @property
    def ends(self) -> tuple[float, float]:
        """Its ends."""
        return self._band[0], self._band[2]

    @property
    def _assumptions(self) -> Assumptions:
        return self.origin.base.model_inputs.assumptions
