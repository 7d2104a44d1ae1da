"""The frequency of a series of dated rows, the period of each row, and how its periods are written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from data.periods.fiscal_weeks import WeekPeriods, week_periods
from data.periods.period import Frequency, Period, month_index, month_start
from data.periods.text import Form, PeriodStyle, dating_of, series_days, step_name, style_of
from features.user_series.aggregation import Aggregate, Point, to_months
from features.user_series.faults import Fault, Faulty
from features.user_series.fiscal_style import FiscalStyle, fiscal_style

MONTHS = {frequency.months: frequency for frequency in Frequency}
READ = "A, H, Q and M are read"


@dataclass(frozen=True, eq=False)
class Placed:
    """Points in the order of their periods, one a period, without a gap."""

    freq: Frequency
    points: tuple[Point, ...]
    periods: tuple[Period, ...]
    style: PeriodStyle | FiscalStyle
    notices: tuple[str, ...]


def place_points(points: Sequence[Point], freq: Frequency | None, *, step: timedelta | None) -> Placed:
    """Put points on a grid, of ``freq`` where it is stated; raises :class:`Faulty` where they fit none.

    ``step`` is theirs if finer than a month (:func:`~features.user_series.aggregation.fine_step`): they fit none.
    """
    if step is not None:
        message = f"steps of {step_name(step)}; months are the finest step read: {_months_hint(points, step)}"
        second = sorted(points, key=lambda point: (point.text.first, point.line))[1]
        raise Faulty(Fault.MIXED_FREQUENCY, second.line, message, column="period")
    meant = series_days([point.text for point in points])
    order = sorted(range(len(points)), key=lambda place: (meant.days[place], points[place].line))
    ordered = tuple(points[place] for place in order)
    days = tuple(meant.days[place] for place in order)
    for (earlier, later), point in zip(pairwise(days), ordered[1:], strict=True):
        if earlier == later:
            raise Faulty(
                Fault.DUPLICATE_PERIOD, point.line, f"{_point_text(point, later)} stands twice", column="period"
            )
    notices = (meant.note,) if meant.note else ()
    weeks = _weeks(ordered, days, freq)
    if weeks is not None:
        if weeks.gap is not None:
            first, last = days[weeks.gap - 1], days[weeks.gap]
            raise Faulty(Fault.GAP, ordered[weeks.gap].line, f"no figure between {first} and {last}", column="period")
        return Placed(weeks.freq, ordered, weeks.periods, fiscal_style(weeks.periods, days), notices)
    frequency = _frequency(ordered, days, freq)
    periods = tuple(Period(day.replace(day=1), frequency) for day in days)
    return Placed(frequency, ordered, periods, style_of([point.text for point in ordered], meant, frequency), notices)


def _months_hint(points: Sequence[Point], step: timedelta) -> str:
    try:
        to_months(points, step, Aggregate.SUM)
    except Faulty as fault:
        return f"months cannot be made of these by --aggregate, since on line {fault.line} {fault}"
    return "--aggregate sum, mean or last makes months"


def _weeks(points: Sequence[Point], days: Sequence[date], freq: Frequency | None) -> WeekPeriods | None:
    """Fiscal periods counted in weeks, where days are written that follow no rule of the months."""
    if any(point.text.form not in {Form.DAY, Form.MOMENT} for point in points) or dating_of(days) is not None:
        return None
    weeks = week_periods(days)
    return weeks if weeks is not None and freq in {None, weeks.freq} else None


def _point_text(point: Point, day: date) -> str:
    return f"{point.text.moment}" if point.text.moment else f"{day}"


def _frequency(points: Sequence[Point], days: Sequence[date], freq: Frequency | None) -> Frequency:
    # The commonest step is the frequency; a longer whole multiple of it is a gap, anything else is a mixture.
    steps = [month_index(later) - month_index(earlier) for earlier, later in pairwise(days)]
    usual = Counter(steps).most_common(1)[0][0] if freq is None else freq.months
    for step, point, day in zip(steps, points[1:], days[1:], strict=True):
        if usual in MONTHS and not step:
            raise Faulty(Fault.DUPLICATE_PERIOD, point.line, f"{day} stands in the month of the one before")
        if usual not in MONTHS or step % usual:
            apart = f"{day} is {step} months after the one before" if step else f"{day} shares a month"
            request = "" if freq is None else f", where {freq.value} was asked for"
            raise Faulty(Fault.MIXED_FREQUENCY, point.line, f"{apart}{request}; {READ}", column="period")
    for step, point, day in zip(steps, points[1:], days[1:], strict=True):
        if step != usual:
            first = month_start(month_index(day) - step + usual)
            raise Faulty(Fault.GAP, point.line, f"no figure from {first:%Y-%m} to before {day}", column="period")
    return MONTHS[usual]
