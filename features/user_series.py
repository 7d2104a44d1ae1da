"""Series a user gives in a file: read, put on a grid, and judged one by one; a fault of one never stops another.

The file is CSV with ``series_id``, ``period`` and ``value``. A period is written as :mod:`data.period_text` says. Rows
may stand in any order. The frequency is that of the dates themselves: yearly, half-yearly, quarterly or monthly, in any
phase, so that fiscal quarters of February, May, August and November are quarters.
"""

import csv
import io
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import numpy as np

from data.errors import InvalidParameter
from data.period_text import BY_FIRST_DAY, PeriodStyle, PeriodText, parse, series_days, shown, style_of
from data.periods import Frequency, Period, month_index, month_start
from features.series import FloatArray

COLUMNS = ("series_id", "period", "value")
MINIMUM = 8
"""Fewest points a series is forecast from."""
MONTHS = {frequency.months: frequency for frequency in Frequency}
STDIN = Path("-")
"""The file name that stands for standard input."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_ENDLESS = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)


class Fault(StrEnum):
    """Why a series cannot be forecast; a code is never renamed."""

    EMPTY_FILE = "empty_file"
    NO_SERIES_ID = "no_series_id"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE_VALUE = "negative_value"
    DUPLICATE_PERIOD = "duplicate_period"
    TOO_FEW_POINTS = "too_few_points"
    MIXED_FREQUENCY = "mixed_frequency"
    GAP = "gap"
    ALL_ZERO = "all_zero"


@dataclass(frozen=True, slots=True)
class Refused:
    """A series that cannot be forecast.

    Attributes:
        line: line of the file where the fault stands, the first if there are several; 1 is the header.
        message: the fault in words.
    """

    series_id: str
    code: Fault
    line: int
    message: str


@dataclass(frozen=True, eq=False)
class UserSeries:
    """A user's series, whole and on its grid.

    Attributes:
        periods: ascending, without a gap.
        values: float64, shape (n,), finite, not negative.
        suspects: ascending positions in ``values`` of figures that look mistaken: in another unit, cut or incomplete.
        factors: how many times what its neighbours or its season tell each suspect is, in the order of ``suspects``.
        style: how the file writes its periods; the forecast's are written alike.
        notices: what was understood that the file does not say by itself.
    """

    series_id: str
    freq: Frequency
    periods: tuple[Period, ...]
    values: FloatArray
    style: PeriodStyle = BY_FIRST_DAY
    notices: tuple[str, ...] = ()
    suspects: tuple[int, ...] = ()
    factors: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: series that can be forecast and those that cannot, both in the order of the file."""

    series: tuple[UserSeries, ...]
    refused: tuple[Refused, ...]


class _Faulty(Exception):  # noqa: N818 - it never leaves this file: it carries a fault and its line
    def __init__(self, code: Fault, line: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.line = line


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    period: str
    value: str


def read_series(path: Path, *, freq: Frequency | None = None) -> Read:
    """Read a file of series, ``-`` for standard input; ``freq`` says the frequency where the dates alone do not.

    Raises :class:`InvalidParameter` when the file cannot be opened, is no UTF-8 CSV or lacks a column. A file without a
    row is one refusal, ``empty_file``.
    """
    lines = _lines(path)
    if not lines:
        return Read((), (Refused("", Fault.EMPTY_FILE, 1, f"{path.name} holds no row"),))
    series: list[UserSeries] = []
    refused: list[Refused] = []
    for series_id, rows in lines.items():
        try:
            series.append(_series(series_id, rows, freq))
        except _Faulty as fault:
            refused.append(Refused(series_id, fault.code, fault.line, str(fault)))
    return Read(tuple(series), tuple(refused))


def _lines(path: Path) -> dict[str, list[_Line]]:
    text = _text(path)
    if not text.strip():
        return {}
    reader = csv.reader(io.StringIO(text, newline=""))
    found: dict[str, list[_Line]] = defaultdict(list)
    try:
        header = [name.strip().lower() for name in next(reader)]
        missing = [name for name in COLUMNS if header.count(name) != 1]
        if missing:
            message = f"{path}: the header has {', '.join(header)}; {', '.join(missing)} must stand in it once"
            raise InvalidParameter("input", message, allowed=COLUMNS)
        places = [header.index(name) for name in COLUMNS]
        before = reader.line_num
        for row in reader:
            # A quoted cell may hold line breaks: a row's line is its first.
            number, before = before + 1, reader.line_num
            if any(cell.strip() for cell in row):
                cells = [row[place].strip() if place < len(row) else "" for place in places]
                found[cells[0]].append(_Line(number, cells[1], cells[2]))
    except csv.Error as error:
        raise InvalidParameter("input", f"{path}: line {reader.line_num}: {error}") from None
    return dict(found)


def _text(path: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidParameter("input", f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidParameter("input", f"{path}: not UTF-8 text at byte {error.start}") from None


def _series(series_id: str, lines: Sequence[_Line], freq: Frequency | None) -> UserSeries:
    if not series_id:
        raise _Faulty(Fault.NO_SERIES_ID, lines[0].number, "the row names no series")
    values: dict[int, float] = {}
    texts: list[PeriodText] = []
    for line in lines:
        texts.append(_period(line))
        values[line.number] = _value(line)
    meant = series_days(texts)
    days = sorted(zip(meant.days, lines, strict=True), key=lambda pair: (pair[0], pair[1].number))
    for (earlier, _), (later, line) in pairwise(days):
        if earlier == later:
            raise _Faulty(Fault.DUPLICATE_PERIOD, line.number, f"{line.period} stands twice")
    if len(days) < MINIMUM:
        message = f"{len(days)} points; at least {MINIMUM} are needed"
        raise _Faulty(Fault.TOO_FEW_POINTS, lines[0].number, message)
    found = _frequency(days, freq)
    if not any(values.values()):
        raise _Faulty(Fault.ALL_ZERO, lines[0].number, "every value is zero, so there is nothing to go on")
    return UserSeries(
        series_id=series_id,
        freq=found,
        periods=tuple(Period(day.replace(day=1), found) for day, _ in days),
        values=np.array([values[line.number] for _, line in days], dtype=np.float64),
        style=style_of(
            [text for _, text in sorted(zip(meant.days, texts, strict=True), key=lambda pair: pair[0])], meant, found
        ),
        notices=(meant.note,) if meant.note else (),
    )


def _period(line: _Line) -> PeriodText:
    try:
        return parse(line.period)
    except InvalidParameter as error:
        raise _Faulty(Fault.NOT_A_DATE, line.number, f"{error.message} ({error.remedy})") from None


def _value(line: _Line) -> float:
    # Python reads more than a table means: 1_000, digits of other scripts.
    value = float(line.value) if _NUMBER.fullmatch(line.value) else float("nan")
    if not value < float("inf"):
        kind = "a finite number" if _ENDLESS.fullmatch(line.value) or value > 0 else "a number"
        raise _Faulty(Fault.NOT_A_NUMBER, line.number, f"{shown(line.value)} is not {kind}")
    if value < 0:
        raise _Faulty(Fault.NEGATIVE_VALUE, line.number, f"{line.value} is negative; quantities are not")
    return value


def _frequency(days: Sequence[tuple[date, _Line]], freq: Frequency | None) -> Frequency:
    # The commonest step is the frequency; a longer whole multiple of it is a gap, anything else is a mixture.
    steps = [(month_index(later) - month_index(earlier), later, line) for (earlier, _), (later, line) in pairwise(days)]
    usual = Counter(step for step, _, _ in steps).most_common(1)[0][0] if freq is None else freq.months
    for step, _, line in steps:
        if usual in MONTHS and not step:
            message = f"{line.period} stands in the month of the one before"
            raise _Faulty(Fault.DUPLICATE_PERIOD, line.number, message)
        if usual not in MONTHS or step % usual:
            told = f"{line.period} is {step} months after the one before" if step else f"{line.period} shares a month"
            wanted = "" if freq is None else f", where {freq.value} was asked for"
            raise _Faulty(Fault.MIXED_FREQUENCY, line.number, f"{told}{wanted}; A, H, Q and M are read")
    for step, later, line in steps:
        if step != usual:
            first = month_start(month_index(later) - step + usual)
            raise _Faulty(Fault.GAP, line.number, f"no figure from {first:%Y-%m} to before {line.period}")
    return MONTHS[usual]
