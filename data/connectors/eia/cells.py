"""Cells of EIA tables: figures, marks for a missing figure, and anything else, which is an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from data.catalogue.reasons import Reason
from data.connectors.contract import Rejected

MARKS: Final[tuple[str, ...]] = (
    "",
    "--",
    "-",
    ".",
    "NM",
    "W",
    "NA",
    "N/A",
    "Q",
    "Not Available",
    "Not Meaningful",
    "Withheld",
)
"""No data, not meaningful, withheld, not available: EIA's own marks, none of which is a zero."""
NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


@dataclass(frozen=True, slots=True)
class Cells:
    """What the cells of a table said.

    Attributes:
        figures: the rows whose cell is a number, with it as ``value``.
        rejected: the rows whose cell is neither a number nor a mark.
        marked: how many cells hold a mark.
    """

    figures: pl.DataFrame
    rejected: tuple[Rejected, ...]
    marked: int


def read_cells(frame: pl.DataFrame, *, label_columns: Sequence[str]) -> Cells:
    """Read the text column ``cell`` of a frame with a text column ``where``; a rejected row shows ``shown``."""
    text = pl.col("cell").fill_null("").str.strip_chars()
    number = pl.when(text.str.contains(NUMBER)).then(text.cast(pl.Float64, strict=False))
    cells = frame.with_columns(
        pl.when(number.is_finite()).then(number).alias("value"), text.is_in(MARKS).alias("is_mark")
    )
    strange = cells.filter(pl.col("value").is_null() & ~pl.col("is_mark"))
    rejected = tuple(
        Rejected(
            Reason.NOT_A_NUMBER,
            f"{row['cell']!r} is neither a number nor a mark for no data",
            row["where"],
            {name: str(row[name]) for name in [*label_columns, "cell"]},
        )
        for row in strange.iter_rows(named=True)
    )
    figures = cells.filter(pl.col("value").is_not_null()).drop("is_mark", "cell")
    return Cells(figures, rejected, int(cells["is_mark"].sum()))


def months(
    frame: pl.DataFrame, column: str, *, label_columns: Sequence[str], form: str = "%Y-%m-%d"
) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
    """Read a text column as ``period``, a first day of a month; rows where that fails are rejected."""
    cells = frame.with_columns(pl.col(column).str.to_date(form, strict=False).alias("period"))
    rejected = tuple(
        Rejected(
            Reason.PERIOD_INVALID,
            f"{row[column]!r} is not a period",
            row["where"],
            {name: str(row[name]) for name in label_columns},
        )
        for row in cells.filter(pl.col("period").is_null()).iter_rows(named=True)
    )
    return cells.filter(pl.col("period").is_not_null()), rejected
