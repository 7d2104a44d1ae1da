"""A year that has begun: what its months have brought, and what the rest of a year brought in earlier ones.

Only the rest of the year is unknown. It is read as a rate a month from earlier years, in which the same months were
left: the year's total less what had come by the same time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

from data.periods.period import MONTHS_PER_YEAR, Period

NEAR = 1
"""Months that a sum of an earlier year may end before or after, where it has none of the same month."""
YEARS = 5
"""Earlier years looked back at."""


@dataclass(frozen=True)
class RunningYear:
    """The year up to a month.

    Attributes:
        month: the last month its sum holds; so_far: the sum since January, in the unit of the yearly figures.
        rests: logarithms of what a month of the rest brought, one an earlier year, oldest first.
    """

    month: Period
    so_far: float
    rests: tuple[float, ...]

    @property
    def months_left(self) -> int:
        """Months of the year that the sum does not hold."""
        return MONTHS_PER_YEAR - self.month.start.month


def near_month(months: Iterable[Period], year: int, month: Period) -> Period | None:
    """The month of a year nearest to the same month, the earlier of two; None where none is near."""
    distances = [(abs(other.start.month - month.start.month), other) for other in months if other.start.year == year]
    return min((pair for pair in distances if pair[0] <= NEAR), default=(0, None))[1]


def running_year(years: Mapping[int, float], sums: Mapping[Period, float]) -> RunningYear | None:
    """The newest year that has sums since January and no total; None where there is none.

    Args:
        years: totals by year.
        sums: sums since January by their last month, of any year.
    """
    running = [month for month in sums if month.start.year not in years and month.start.month < MONTHS_PER_YEAR]
    if not running:
        return None
    newest = max(running)
    if any(year > newest.start.year for year in years):
        return None
    rests = []
    for year in range(newest.start.year - YEARS, newest.start.year):
        month = near_month(sums, year, newest)
        if year in years and month is not None:
            rest, left = years[year] - sums[month], MONTHS_PER_YEAR - month.start.month
            if rest > 0 and left > 0:
                rests.append(log(rest / left))
    return RunningYear(newest, sums[newest], tuple(rests))
