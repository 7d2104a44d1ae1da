"""Parquet and workbooks as text cells, so that one set of rules reads them and CSV."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import fastexcel
import polars as pl

from data.base.errors import InvalidParameter
from data.connectors.bodies import ZIP_START
from data.user_files.limits import Limits

PARQUET_START = b"PAR1"
OLE_START = b"\xd0\xcf\x11\xe0"
"""What workbooks of the 1990s (xls) begin with."""

Header = Callable[[tuple[str, ...]], bool]


def is_sheet(content: bytes) -> bool:
    """Whether the content is Parquet or, by its beginning, may be a workbook."""
    return content.startswith((PARQUET_START, ZIP_START, OLE_START))


def sheet_rows(
    content: bytes, name: str, limits: Limits, *, complete: Header, parameter: str
) -> list[tuple[int, list[str]]]:
    """Header and rows as (line, cells); of a workbook those of the one sheet whose header is ``complete``.

    Raises :class:`InvalidParameter` when the file is damaged or no sheet or several fit, and
    :class:`data.base.errors.InputTooLarge`.
    """
    if content.startswith(PARQUET_START):
        return _parquet(content, name, limits, parameter)
    if content.startswith(ZIP_START):
        _check_archive(content, name, limits, parameter)
    try:
        workbook = fastexcel.read_excel(content)
        sheets = {
            sheet: workbook.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
            for sheet in workbook.sheet_names
        }
    except fastexcel.FastExcelError as error:
        raise InvalidParameter(parameter, f"{name}: the workbook cannot be read: {_first_line(error)}") from None
    rows = {sheet: _numbered(frame) for sheet, frame in sheets.items()}
    fitting = [sheet for sheet, lines in rows.items() if lines and complete(tuple(lines[0][1]))]
    if len(fitting) != 1:
        headers = "; ".join(f"{sheet}: {', '.join(lines[0][1]) if lines else 'empty'}" for sheet, lines in rows.items())
        fault = "no sheet has the columns asked for" if not fitting else "several sheets have them; keep one"
        raise InvalidParameter(parameter, f"{name}: {fault} ({headers[:300]})")
    (sheet,) = fitting
    limits.check_rows(name, len(rows[sheet]) - 1)
    return rows[sheet]


def _numbered(frame: pl.DataFrame) -> list[tuple[int, list[str]]]:
    # The line is the row's number on the sheet; rows without a cell are no rows.
    lines = ([_date_text(cell or "") for cell in row] for row in frame.iter_rows())
    return [(number, cells) for number, cells in enumerate(lines, start=1) if any(map(str.strip, cells))]


def _date_text(cell: str) -> str:
    # A day in a workbook is a moment at midnight.
    return cell.removesuffix(" 00:00:00")


def _check_archive(content: bytes, name: str, limits: Limits, parameter: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except zipfile.BadZipFile as error:
        raise InvalidParameter(parameter, f"{name}: {error}") from None
    limits.check_bytes(name, sum(member.file_size for member in members))
    if not any(member.filename in {"[Content_Types].xml", "mimetype", "content.xml"} for member in members):
        listed = ", ".join(member.filename for member in members)[:200]
        raise InvalidParameter(parameter, f"{name} is a zip archive of {listed}; unpack it first")


def _parquet(content: bytes, name: str, limits: Limits, parameter: str) -> list[tuple[int, list[str]]]:
    try:
        lazy = pl.scan_parquet(io.BytesIO(content))
        header = lazy.collect_schema().names()
        limits.check_rows(name, lazy.select(pl.len()).collect().item())
        limits.check_bytes(name, _text_bytes(lazy))
        frame = lazy.collect()
    except pl.exceptions.PolarsError as error:
        raise InvalidParameter(parameter, f"{name}: the Parquet file cannot be read: {_first_line(error)}") from None
    limits.check_bytes(name, int(frame.estimated_size()))
    rows = ([_text(cell) for cell in row] for row in frame.iter_rows())
    return [(1, header), *((number, cells) for number, cells in enumerate(rows, start=2) if any(cells))]


def _text_bytes(table: pl.LazyFrame) -> int:
    """Bytes of all cells of text, counted without holding them: a text that repeats is stored once in a file."""
    lengths = pl.col(pl.String).str.len_bytes().cast(pl.Int64).sum()
    return sum(total.item() for total in table.select(lengths).collect(engine="streaming"))


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return _date_text(cell.isoformat(sep=" ")) if cell.tzinfo is None else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        # Years become floats in a column that once had a gap.
        return f"{cell:.0f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
