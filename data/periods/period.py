"""Frequencies and periods. A period is named by its first day; a fiscal year may start in any month."""

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from data.base.errors import InvalidParameter

MONTHS_PER_YEAR = 12


class Frequency(StrEnum):
    """Sampling frequency of a series."""

    YEAR = "A"
    HALF = "H"
    QUARTER = "Q"
    MONTH = "M"

    @property
    def months(self) -> int:
        """Months in one period."""
        return {"A": 12, "H": 6, "Q": 3, "M": 1}[self.value]

    @property
    def per_year(self) -> int:
        """Periods in one year."""
        return MONTHS_PER_YEAR // self.months


def month_index(day: date) -> int:
    """Months since year 0 of the month that holds ``day``."""
    return day.year * MONTHS_PER_YEAR + day.month - 1


def month_start(index: int) -> date:
    """First day of the month with that index; inverse of :func:`month_index`."""
    year, month = divmod(index, MONTHS_PER_YEAR)
    return date(year, month + 1, 1)


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """A year, half, quarter or month, by its first day.

    >>> Period(date(2028, 1, 1), Frequency.QUARTER).shift(5).label
    '2029Q2'
    """

    start: date
    freq: Frequency

    def __post_init__(self) -> None:
        """A period starts on the first of a month."""
        if self.start.day != 1:
            raise InvalidParameter("period", f"{self.start} is not the first day of a month")

    @classmethod
    def parse(cls, text: str, freq: Frequency) -> Self:
        """Read an ISO date; raises :class:`InvalidParameter` when it is none or not a first of month."""
        try:
            return cls(date.fromisoformat(text), freq)
        except ValueError:
            raise InvalidParameter("period", f"{text!r} is not an ISO date") from None

    @classmethod
    def containing(cls, day: date, freq: Frequency) -> Self:
        """The calendar-aligned period that holds ``day``."""
        index = month_index(day)
        return cls(month_start(index - index % freq.months), freq)

    @property
    def end(self) -> date:
        """Last day of the period."""
        last = month_start(month_index(self.start) + self.freq.months - 1)
        return last.replace(day=calendar.monthrange(last.year, last.month)[1])

    @property
    def label(self) -> str:
        """Readable name: 2028, 2028H1, 2028Q3, 2028-07; a fiscal year carries its first month."""
        year, month = self.start.year, self.start.month
        if self.freq is Frequency.YEAR:
            return str(year) if month == 1 else f"FY{year}-{month:02d}"
        if self.freq is Frequency.MONTH:
            return f"{year}-{month:02d}"
        letter = self.freq.value
        return f"{year}{letter}{(month - 1) // self.freq.months + 1}"

    def __hash__(self) -> int:
        # Periods are keys of most that is read: the frequency, whose hash is slow, seldom distinguishes two of them.
        return hash(self.start)

    def shift(self, steps: int) -> Self:
        """The period ``steps`` later (earlier when negative)."""
        return type(self)(month_start(month_index(self.start) + steps * self.freq.months), self.freq)

    def steps_to(self, other: "Period") -> int:
        """Whole periods from this one to ``other``; raises :class:`InvalidParameter` off the grid."""
        if other.freq is not self.freq:
            raise InvalidParameter("period", f"frequencies differ: {self.freq} and {other.freq}")
        months = month_index(other.start) - month_index(self.start)
        steps, rest = divmod(months, self.freq.months)
        if rest:
            raise InvalidParameter("period", f"{other.start} is not on the {self.freq} grid of {self.start}")
        return steps


def period_range(first: Period, last: Period) -> list[Period]:
    """Periods from first to last, both included."""
    return [first.shift(step) for step in range(first.steps_to(last) + 1)]
