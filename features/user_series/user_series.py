"""Reads a user's series from a file, puts them on regular periods and checks each by itself.

The file has ``series_id``, ``period`` and ``value`` (:mod:`data.user_files`); a period is written as
:mod:`data.periods.text` says. Rows may stand in any order. The frequency is that of the dates themselves: yearly,
half-yearly, quarterly or monthly, in any phase, so that fiscal quarters of February, May, August and November are
quarters, and so are those of 12 to 17 weeks. Finer steps are aggregated to months if the user asks for it. A fault of
one series does not stop the others.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from data.base.errors import InvalidParameter
from data.periods.period import Frequency, Period
from data.periods.text import BY_FIRST_DAY, excerpt, parse
from data.user_files import DecimalMark, Limits, NumberFormat, Row, Table, dotted_thousands, number_format, read_table
from features.series import FloatArray
from features.user_series.aggregation import Aggregate, Point, fine_step, to_months
from features.user_series.faults import Fault, Faulty
from features.user_series.jumps import MINIMUM, OnJump, judge
from features.user_series.periods import place_points

COLUMNS = ("series_id", "period", "value")
PLAIN = Limits()


class Style(Protocol):
    """How a series writes its periods."""

    def label(self, period: Period, /) -> str:
        """The period, written as the series writes its own."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A series that cannot be forecast.

    Attributes:
        line: line of the file where the fault stands, the first if there are several; 1 is the header.
        message: the fault in words.
        column: the column at fault; None where it is the row or the series.
    """

    series_id: str
    code: Fault
    line: int
    message: str
    column: str | None = None


@dataclass(frozen=True, eq=False)
class UserSeries:
    """A user's series, whole and on its grid.

    Attributes:
        periods: ascending, without a gap.
        values: float64, shape (n,), finite, not negative.
        style: how the file writes its periods; the forecast's are written alike.
        notices: what was understood that the file does not say by itself, and figures that look mistaken.
        suspects: ascending positions in ``values`` of figures that look mistaken: in another unit, cut or incomplete.
        factors: how many times what its neighbours or its season suggest each suspect is, in the order of ``suspects``.
        lines: line of the file of every value; empty where there is no file.
    """

    series_id: str
    freq: Frequency
    periods: tuple[Period, ...]
    values: FloatArray
    style: Style = BY_FIRST_DAY
    notices: tuple[str, ...] = ()
    suspects: tuple[int, ...] = ()
    factors: tuple[float, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds: series that can be forecast and those that cannot, both in the order of the file.

    Attributes:
        notices: what of the file was read over.
    """

    series: tuple[UserSeries, ...]
    refused: tuple[Refused, ...]
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """How a file is to be read.

    Attributes:
        freq: the frequency where the dates alone do not show it.
        decimal: the decimal mark where the numbers alone do not show it.
        aggregate: what months are made of where steps are finer; None refuses such series.
        on_jump: what to do about figures that look mistaken.
    """

    freq: Frequency | None = None
    decimal: DecimalMark | None = None
    aggregate: Aggregate | None = None
    on_jump: OnJump = OnJump.WARN
    limits: Limits = PLAIN


DEFAULT = Rules()


def read_series(path: Path, rules: Rules = DEFAULT) -> Read:
    """Read a file of series, ``-`` for standard input.

    Raises :class:`InvalidParameter` when the file cannot be opened, is no table or lacks a column, and
    :class:`data.base.errors.InputTooLarge`. A file without a row is one refusal, ``empty_file``.
    """
    table = read_table(path, required=COLUMNS, limits=rules.limits, parameter="input")
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        by_id[row.cells["series_id"]].append(row)
    if not by_id:
        return Read((), (Refused("", Fault.EMPTY_FILE, 1, f"{path.name} holds no row"),))
    rules.limits.check_series(str(path), len(by_id))
    numbers = number_format(_cells(table, "value"), separator=table.separator, stated=rules.decimal)
    series: list[UserSeries] = []
    refused: list[Refused] = []
    for series_id, rows in by_id.items():
        try:
            _check_rows(series_id, rows, rules)
            points = [_point(row, numbers) for row in rows]
            dotted = dotted_thousands([row.cells["value"] for row in rows])
            series.append(build_series(series_id, points, rules, dotted=frozenset(rows[at].line for at in dotted)))
        except Faulty as fault:
            name = (
                series_id if len(series_id) <= rules.limits.id_length else f"{series_id[: rules.limits.id_length]}..."
            )
            refused.append(Refused(name, fault.code, fault.line, str(fault), fault.column))
    return Read(tuple(series), tuple(refused), _read_over(table, numbers))


def build_series(
    series_id: str, points: Sequence[Point], rules: Rules = DEFAULT, *, dotted: frozenset[int] = frozenset()
) -> UserSeries:
    """One series from its rows; raises :class:`Faulty` when it cannot be forecast.

    ``dotted`` are lines whose number has a point where others of the series have none, as 1.700 beside 2290.
    """
    notices: list[str] = []
    step = fine_step(points)
    if step is not None and rules.aggregate is not None:
        points, note = to_months(points, step, rules.aggregate)
        notices.append(note)
        step = None
    if len(points) < MINIMUM:
        message = f"{len(points)} {'whole months' if notices else 'points'}; at least {MINIMUM} are needed"
        raise Faulty(Fault.TOO_FEW_POINTS, points[0].line if points else 2, message)
    placed = place_points(points, rules.freq, step=step)
    values = np.array([point.value for point in placed.points], dtype=np.float64)
    lines = tuple(point.line for point in placed.points)
    if not values.any():
        raise Faulty(Fault.ALL_ZERO, min(lines), "every value is zero, so there is nothing to go on")
    judged = judge(values, lines, dotted, season=placed.freq.per_year, on_jump=rules.on_jump)
    return UserSeries(
        series_id=series_id,
        freq=placed.freq,
        periods=placed.periods[judged.start :],
        values=values[judged.start :],
        style=placed.style,
        notices=(*notices, *placed.notices, *judged.notices),
        suspects=tuple(one.place for one in judged.suspects),
        factors=tuple(one.factor for one in judged.suspects),
        lines=lines[judged.start :],
    )


def _check_rows(series_id: str, rows: Sequence[Row], rules: Rules) -> None:
    for row in rows:
        if row.fault:
            raise Faulty(Fault.ROW_MALFORMED, row.line, f"{row.fault}: {excerpt(row.text)}")
    if not series_id:
        raise Faulty(Fault.NO_SERIES_ID, rows[0].line, "the row names no series", column="series_id")
    if len(series_id) > rules.limits.id_length:
        message = f"an id of {len(series_id)} characters; at most {rules.limits.id_length} are read"
        raise Faulty(Fault.ID_TOO_LONG, rows[0].line, message, column="series_id")


def _point(row: Row, numbers: NumberFormat) -> Point:
    try:
        text = parse(row.cells["period"])
    except InvalidParameter as error:
        message = f"{error.message} ({error.remedy})"
        raise Faulty(Fault.NOT_A_DATE, row.line, message, column="period") from None
    cell = row.cells["value"]
    try:
        value = numbers.read(cell)
    except ValueError as error:
        raise Faulty(Fault.NOT_A_NUMBER, row.line, f"{excerpt(cell)} {error}", column="value") from None
    if value < 0:
        message = f"{excerpt(cell)} is negative; quantities are not"
        raise Faulty(Fault.NEGATIVE_VALUE, row.line, message, column="value")
    return Point(row.line, text, value)


def _cells(table: Table, column: str) -> list[str]:
    return [row.cells[column] for row in table.rows if not row.fault]


def _read_over(table: Table, numbers: NumberFormat) -> tuple[str, ...]:
    """In words, the columns of numbers that nothing is made of."""
    others = [name for name in dict.fromkeys(table.columns) if name and name not in COLUMNS]
    numeric = [name for name in others if _is_numeric([cell for cell in _cells(table, name) if cell], numbers)]
    return (f"columns of numbers beside value that are not forecast: {', '.join(numeric)}",) if numeric else ()


def _is_numeric(cells: Sequence[str], numbers: NumberFormat) -> bool:
    return sum(map(numbers.is_number, cells)) * 2 > len(cells)
