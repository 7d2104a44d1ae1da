"""How periods are written as text: one grammar for files, options, the API and models.

A period is written as a year (2024), half (2024H1), quarter (2024Q1), month (2024-03 or 2024M03), ISO week (2024-W03),
day (2024-03-01) or time stamp (2024-03-01T00:00:00, with or without Z or an offset). A dash may come before H, Q and M,
and letters may be lower case. :func:`parse` gives the days the text covers and the form it was written in, so that
:class:`PeriodStyle` can write further periods alike.
"""

import re
from calendar import month_name, monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from data.base.errors import InvalidParameter
from data.periods.period import Frequency, Period

FORMS = ("2024", "2024H1", "2024Q1", "2024-03", "2024-03-01")
DAY_FORMS = ("2026-11-23", "2026-11-23T00:00:00Z")
"""Examples of what is read, for messages."""
SHOWN = 40
"""Characters of a faulty text that a message repeats."""
_PART = re.compile(r"(\d{4})(?:(-?)([QHMW])(\d{1,2})|-(\d{2}))?", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WEEK_DAY = re.compile(r"(\d{4})-?W(\d{2})-?([1-7])", re.IGNORECASE | re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?P<rest>[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s?(?P<zone>Z|UTC|[+-]\d{2}(?::?\d{2})?)?)",
    re.IGNORECASE | re.ASCII,
)
_SLASHED = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2,4}", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})(?:[/.-](\d{1,2}))?", re.ASCII)
_YEAR_LAST = re.compile(r"([QH][1-4])[ '-]?(\d{4})|(\d{4}) ([QH][1-4])", re.IGNORECASE | re.ASCII)
_MONTH_DIGITS = re.compile(r"(\d{4})(0[1-9]|1[0-2])", re.ASCII)
WEEK_DAYS = 7


class Form(StrEnum):
    """What a text names."""

    YEAR = "year"
    HALF = "half"
    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"
    DAY = "day"
    MOMENT = "moment"


NAMED = {
    Form.YEAR: Frequency.YEAR,
    Form.HALF: Frequency.HALF,
    Form.QUARTER: Frequency.QUARTER,
    Form.MONTH: Frequency.MONTH,
}
"""The forms that name a period of a frequency, and which."""
FORM_OF = {frequency: form for form, frequency in NAMED.items()}


@dataclass(frozen=True, slots=True)
class PeriodText:
    """A period as it was written.

    Attributes:
        first, last: the first and last day it covers; a day and a moment cover one.
        form: what the text names.
        template: the text with its numbers left open, from which :class:`PeriodStyle` writes other periods.
        moment: the moment, with its zone if one was written; None for the other forms.
    """

    first: date
    last: date
    form: Form
    template: str
    moment: datetime | None = None


def parse(text: str, *, parameter: str = "period") -> PeriodText:
    """Read a period; raises :class:`InvalidParameter` for ``parameter``, saying what is wrong with the text.

    >>> parse("2024-q1").last
    datetime.date(2024, 3, 31)
    """
    text = text.strip()
    try:
        period = _part(text) or _day(text) or _moment(text)
    except _ImpossibleError as error:
        raise InvalidParameter(parameter, f"{excerpt(text)}: {error}", allowed=FORMS) from None
    if period is None:
        hint = _hint(text)
        why = ": write the year first, since day and month cannot be told apart" if _SLASHED.fullmatch(text) else ""
        raise InvalidParameter(parameter, f"{excerpt(text)} is not a period{why}", allowed=[hint] if hint else FORMS)
    return period


def day_span(text: str, *, parameter: str = "period") -> tuple[date, date]:
    """First and last day of the period a text names; raises :class:`InvalidParameter` as :func:`parse` does."""
    period = parse(text, parameter=parameter)
    return period.first, period.last


def parse_day(text: str, *, parameter: str = "day") -> date:
    """One day, as 2026-11-23 or a moment of it; raises :class:`InvalidParameter` where more than a day is named."""
    try:
        period = parse(text, parameter=parameter)
    except InvalidParameter as error:
        hints = [hint for hint in error.allowed if hint not in FORMS and _day(hint)]
        message = error.message.replace("is not a period", "is not a day")
        raise InvalidParameter(parameter, message, allowed=hints or DAY_FORMS) from None
    if period.first != period.last:
        raise InvalidParameter(parameter, f"{excerpt(text)} is more than one day", allowed=[str(period.last)])
    return period.first


def short(text: str) -> str:
    """A text as a message repeats it: cut where it is long."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def excerpt(text: str) -> str:
    """A cell as a message repeats it: quoted, and cut where it is long."""
    return repr(short(text))


def step_name(step: timedelta) -> str:
    """A step in words, such as 15 minutes, 1 hour or 1 week."""
    for name, unit in (
        ("week", timedelta(weeks=1)),
        ("day", timedelta(days=1)),
        ("hour", timedelta(hours=1)),
        ("minute", timedelta(minutes=1)),
    ):
        count, rest = divmod(step, unit)
        if count and not rest:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{step.total_seconds():g} seconds"


class _ImpossibleError(ValueError):
    """A text in a form that is read, naming a period that does not exist."""


def _part(text: str) -> PeriodText | None:
    match = _PART.fullmatch(text)
    if match is None:
        return None
    year, dash, letter, number, month = match.groups()
    if not 1 <= int(year) < date.max.year + 1:
        raise _ImpossibleError("there is no year 0")
    if letter and letter.upper() == "W":
        first = _week(int(year), int(number), 1)
        return PeriodText(first, first + timedelta(days=WEEK_DAYS - 1), Form.WEEK, "{day}")
    if letter is None and month is None:
        return PeriodText(date(int(year), 1, 1), date(int(year), 12, 31), Form.YEAR, "{year:04}")
    frequency, place = Frequency(letter.upper() if letter else "M"), int(number or month)
    form = FORM_OF[frequency]
    if not 1 <= place <= frequency.per_year:
        several = "halves" if form is Form.HALF else f"{form}s"
        raise _ImpossibleError(f"there is no {form} {place}; {several} are 1 to {frequency.per_year}")
    first = date(int(year), (place - 1) * frequency.months + 1, 1)
    field = "{" + form.value + (":02" if form is Form.MONTH and len(number or month) > 1 else "") + "}"
    return PeriodText(first, Period(first, frequency).end, form, f"{{year:04}}{dash or ''}{letter or '-'}{field}")


def _week(year: int, week: int, weekday: int) -> date:
    try:
        return date.fromisocalendar(year, week, weekday)
    except ValueError:
        weeks = date(year, 12, 28).isocalendar().week
        raise _ImpossibleError(f"there is no week {week}; {year} has the ISO weeks 1 to {weeks}") from None


def _day(text: str) -> PeriodText | None:
    if match := _WEEK_DAY.fullmatch(text):
        day = _week(*(int(part) for part in match.groups()))
        return PeriodText(day, day, Form.DAY, "{day}")
    for pattern, template in ((_DAY, "{day}"), (_COMPACT, "{day:%Y%m%d}")):
        if match := pattern.fullmatch(text):
            day = _date(*(int(part) for part in match.groups()))
            return PeriodText(day, day, Form.DAY, template)
    return None


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        pass  # Said in words of ours, which name the month.
    if year < 1:
        raise _ImpossibleError("there is no year 0")
    if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
        raise _ImpossibleError(f"there is no month {month}; months are 1 to 12")
    last = monthrange(year, month)[1]
    raise _ImpossibleError(f"there is no day {day}; {month_name[month]} {year} has {last} days")


def _moment(text: str) -> PeriodText | None:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    day = _date(*(int(part) for part in match["day"].split("-")))
    if match["hour"] == "24":
        raise _ImpossibleError(f"there is no hour 24; midnight after that day is {day + timedelta(days=1)}T00:00")
    plain = re.sub(r"\s?UTC$", "Z", text.replace(",", "."), flags=re.IGNORECASE).replace(" +", "+").replace(" -", "-")
    try:
        moment = datetime.fromisoformat(plain.upper())
    except ValueError as error:
        raise _ImpossibleError(f"there is no such time of day: {error}") from None
    return PeriodText(day, day, Form.MOMENT, "{day}" + match["rest"], moment)


def _hint(text: str) -> str:
    """What to write instead of a text in a form that is not read; blank where nothing is near or it is no period."""
    suggestion = ""
    if match := _YEAR_FIRST.fullmatch(text):
        suggestion = "-".join([match[1], *(part.zfill(2) for part in match.groups()[1:] if part)])
    elif match := _YEAR_LAST.fullmatch(text):
        suggestion = ((match[2] or match[3]) + (match[1] or match[4])).upper()
    elif match := _MONTH_DIGITS.fullmatch(text):
        suggestion = f"{match[1]}-{match[2]}"
    try:
        return suggestion if _part(suggestion) or _day(suggestion) else ""
    except _ImpossibleError:
        return ""


class Dating(StrEnum):
    """Which day of its last or only month a period is dated by."""

    FIXED = "fixed"
    """The same day of every month, the last one where a month is shorter."""
    FIRST_WORKDAY = "first workday"
    LAST_WORKDAY = "last workday"


@dataclass(frozen=True, slots=True)
class PeriodStyle:
    """How the periods of a series are written, so that further periods can be written alike.

    Attributes:
        template: see :class:`PeriodText`.
        dating: which day stands for a period, where days are written.
        day: day of the month, 31 for the last; 1 where the days of a series follow no rule.
        offset: days between the day a stamp writes and the day that is meant: -1 for local midnights written in UTC.
    """

    template: str = "{day}"
    dating: Dating = Dating.FIXED
    day: int = 1
    offset: int = 0

    def label(self, period: Period) -> str:
        """The period, written as the series writes its own.

        >>> PeriodStyle("{year:04}Q{quarter}").label(Period(date(2025, 1, 1), Frequency.QUARTER))
        '2025Q1'
        """
        start = period.start
        numbers = {form.value: (start.month - 1) // frequency.months + 1 for form, frequency in NAMED.items()}
        numbers |= {"year": start.year}
        return self.template.format(**numbers, day=self._dated(start) + timedelta(days=self.offset))

    def _dated(self, start: date) -> date:
        last = monthrange(start.year, start.month)[1]
        if self.dating is Dating.FIXED:
            return start.replace(day=min(self.day, last))
        return _workday(start, last=self.dating is Dating.LAST_WORKDAY)


BY_FIRST_DAY = PeriodStyle()
"""Periods written by their first day."""


def _workday(start: date, *, last: bool) -> date:
    """The first or last Monday to Friday of the month that begins on ``start``."""
    day = start.replace(day=monthrange(start.year, start.month)[1]) if last else start
    while day.weekday() >= 5:  # noqa: PLR2004 - Saturday and Sunday
        day += timedelta(days=-1 if last else 1)
    return day


@dataclass(frozen=True, slots=True)
class SeriesDays:
    """The days meant by the texts of one series.

    Attributes:
        days: the day each text stands for, in the order of the texts: the first day of what it names.
        offset: days by which ``days`` differ from what was written, see :class:`PeriodStyle`.
        note: what was understood that the texts do not say by themselves; blank if nothing.
    """

    days: tuple[date, ...]
    offset: int = 0
    note: str = ""


NOON = time(12)
EARLIEST = time(10)
"""Midnight of the zones east of UTC, up to UTC+14, is written in UTC as 10:00 or later of the day before."""
LAST_MINUTE = 59


def series_days(texts: Sequence[PeriodText]) -> SeriesDays:
    """The days that the texts of one series mean, read together.

    Stamps in UTC may be midnights of another zone: 2020-12-31T23:00:00Z among stamps that are all the first of a month
    one day later is 2021-01-01 in UTC+1. And 2021-02-01T04:59:59Z is the end of January in UTC-5, where all stamps are
    month ends one day earlier. A time of day of any other kind is read over, which the note says.
    """
    days = tuple(text.first for text in texts)
    moments = [text.moment for text in texts if text.moment is not None]
    if all(moment.time() == time() for moment in moments):
        return SeriesDays(days)
    for step, meant in ((1, _east), (-1, _west)):
        moved = tuple(text.first + timedelta(days=step * meant(text.moment)) for text in texts)
        edge = _is_first if step > 0 else _is_last
        if moved != days and all(map(edge, moved)):
            zone = "east of UTC" if step > 0 else "west of UTC"
            example = next(place for place, day in enumerate(moved) if day != days[place])
            day_style = "midnights" if step > 0 else "ends of days"
            note = (
                f"stamps are {day_style} of a zone {zone}: {texts[example].moment:%Y-%m-%dT%H:%MZ} is {moved[example]}"
            )
            return SeriesDays(moved, -step, note)
    return SeriesDays(days, 0, "times of day are read over: each stamp stands under the date it is written with")


def _east(moment: datetime | None) -> bool:
    """Whether a stamp can be a midnight of the next day in a zone east of UTC; one with an offset says its own day."""
    if moment is None or moment.tzinfo not in {None, UTC}:
        return False
    return moment.time() >= EARLIEST and moment.minute != LAST_MINUTE


def _west(moment: datetime | None) -> bool:
    """Whether a stamp can be the last minute of the day before in a zone west of UTC."""
    if moment is None or moment.tzinfo not in {None, UTC}:
        return False
    return moment.time() < NOON and moment.minute == LAST_MINUTE


def _is_first(day: date) -> bool:
    return day.day == 1


def _is_last(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


UNRULED = (Dating.FIXED, 1)
LEAST_SHARE = 0.75
"""Share of a series' days that must be its months' first or last workdays; public holidays move the others."""
HOLIDAYS = 4
"""Most days by which a public holiday moves a first or last workday."""


def style_of(texts: Sequence[PeriodText], meant: SeriesDays, freq: Frequency) -> PeriodStyle:
    """How the texts of one series, ascending, write their periods; days that follow no rule are written as firsts.

    Texts that name a longer or shorter period than ``freq`` cannot write it: days do.
    """
    last = texts[-1]
    if last.form in NAMED:
        return PeriodStyle(last.template if freq.months >= NAMED[last.form].months else "{day}")
    if len({text.template for text in texts}) > 1 or last.form is Form.WEEK:
        # Stamps whose hours differ, as local midnights over a summer do, have no common rest to repeat.
        return PeriodStyle("{day}", *(dating_of(meant.days) or UNRULED))
    return PeriodStyle(last.template, *(dating_of(meant.days) or UNRULED), offset=meant.offset)


def dating_of(days: Sequence[date]) -> tuple[Dating, int] | None:
    """Which day of the month the days are, as :class:`PeriodStyle` has it; None where they follow no rule."""
    # Thirty days hath September: a file dated by the 30th has the 28th in February.
    lasts = [monthrange(day.year, day.month)[1] for day in days]
    for usual in (31, max(day.day for day in days)):
        if all(day.day == min(usual, last) for day, last in zip(days, lasts, strict=True)):
            return Dating.FIXED, usual
    for dating in (Dating.FIRST_WORKDAY, Dating.LAST_WORKDAY):
        late = dating is Dating.LAST_WORKDAY
        moved = [(_workday(day.replace(day=1), last=late) - day).days * (1 if late else -1) for day in days]
        if all(0 <= step <= HOLIDAYS for step in moved) and moved.count(0) >= LEAST_SHARE * len(moved):
            return dating, 1
    return None
