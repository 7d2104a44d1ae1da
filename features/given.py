"""Series a user gives in a file: read, put on a grid, and judged one by one; a fault of one never stops another.

The file is CSV with ``series_id``, ``period`` and ``value``. A period is a date or a part of one: 2024-03-01, 2024-03,
2024Q1, 2024H1 or 2024. Rows may stand in any order. The frequency is that of the dates themselves: yearly, half-yearly,
quarterly or monthly, in any phase, so that fiscal quarters of February, May, August and November are quarters.
"""

import csv
import io
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

import numpy as np

from data.errors import InvalidParameter
from data.periods import Frequency, Period, month_index, month_start
from features.series import FloatArray

COLUMNS = ("series_id", "period", "value")
MINIMUM = 8
"""Fewest points a series is forecast from."""
MONTHS = {frequency.months: frequency for frequency in Frequency}
_PARTS = re.compile(r"(\d{4})(?:-?([QH])([1-4])|-(\d{2}))?", re.IGNORECASE)


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
class Given:
    """A series a user gave, whole and on its grid.

    Attributes:
        periods: ascending, without a gap.
        values: float64, shape (n,), finite, not negative.
        month_ends: the dates of the file are the last days of their months, and so are those of its forecast.
    """

    series_id: str
    freq: Frequency
    periods: tuple[Period, ...]
    values: FloatArray
    month_ends: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: series that can be forecast and those that cannot, both in the order of the file."""

    series: tuple[Given, ...]
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


def read_given(path: Path, *, freq: Frequency | None = None) -> Read:
    """Read a file of series; ``freq`` says the frequency where the dates alone do not.

    Raises :class:`InvalidParameter` when the file cannot be opened, is no UTF-8 CSV or lacks a column. A file without a
    row is one refusal, ``empty_file``.
    """
    lines = _lines(path)
    if not lines:
        return Read((), (Refused("", Fault.EMPTY_FILE, 1, f"{path.name} holds no row"),))
    series: list[Given] = []
    refused: list[Refused] = []
    for series_id, rows in lines.items():
        try:
            series.append(_given(series_id, rows, freq))
        except _Faulty as fault:
            refused.append(Refused(series_id, fault.code, fault.line, str(fault)))
    return Read(tuple(series), tuple(refused))


def _lines(path: Path) -> dict[str, list[_Line]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidParameter("input", f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidParameter("input", f"{path}: not UTF-8 text at byte {error.start}") from None
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
        for row in reader:
            if any(cell.strip() for cell in row):
                cells = [row[place].strip() if place < len(row) else "" for place in places]
                found[cells[0]].append(_Line(reader.line_num, cells[1], cells[2]))
    except csv.Error as error:
        raise InvalidParameter("input", f"{path}: line {reader.line_num}: {error}") from None
    return dict(found)


def _given(series_id: str, lines: Sequence[_Line], freq: Frequency | None) -> Given:
    if not series_id:
        raise _Faulty(Fault.NO_SERIES_ID, lines[0].number, "the row names no series")
    days = [(_day(line), line) for line in lines]
    values = {line.number: _value(line) for line in lines}
    days.sort(key=lambda pair: (pair[0], pair[1].number))
    for (earlier, _), (later, line) in pairwise(days):
        if earlier == later:
            raise _Faulty(Fault.DUPLICATE_PERIOD, line.number, f"{line.period} stands twice")
    if len(days) < MINIMUM:
        message = f"{len(days)} points; at least {MINIMUM} are needed"
        raise _Faulty(Fault.TOO_FEW_POINTS, lines[0].number, message)
    found = _frequency(days, freq)
    if not any(values.values()):
        raise _Faulty(Fault.ALL_ZERO, lines[0].number, "every value is zero, so there is nothing to go on")
    return Given(
        series_id=series_id,
        freq=found,
        periods=tuple(Period(day.replace(day=1), found) for day, _ in days),
        values=np.array([values[line.number] for _, line in days], dtype=np.float64),
        month_ends=all((date.fromordinal(day.toordinal() + 1)).day == 1 for day, _ in days),
    )


def _day(line: _Line) -> date:
    try:
        return date.fromisoformat(line.period)
    except ValueError:
        pass  # Not a whole date; perhaps a part of one.
    parts = _PARTS.fullmatch(line.period)
    found: tuple[str | None, ...] = parts.groups() if parts else ("0", None, None, None)
    year, letter, number, month = (part or "" for part in found)
    start = int(month or 1) if not letter else (int(number) - 1) * (3 if letter.upper() == "Q" else 6) + 1
    try:
        return date(int(year), start, 1)
    except ValueError:
        raise _Faulty(Fault.NOT_A_DATE, line.number, f"{line.period!r} is not an ISO date") from None


def _value(line: _Line) -> float:
    try:
        value = float(line.value)
    except ValueError:
        raise _Faulty(Fault.NOT_A_NUMBER, line.number, f"{line.value!r} is not a number") from None
    if not math.isfinite(value):
        raise _Faulty(Fault.NOT_A_NUMBER, line.number, f"{line.value!r} is not a finite number")
    if value < 0:
        raise _Faulty(Fault.NEGATIVE_VALUE, line.number, f"{line.value} is negative; quantities are not")
    return value


def _frequency(days: Sequence[tuple[date, _Line]], freq: Frequency | None) -> Frequency:
    # The commonest step is the frequency; a longer whole multiple of it is a gap, anything else is a mixture.
    steps = [(month_index(later) - month_index(earlier), line) for (earlier, _), (later, line) in pairwise(days)]
    usual = Counter(step for step, _ in steps).most_common(1)[0][0] if freq is None else freq.months
    for step, line in steps:
        if usual not in MONTHS or step % usual or not step:
            told = f"{line.period} is {step} months after the one before" if step else f"{line.period} shares a month"
            wanted = "" if freq is None else f", where {freq.value} was asked for"
            raise _Faulty(Fault.MIXED_FREQUENCY, line.number, f"{told}{wanted}; A, H, Q and M are read")
    for step, line in steps:
        if step != usual:
            first = month_start(month_index(_day(line)) - step + usual)
            raise _Faulty(Fault.GAP, line.number, f"no figure from {first:%Y-%m} to before {line.period}")
    return MONTHS[usual]
