"""Aggregates finer time stamps (quarter hours, hours, days, weeks) to months, and allows for daylight saving time.

A time stamp is the beginning of its interval and belongs to the month it names; a week across two months is divided by
days. A day may have 23 or 25 hours. Time stamps without a zone are local: when clocks change, an hour of the night may
be missing or occur twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from data.periods.period import month_index, month_start
from data.periods.text import Form, PeriodText, step_name
from features.user_series.faults import Fault, Faulty

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
FOUR_WEEKS = 28 * DAY
"""The longest step that is finer than a month, unless some steps are of five weeks, as fiscal months are."""
NIGHT = frozenset({23, *range(5)})
"""Hours in which local clocks are changed; in Chile at midnight, so that 23:00 stands twice."""
CHANGES = frozenset({3, 4, 9, 10, 11})
"""Months in which local clocks are changed."""
WORKDAYS = 5
BREAK = timedelta(days=5)
"""Most days between two workdays of a series that has no weekends: a weekend and public holidays."""
HOLIDAYS = timedelta(days=3)
"""Most days by which public holidays move the first or last workday of a month."""
COMMON = 0.5
"""Share of steps that must be alike, or there is no step."""


class Aggregate(StrEnum):
    """What a month is made of."""

    SUM = "sum"
    MEAN = "mean"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Point:
    """One row of a series.

    Attributes:
        line: line of the file, for messages.
        text: the period as it was written.
        value: the figure.
    """

    line: int
    text: PeriodText
    value: float


@dataclass(frozen=True, slots=True)
class _Stamp:
    point: Point
    wall: datetime
    """What a clock on the wall says, without a zone."""
    order: datetime
    """The moment in UTC where a zone was written; else as on the wall."""


def fine_step(points: Sequence[Point]) -> timedelta | None:
    """The commonest step of the points where it is finer than a month, else None."""
    if not all(point.text.form in {Form.DAY, Form.MOMENT, Form.WEEK} for point in points):
        return None
    orders = sorted({_stamp(point).order for point in points})
    steps = Counter(later - earlier for earlier, later in pairwise(orders))
    if not steps:
        return None
    step, many = steps.most_common(1)[0]
    fine = step < FOUR_WEEKS or set(steps) == {FOUR_WEEKS}
    return step if fine and many >= COMMON * steps.total() else None


def to_months(points: Sequence[Point], step: timedelta, how: Aggregate) -> tuple[list[Point], str]:
    """The whole months of points ``step`` apart, see :func:`fine_step`, ascending, and in words what was done.

    Raises :class:`Faulty` for stamps that stand twice, are missing inside, or lie off the step.
    """
    stamps = sorted((_stamp(point, whole_days=step >= DAY) for point in points), key=lambda stamp: stamp.order)
    workdays = step == DAY and all(stamp.wall.weekday() < WORKDAYS for stamp in stamps)
    _check_steps(stamps, step, workdays=workdays)
    months: dict[date, list[tuple[_Stamp, timedelta]]] = defaultdict(list)
    for stamp in stamps:
        for month, part in _parts(stamp.wall, step):
            months[month].append((stamp, part))
    first, last = stamps[0].wall, stamps[-1].wall + step
    slack = HOLIDAYS if workdays else timedelta()
    whole = [month for month in months if _begins(first, month, slack) and _ends(last, month, slack, workdays=workdays)]
    left_out = [f"{month:%Y-%m}" for month in months if month not in whole]
    step_note = f"months are the {how} of steps of {step_name(step)}"
    if step < DAY and stamps[0].point.text.moment is not None and stamps[0].point.text.moment.tzinfo is UTC:
        step_note += ", by the calendar of UTC"
    note = f"{step_note}; not whole, so left out: {', '.join(left_out)}" if left_out else step_note
    return [_month(month, months[month], step, how) for month in sorted(whole)], note


def _stamp(point: Point, *, whole_days: bool = False) -> _Stamp:
    moment = point.text.moment or datetime.combine(point.text.first, time())
    wall = moment.replace(tzinfo=None)
    if whole_days:
        # Local midnights written in UTC are 22:00 or 23:00 of the day before.
        late = moment.tzinfo is UTC and wall.hour >= 12  # noqa: PLR2004 - noon
        wall = datetime.combine(wall.date() + (DAY if late else timedelta()), time())
        return _Stamp(point, wall, wall)
    order = wall if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return _Stamp(point, wall, order)


def _check_steps(stamps: Sequence[_Stamp], step: timedelta, *, workdays: bool) -> None:
    local = step < DAY and stamps[0].point.text.moment is not None and stamps[0].point.text.moment.tzinfo is None
    twice: dict[int, set[datetime]] = defaultdict(set)
    missing: set[int] = set()
    for earlier, later in pairwise(stamps):
        apart, line = later.order - earlier.order, later.point.line
        night = local and later.wall.hour in NIGHT and later.wall.month in CHANGES
        if not apart:
            hour = later.wall.replace(minute=0, second=0, microsecond=0)
            twice[hour.year].add(hour)
            if not night or len(twice[hour.year]) > 1 or _count(stamps, later) > 2:  # noqa: PLR2004 - one repetition
                raise Faulty(Fault.DUPLICATE_PERIOD, line, f"{later.wall} stands twice")
        elif apart == step or (workdays and apart <= BREAK):
            continue
        elif night and apart == step + HOUR and later.wall.year not in missing:
            missing.add(later.wall.year)
        elif apart % step:
            message = f"{later.wall} is {step_name(apart)} after the one before, where steps are of {step_name(step)}"
            raise Faulty(Fault.MIXED_FREQUENCY, line, message)
        else:
            message = f"no figure from {earlier.wall + step} to before {later.wall}: a month would not be whole"
            raise Faulty(Fault.GAP, line, message)


def _count(stamps: Sequence[_Stamp], stamp: _Stamp) -> int:
    return sum(other.order == stamp.order for other in stamps)


def _parts(wall: datetime, step: timedelta) -> Iterator[tuple[date, timedelta]]:
    """The months an interval lies in, each with its share of it."""
    end = wall + step
    while wall < end:
        following = datetime.combine(month_start(month_index(wall.date()) + 1), time())
        # Less than a day is never shared: a stamp belongs to the month it names.
        stop = end if step < DAY else min(end, following)
        yield wall.date().replace(day=1), stop - wall
        wall = stop


def _begins(first: datetime, month: date, slack: timedelta) -> bool:
    start = datetime.combine(month, time())
    return first <= start + slack + (_weekend(month) if slack else timedelta())


def _weekend(month: date) -> timedelta:
    """From the first of a month to its first Monday to Friday."""
    return max(0, 7 - month.weekday()) * DAY if month.weekday() >= WORKDAYS else timedelta()


def _ends(last: datetime, month: date, slack: timedelta, *, workdays: bool) -> bool:
    following = datetime.combine(month_start(month_index(month) + 1), time())
    if workdays:
        # A Friday's interval reaches to Monday.
        last += (7 - last.weekday()) * DAY if last.weekday() >= WORKDAYS else timedelta()
    return last + slack >= following


def _month(month: date, shares: Sequence[tuple[_Stamp, timedelta]], step: timedelta, how: Aggregate) -> Point:
    if how is Aggregate.LAST:
        value = shares[-1][0].point.value
    else:
        weights = [share / step for _, share in shares]
        total = sum(weight * stamp.point.value for weight, (stamp, _) in zip(weights, shares, strict=True))
        value = total if how is Aggregate.SUM else total / sum(weights)
    text = PeriodText(month, month_start(month_index(month) + 1) - DAY, Form.MONTH, "{year:04}-{month:02}")
    return Point(shares[0][0].point.line, text, value)
