"""Regions added and taken away draw by draw, so that a band of their sum is read off joint draws like any other.

Only regions that share no ground are added, and only what lies inside a sum is taken away.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.layers import Confidence, Layer, Status, UnitKind
from data.base.quantiles import Quantile
from data.base.regions import REGIONS, Level
from data.periods.period import Frequency, Period
from projection.base.measures import first_likely
from projection.edition.edition import Cell, Edition
from projection.edition.points import Numbers, Point, Selection, gap_of, points

FloatArray = NDArray[np.float64]
PEAKS = {UnitKind.FACILITY_PEAK, UnitKind.ACCREDITED}
APART = {frozenset({Level.COUNTRY}), frozenset({Level.COUNTRY, Level.BLOC}), frozenset({Level.BLOC})}
"""Levels of regions that share no ground, where neither lies in the other; so do two of one level in one country."""
PEAK_NOTE = "Peaks of the regions are added as they stand; they need not fall into one hour."


@dataclass(frozen=True)
class Combined:
    """Regions on one layer, added and taken away.

    Attributes:
        edition: whose draws are read.
        plus, minus: cells of the regions that are added and taken away.
        freq: yearly or quarterly.
    """

    edition: Edition
    plus: tuple[Cell, ...]
    minus: tuple[Cell, ...]
    freq: Frequency

    def __post_init__(self) -> None:
        """Raise :class:`InvalidParameter` for regions that overlap, or are taken away from nothing."""
        check([cell.region for cell in self.plus], [cell.region for cell in self.minus])

    @property
    def cell(self) -> Cell:
        """What can be said of them together: no more than of each."""
        cells = (*self.plus, *self.minus)
        first = cells[0]
        weak = any(cell.confidence is Confidence.WEAK for cell in cells)
        whole = replace(
            first,
            region=" ".join([*_signed("+", self.plus)[1:], *_signed("-", self.minus)]),
            status=Status.AVAILABLE,
            confidence=Confidence.WEAK if weak else first.confidence,
            reason=None,
            sources=tuple(dict.fromkeys(source for cell in cells for source in cell.sources)),
            notes=tuple(
                dict.fromkeys(
                    [
                        *(note for cell in cells for note in cell.notes),
                        *([PEAK_NOTE] if first.unit_kind in PEAKS else []),
                    ]
                )
            ),
        )
        for status in (Status.UNAVAILABLE, Status.PARTIAL):
            if lacking := [f"{cell.region}: {cell.reason}" for cell in cells if cell.status is status]:
                confidence = None if status is Status.UNAVAILABLE else whole.confidence
                return replace(whole, status=status, confidence=confidence, reason=" ".join(lacking))
        if first.layer is Layer.FIRM:
            days = {self.edition.periods(cell, Frequency.QUARTER)[0] for cell in cells}
            if self.minus or len(days) > 1:
                reason = "Firm power is growth since a day of each region's own: it is not added up over these."
                return replace(whole, status=Status.UNAVAILABLE, confidence=None, reason=reason)
        if (negative := self._negative()) is not None:
            reason = f"In some draws the {negative} of what is taken away is more than there is."
            return replace(whole, status=Status.UNAVAILABLE, confidence=None, reason=reason)
        return whole

    @property
    def periods(self) -> list[Period]:
        """Periods that all of them are answered for, ascending."""
        cells = (*self.plus, *self.minus)
        common = set.intersection(*(set(self.edition.periods(cell, self.freq)) for cell in cells))
        return sorted(common, key=lambda period: period.start)

    def draws(self, quantity: str, periods: Sequence[Period]) -> FloatArray | None:
        """Draws of ``demand`` or ``supply``, (draw, period), and None of anything else, or where one has none."""
        if quantity not in {"demand", "supply"}:
            return None
        whole: FloatArray | None = None
        for cell, sign in self._signs():
            demand, supply = gap_of(self._of(cell), periods, _selection(cell, (), None, None, ()))
            part = demand if quantity == "demand" else supply
            if part is None:
                return None
            whole = sign * part if whole is None else whole + sign * part
        return whole

    def points(
        self, *, first: date | None, last: date | None, levels: Sequence[Quantile], above: Sequence[float]
    ) -> list[Point]:
        """Bands and chances by period, as :meth:`Edition.answer` gives them; width is not split between causes."""
        cell, periods = self.cell, self.periods
        if cell.status is Status.UNAVAILABLE or not periods:
            return []
        about: dict[str, dict[str, Any]] = {period.start.isoformat(): {"width_split": {}} for period in periods}
        # Draws come on the precision asked for, so nothing is narrowed again.
        selection = replace(_selection(cell, levels, first, last, above), narrow=False)
        numbers = Numbers.of(self.draws, periods, selection)
        return [] if numbers is None else points(numbers, self.draws, about, periods, selection)

    def first_likely_short(self) -> date | None:
        """First day of the first period in which a shortage is more likely than not; None when there is none."""
        periods = self.periods
        demand, supply = self.draws("demand", periods), self.draws("supply", periods)
        if self.cell.status is not Status.AVAILABLE or demand is None or supply is None:
            return None
        place = first_likely(demand - supply)
        return None if place is None else periods[place].start

    def _signs(self) -> Iterator[tuple[Cell, float]]:
        yield from ((cell, 1.0) for cell in self.plus)
        yield from ((cell, -1.0) for cell in self.minus)

    def _of(self, cell: Cell) -> Callable[[str, Sequence[Period]], FloatArray | None]:
        return lambda quantity, periods: self.edition.draws(cell, quantity, periods)

    def _negative(self) -> str | None:
        """The quantity of which less than nothing is left in some draw, where something is taken away."""
        if not self.minus:
            return None
        periods = self.periods
        left = {quantity: self.draws(quantity, periods) for quantity in ("demand", "supply")}
        return next((name for name, draws in left.items() if draws is not None and (draws < 0).any()), None)


def check(plus: Sequence[str], minus: Sequence[str]) -> None:
    """Raise :class:`InvalidParameter` for regions that overlap, or are taken away from nothing."""
    for parameter, codes in (("sum", plus), ("minus", minus)):
        for one, other in combinations(codes, 2):
            if (reason := overlap(one, other)) is not None:
                raise InvalidParameter(parameter, reason)
    for code in minus:
        if not any(whole in _chain(code)[1:] for whole in plus):
            raise InvalidParameter("minus", f"{code} lies in none of {', '.join(plus)}")


def overlap(one: str, other: str) -> str | None:
    """Why two regions may share ground, or None.

    >>> overlap("US", "CN"), overlap("US-PJM", "US")
    (None, 'US-PJM lies in US')
    """
    if one == other:
        return f"{one} is given twice"
    for inner, outer in ((one, other), (other, one)):
        if outer in _chain(inner):
            return f"{inner} lies in {outer}"
    first, second = _chain(one), _chain(other)
    common = next(code for code in first if code in second)
    levels = frozenset(REGIONS[chain[chain.index(common) - 1]].level for chain in (first, second))
    if len(levels) == 1 and Level.PUBLISHER_AREA not in levels:
        return None
    return None if levels in APART else f"{one} and {other} may share ground"


def _chain(code: str) -> list[str]:
    """A region and those that contain it, to the world."""
    chain = [code]
    while (parent := REGIONS[chain[-1]].parent) is not None:
        chain.append(parent)
    return chain


def _signed(sign: str, cells: Sequence[Cell]) -> list[str]:
    return [text for cell in cells for text in (sign, cell.region)]


def _selection(
    cell: Cell, levels: Sequence[Quantile], first: date | None, last: date | None, above: Sequence[float]
) -> Selection:
    narrow = cell.unit_kind is UnitKind.BIT16
    return Selection(first, last, levels, above, narrow=narrow, partial=cell.status is Status.PARTIAL)
