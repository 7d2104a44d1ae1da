"""The least change of one lever that brings a gap to a target, and the frontier of two levers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.edition.points import rounded
from projection.inputs.overrides import Scenario
from projection.inverse.answers import Frontier, FrontierPoint, Solution, Solved, Status
from projection.inverse.outcomes import Target
from projection.inverse.questions import MOST, chosen
from projection.inverse.runs import Curve, ScenarioRuns
from projection.inverse.search import PROBES, STEPS, Reach, Way, search, settle
from projection.inverse.wording import of_point, of_solution
from projection.scenarios.evaluation import PART, BaseDraws
from projection.scenarios.levers import Lever, levers
from projection.scenarios.levers import scenario as of_levers
from projection.scenarios.resolution import check_sizes, compose

FloatArray = NDArray[np.floating[Any]]
SETTINGS = 7
"""Settings of the first lever on a frontier, evenly over its tested range."""
ON_FRONTIER = (128, 2)
"""Steps of the second from its neutral setting to an end of its range, and settings looked at beforehand."""


class Solver:
    """One question: first on the first draws, then on all.

    Args:
        base: of the edition.
        scenario: one starts from, resolved.
        target: what is to be reached.
        names: one lever, or two for their frontier.

    Raises:
        InvalidParameter: as :func:`chosen`, and where the scenario and an end of a lever's range do not go together.
    """

    def __init__(self, base: BaseDraws, scenario: Scenario, target: Target, names: Sequence[str]) -> None:
        self._base, self._target, self._names = base, target, chosen(names)
        for name in self._names:
            for end in levers()[name].range:
                check_sizes(compose(name, [scenario, of_levers({name: end})]), base.model_inputs.assumptions)
        self._origin = ScenarioRuns.of(base, scenario)

    def preview(self) -> Solved:
        """On the first part of the draws."""
        return self._solved(min(PART, self._base.draws), whole=False)

    def whole(self) -> Solved:
        """On all draws, near where the first have it."""
        return self._solved(self._base.draws, whole=True)

    def _solved(self, draws: int, *, whole: bool) -> Solved:
        gap = self._target.gap
        return Solved(
            region=gap.key[0],
            layer=gap.key[1].value,
            demand=gap.demand.value,
            period=gap.period.label,
            measure=self._target.measure.value,
            target=self._target.level,
            unit=self._target.unit,
            draws=draws,
            solution=self._one.solution(whole=whole) if len(self._names) == 1 else None,
            frontier=self._frontier(whole=whole) if len(self._names) == MOST else None,
        )

    @cached_property
    def _one(self) -> "_Search":
        (name,) = self._names
        return _Search(name, self._origin, self._target, STEPS, PROBES)

    def _frontier(self, *, whole: bool) -> Frontier:
        return Frontier(
            first=self._names[0],
            second=self._names[1],
            points=tuple(self._point(setting, one.solution(whole=whole)) for setting, one in self._searches),
        )

    def _point(self, setting: float, solution: Solution) -> FrontierPoint:
        return FrontierPoint(setting, solution, of_point(self._names[0], setting, solution))

    @cached_property
    def _searches(self) -> Sequence[tuple[float, "_Search"]]:
        first, second = self._names
        return [
            (setting, _Search(second, self._origin.under(_at(first)(setting)), self._target, *ON_FRONTIER))
            for setting in _settings(levers()[first])
        ]


@dataclass(frozen=True)
class _Search:
    """One lever from one start."""

    name: str
    origin: ScenarioRuns
    target: Target
    steps: int
    probes: int

    def solution(self, *, whole: bool) -> Solution:
        """Of the first draws, or of all."""
        lever = levers()[self.name]
        value = self._curve.whole if whole else self._curve.preview
        reach = settle(value, self._preview, self.target) if whole else self._preview
        status, reached, best = self._status(reach, whole=whole), reach.nearest, None
        if status is Status.NOT_REACHABLE:
            best = reach.best
        solution = Solution(
            lever=self.name,
            unit=lever.unit,
            neutral=lever.neutral,
            least=lever.range[0],
            most=lever.range[1],
            status=status,
            start=value(lever.neutral),
            setting=None if reached is None else reached.setting,
            outcome=None if reached is None else value(reached.setting),
            best_setting=None if best is None else best.setting,
            best_outcome=None if best is None else value(best.setting),
            monotone=reach.monotone,
            tolerance=max(way.tolerance for way in self._ways) if reached is None else reached.way.tolerance,
        )
        return replace(solution, sentence=of_solution(self.target, solution))

    def _status(self, reach: Reach, *, whole: bool) -> Status:
        if reach.nearest is not None:
            return Status.MET if reach.nearest.step == 0 else Status.REACHED
        return Status.NOT_REACHABLE if self._affects(whole=whole) else Status.NOT_AFFECTED

    @cached_property
    def _curve(self) -> Curve:
        return Curve(self.origin, self.target.gap, _at(self.name), self.target.read)

    @cached_property
    def _ways(self) -> tuple[Way, ...]:
        lever = levers()[self.name]
        return tuple(Way(lever.neutral, end, self.steps) for end in lever.range if end != lever.neutral)

    @cached_property
    def _preview(self) -> Reach:
        return search(self._curve.preview, self._ways, self.target, probes=self.probes)

    def _affects(self, *, whole: bool) -> bool:
        """Whether any draw changes at an end of the range."""
        parts = range(self.origin.base.parts if whole else 1)
        return not all(
            np.array_equal(self._curve.part(way.end, part), self._curve.part(way.start, part))
            for way in self._ways
            for part in parts
        )


def _at(name: str) -> Callable[[float], Scenario]:
    """What a lever overrides at a setting."""
    return lambda setting: of_levers({name: setting})


def _settings(lever: Lever) -> Iterator[float]:
    yield from (rounded(float(setting)) for setting in np.linspace(*lever.range, SETTINGS))
