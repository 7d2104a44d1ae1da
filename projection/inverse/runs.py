"""Runs of scenarios that rest on each other, and an outcome of them by the setting of one thing.

A scenario is computed beside another from which it differs little, and takes over from it what it cannot move: a lever
beside the scenario one starts from, a second lever beside a setting of the first.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from projection.inputs.overrides import Scenario
from projection.model.engine import Engine
from projection.model.stages import Stages
from projection.scenarios.evaluation import BaseDraws, Run
from projection.scenarios.resolution import compose

FloatArray = NDArray[np.floating[Any]]


class Outcome(Protocol):
    """Something that is read off a run, draw by draw."""

    @property
    def name(self) -> str:
        """What it is called among the stages of a run."""
        ...

    def of(self, run: Run) -> FloatArray:
        """Its draws, (draw,)."""
        ...


@dataclass
class ScenarioRuns:
    """A scenario on the numbers of every part of the base.

    Attributes:
        scenario: all that it overrides; changed: in which assumptions it differs from ``beside``.
        beside: from whose runs it takes over what it cannot move; None for the base.
    """

    base: BaseDraws
    scenario: Scenario
    changed: AbstractSet[str]
    beside: "ScenarioRuns | None" = None
    _runs: dict[int, Run] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, base: BaseDraws, scenario: Scenario) -> "ScenarioRuns":
        """Beside the base."""
        return cls(base, scenario, scenario.changed)

    def under(self, more: Scenario) -> "ScenarioRuns":
        """The same with further overrides; raises :class:`InvalidParameter` where both set one assumption apart."""
        return ScenarioRuns(self.base, compose(more.name, [self.scenario, more]), more.changed, self)

    def draws(self, outcome: Outcome, place: int) -> FloatArray:
        """An outcome on the numbers of one part, (draw,)."""
        # What stands beside it comes first: what the scenario cannot move is then there to be taken over.
        if self.beside is None:
            outcome.of(self.base.part(place))
        else:
            before = self.beside.draws(outcome, place)
            if self.beside.run(place).stages.serves(outcome.name, self.changed):
                return before
        run = self.run(place)
        return run.stages.of(outcome.name, partial(outcome.of, run))

    def run(self, place: int) -> Run:
        """The run on the numbers of one part."""
        if place not in self._runs:
            beside = self.base.part(place) if self.beside is None else self.beside.run(place)
            self._runs[place] = self.base.run(self.scenario, beside=beside, changed=self.changed)
        return self._runs[place]

    def reads(self, outcome: Outcome) -> frozenset[str]:
        """The assumptions an outcome rests on."""
        self.draws(outcome, 0)
        return self.run(0).stages.part(outcome.name)[1]


@dataclass
class Curve:
    """A number read off the draws of an outcome, by the setting of one thing; each setting is evaluated once.

    Attributes:
        origin: runs that every setting is computed beside.
        scenario_at: what a setting overrides.
        read: the number, of draws, (draw,).
    """

    origin: ScenarioRuns
    outcome: Outcome
    scenario_at: Callable[[float], Scenario]
    read: Callable[[FloatArray], float]
    _draws: dict[tuple[float, int], FloatArray] = field(default_factory=dict, repr=False)

    def preview(self, setting: float) -> float:
        """On the first part."""
        return self.read(self.part(setting, 0))

    def whole(self, setting: float) -> float:
        """On all draws."""
        return self.read(self.draws(setting))

    def draws(self, setting: float) -> FloatArray:
        """All of them, (draw,)."""
        return np.concatenate([self.part(setting, place) for place in range(self.origin.base.parts)])

    def part(self, setting: float, place: int) -> FloatArray:
        """Draws of one part, (draw,)."""
        key = (setting, place)
        if key not in self._draws:
            self._draws[key] = self.origin.under(self.scenario_at(setting)).draws(self.outcome, place)
        return self._draws[key]


def beginning(base: BaseDraws, draws: int) -> BaseDraws:
    """The base on the first so many draws of its first part, or all of them where it has no more."""
    part = base.part(0)
    count = min(draws, part.numbers.site_shocks.draws)
    numbers = part.numbers.at(np.arange(count))
    inputs = base.model_inputs.engine_inputs(numbers, base.model_inputs.model_error(base.seed))
    stages = Stages(inputs.values)
    return replace(base, draws=count, positions=None, _parts={0: Run(numbers, stages, Engine(inputs, stages))})
