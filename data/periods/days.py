"""First days of the periods a series names: by a part of a year, by first days, by last days, by fiscal weeks."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from data.periods.fiscal_weeks import HALF_MONTH, WEEK, week_periods
from data.periods.period import Frequency, Period, month_index, month_start
from data.periods.text import NAMED, Dating, PeriodText, dating_of, series_days, step_name

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
    starts = _by_last_days(dated, freq) if ends else {}
    stamps = _stamps(texts, days)
    crowded, finer = _crowded(stamps), _finer_step(stamps)
    answers: list[date | str] = []
    for text, day in zip(texts, days, strict=True):
        if text.form in NAMED:
            message = f"{text.form} {day:%Y-%m} where the frequency is {freq.value}"
            answers.append(day if NAMED[text.form] is freq else message)
        elif (step := finer or crowded.get(day.replace(day=1))) is not None:
            answers.append(f"steps of {step_name(step)}; months are the finest step read: make months of them first")
        elif freq is Frequency.MONTH:
            answers.append((day - HALF_MONTH if weeks else day).replace(day=1))
        elif begins:
            answers.append(day.replace(day=1))
        elif ends:
            answers.append(starts[day])
        else:
            answers.append(f"{day} is neither the first nor the last day of a period")
    return answers


def _stamps(texts: Sequence[PeriodText], days: Sequence[date]) -> list[tuple[datetime, date]]:
    """The distinct moments of texts that name no year, half, quarter or month, ascending, each with its month."""
    return sorted(
        {
            ((text.moment or datetime.combine(day, time())).replace(tzinfo=None), day.replace(day=1))
            for text, day in zip(texts, days, strict=True)
            if text.form not in NAMED
        }
    )


def _finer_step(stamps: Sequence[tuple[datetime, date]]) -> timedelta | None:
    """The commonest step where most steps are shorter than a month, as in daily files; else None."""
    steps = Counter(later - earlier for (earlier, _), (later, _) in pairwise(stamps))
    fine = {step: many for step, many in steps.items() if step < timedelta(days=min(SHORT_MONTHS))}
    return max(fine, key=lambda step: fine[step]) if 2 * sum(fine.values()) > steps.total() else None


def _crowded(stamps: Sequence[tuple[datetime, date]]) -> dict[date, timedelta]:
    """The shortest step between the stamps of each month that holds several."""
    by_month: dict[date, list[datetime]] = defaultdict(list)
    for moment, month in stamps:
        by_month[month].append(moment)
    return {
        month: min(later - earlier for earlier, later in pairwise(several))
        for month, several in by_month.items()
        if len(several) > 1
    }


def _are_ends(days: Sequence[date]) -> bool:
    """Whether the days are within a week of the end of a month, as fiscal years end, or follow a calendar of weeks."""
    near = all(day.day <= WEEK or (day + timedelta(days=WEEK)).month != day.month for day in days)
    return near or week_periods(days) is not None


def _by_last_days(days: Sequence[date], freq: Frequency) -> dict[date, date]:
    """First day of the period each of the ascending days ends."""
    if freq is Frequency.YEAR:
        # A fiscal year carries its own first month.
        return {day: month_start(month_index(day - HALF_MONTH) - freq.months + 1) for day in days}
    half = timedelta(days=round(freq.months * 365.25 / 24))
    calendar = [Period.containing(day - half, freq) for day in days]
    weeks = week_periods(days)
    if weeks is not None and weeks.freq is freq:
        # Quarters of 12 and 16 weeks follow each other as calendar quarters do, though the middles of two share one.
        places = [weeks.periods[0].steps_to(period) for period in weeks.periods]
        first = Counter(one.shift(-place) for one, place in zip(calendar, places, strict=True)).most_common(1)[0][0]
        calendar = [first.shift(place) for place in places]
    return {day: period.start for day, period in zip(days, calendar, strict=True)}
