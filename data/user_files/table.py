"""A user's table: header and rows of text, each with its line, and what is wrong with its width or quotes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from data.base.errors import InvalidParameter
from data.periods.text import parse
from data.user_files.content import read_content
from data.user_files.limits import Limits
from data.user_files.sheets import is_sheet, sheet_rows

SEPARATORS = (",", ";", "\t", "|")
STATEMENT = "sep="
"""How a spreadsheet states the separator in a first line."""
MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
"""Byte order marks and the encodings they stand for; that of UTF-32 begins as that of UTF-16."""
PROBE = 1_000
"""Bytes by which UTF-16 without a byte order mark is recognised."""
SHOWN_HEADER = 200
"""Characters of a header that a message repeats."""
LEAST_CELLS = 3
"""Cells of the shortest row there is: series, period, value."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row under a header.

    Attributes:
        line: line of the file where it begins; in Parquet the header counts as line 1.
        cells: by column of the header, stripped; blank where the row is shorter.
        fault: what is wrong with the row as a whole; blank if nothing.
        text: the row as it stands where there is a fault.
    """

    line: int
    cells: dict[str, str]
    fault: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text.

    Attributes:
        columns: names in the header, in small letters; none when the file is blank.
        separator: what stands between cells; blank where none does, as in Parquet.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str


def read_table(path: Path, *, required: Sequence[str], limits: Limits, parameter: str) -> Table:
    """Read a table that has the ``required`` columns once each, whatever else it has; ``-`` is standard input.

    Raises:
        InvalidParameter: for ``parameter``, when the file cannot be opened, is no table, lacks a column, or has a quote
            that does not close where it should: the rows behind it would be lost.
        InputTooLarge: it has more bytes or rows than are read.
    """
    content = read_content(path, limits, parameter=parameter)
    if is_sheet(content):
        fits = partial(_complete, required=required)
        sheet = sheet_rows(content, str(path), limits, complete=fits, parameter=parameter)
        records, separator = iter([_Record(line, cells) for line, cells in sheet]), ""
    else:
        lines, skipped, separator = _dialect(_decoded(content, path, parameter), required)
        records = _csv_records(lines, separator, skipped, path, parameter)
    header = next(records, None)
    if header is None:
        return Table(path.name, (), (), "")
    names = [name.strip().lower() for name in header.cells]
    while names and not names[-1]:
        names.pop()
    if not _complete(names, required):
        raise InvalidParameter(parameter, f"{path}: {_lacking(names, required)}", allowed=required)
    rows = []
    for record in records:
        if record.fault or any(map(str.strip, record.cells)):
            rows.append(_row(record, names))
            limits.check_rows(str(path), len(rows))
    return Table(path.name, tuple(names), tuple(rows), separator)


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    cells: list[str]
    fault: str = ""


def _row(record: _Record, names: Sequence[str]) -> Row:
    cells = [cell.strip() for cell in record.cells]
    while len(cells) > len(names) and not cells[-1]:
        cells.pop()  # Spreadsheets pad rows with empty cells.
    fault = record.fault
    if not fault and len(cells) != len(names):
        fault = f"{len(cells)} cells under a header of {len(names)}"
    cells_by_name = dict(zip_longest(names, cells[: len(names)], fillvalue=""))
    return Row(record.line, cells_by_name, fault, ",".join(cells) if fault else "")


def _complete(names: Sequence[str], required: Sequence[str]) -> bool:
    plain = [name.strip().lower() for name in names]
    return all(plain.count(name) == 1 for name in required)


def _lacking(names: Sequence[str], required: Sequence[str]) -> str:
    header = ", ".join(names)
    missing = ", ".join(name for name in required if names.count(name) != 1)
    return f"the header has {header[:SHOWN_HEADER]}; {missing} must stand in it once (one row a period and series)"


def _decoded(content: bytes, path: Path, parameter: str) -> str:
    encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and (order := _utf_16(content[:PROBE])):
        encoding = order
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        name = encoding.removesuffix("-sig").upper()
        message = f"{path}: not {name} text at line {line} (byte {error.start}); save it as CSV in UTF-8"
        raise InvalidParameter(parameter, message) from None


def _utf_16(probe: bytes) -> str:
    """The byte order of UTF-16 without a mark: every other byte of plain text is zero. Blank for anything else."""
    for order, zeros, others in (("utf-16-le", probe[1::2], probe[::2]), ("utf-16-be", probe[::2], probe[1::2])):
        if zeros and zeros.count(0) > len(zeros) / 2 and 0 not in others:
            return order
    return ""


def _dialect(text: str, required: Sequence[str]) -> tuple[list[str], int, str]:
    """Physical lines from the header on, how many lines stand before it, and what separates cells."""
    lines = io.StringIO(text, newline="").readlines()
    stated = lines[0].strip()[len(STATEMENT) :] if lines and lines[0].lower().startswith(STATEMENT) else ""
    start = 1 if stated else 0
    if lines and lines[0].rstrip("\r\n") == f"{STATEMENT}\t":
        stated, start = "\t", 1
    while start < len(lines) and not lines[start].strip():
        start += 1
    header = lines[start] if start < len(lines) else ""
    fitting = (mark for mark in SEPARATORS if _complete(_cut(header, mark), required))
    return lines[start:], start, stated[:1] or next(fitting, ",")


def _cut(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _csv_records(lines: list[str], separator: str, skipped: int, path: Path, parameter: str) -> Iterator[_Record]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    start = 0
    while True:
        fault = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num - start > 1 or "end of data" in str(error):
                raise _unclosed(path, parameter, start + 1 + skipped) from None
            cells, fault = lines[start].rstrip("\r\n").split(separator), f"no cells can be told: {error}"
        # A quoted cell may hold line breaks, but no rows.
        *inner, last = lines[start + 1 : reader.line_num] or [""]
        if any(_is_row(line, separator) for line in (*inner, last.partition('"')[0])):
            raise _unclosed(path, parameter, start + 1 + skipped)
        yield _Record(start + 1 + skipped, cells, fault)
        start = reader.line_num


def _unclosed(path: Path, parameter: str, line: int) -> InvalidParameter:
    message = f"{path}: line {line}: a quote opens and does not close on the line; the rows behind it would be lost"
    return InvalidParameter(parameter, message, allowed=['a quote inside a cell doubled (""), or none'])


def _is_row(line: str, separator: str) -> bool:
    cells = line.split(separator)
    return len(cells) >= LEAST_CELLS and any(map(_is_period, cells))


def _is_period(cell: str) -> bool:
    try:
        parse(cell)
    except InvalidParameter:
        return False
    return True
