"""The table of draws: every published quantity of every cell at its points, one row a point, as single precision.

Points are the periods that are published: quarters of the first five years and every year. A stock's year is its last
quarter, so the first five years are rows of quarters already; a flow's year is the sum of its quarters.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.layers import LAYERS, DemandConcept, Layer, Status, Timing
from data.periods.period import Period
from projection.base.timeline import QUARTERS_PER_YEAR, YEARS_QUARTERLY, Timeline
from projection.cells.cells import VERDICTS
from projection.cells.paths import Key, Paths

FloatArray = NDArray[np.floating[Any]]
BASE = "base"
Place = tuple[str, Layer, str]
"""Region, layer and quantity."""
FLOWS = ("shipped", "retired")
"""Quantities that are amounts over a period, beside a level."""
PACE = "pace"
MEANS = ("growth", PACE)
"""Quantities whose year is the mean of its quarters: they are yearly rates."""
OF_SUPPLY = ("supply", "housed", "shortages", "additions", "binding")
"""What a cell that carries demand alone does not publish."""
LAST_YEAR = {Layer.COMPUTE: YEARS_QUARTERLY}
"""Years answered, where they are fewer than those projected: beyond them the H100e that money buys depend on
generations of chips nobody has announced, and the answer would be that assumption alone."""


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
    def stock(cls, timeline: Timeline, *, years: int | None = None) -> Self:
        """Points of a level at the end of a period, to the end of the first so many years."""
        ends = {year: QUARTERS_PER_YEAR * (index + 1) - 1 for index, year in enumerate(timeline.years[:years])}
        quarters = sorted({*range(timeline.published_quarters), *ends.values()})
        place = {quarter: row for row, quarter in enumerate(quarters)}
        of = {timeline.quarters[quarter]: quarter for quarter in range(timeline.published_quarters)}
        return cls(tuple(quarters), (), of | {year: place[end] for year, end in ends.items()})

    @classmethod
    def flow(cls, timeline: Timeline) -> Self:
        """Points of an amount."""
        quarters = tuple(range(timeline.published_quarters))
        of = {timeline.quarters[quarter]: quarter for quarter in quarters}
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
        starts: first row by region, layer and quantity.
        draws: (row, draw).
    """

    timeline: Timeline
    starts: Mapping[Place, int]
    draws: FloatArray

    @classmethod
    def blank(cls, timeline: Timeline, cells: Mapping[Key, Paths], *, draws: int, booked: Sequence[Place] = ()) -> Self:
        """Room for as many draws of what a few draws show.

        Args:
            timeline: the quarters.
            cells: what the engine gives.
            draws: how many.
            booked: demand from order books.
        """
        return cls._of(timeline, [*_places(cells), *booked], draws)

    @classmethod
    def of_routes(cls, timeline: Timeline, routes: Mapping[Key, Iterable[str]], *, draws: int) -> Self:
        """Room for draws of routes alone."""
        return cls._of(timeline, [(*key, route(name)) for key, names in routes.items() for name in names], draws)

    @classmethod
    def _of(cls, timeline: Timeline, places: Iterable[Place], draws: int) -> Self:
        table = cls(timeline, {}, np.zeros((0, 0), dtype=np.float32))
        starts: dict[Place, int] = {}
        rows = 0
        for place in places:
            starts[place] = rows
            rows += table._count(place)
        return replace(table, starts=starts, draws=np.zeros((rows, draws), dtype=np.float32))

    def on(self, draws: FloatArray) -> Self:
        """The same places in other memory, (row, draw)."""
        return replace(self, draws=draws)

    def _count(self, place: Place) -> int:
        return 1 if place[2] == BASE else self.points(place[1], place[2]).count

    def points(self, layer: Layer, quantity: str = DemandConcept.WANTED) -> Points:
        """Points of a quantity of a layer."""
        if quantity == PACE:
            return self._yearly
        if quantity in FLOWS or LAYERS[layer].timing is Timing.TOTAL:
            return self._flow
        return self._stock[LAST_YEAR.get(layer)]

    @cached_property
    def _stock(self) -> Mapping[int | None, Points]:
        return {years: Points.stock(self.timeline, years=years) for years in (None, *LAST_YEAR.values())}

    @cached_property
    def _flow(self) -> Points:
        return Points.flow(self.timeline)

    @cached_property
    def _yearly(self) -> Points:
        return Points.yearly(self.timeline)

    @classmethod
    def points_of(cls, timeline: Timeline, layer: Layer) -> Mapping[Period, int]:
        """Row by published period of a level or an amount of a layer."""
        return cls(timeline, {}, np.zeros((0, 0), dtype=np.float32)).points(layer).of

    @classmethod
    def read_of(cls, timeline: Timeline, layer: Layer, path: FloatArray) -> FloatArray:
        """Values at the published points of a layer, (point, draw), of a path, (draw, quarter)."""
        points = cls(timeline, {}, np.zeros((0, 0), dtype=np.float32)).points(layer)
        out = np.empty((points.count, path.shape[0]), dtype=np.float32)
        points.read(path, out)
        return out

    def put(self, cells: Mapping[Key, Paths]) -> None:
        """Write cells, as many draws as there is room for."""
        for (region, layer), paths in cells.items():
            for quantity in _quantities((region, layer), paths):
                rows, path = self._at((region, layer, quantity)), getattr(paths, quantity)
                if quantity == BASE:
                    rows[0] = path
                else:
                    self.points(layer, quantity).read(path, rows, mean=quantity in MEANS)

    def put_path(self, place: Place, path: FloatArray) -> None:
        """Write one quantity, (draw, quarter)."""
        self.points(place[1], place[2]).read(path, self._at(place))

    def _at(self, place: Place) -> FloatArray:
        start = self.starts[place]
        return self.draws[start : start + self._count(place)]

    def rows(self, region: str, layer: Layer, quantity: str) -> FloatArray | None:
        """Draws of a quantity, (point, draw), in place; None where there is none."""
        place = (region, layer, quantity)
        return self._at(place) if place in self.starts else None


def route(name: str) -> str:
    """What draws of a route are kept as."""
    return f"route {name}"


def _places(cells: Mapping[Key, Paths]) -> Iterator[Place]:
    for (region, layer), paths in cells.items():
        for quantity in _quantities((region, layer), paths):
            yield region, layer, quantity


def _quantities(key: Key, paths: Paths) -> Iterator[str]:
    """Fields of a cell's paths that are published; none of a cell that is not answered."""
    cell_status = VERDICTS.get(key)
    if cell_status is None or cell_status.status is Status.UNAVAILABLE:
        return
    for name in Paths.names():
        if name in OF_SUPPLY and cell_status.status is Status.PARTIAL:
            continue
        if getattr(paths, name) is not None:
            yield name
