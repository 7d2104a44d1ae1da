"""Fiscal quarters: when they end, under which calendar quarter they are shown, and how flows are divided.

The tables show a fiscal quarter under the calendar quarter it overlaps most. Figures stay as printed, and consecutive
fiscal quarters belong to consecutive calendar quarters. :func:`recut` instead divides the flow among calendar quarters
by days; its result is an estimate with an error of its own.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import numpy as np
from pydantic import Field

from data.base.errors import InvalidParameter, NotFound
from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period, month_index, month_start
from features.series import ModelSeries, derive

FILE = "fiscal_calendars.toml"
WEEK = 7
QUARTERS = 4
SHORT_QUARTER = 13 * WEEK
"""Days of a quarter of a company that counts in weeks; one quarter of a 53-week year has a week more."""


class WeekRule(StrEnum):
    """Which weekday a 52- or 53-week fiscal year ends on."""

    LAST = "last"
    """The last such weekday of the closing month."""
    NEAREST = "nearest"
    """The one nearest to the last day of the closing month."""


class FiscalCalendar(Entry):
    """When the fiscal quarters of one company end.

    Attributes:
        month: closing month of the fiscal year, 1 to 12.
        rule: None where quarters are whole months; else the rule for the closing weekday.
        weekday: closing weekday under a rule, 0 for Monday.
        long_quarter: the quarter that has 14 weeks in a 53-week year, 1 to 4.
        exceptions: last day of fiscal years that broke the rule, by fiscal year.
        source: the filing that states it.
    """

    company: str
    month: int
    source: str
    rule: WeekRule | None = None
    weekday: int = 6
    long_quarter: int = 4
    exceptions: Mapping[int, date] = Field(default_factory=dict)

    def year_end(self, year: int) -> date:
        """Last day of fiscal year ``year``, which is named by the calendar year it ends in."""
        last = Period(date(year, self.month, 1), Frequency.MONTH).end
        if year in self.exceptions:
            return self.exceptions[year]
        if self.rule is None:
            return last
        back = (last.weekday() - self.weekday) % WEEK
        before = last - timedelta(days=back)
        after_is_nearer = self.rule is WeekRule.NEAREST and 2 * back > WEEK
        return before + timedelta(days=WEEK) if after_is_nearer else before

    def bounds(self, year: int, number: int) -> tuple[date, date]:
        """First and last day of fiscal quarter ``number`` (1 to 4); raises :class:`InvalidParameter` for another."""
        if not 1 <= number <= QUARTERS:
            raise InvalidParameter("number", f"{number} is no quarter", allowed=["1", "2", "3", "4"])
        return self._end(year, number - 1) + timedelta(days=1), self._end(year, number)

    def calendar_quarter(self, year: int, number: int) -> Period:
        """The calendar quarter that fiscal quarter overlaps most."""
        days = self.overlaps(year, number)
        return max(days, key=lambda period: days[period])

    def overlaps(self, year: int, number: int) -> dict[Period, int]:
        """Days of the fiscal quarter in each calendar quarter it touches, in order."""
        first, last = self.bounds(year, number)
        period = Period.containing(first, Frequency.QUARTER)
        days: dict[Period, int] = {}
        while period.start <= last:
            days[period] = (min(last, period.end) - max(first, period.start)).days + 1
            period = period.shift(1)
        return days

    def fiscal_quarter(self, period: Period) -> tuple[int, int]:
        """Fiscal year and quarter shown under a calendar quarter: the inverse of :meth:`calendar_quarter`.

        Raises :class:`InvalidParameter` when ``period`` is not a calendar quarter.
        """
        if period.freq is not Frequency.QUARTER or Period.containing(period.start, Frequency.QUARTER) != period:
            raise InvalidParameter("period", f"{period.label} is not a calendar quarter")
        for year in (period.start.year, period.start.year + 1):
            for number in range(1, QUARTERS + 1):
                if self.calendar_quarter(year, number) == period:
                    return year, number
        raise NotFound("fiscal quarter", f"{self.company} {period.label}", hint="its calendar has exceptions there")

    def _end(self, year: int, number: int) -> date:
        # Last day of a quarter; number 0 is the end of the year before.
        if number in {0, QUARTERS}:
            return self.year_end(year if number else year - 1)
        if self.rule is None:
            month = month_start(month_index(date(year, self.month, 1)) - 3 * (QUARTERS - number))
            return Period(month, Frequency.MONTH).end
        start, end = self.year_end(year - 1), self.year_end(year)
        is_long = (end - start).days > QUARTERS * SHORT_QUARTER
        extra = WEEK if is_long and number >= self.long_quarter else 0
        return start + timedelta(days=number * SHORT_QUARTER + extra)


class _File(Entry):
    calendar: tuple[FiscalCalendar, ...]


@cache
def calendars() -> Mapping[str, FiscalCalendar]:
    """Fiscal calendars by the first word of the companies' series ids, as ``fiscal_calendars.toml`` has them."""
    return {one.company: one for one in read_shipped(_File, "features.nowcast", FILE).calendar}


def calendar_of(company: str) -> FiscalCalendar:
    """The fiscal calendar of a company; raises :class:`NotFound` with those known."""
    try:
        return calendars()[company]
    except KeyError:
        raise NotFound("fiscal calendar", company, allowed=sorted(calendars())) from None


def recut(series: ModelSeries, calendar: FiscalCalendar, *, series_id: str, recipe: str) -> ModelSeries:
    """A quarterly flow moved from fiscal to calendar quarters by days; an estimate, with its error as ``variance``.

    ``series`` stands under the calendar quarters its fiscal quarters overlap most. Each fiscal quarter's flow is laid
    evenly over its days, and a calendar quarter takes the days it holds; quarters not wholly covered are left out. The
    error of ``even`` is measured by a second cut, in which the flow of each fiscal quarter rises or falls in a
    straight line with the slope of its neighbours: ``variance`` is the squared log ratio of the two cuts.

    Raises :class:`InvalidParameter` when a flow is not positive and :class:`NotFound` when no quarter is covered.
    """
    if series.freq is not Frequency.QUARTER or not (series.values > 0).all():
        raise InvalidParameter("series", f"{series.series_id} is not a positive quarterly flow")
    flows = series.by_period()
    even: dict[Period, float] = {}
    bent: dict[Period, float] = {}
    covered: dict[Period, int] = {}
    for period, flow in flows.items():
        first, last = calendar.bounds(*calendar.fiscal_quarter(period))
        length = (last - first).days + 1
        around = [flows.get(period.shift(step), flow) for step in (-1, 1)]
        # A quarter with one neighbour has half the slope: what is not known is not extended.
        slope = (around[1] - around[0]) / 2
        for target, days in calendar.overlaps(*calendar.fiscal_quarter(period)).items():
            start = (max(first, target.start) - first).days / length
            share = days / length
            middle = start + share / 2 - 0.5
            even[target] = even.get(target, 0.0) + flow * share
            bent[target] = bent.get(target, 0.0) + (flow + slope * middle) * share
            covered[target] = covered.get(target, 0) + days
    whole = [period for period in sorted(even) if covered[period] == (period.end - period.start).days + 1]
    # A bent flow can only turn negative where neighbours differ by more than fourfold: then the cut is not known.
    periods = [period for period in whole if bent[period] > 0]
    if not periods:
        raise NotFound("series", series_id, hint="no calendar quarter is wholly covered by fiscal quarters")
    return derive(
        series_id,
        region=series.region,
        unit=series.unit,
        values={period: even[period] for period in periods},
        inputs=(series,),
        recipe=recipe,
        variance={period: float(np.log(bent[period] / even[period])) ** 2 for period in periods},
    )
