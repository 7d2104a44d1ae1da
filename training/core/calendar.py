"""When the points of a series were: positions on a regular grid, gaps kept as gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.periods.period import Frequency, Period

HISTORY: dict[Frequency, int] = {
    Frequency.YEAR: 40,
    Frequency.HALF: 40,
    Frequency.QUARTER: 80,
    Frequency.MONTH: 144,
}
"""Grid steps of history a fit looks back on: older regimes cost time and, on our series, accuracy."""

LEAST_BEGUN = 8
"""Points from the first that is not zero on; with fewer, the zeros before it are part of the history."""
LEAST_ENDED = 4
"""Zeros at the end, also where a year has fewer points, from which a quantity is taken to have ended."""


@dataclass(frozen=True)
class Calendar:
    """Observed positions of a series.

    Attributes:
        first: the period at position 0.
        positions: ascending grid steps of the observed points; the first is 0, missing numbers are gaps.
    """

    first: Period
    positions: tuple[int, ...]

    def __post_init__(self) -> None:
        """Positions start at 0 and ascend."""
        steps = np.diff(self.positions)
        if not self.positions or self.positions[0] != 0 or np.any(steps <= 0):
            raise InvalidParameter("calendar", "positions must ascend from 0")

    @classmethod
    def of(cls, periods: Sequence[Period]) -> Self:
        """The calendar of ascending periods of one frequency; raises :class:`InvalidParameter`."""
        if not periods:
            raise InvalidParameter("calendar", "a series without periods has no calendar")
        return cls(periods[0], tuple(periods[0].steps_to(period) for period in periods))

    @property
    def freq(self) -> Frequency:
        """Frequency of the grid."""
        return self.first.freq

    @property
    def season(self) -> int:
        """Steps in a year."""
        return self.freq.per_year

    @cached_property
    def grid(self) -> NDArray[np.int64]:
        """Positions as an array."""
        return np.asarray(self.positions, dtype=np.int64)

    @property
    def span(self) -> int:
        """Grid steps from the first point to the last, both included."""
        return self.positions[-1] + 1

    @property
    def last(self) -> Period:
        """The last observed period."""
        return self.first.shift(self.positions[-1])

    @property
    def gaps(self) -> bool:
        """Whether a period inside is missing."""
        return self.span != len(self.positions)

    def take(self, start: int, stop: int) -> "Calendar":
        """The calendar of the points ``start`` to ``stop`` (indices of points, not positions)."""
        positions = self.positions[start:stop]
        return Calendar(self.first.shift(positions[0]), tuple(position - positions[0] for position in positions))

    def recent(self) -> int:
        """Index of the first point inside the look-back window of this frequency."""
        return int(np.searchsorted(self.grid, self.span - HISTORY[self.freq]))

    def begin(self, values: NDArray[np.float64]) -> int:
        """Index of the first point a fit looks at, inside the look-back window.

        Zeros before a quantity came into being say nothing of how it moves since, and neither does what was before it
        ended: a run of zeros up to now, of a year or more and longer than any before, is a history of its own.
        """
        start = self.recent()
        recent = values[start:]
        positive = np.flatnonzero(recent)
        if not positive.size or np.any(recent < 0):
            return start
        runs = np.diff(positive, append=recent.size) - 1
        if runs[-1] >= max(self.season, LEAST_ENDED) and runs[-1] > np.max(runs[:-1], initial=0):
            return start + int(positive[-1]) + 1
        return start + int(positive[0]) if recent.size - positive[0] >= LEAST_BEGUN else start

    def tail(self) -> int:
        """Index of the first point of the gap-free tail."""
        breaks = np.flatnonzero(np.diff(self.grid) > 1)
        return int(breaks[-1]) + 1 if breaks.size else 0

    def on_grid(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values on the whole grid, NaN in gaps, shape ``(span,)``."""
        on_grid = np.full(self.span, np.nan)
        on_grid[self.grid] = values
        return on_grid
