"""Fiscal periods counted in weeks, recognised by their days: quarters of 13 (or 12 and 16) weeks, months of 4 and 5."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from data.periods.period import Frequency, Period, month_index, month_start

WEEK = 7
BOUNDS = {
    Frequency.QUARTER: (84, 98),
    Frequency.HALF: (175, 196),
    Frequency.YEAR: (363, 371),
}
"""Days of the shortest and longest period of a year of 52 or 53 weeks."""
YEARS = (364, 371)
"""Days of a year of 52 and of 53 weeks."""
UNEVEN = (84, 119)
"""Days of quarters that share a year unevenly, such as 12, 12, 12 and 16 or 17 weeks."""
MONTHS = (28, 35)
"""Days of months of four and five weeks."""
HALF_MONTH = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class WeekPeriods:
    """Consecutive fiscal periods.

    Attributes:
        periods: one for each day, on a grid of months: under the month whose end is nearest, as for most of the days.
        gap: place of the first day that does not follow the one before; None where all do.
    """

    freq: Frequency
    periods: tuple[Period, ...]
    gap: int | None = None


def week_periods(days: Sequence[date]) -> WeekPeriods | None:
    """The fiscal periods that ascending days end (or begin); None where their steps are none of such a calendar.

    Steps of 84 to 98 days are quarters, of 175 to 196 halves, of 363 to 371 years; quarters of 12 to 17 weeks are those
    of which any four make 52 or 53 weeks, and months of 4 and 5 weeks those of which any three make 13 or 14.
    """
    steps = [(later - earlier).days for earlier, later in pairwise(days)]
    if not steps:
        return None
    for freq, (least, most) in BOUNDS.items():
        counts = [max(1, round(2 * step / (least + most))) for step in steps]
        if Counter(counts).most_common(1)[0][0] == 1 and all(
            least * count <= step <= most * count for step, count in zip(steps, counts, strict=True)
        ):
            return _placed(days, freq, counts)
    weeks = all(UNEVEN[0] <= step <= UNEVEN[1] and step % WEEK == 0 for step in steps)
    if weeks and _sums(steps, 4) <= set(YEARS):
        return _placed(days, Frequency.QUARTER, [1] * len(steps))
    if set(steps) == set(MONTHS) and _sums(steps, 3) <= {91, 98}:
        return _placed(days, Frequency.MONTH, [1] * len(steps))
    return None


def _sums(steps: Sequence[int], count: int) -> set[int]:
    return {sum(steps[place : place + count]) for place in range(len(steps) - count + 1)}


def _placed(days: Sequence[date], freq: Frequency, counts: Sequence[int]) -> WeekPeriods:
    places = [0]
    for count in counts:
        places.append(places[-1] + count)
    # A day in the first half of a month ends the month before: 2 May 2021 is the end of April.
    firsts = [month_index(day - HALF_MONTH) - place * freq.months for day, place in zip(days, places, strict=True)]
    first = Period(month_start(Counter(firsts).most_common(1)[0][0]), freq)
    gap = next((place for place, count in enumerate(counts, start=1) if count > 1), None)
    return WeekPeriods(freq, tuple(first.shift(place) for place in places), gap)
