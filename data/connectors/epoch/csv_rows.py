"""Epoch AI's CSV files as checked columns: the header, the width of every row, numbers and days."""

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, Self

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Rejected
from data.connectors.payload import Payload

LINE: Final = "line"
"""Column with the line a row ends on; Epoch's cells hold line breaks, so rows and lines differ."""

SHOWN: Final = 80
_DAYS: Final = ("%Y-%m-%d", "%m/%d/%Y")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV file on its way to typed columns; a row leaves ``frame`` the moment it cannot be read.

    Attributes:
        frame: the columns asked for, under the publisher's names, and :data:`LINE`. Blank text is null.
        rejected: rows that left, each with its reason.
        rows_read: rows the file held.
        marked: blank cells met where a number was looked for.
    """

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...]
    rows_read: int
    marked: int

    @classmethod
    def of(cls, payload: Payload, needed: Collection[str], *, optional: Collection[str] = ()) -> Self:
        """Read the columns ``needed`` and those of ``optional`` the file has, whatever their order.

        Raises :class:`SourceChanged` when the body is not CSV, lacks a needed column or names one twice.
        """
        address = payload.request.key
        lines = csv.reader(io.StringIO(payload.text(), newline=""), strict=True)
        rejected: list[Rejected] = []
        try:
            header = [cell.strip() for cell in next(lines, [])]
            places = _places(header, needed, optional, address)
            data_rows: list[list[object]] = []
            rows_read = 0
            for cells in lines:
                if not any(cell.strip() for cell in cells):
                    continue
                rows_read += 1
                if len(cells) == len(header):
                    data_rows.append([lines.line_num, *(cells[place].strip() or None for place in places.values())])
                    continue
                detail = f"{len(cells)} cells under a header of {len(header)}"
                excerpt = {name: cells[place][:SHOWN] for name, place in places.items() if place < len(cells)}
                rejected.append(Rejected(Reason.ROW_MALFORMED, detail, f"line {lines.line_num}", excerpt))
        except csv.Error as error:
            raise SourceChanged(address, f"is not a whole CSV file at line {lines.line_num}: {error}") from None
        schema = {LINE: pl.Int64, **dict.fromkeys(places, pl.String)}
        return cls(pl.DataFrame(data_rows, schema=schema, orient="row"), tuple(rejected), rows_read, 0)

    def numbers(self, *columns: str) -> "Sheet":
        """Turn columns into floats. A blank is the publisher's "no data": null, and counted in ``marked``."""
        number = {name: pl.col(name).cast(pl.Float64, strict=False) for name in columns}
        wrong = [pl.col(name).is_not_null() & ~cell.is_finite().fill_null(value=False) for name, cell in number.items()]
        sheet = self._without(pl.any_horizontal(wrong), Reason.NOT_A_NUMBER, columns)
        blanks = int(sheet.frame.select(pl.sum_horizontal(pl.col(*columns).null_count())).item())
        return replace(sheet, frame=sheet.frame.with_columns(number.values()), marked=sheet.marked + blanks)

    def days(self, *columns: str, blank: bool = False) -> "Sheet":
        """Turn columns into days written as 2026-08-03 or 8/3/2026; a blank is a fault unless ``blank`` allows it."""
        day = {
            name: pl.coalesce(pl.col(name).str.to_date(form, strict=False) for form in _DAYS).alias(name)
            for name in columns
        }
        wrong = [cell.is_null() & pl.col(name).is_not_null() if blank else cell.is_null() for name, cell in day.items()]
        sheet = self._without(pl.any_horizontal(wrong), Reason.PERIOD_INVALID, columns)
        return replace(sheet, frame=sheet.frame.with_columns(day.values()))

    def with_values(self, *columns: str) -> "Sheet":
        """Keep rows in which these columns are filled."""
        return self._without(pl.any_horizontal(pl.col(*columns).is_null()), Reason.ROW_MALFORMED, columns)

    def without(self, fault: pl.Expr, reason: Reason, detail: str, columns: Collection[str]) -> "Sheet":
        """Take out the rows ``fault`` is true for; ``columns`` are shown with them."""
        bad = self.frame.filter(fault)
        rejects = tuple(
            Rejected(reason, detail, f"line {row[LINE]}", {name: str(row[name])[:SHOWN] for name in columns})
            for row in bad.iter_rows(named=True)
        )
        remaining = self.frame.filter(~fault.fill_null(value=False))
        return replace(self, frame=remaining, rejected=self.rejected + rejects)

    def _without(self, fault: pl.Expr, reason: Reason, columns: Collection[str]) -> "Sheet":
        return self.without(fault, reason, f"cannot read {' or '.join(columns)}", columns)


def _places(header: list[str], needed: Iterable[str], optional: Iterable[str], address: str) -> dict[str, int]:
    missing = [name for name in needed if name not in header]
    if missing:
        raise SourceChanged(address, f"lacks the columns {', '.join(missing)}; it has {', '.join(header) or 'none'}")
    names = [*needed, *(name for name in optional if name in header)]
    twice = [name for name in names if header.count(name) > 1]
    if twice:
        raise SourceChanged(address, f"names the columns {', '.join(twice)} more than once")
    return {name: header.index(name) for name in names}
