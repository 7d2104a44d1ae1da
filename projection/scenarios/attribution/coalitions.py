"""Coalitions of groups of drivers: for every choice of groups, the draws in which they alone have changed.

Each coalition is a scenario: the overrides of one scenario for the groups it holds, those of the other for the rest.
All rest on the same random numbers. A coalition is computed from the one without its last group, of which it takes over
what that group cannot move; where it cannot move the cell, nothing is computed.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.periods.period import Period
from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Binding, Key
from projection.inputs.overrides import Override, Scenario
from projection.model.chips import REGIONS
from projection.scenarios.attribution.groups import groups, overrides_by_group
from projection.scenarios.evaluation import BaseDraws, CellDraws, Run, check_cell

FloatArray = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]
LIMITED = (Layer.POWER, Layer.COMPUTE)
"""Layers of which several limits are told apart: both are what accelerators are kept from."""
LIMIT_OF = {Layer.FIRM: "firm", Layer.ENERGY: "generation"}
"""The one limit of others. Disks are in neither: no figure says how many could be had."""
NOTHING = Binding.NOTHING.name.lower()


@dataclass(frozen=True)
class Difference:
    """Two scenarios, and the groups of drivers in which they differ."""

    scenario: Scenario
    against: Scenario

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Those in which they differ, in the order of the table."""
        first, second = self._by_group
        return tuple(name for name in groups() if set(first[name]) != set(second[name]))

    def changed(self, group: str) -> frozenset[str]:
        """Assumptions of a group that one of the two overrides."""
        return frozenset(one.assumption for side in self._by_group for one in side[group])

    def coalition(self, number: int) -> Scenario:
        """The scenario in which the groups whose bit is set have changed."""
        first, second = self._by_group
        members = {name for bit, name in enumerate(self.groups) if number >> bit & 1}
        sides = [(first if name in members else second)[name] for name in groups()]
        return Scenario(f"{self.scenario.name}/{number}", tuple(one for side in sides for one in side))

    @cached_property
    def _by_group(self) -> tuple[Mapping[str, tuple[Override, ...]], Mapping[str, tuple[Override, ...]]]:
        return overrides_by_group(self.scenario), overrides_by_group(self.against)


@dataclass(frozen=True)
class Cell:
    """A cell at the periods that are asked for.

    Attributes:
        rows: of the published points, a row a period.
    """

    key: Key
    demand: DemandConcept
    timeline: Timeline
    periods: tuple[Period, ...]
    rows: tuple[int, ...]

    @classmethod
    def of(cls, base: BaseDraws, key: Key, demand: DemandConcept, periods: Sequence[Period]) -> Self:
        """Those of some periods that it is answered for.

        Raises:
            NotFound: a cell that the model does not carry.
            InvalidParameter: it has no such demand, no supply, or is answered for none of the periods.
        """
        check_cell(key)
        region, layer = key
        draws, timeline = base.part(0).cell(key), base.model_inputs.anchors.timeline
        if demand.value not in draws.paths:
            concepts = [one.value for one in DemandConcept if one.value in draws.paths]
            raise InvalidParameter("demand", f"{layer} of {region} is not evaluated by it", allowed=concepts)
        if "supply" not in draws.paths:
            raise InvalidParameter("layer", f"{layer} of {region} has demand and no supply: it has no gap to split")
        wanted = DrawTable.read_of(timeline, layer, draws.paths[demand.value])
        row_of = DrawTable.points_of(timeline, layer)
        answered = {period: row for period, row in row_of.items() if not np.isnan(wanted[row, 0])}
        chosen = {period: answered[period] for period in periods if period in answered}
        if not chosen:
            raise InvalidParameter("period", f"{layer} of {region} is not answered for it", allowed=[
                f"{min(answered).start} to {max(answered).end}"
            ])  # fmt: skip
        return cls(key, demand, timeline, tuple(chosen), tuple(chosen.values()))

    def gap(self, draws: CellDraws) -> FloatArray:
        """Demand less supply, (period, draw), in double precision."""
        demand, supply = (self._at(draws.paths[name]) for name in (self.demand.value, "supply"))
        return demand.astype(np.float64) - supply

    def binding(self, run: Run) -> dict[str, Flags] | None:
        """Whether each limit binds, (period, draw), by name; None where they are not told apart.

        A layer with one limit is bound by it where it is short.
        """
        region, layer = self.key
        if layer in LIMITED:
            if region not in REGIONS:
                return None
            codes = self._at(run.engine.binding(region))
            return {one.name.lower(): codes == one for one in Binding}
        if layer not in LIMIT_OF:
            return None
        short = self.gap(run.cell(self.key)) > 0
        return {NOTHING: ~short, LIMIT_OF[layer]: short}

    def _at(self, path: FloatArray) -> FloatArray:
        return DrawTable.read_of(self.timeline, self.key[1], path)[list(self.rows)]


@dataclass(frozen=True)
class CoalitionDraws:
    """Draws of a cell for every coalition.

    Attributes:
        gaps: (coalition, period, draw); the first coalition is empty, the last holds every group.
        binding: whether each limit binds, (2, period, draw), against and under the scenario; None where not told apart.
    """

    gaps: FloatArray
    binding: Mapping[str, Flags] | None

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Draws of some parts, one after the other."""
        gaps = np.concatenate([part.gaps for part in parts], axis=-1)
        first = parts[0].binding
        if first is None:
            return cls(gaps, None)
        return cls(
            gaps,
            {name: np.concatenate([(part.binding or {})[name] for part in parts], axis=-1) for name in first},
        )


def parts_of(base: BaseDraws, difference: Difference, cell: Cell, *, parts: int) -> Iterator[CoalitionDraws]:
    """Draws of every coalition, part after part."""
    for place in range(parts):
        of_base = base.part(place)
        # The base comes first: what the scenarios cannot move is then there to be taken over.
        of_base.cell(cell.key)
        against, scenario = (
            base.run(one, beside=of_base, changed=one.changed) for one in (difference.against, difference.scenario)
        )
        gaps = _Gaps(base, difference, cell)
        gaps.add(against)
        by_number = np.stack([gaps.of[number] for number in sorted(gaps.of)])
        yield CoalitionDraws(by_number, _sides(cell.binding(against), cell.binding(scenario)))


def _sides(against: Mapping[str, Flags] | None, scenario: Mapping[str, Flags] | None) -> Mapping[str, Flags] | None:
    if against is None or scenario is None:
        return None
    return {name: np.stack([path, scenario[name]]) for name, path in against.items()}


@dataclass
class _Gaps:
    """Gaps of a cell by the number of the coalition, (period, draw), on the draws of one part."""

    base: BaseDraws
    difference: Difference
    cell: Cell
    of: dict[int, FloatArray] = field(default_factory=dict)

    def add(self, run: Run, number: int = 0, apart: AbstractSet[str] = frozenset()) -> None:
        """Add a coalition, and all that hold it and groups after its last.

        Args:
            run: the coalition's, but for assumptions that do not move the cell.
            number: of the coalition.
            apart: those assumptions.
        """
        key = self.cell.key
        self.of[number] = self.cell.gap(run.cell(key))
        for place in range(number.bit_length(), len(self.difference.groups)):
            more = number | 1 << place
            changed = apart | self.difference.changed(self.difference.groups[place])
            if run.serves(key, changed):
                self.add(run, more, changed)
            else:
                self.add(self.base.run(self.difference.coalition(more), beside=run, changed=changed), more)
