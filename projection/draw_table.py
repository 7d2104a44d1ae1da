"""The table of draws: every published quantity of every cell at its points, one row a point, as single precision.

Points are the periods that are published: quarters of the first five years and every year. A stock's year is its last
quarter, so the first five years are rows of quarters already; a flow's year is the sum of its quarters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.layers import LAYERS, Layer, Status, Timing
from data.periods import Period
from projection.cells import VERDICTS
from projection.grid import QUARTERS_PER_YEAR, Grid
from projection.paths import ConceptKey, Key, Paths
from projection.sharing import room

FloatArray = NDArray[np.floating[Any]]
BASE = "base"
Place = tuple[str, Layer, str]
"""Region, layer and quantity."""
APART = (Layer.COMPUTE, Layer.POWER)
"""Layers whose unconstrained form is published beside the answer."""


@dataclass(frozen=True)
class Points:
    """Where a quantity is read on the quarterly grid.

    Attributes:
        quarters: rows that are single quarters, by index of the grid.
        years: rows after them that are sums of a year's quarters, by index of the year.
        of: row by published period.
    """

    quarters: tuple[int, ...]
    years: tuple[int, ...]
    of: Mapping[Period, int]

    @classmethod
    def stock(cls, grid: Grid) -> Self:
        """Points of a level at the end of a period."""
        ends = {year: QUARTERS_PER_YEAR * (index + 1) - 1 for index, year in enumerate(grid.years)}
        quarters = sorted({*range(grid.published_quarters), *ends.values()})
        place = {quarter: row for row, quarter in enumerate(quarters)}
        of = {grid.quarters[quarter]: quarter for quarter in range(grid.published_quarters)}
        return cls(tuple(quarters), (), of | {year: place[end] for year, end in ends.items()})

    @classmethod
    def flow(cls, grid: Grid) -> Self:
        """Points of an amount over a period; last quarters of all years too, which a balance at their end needs."""
        quarters = cls.stock(grid).quarters
        of = {grid.quarters[quarter]: quarter for quarter in range(grid.published_quarters)}
        of |= {year: len(quarters) + index for index, year in enumerate(grid.years)}
        return cls(quarters, tuple(range(len(grid.years))), of)

    @property
    def count(self) -> int:
        """How many rows."""
        return len(self.quarters) + len(self.years)

    def read(self, path: FloatArray, out: FloatArray, *, mean: bool = False) -> None:
        """Values at the points, (point, draw), of a path, (draw, quarter); a year is its sum, or its mean if asked."""
        by_quarter, single = path.T, len(self.quarters)
        out[:single] = by_quarter[list(self.quarters)]
        if self.years:
            by_year = by_quarter.reshape(len(self.years), QUARTERS_PER_YEAR, -1)
            np.add.reduce(by_year, axis=1, out=out[single:])
            if mean:
                out[single:] /= QUARTERS_PER_YEAR


@dataclass(frozen=True)
class DrawTable:
    """Draws by place and point.

    Attributes:
        starts: first row by region, layer and quantity. Beside what is published: ``growth`` of generation and ``base``
            behind a share of growth, and ``additions`` behind what may be late.
        passing: the same of what is needed up to the floor alone: demand of regions that only add to the world's, and
            routes. Their rows are then written over by demand under other concepts.
        draws: (row, draw).
    """

    grid: Grid
    starts: Mapping[Place, int]
    passing: Mapping[Place, int]
    draws: FloatArray

    @classmethod
    def blank(
        cls,
        grid: Grid,
        cells: Mapping[Key, Paths],
        routes: Mapping[str, Iterable[str]] = MappingProxyType({}),
        concepts: Sequence[ConceptKey] = (),
        *,
        draws: int,
    ) -> Self:
        """Room for as many draws of the cells that a few draws show, and for demand under other concepts."""
        counts = {layer: (Points.flow(grid) if _total(layer) else Points.stock(grid)).count for layer in Layer}
        starts: dict[Place, int] = {}
        passing: dict[Place, int] = {}
        shown = 0
        for (region, layer), paths in cells.items():
            if _answered((region, layer)):
                for quantity in _quantities((region, layer), paths):
                    starts[region, layer, quantity] = shown
                    shown += 1 if quantity == BASE else counts[layer]
        early = late = shown
        for region, layer in cells:
            if not _answered((region, layer)):
                passing[region, layer, "demand"] = early
                early += counts[layer]
        for region, by_route in routes.items():
            for name in by_route:
                passing[region, Layer.POWER, route(name)] = early
                early += counts[Layer.POWER]
        for region, layer, concept in concepts:
            starts[region, layer, concept.value] = late
            late += counts[layer]
        return cls(grid, starts, passing, room(max(early, late), draws))

    @cached_property
    def places(self) -> dict[Place, int]:
        """All places that hold something before the floor is put under them."""
        return {**self.starts, **self.passing}

    def settled(self) -> Self:
        """The same once the floor is applied: what was passing is gone."""
        return replace(self, passing={})

    def points(self, layer: Layer) -> Points:
        """Points of a layer."""
        return self._flow if _total(layer) else self._stock

    @cached_property
    def _stock(self) -> Points:
        return Points.stock(self.grid)

    @cached_property
    def _flow(self) -> Points:
        return Points.flow(self.grid)

    def put(self, cells: Mapping[Key, Paths], *, first: int) -> None:
        """Write a block of draws from ``first`` on."""
        for (region, layer), paths in cells.items():
            for quantity in _quantities((region, layer), paths):
                path = getattr(paths, quantity)
                start = self.places[region, layer, quantity]
                if quantity == BASE:
                    self.draws[start, first : first + len(path)] = path
                else:
                    points = self.points(layer)
                    rows = self.draws[start : start + points.count, first : first + len(path)]
                    points.read(path, rows, mean=quantity == "growth")

    def put_points(self, place: Place, path: FloatArray, *, first: int) -> None:
        """Write a block of draws from ``first`` on that is given at the quarters of its points, (draw, point)."""
        start = self.starts[place]
        self.draws[start : start + path.shape[1], first : first + len(path)] = path.T

    def put_path(self, place: Place, path: FloatArray, *, first: int) -> None:
        """Write a block of draws from ``first`` on of one quantity, (draw, quarter)."""
        points = self.points(place[1])
        start = self.places[place]
        points.read(path, self.draws[start : start + points.count, first : first + len(path)])

    def block(self, *, first: int, draws: int) -> dict[Key, Paths]:
        """Demand and supply of a block of draws at their points, (draw, point), in place."""
        found = {}
        for region, layer, quantity in self.places:
            if quantity == "demand":
                demand, supply = self.rows(region, layer, "demand"), self.rows(region, layer, "supply")
                assert demand is not None  # noqa: S101 - it is one of the places
                found[region, layer] = Paths(
                    demand=demand[:, first : first + draws].T,
                    supply=None if supply is None else supply[:, first : first + draws].T,
                )
        return found

    def rows(self, region: str, layer: Layer, quantity: str) -> FloatArray | None:
        """Draws of a quantity, (point, draw), in place; None where there is none."""
        start = self.places.get((region, layer, quantity))
        if start is None:
            return None
        return self.draws[start : start + (1 if quantity == BASE else self.points(layer).count)]


def route(name: str) -> str:
    """What draws of a route are kept as."""
    return f"route {name}"


def _answered(key: Key) -> bool:
    return key in VERDICTS and VERDICTS[key].status is not Status.UNAVAILABLE


def _total(layer: Layer) -> bool:
    return LAYERS[layer].timing is Timing.TOTAL


def _quantities(key: Key, paths: Paths) -> tuple[str, ...]:
    """Fields of a cell's paths that are kept."""
    if not _answered(key):
        return ("demand",)
    found = VERDICTS[key]
    wanted = ["demand"]
    if key[1] in APART:
        wanted.append("unconstrained")
    if found.status is not Status.PARTIAL:
        wanted.append("supply")
        if paths.supply is not None:
            wanted.append("additions")
    wanted += ["narrow", "growth", BASE]
    return tuple(name for name in wanted if getattr(paths, name) is not None)
