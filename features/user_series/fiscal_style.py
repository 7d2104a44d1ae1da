"""Continues fiscal periods counted in weeks: the days on which the next ones end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, product

from data.periods.fiscal_weeks import WEEK, YEARS
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.nowcast.fiscal import QUARTERS, FiscalCalendar, WeekRule, calendars

LEAST_SHARE = 0.9
"""Share of the days a calendar must give: companies break their own rule once in a while."""

NUMBERS = {Frequency.QUARTER: (1, 2, 3, 4), Frequency.HALF: (2, 4), Frequency.YEAR: (4,)}
"""The fiscal quarters with which periods of a frequency end."""


@dataclass(frozen=True)
class FiscalStyle:
    """Days of fiscal periods, continued.

    Attributes:
        periods, days: the periods of a series and the days they are written with.
        calendar: the rule the days follow; None where no fiscal calendar gives them. Then the day is the weekday that
            stands as in the other months (a last or third Friday), or else 52 weeks after that of the year before.
    """

    periods: tuple[Period, ...]
    days: tuple[date, ...]
    calendar: FiscalCalendar | None

    def label(self, period: Period) -> str:
        """The day of a period of the series, or of one after its last."""
        ahead = self.periods[-1].steps_to(period)
        if ahead <= 0:
            return self.days[self.periods.index(period)].isoformat()
        if self.calendar is not None:
            later = (day for day in _ends(self.calendar, self.days[-1].year, period.freq) if day > self.days[-1])
            return next(day for place, day in enumerate(later, start=1) if place == ahead).isoformat()
        return (self._of_month(period) or self._of_year(ahead, period.freq.per_year)).isoformat()

    def _of_month(self, period: Period) -> date | None:
        """The day by its distance from the first or last day of its month, where that is always within a week."""
        weekdays = {day.weekday() for day in self.days}
        for anchor in (_first_day, _last_day):
            offsets = [(day - anchor(one)).days for day, one in zip(self.days, self.periods, strict=True)]
            if len(weekdays) == 1 and max(offsets) - min(offsets) < WEEK:
                near = anchor(period) + timedelta(days=(max(offsets) + min(offsets)) // 2)
                back = (near.weekday() - self.days[-1].weekday()) % WEEK
                return near - timedelta(days=back if 2 * back <= WEEK else back - WEEK)
        return None

    def _of_year(self, ahead: int, per_year: int) -> date:
        """The day 52 weeks after that of the year before, or as far on as the days are apart in a shorter series."""
        if len(self.days) < per_year:
            step = (self.days[-1] - self.days[0]) / (len(self.days) - 1)
            return self.days[-1] + ahead * step
        years = -(-ahead // per_year)
        before = self.days[len(self.days) - 1 + ahead - years * per_year]
        return before + timedelta(days=years * YEARS[0])


def _first_day(period: Period) -> date:
    return period.start


def _last_day(period: Period) -> date:
    return Period(period.start, Frequency.MONTH).end


def fiscal_style(periods: tuple[Period, ...], days: tuple[date, ...]) -> FiscalStyle:
    """The style of a series; a calendar of a known company goes before others that give the same days."""
    weekdays = {day.weekday() for day in days}
    freq = periods[0].freq
    if len(weekdays) == 1 and freq in NUMBERS:
        for calendar in chain(calendars().values(), _candidates(weekdays.pop())):
            if calendar.rule is None:
                continue
            ends = set(_ends(calendar, days[0].year - 1, freq, years=days[-1].year - days[0].year + 3))
            if days[-1] in ends and sum(day in ends for day in days) >= LEAST_SHARE * len(days):
                return FiscalStyle(periods, days, calendar)
    return FiscalStyle(periods, days, None)


def _candidates(weekday: int) -> Iterator[FiscalCalendar]:
    months = range(MONTHS_PER_YEAR, 0, -1)
    for month, rule, long in product(months, WeekRule, range(QUARTERS, 0, -1)):
        yield FiscalCalendar(
            company="", month=month, source="the days themselves", rule=rule, weekday=weekday, long_quarter=long
        )


def _ends(calendar: FiscalCalendar, year: int, freq: Frequency, *, years: int | None = None) -> Iterator[date]:
    """Last days of fiscal periods from fiscal year ``year`` on, ascending; of ``years`` of them or without end."""
    last = date.max.year - 1 if years is None else min(year + years, date.max.year - 1)
    for each in range(year, last):
        for number in NUMBERS[freq]:
            yield calendar.bounds(each, number)[1]
