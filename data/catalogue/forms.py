"""One quantity in several forms: its own periods, running totals, and growth on the same period of the year before.

A publisher often prints some of each, so that no form alone is a whole series. A period that is not printed follows
from the others: a running total is the sum over an interval, intervals that share an end add or subtract, and growth
multiplies the figure of the year before. What follows so carries the rounding of the figures it is made of: the last
printed digit is rounded, and zeros at the end of a whole number after its first three digits were not printed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from data.periods.period import Period

LEAST_DIGITS = 3
"""Digits of a whole number that are taken to have been printed even where they are zeros."""


class Form(StrEnum):
    """How a series relates to another one."""

    SINCE_JANUARY = "since_january"  # its sum since the year began
    SINCE_START = "since_start"  # its sum since a start before the first total: the first holds earlier periods
    SINCE_FIRST = "since_first"  # its sum since a start with the first total, which is that period's own figure
    SAME = "same"  # the same figures under another id
    GROWTH = "growth_on_year"  # its change on the same period of the year before, percent

    @property
    def total(self) -> bool:
        """Whether it is a running total."""
        return self in {Form.SINCE_JANUARY, Form.SINCE_START, Form.SINCE_FIRST}


class Way(StrEnum):
    """Where a period's figure comes from, the first that there is."""

    STATED = "stated"
    DIFFERENCE = "difference of running totals"
    AHEAD = "the year before times growth"
    BACK = "the year after over growth"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what its rounding leaves open.

    Attributes:
        bound: most it can be off by rounding; variance: of the rounding error, uniform on the last printed digit.
    """

    value: float
    bound: float
    variance: float
    way: Way = Way.STATED


@dataclass(frozen=True, slots=True)
class Interval:
    """A sum over the periods after ``before`` up to ``last``; ``before`` is None for an unknown start."""

    before: Period | None
    last: Period
    figure: Figure


Figures = Mapping[Period, Figure]


def printed(value: float) -> Figure:
    """A printed number with the rounding of its last digit.

    >>> printed(2510.0).bound, printed(33.03).bound
    (5.0, 0.005)
    """
    digits = Decimal(repr(value)).normalize()
    unit = 10.0 ** min(int(digits.as_tuple().exponent), max(digits.adjusted() - LEAST_DIGITS + 1, 0) if digits else 0)
    return Figure(value, unit / 2, unit**2 / 12)


def intervals(totals: Figures, form: Form) -> list[Interval]:
    """Running totals as sums over intervals."""
    first = min(totals, default=None)
    return [Interval(_before(period, form, first), period, figure) for period, figure in totals.items()]


def _before(period: Period, form: Form, first: Period | None) -> Period | None:
    if form is Form.SINCE_JANUARY:
        return period.shift(-periods_of_year(period))
    return first.shift(-1) if form is Form.SINCE_FIRST and first is not None else None


def periods_of_year(period: Period) -> int:
    """Periods of a calendar year up to one, itself included."""
    return (period.start.month - 1) // period.freq.months + 1


class Sums:
    """Sums over intervals, added and subtracted where they share an end.

    ``stated`` are figures of single periods, ``totals`` the sums over longer intervals.
    """

    def __init__(self, stated: Figures, totals: Iterable[Interval]) -> None:
        self._stated = stated
        self._edges: dict[Period | None, list[tuple[Period | None, float, Figure]]] = {}
        for one in (*(Interval(period.shift(-1), period, figure) for period, figure in stated.items()), *totals):
            self._edges.setdefault(one.before, []).append((one.last, 1.0, one.figure))
            self._edges.setdefault(one.last, []).append((one.before, -1.0, one.figure))

    def over(self, before: Period | None, last: Period, *, without: Figure | None = None) -> Figure | None:
        """The sum over the periods after ``before`` up to ``last`` by the fewest figures; None where none lead there.

        ``without`` is a figure that is not used.
        """
        reached: dict[Period | None, Figure] = {before: Figure(0.0, 0.0, 0.0, Way.DIFFERENCE)}
        ends = [before]
        while ends and last not in reached:
            following = []
            for end in ends:
                for other, sign, figure in self._edges.get(end, ()):
                    if other not in reached and figure is not without:
                        reached[other] = _added(reached[end], figure, sign)
                        following.append(other)
            ends = following
        return reached.get(last)

    def differences(self) -> dict[Period, Figure]:
        """Figures of single periods that follow from sums, their own statement left aside."""
        ends = [end for end in self._edges if end is not None]
        following = ((end, self.over(end.shift(-1), end, without=self._stated.get(end))) for end in ends)
        return {end: figure for end, figure in following if figure is not None}

    def spans(self) -> list[Interval]:
        """Sums over several periods between ends that lead to one another, none of them longer than it must be."""
        span_list, left = [], {end for end in self._edges if end is not None}
        while left:
            first = min(left)
            together = sorted(end for end in self._reached(first) if end is not None)
            left -= set(together)
            for before, last in pairwise(together):
                figure = self.over(before, last)
                if figure is not None and before.steps_to(last) > 1:
                    span_list.append(Interval(before, last, figure))
        return span_list

    def _reached(self, first: Period) -> set[Period | None]:
        reached: set[Period | None] = {first}
        ends: list[Period | None] = [first]
        while ends:
            ends = [other for end in ends for other, _, _ in self._edges.get(end, ()) if other not in reached]
            reached |= set(ends)
        return reached


def _added(one: Figure, other: Figure, sign: float) -> Figure:
    value, bound = one.value + sign * other.value, one.bound + other.bound
    return Figure(value, bound, one.variance + other.variance, Way.DIFFERENCE)


def grown(figures: Figures, growth: Figures) -> dict[Period, Figure]:
    """Figures that follow from growth in percent: of the period from the year before, else of the year before."""
    grown_figures: dict[Period, Figure] = {}
    for period, rate in growth.items():
        year = period.shift(-period.freq.per_year)
        factor = 1 + rate.value / 100
        if factor <= 0:
            continue
        if year in figures:
            grown_figures[period] = _scaled(figures[year], factor, rate, Way.AHEAD)
        if period in figures and year not in grown_figures:
            grown_figures[year] = _scaled(figures[period], 1 / factor, rate, Way.BACK)
    return grown_figures


def _scaled(base: Figure, by: float, rate: Figure, way: Way) -> Figure:
    value = base.value * by
    share = 1 / (100 * (1 + rate.value / 100))
    return Figure(
        value,
        base.bound * by + abs(value) * rate.bound * share,
        base.variance * by**2 + value**2 * rate.variance * share**2,
        way,
    )
