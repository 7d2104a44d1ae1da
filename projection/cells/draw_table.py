"""The table of draws: every published quantity of every cell at its points, one row a point, as single precision.

Points are the periods that are published: quarters of the first five years and every year. A stock's year is its last
quarter, so the first five years are rows of quarters already; a flow's year is the sum of its quarters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.layers import LAYERS, Layer, Status, Timing
from data.periods.period import Period
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.cells import VERDICTS
from projection.cells.paths import ConceptKey, Key, Paths

FloatArray = NDArray[np.floating[Any]]
BASE = "base"
Place = tuple[str, Layer, str]
"""Region, layer and quantity."""
FLOWS = ("shipped", "retired")
PACE = "pace"
"""Quantities that are amounts over a period, beside a level."""
BESIDE = ("supply", "growth")
"""Quantities beside the demand of a total, of which no balance is made."""
MEANS = ("growth", PACE)
"""Quantities whose year is the mean of its quarters: they are yearly rates."""
APART = (Layer.COMPUTE, Layer.POWER)
"""Layers whose unconstrained form is published beside the answer."""


@dataclass(frozen=True)
class Points:
    """Where a quantity is read on the quarterly timeline.

    Attributes:
        quarters: rows that are single quarters, by index of the timeline.
        years: rows after them that are sums of a year's quarters, by index of the year.
        of: row by published period.
    """

    quarters: tuple[int, ...]
    years: tuple[int, ...]
    of: Mapping[Period, int]

    @classmethod
    def stock(cls, timeline: Timeline) -> Self:
        """Points of a level at the end of a period."""
        ends = {year: QUARTERS_PER_YEAR * (index + 1) - 1 for index, year in enumerate(timeline.years)}
        quarters = sorted({*range(timeline.published_quarters), *ends.values()})
        place = {quarter: row for row, quarter in enumerate(quarters)}
        of = {timeline.quarters[quarter]: quarter for quarter in range(timeline.published_quarters)}
        return cls(tuple(quarters), (), of | {year: place[end] for year, end in ends.items()})

    @classmethod
    def flow(cls, timeline: Timeline, *, ends: bool) -> Self:
        """Points of an amount; with ``ends`` last quarters of all years too, for a balance at their end."""
        published = range(timeline.published_quarters)
        quarters = cls.stock(timeline).quarters if ends else tuple(published)
        of = {timeline.quarters[quarter]: quarter for quarter in published}
        of |= {year: len(quarters) + index for index, year in enumerate(timeline.years)}
        return cls(quarters, tuple(range(len(timeline.years))), of)

    @classmethod
    def yearly(cls, timeline: Timeline) -> Self:
        """Points of what is given by year only."""
        return cls((), tuple(range(len(timeline.years))), {year: index for index, year in enumerate(timeline.years)})

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.quarters) + len(self.years)

    def read(self, path: FloatArray, out: FloatArray, *, mean: bool = False) -> None:
        """Values at the points, (point, draw), of a path, (draw, quarter); a year is its sum, or its mean if asked."""
        by_quarter, single = path.T, len(self.quarters)
        straight = 0
        while straight < single and self.quarters[straight] == straight:
            straight += 1
        out[:straight] = by_quarter[:straight]
        for place in range(straight, single):
            out[place] = by_quarter[self.quarters[place]]
        if self.years:
            by_year = by_quarter.reshape(len(self.years), QUARTERS_PER_YEAR, -1)
            np.add.reduce(by_year, axis=1, out=out[single:])
            if mean:
                out[single:] /= QUARTERS_PER_YEAR


@dataclass(frozen=True)
class DrawTable:
    """Draws by place and point.

    Attributes:
        starts: first row by region, layer and quantity. Beside what is published: ``growth`` and ``pace`` of
            generation and ``base`` behind shares of growth, and ``additions`` behind what may be late.
        passing: the same of what is needed up to the floor alone: demand of regions that only add to the world's, whose
            rows are then written over by what is written after it; or routes, in a table of their own.
        draws: (row, draw).
    """

    timeline: Timeline
    starts: Mapping[Place, int]
    passing: Mapping[Place, int]
    draws: FloatArray

    @classmethod
    def blank(
        cls,
        timeline: Timeline,
        cells: Mapping[Key, Paths],
        *,
        draws: int,
        balances: Mapping[Key, Paths] = MappingProxyType({}),
        concepts: Sequence[ConceptKey] = (),
    ) -> Self:
        """Room for as many draws of what a few draws show.

        Args:
            timeline: the quarters.
            cells: what the engine gives.
            draws: how many.
            balances: cells that are written after the floor, where what was needed up to it stands no longer.
            concepts: demand under other concepts.
        """
        table = cls(timeline, {}, {}, np.zeros((0, 0), dtype=np.float32))
        starts: dict[Place, int] = {}
        passing: dict[Place, int] = {}
        next_row = table._lay(starts, _places(cells, answered=True), 0)
        next_row = table._lay(starts, ((region, layer, concept.value) for region, layer, concept in concepts), next_row)
        early = table._lay(passing, _places(cells, answered=False), next_row)
        late = table._lay(starts, _places(balances, answered=True), next_row)
        return replace(
            table, starts=starts, passing=passing, draws=np.zeros((max(early, late), draws), dtype=np.float32)
        )

    @classmethod
    def of_routes(cls, timeline: Timeline, routes: Mapping[Key, Iterable[str]], *, draws: int) -> Self:
        """Room for draws of routes alone."""
        table = cls(timeline, {}, {}, np.zeros((0, 0), dtype=np.float32))
        passing: dict[Place, int] = {}
        count = table._lay(passing, ((*key, route(name)) for key, names in routes.items() for name in names), 0)
        return replace(table, passing=passing, draws=np.zeros((count, draws), dtype=np.float32))

    def _lay(self, into: dict[Place, int], places: Iterable[Place], first: int) -> int:
        """Lay places one after another; the row after the last."""
        for place in places:
            into[place] = first
            first += self._count(place)
        return first

    @cached_property
    def places(self) -> dict[Place, int]:
        """All places that hold something before the floor is put under them."""
        return {**self.starts, **self.passing}

    def settled(self) -> Self:
        """The same once the floor is applied: what was passing is gone."""
        return replace(self, passing={})

    def on(self, draws: FloatArray) -> Self:
        """The same places in other memory, (row, draw)."""
        return replace(self, draws=draws)

    def _count(self, place: Place) -> int:
        return 1 if place[2] == BASE else self.points(place[1], place[2]).count

    def points(self, layer: Layer, quantity: str = "demand") -> Points:
        """Points of a quantity of a layer."""
        if quantity == PACE:
            return self._yearly
        if quantity in FLOWS or (_total(layer) and quantity in BESIDE):
            return self._flow
        return self._flow_with_ends if _total(layer) else self._stock

    @cached_property
    def _stock(self) -> Points:
        return Points.stock(self.timeline)

    @cached_property
    def _flow(self) -> Points:
        return Points.flow(self.timeline, ends=False)

    @cached_property
    def _flow_with_ends(self) -> Points:
        return Points.flow(self.timeline, ends=True)

    @cached_property
    def _yearly(self) -> Points:
        return Points.yearly(self.timeline)

    def put(self, cells: Mapping[Key, Paths]) -> None:
        """Write cells, as many draws as there is room for."""
        for (region, layer), paths in cells.items():
            for quantity in _quantities((region, layer), paths):
                rows, path = self._at((region, layer, quantity)), getattr(paths, quantity)
                if quantity == BASE:
                    rows[0] = path
                else:
                    self.points(layer, quantity).read(path, rows, mean=quantity in MEANS)

    def put_points(self, place: Place, path: FloatArray) -> None:
        """Write one quantity that is given at the quarters of its points, (draw, point)."""
        self._at(place)[: path.shape[1]] = path.T

    def put_path(self, place: Place, path: FloatArray) -> None:
        """Write one quantity, (draw, quarter)."""
        self.points(place[1], place[2]).read(path, self._at(place))

    def _at(self, place: Place) -> FloatArray:
        start = self.places[place]
        return self.draws[start : start + self._count(place)]

    def rows(self, region: str, layer: Layer, quantity: str) -> FloatArray | None:
        """Draws of a quantity, (point, draw), in place; None where there is none."""
        place = (region, layer, quantity)
        return self._at(place) if place in self.places else None


def route(name: str) -> str:
    """What draws of a route are kept as."""
    return f"route {name}"


def _places(cells: Mapping[Key, Paths], *, answered: bool) -> Iterator[Place]:
    for (region, layer), paths in cells.items():
        if _answered((region, layer)) is answered:
            for quantity in _quantities((region, layer), paths):
                yield region, layer, quantity


def _answered(key: Key) -> bool:
    return key in VERDICTS and VERDICTS[key].status is not Status.UNAVAILABLE


def _total(layer: Layer) -> bool:
    return LAYERS[layer].timing is Timing.TOTAL


def _quantities(key: Key, paths: Paths) -> tuple[str, ...]:
    """Fields of a cell's paths that are kept."""
    if not _answered(key):
        return ("demand",)
    verdict = VERDICTS[key]
    names = ["demand"]
    if key[1] in APART:
        names.append("unconstrained")
    if verdict.status is not Status.PARTIAL:
        names.append("supply")
        if paths.supply is not None:
            names.append("additions")
    names += ["narrow", "huawei", "growth", "pace", BASE, "used", *FLOWS]
    return tuple(name for name in names if getattr(paths, name) is not None)
