"""Evaluation: a scenario on the base's own random numbers, for the cells that are asked for and nothing else.

Draws are made in parts of fixed size, each from the numbers of its own positions, so that a preview is the beginning of
a full evaluation. Of the base the stages of every part are kept; a scenario takes over what it cannot move
(:mod:`projection.model.stages`). A cell whose stages were all taken over is the base's to the last bit, and so is one
whose draws come out equal: of both the scenario says that it does not affect them.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import Status
from projection.cells.cells import REGIONS_ANSWERED, VERDICTS
from projection.cells.paths import Key, Paths
from projection.inputs.overrides import Scenario
from projection.model.engine import Engine
from projection.model.stages import Stages
from projection.simulate.model_inputs import ModelInputs, Positions, RandomInputs

FloatArray = NDArray[np.floating[Any]]
PART = 2_000
"""Draws that are made together; a preview is the first of them."""
QUANTITIES = ("wanted", "bought", "supply")
"""What an evaluation holds of a cell."""


@dataclass(frozen=True)
class CellDraws:
    """Demand and supply of one cell, (draw, quarter) by quantity; a quantity the cell has not is left out."""

    paths: Mapping[str, FloatArray]

    @classmethod
    def of(cls, paths: Paths) -> Self:
        """Those of a cell of a pass."""
        present = {name: getattr(paths, name) for name in QUANTITIES}
        return cls({name: path for name, path in present.items() if path is not None})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Draws of some parts, one after the other."""
        return cls({name: np.concatenate([part.paths[name] for part in parts]) for name in parts[0].paths})

    def equals(self, other: "CellDraws") -> bool:
        """Whether every draw is the same to the last bit."""
        return all(np.array_equal(path, other.paths[name], equal_nan=True) for name, path in self.paths.items())


@dataclass(frozen=True)
class Evaluated:
    """Draws of a scenario beside those of the base, the same draws, by cell."""

    base: Mapping[Key, CellDraws]
    scenario: Mapping[Key, CellDraws]

    @property
    def unmoved(self) -> frozenset[Key]:
        """Cells that the scenario does not affect: every draw is the base's to the last bit."""
        return frozenset(key for key, cell in self.scenario.items() if cell.equals(self.base[key]))


@dataclass(frozen=True)
class Run:
    """A scenario on the numbers of some draws, with the stages that were computed of it so far."""

    numbers: RandomInputs
    stages: Stages
    engine: Engine

    def cell(self, key: Key) -> CellDraws:
        """Draws of one cell; raises :class:`NotFound` where the figures do not carry it."""
        paths = self.engine.cell(key)
        if paths is None:
            raise NotFound("layer", f"{key[1]} of {key[0]}", hint="What is known does not carry it.")
        draws = CellDraws.of(paths)
        if VERDICTS[key].status is Status.PARTIAL:
            return CellDraws({name: path for name, path in draws.paths.items() if name != "supply"})
        return draws

    def reads(self, key: Key) -> frozenset[str]:
        """Assumptions that a cell rests on; it was computed."""
        return self.stages.part(self.engine.read_by(key))[1]

    def serves(self, key: Key, changed: AbstractSet[str]) -> bool:
        """Whether the cell was computed and rests on none of some assumptions."""
        return self.stages.serves(self.engine.read_by(key), changed)


@dataclass
class BaseDraws:
    """The base of an edition, ready to be compared with: its numbers, and the stages that were asked for so far.

    Attributes:
        seed: of every stream; draws: of the edition; positions: those its draws are at, None for the first.
    """

    model_inputs: ModelInputs = field(repr=False)
    seed: int
    draws: int
    positions: Positions | None = field(default=None, repr=False)
    _parts: dict[int, Run] = field(default_factory=dict, repr=False)

    @property
    def parts(self) -> int:
        """How many parts its draws are made in."""
        return -(-self.draws // PART)

    def part(self, place: int) -> Run:
        """The base on the numbers of one part, drawn when it is first asked for."""
        if place not in self._parts:
            numbers = self._numbers(place * PART, min((place + 1) * PART, self.draws))
            inputs = self.model_inputs.engine_inputs(numbers, self.model_inputs.model_error(self.seed))
            stages = Stages(inputs.values)
            self._parts[place] = Run(numbers, stages, Engine(inputs, stages))
        return self._parts[place]

    def run(self, scenario: Scenario, *, beside: Run, changed: AbstractSet[str]) -> Run:
        """A scenario on the numbers of another, of which it takes over what it cannot move.

        Args:
            scenario: resolved against the base's assumptions.
            beside: the base or another scenario.
            changed: assumptions in which the two differ.
        """
        latent = {name: z for name, z in beside.numbers.latent.items() if name in changed}
        differing = self.model_inputs.assumptions.values(latent, scenario, beside.numbers.overrides)
        stages = beside.stages.under(differing, changed)
        return Run(beside.numbers, stages, beside.engine.on(stages))

    def _numbers(self, first: int, last: int) -> RandomInputs:
        positions = np.arange(last, dtype=np.int64) if self.positions is None else self.positions
        chosen = positions[first:last]
        start = int(chosen[0])
        whole = RandomInputs.of(self.model_inputs, seed=self.seed, draws=int(chosen[-1]) + 1 - start, first=start)
        return whole.at(chosen - start)


def evaluate(base: BaseDraws, scenario: Scenario, keys: Sequence[Key], *, draws: int | None = None) -> Evaluated:
    """Draws of some cells under a scenario and under the base; the first so many, all when None.

    Args:
        base: what it is compared with.
        scenario: resolved against the base's assumptions, its sizes checked.
        keys: of cells.
        draws: a number of whole parts; more are made than that where it ends within one.

    Raises:
        NotFound: a cell that the model does not carry.
    """
    count = base.parts if draws is None else -(-draws // PART)
    together = list(parts_of(base, scenario, keys, parts=count))
    return joined(together)


def joined(together: Sequence[Evaluated]) -> Evaluated:
    """Parts of one evaluation, one after the other."""
    keys = together[0].base
    return Evaluated(
        {key: CellDraws.joined([part.base[key] for part in together]) for key in keys},
        {key: CellDraws.joined([part.scenario[key] for part in together]) for key in keys},
    )


def parts_of(
    base: BaseDraws, scenario: Scenario, keys: Sequence[Key], *, parts: int, first: int = 0
) -> Iterator[Evaluated]:
    """The same, part after part."""
    for key in keys:
        check_cell(key)
    for place in range(first, parts):
        part = base.part(place)
        run = base.run(scenario, beside=part, changed=scenario.changed)
        # The base comes first: what the scenario cannot move is then there to be taken over.
        of_base = {key: part.cell(key) for key in keys}
        yield Evaluated(of_base, {key: run.cell(key) for key in keys})


def check_cell(key: Key) -> None:
    """Raise :class:`NotFound` for a cell that no edition answers, with its reason."""
    region, layer = key
    if region not in REGIONS_ANSWERED:
        raise NotFound("region", region, allowed=REGIONS_ANSWERED)
    status = VERDICTS.get(key)
    if status is None or status.status is Status.UNAVAILABLE:
        raise NotFound("layer", f"{layer} of {region}", hint="" if status is None else status.reason or "")
