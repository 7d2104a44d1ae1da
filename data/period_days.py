"""First days of the periods a series names: by a part of a year, by first days, by last days, by fiscal weeks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from data.fiscal_weeks import HALF_MONTH, WEEK, week_periods
from data.period_text import Dating, Form, PeriodText, dating_of, series_days
from data.periods import Frequency, Period, month_index, month_start

NAMED = {Form.YEAR: Frequency.YEAR, Form.HALF: Frequency.HALF, Form.QUARTER: Frequency.QUARTER,
         Form.MONTH: Frequency.MONTH}  # fmt: skip
SHORT_MONTHS = frozenset({28, 35})
"""Days of fiscal months of four and five weeks."""


def first_days(texts: Sequence[PeriodText], freq: Frequency) -> list[date | str]:
    """The first day of each period of one series at one frequency, or in words why there is none.

    A named period must be one of the frequency. Days are first days where all are the first, or the first workday, of a
    month; else they are last days: of months, or of fiscal periods counted in weeks. A fiscal quarter (or half) stands
    under the calendar quarter it overlaps most.
    """
    days = series_days(texts).days
    dated = sorted({day for text, day in zip(texts, days, strict=True) if text.form not in NAMED})
    begins = all(day.day == 1 for day in dated) or (dating_of(dated) or ("",))[0] is Dating.FIRST_WORKDAY
    ends = not begins and _are_ends(dated)
    weeks = {(later - earlier).days for earlier, later in pairwise(dated)} <= SHORT_MONTHS and len(dated) > 1
    crowded = _crowded(texts, days)
    found: list[date | str] = []
    for text, day in zip(texts, days, strict=True):
        if text.form in NAMED:
            said = f"{text.form} {day:%Y-%m} where the frequency is {freq.value}"
            found.append(day if NAMED[text.form] is freq else said)
        elif day.replace(day=1) in crowded:
            found.append(f"several stamps in {day:%Y-%m}: months are the finest step; make months of them first")
        elif freq is Frequency.MONTH:
            found.append((day - HALF_MONTH if weeks else day).replace(day=1))
        elif begins:
            found.append(day.replace(day=1))
        elif ends:
            found.append(_by_last_day(day, freq))
        else:
            found.append(f"{day} is neither the first nor the last day of a period")
    return found


def _crowded(texts: Sequence[PeriodText], days: Sequence[date]) -> set[date]:
    """Months in which days or moments of more than one kind stand, as in hourly or weekly files."""
    stamps: dict[date, set[object]] = defaultdict(set)
    for text, day in zip(texts, days, strict=True):
        if text.form not in NAMED:
            stamps[day.replace(day=1)].add(text.moment or day)
    return {month for month, several in stamps.items() if len(several) > 1}


def _are_ends(days: Sequence[date]) -> bool:
    """Whether the days are within a week of the end of a month, as fiscal years end, or follow a calendar of weeks."""
    near = all(day.day <= WEEK or (day + timedelta(days=WEEK)).month != day.month for day in days)
    return near or week_periods(days) is not None


def _by_last_day(day: date, freq: Frequency) -> date:
    if freq is Frequency.YEAR:
        # A fiscal year carries its own first month.
        return month_start(month_index(day - HALF_MONTH) - freq.months + 1)
    middle = day - timedelta(days=round(freq.months * 365.25 / 24))
    return Period.containing(middle, freq).start
