"""Quarters out of the durations a company files: three-month facts as printed, others as differences.

A cash-flow statement in a 10-Q runs from the start of the fiscal year, so the second quarter is the six months less the
first three. Both facts are taken from filings of one round: the reports of the fiscal year itself, or those that print
it a year later for comparison. A year restated after its nine months would otherwise put the whole restatement into
the fourth quarter. A restatement of one of the two alone gives no quarter.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from data.periods.period import Frequency, Period

_DAYS_PER_QUARTER = 365.25 / 4
_SLACK_DAYS = 10
"""A 14-week quarter is 98 days and a 53-week year 371: both lie within 7 days of their quarters."""
_QUARTERS_PER_YEAR = 4
_NEAREST_MONTH = timedelta(days=15)
_SAME_QUARTER_DAYS = 7


@dataclass(frozen=True, slots=True)
class Fact:
    """One reported duration.

    Attributes:
        start: first day, included.
        end: last day, included.
        value: dollars.
        filed: day of the filing.
        concept: tag of the taxonomy.
        rank: place of the concept in the order of preference; 0 first.
    """

    start: date
    end: date
    value: float
    filed: date
    concept: str
    rank: int = 0

    @property
    def quarters(self) -> int | None:
        """How many fiscal quarters it spans, 1 to 4; None when it is no whole number of them."""
        days = (self.end - self.start).days + 1
        count = round(days / _DAYS_PER_QUARTER)
        fits = 1 <= count <= _QUARTERS_PER_YEAR and abs(days - count * _DAYS_PER_QUARTER) <= _SLACK_DAYS
        return count if fits else None

    @property
    def round(self) -> int:
        """0 for the report of the period itself, 1 for the comparison a year later, 2 for the one after."""
        return (self.filed - self.end).days // 365


@dataclass(frozen=True, slots=True)
class Print:
    """What was known of a duration from a day on.

    Attributes:
        value: dollars.
        filed: day from which it was known: the later filing where two were needed.
        derived: whether it is a difference.
    """

    start: date
    end: date
    value: float
    filed: date
    concept: str
    derived: bool
    rank: int = 0


def fiscal_year_start(fact: Fact) -> date:
    """First of the month nearest to the first day: 27 January 2025 is 1 February 2025."""
    return (fact.start + _NEAREST_MONTH).replace(day=1)


def calendar_quarter(start: date, end: date) -> Period | None:
    """The calendar quarter a fiscal quarter overlaps most (both days included); None when two overlap it equally."""
    first = Period.containing(start, Frequency.QUARTER)
    candidates = [first.shift(step) for step in range(3)]
    overlaps = sorted(
        (((min(end, period.end) - max(start, period.start)).days + 1, period) for period in candidates), reverse=True
    )
    return None if overlaps[0][0] == overlaps[1][0] else overlaps[0][1]


def fiscal_years(facts: Iterable[Fact], *, first_month: int) -> dict[Period, list[Print]]:
    """Vintages of every fiscal year, by a period that starts in the year's own first month; oldest first."""
    by_year: dict[Period, list[Print]] = defaultdict(list)
    for fact in facts:
        if fact.quarters == _QUARTERS_PER_YEAR and fiscal_year_start(fact).month == first_month:
            by_year[Period(fiscal_year_start(fact), Frequency.YEAR)].append(_printed(fact))
    return {period: vintages(prints) for period, prints in sorted(by_year.items())}


def fiscal_quarters(
    facts: Sequence[Fact], *, first_month: int
) -> tuple[dict[Period, list[Print]], list[tuple[Print, str]]]:
    """Vintages of every quarter by calendar quarter, oldest first, and the prints that fit none."""
    by_quarter: dict[Period, list[Print]] = defaultdict(list)
    unmapped: list[tuple[Print, str]] = []
    direct = [_printed(fact) for fact in facts if fact.quarters == 1]
    prints = direct + _differences(facts, first_month=first_month)
    for one_print in sorted(prints, key=lambda one: (one.filed, one.derived, one.rank)):
        period = calendar_quarter(one_print.start, one_print.end)
        if period is None:
            unmapped.append((one_print, "overlaps two calendar quarters equally"))
            continue
        others = by_quarter[period]
        if others and abs((one_print.end - others[0].end).days) > _SAME_QUARTER_DAYS:
            unmapped.append((one_print, f"{period.label} is already the quarter that ended {others[0].end}"))
            continue
        others.append(one_print)
    return {period: vintages(prints) for period, prints in sorted(by_quarter.items()) if prints}, unmapped


def vintages(prints: Iterable[Print]) -> list[Print]:
    """One print a day, in order of filing, without those that only repeat the last."""
    new_prints: list[Print] = []
    for item in sorted(prints, key=lambda one: (one.filed, one.derived, one.rank)):
        if new_prints and (new_prints[-1].filed == item.filed or new_prints[-1].value == item.value):
            continue
        new_prints.append(item)
    return new_prints


def added(one: Mapping[Period, list[Print]], other: Mapping[Period, list[Print]]) -> dict[Period, list[Print]]:
    """Vintages of the sum, only periods that both have, each from the day both were known."""
    sums: dict[Period, list[Print]] = {}
    for period in sorted(one.keys() & other.keys()):
        prints = [
            Print(a.start, a.end, a.value + b.value, filed, f"{a.concept} + {b.concept}", derived=True)
            for filed in sorted({item.filed for item in (*one[period], *other[period])})
            if (a := _print_on(one[period], filed)) and (b := _print_on(other[period], filed))
        ]
        sums[period] = vintages(prints)
    return sums


def _printed(fact: Fact) -> Print:
    return Print(fact.start, fact.end, fact.value, fact.filed, fact.concept, derived=False, rank=fact.rank)


def _print_on(prints: Sequence[Print], day: date) -> Print | None:
    """The last print filed on or before that day."""
    return next((item for item in reversed(prints) if item.filed <= day), None)


def _differences(facts: Sequence[Fact], *, first_month: int) -> list[Print]:
    printed = {(fact.end, fact.round) for fact in facts if fact.quarters == 1}
    to_date: dict[tuple[str, date, int, int], list[Print]] = defaultdict(list)
    for fact in facts:
        count = fact.quarters
        if count is not None and fiscal_year_start(fact).month == first_month:
            to_date[fact.concept, fact.start, fact.round, count].append(_printed(fact))
    differences: list[Print] = []
    for (concept, start, turn, count), longer in to_date.items():
        shorter = to_date.get((concept, start, turn, count - 1))
        if shorter is None:
            continue
        longer_prints, shorter_prints = vintages(longer), vintages(shorter)
        for filed in sorted({item.filed for item in (*longer_prints, *shorter_prints)}):
            whole, part = _print_on(longer_prints, filed), _print_on(shorter_prints, filed)
            if whole is None or part is None or (whole.end, turn) in printed:
                continue
            first_day = part.end + timedelta(days=1)
            differences.append(
                Print(first_day, whole.end, whole.value - part.value, filed, concept, derived=True, rank=whole.rank)
            )
    return differences
