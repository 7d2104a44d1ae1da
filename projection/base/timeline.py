"""The quarters the engine runs on: history that chips are counted from, then ten years that are projected.

The projection begins with the year after the base year, which is the last full year before the day of knowledge whose
electricity is published: what that day knows of later quarters enters as observations inside the first projected ones.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.periods.period import Frequency, Period, period_range

FIRST_HISTORY = Period(date(2022, 1, 1), Frequency.QUARTER)
"""Counted shipments of accelerators begin here."""
YEARS_AHEAD = 10
YEARS_QUARTERLY = 5
"""Years whose quarters are published; later years are published as years."""
QUARTERS_PER_YEAR = 4
HOURS_PER_YEAR = 8766.0
"""Hours of a mean year; turns a quarter's energy into a yearly rate."""


@dataclass(frozen=True)
class Timeline:
    """Quarters from the first counted shipment to ten years after the base year.

    Attributes:
        base_year: the last year that counts as past; stocks and levels of its end are what the engine starts from.
    """

    base_year: int

    def __post_init__(self) -> None:
        """A year of counted shipments stands before the first projected quarter."""
        if self.base_year < FIRST_HISTORY.start.year:
            year = FIRST_HISTORY.start.year
            raise InvalidParameter("as_of", f"no accelerators are counted before {year}", allowed=[f">= {year + 1}"])

    @classmethod
    def before(cls, as_of: date) -> Self:
        """The timeline after the last full year; raises :class:`InvalidParameter` before there is anything to count."""
        return cls(as_of.year - 1)

    @property
    def base(self) -> date:
        """The last day of the base year."""
        return date(self.base_year, 12, 31)

    @property
    def first(self) -> Period:
        """The first projected quarter."""
        return Period(date(self.base_year + 1, 1, 1), Frequency.QUARTER)

    @cached_property
    def quarters(self) -> tuple[Period, ...]:
        """Projected quarters, ascending."""
        return tuple(period_range(self.first, Period(date(self.base_year + YEARS_AHEAD, 10, 1), Frequency.QUARTER)))

    @cached_property
    def history(self) -> tuple[Period, ...]:
        """All quarters, those before the projection first."""
        return tuple(period_range(FIRST_HISTORY, self.quarters[-1]))

    @property
    def offset(self) -> int:
        """Index of the first projected quarter within :attr:`history`."""
        return FIRST_HISTORY.steps_to(self.first)

    @cached_property
    def years(self) -> tuple[Period, ...]:
        """Projected years, ascending."""
        first = self.base_year + 1
        return tuple(Period(date(year, 1, 1), Frequency.YEAR) for year in range(first, first + YEARS_AHEAD))

    @property
    def published_quarters(self) -> int:
        """How many quarters are published as quarters."""
        return YEARS_QUARTERLY * QUARTERS_PER_YEAR

    @cached_property
    def hours(self) -> NDArray[np.float32]:
        """Hours of each projected quarter, shape (quarter,)."""
        return np.array(
            [((quarter.end - quarter.start).days + 1) * 24.0 for quarter in self.quarters], dtype=np.float32
        )

    @cached_property
    def mid_years(self) -> NDArray[np.float32]:
        """Years from the middle of the base year to the middle of each projected quarter, shape (quarter,)."""
        return np.array(
            [(index + 0.5) / QUARTERS_PER_YEAR + 0.5 for index in range(len(self.quarters))], dtype=np.float32
        )

    @cached_property
    def end_years(self) -> NDArray[np.float32]:
        """Years from the end of the base year to it and to each projected quarter's end, shape (1 + quarter,)."""
        return (np.arange(1 + len(self.quarters)) / QUARTERS_PER_YEAR).astype(np.float32)

    def index_of(self, period: Period) -> int:
        """Index of a quarter within :attr:`quarters`; negative before the first."""
        return self.first.steps_to(period)

    def years_after(self, day: date) -> NDArray[np.float64]:
        """Years from ``day`` to the ends of the base year and of each projected quarter, shape (1 + quarter,)."""
        return np.array([(end - day).days / 365.25 for end in (self.base, *(quarter.end for quarter in self.quarters))])
