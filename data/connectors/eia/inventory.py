"""The workbook of EIA-860M as frames of generators."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import fastexcel
import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Rejected
from data.connectors.eia.cells import read_cells
from data.connectors.eia.series_names import STATES
from data.connectors.payload import Payload

FIRST: Final = "entity id"
TOP: Final = 20
"""Rows looked through for the title and the header."""
CAPACITY: Final = "net summer capacity (mw)"
COLUMNS: Final = {
    "plant name": "plant",
    "plant state": "state",
    "generator id": "generator",
    "technology": "technology",
    CAPACITY: "cell",
}
YEARS: Final = {
    "Operating": {"operating year": "operating_year", "planned retirement year": "planned_retirement_year"},
    "Planned": {"planned operation year": "year"},
    "Retired": {"operating year": "operating_year", "retirement year": "retirement_year"},
}
"""Columns of years, by sheet, and what we call them."""
_AS_OF = re.compile(r"\bas of (?P<month>[A-Z][a-z]+ \d{4})\b")
_YEAR: Final = r"^(\d{4})(?:\.0)?$"


@dataclass(frozen=True, slots=True)
class Inventory:
    """Generators of the fifty states and the District of Columbia with their net summer capacity.

    Attributes:
        month: first day of the month the inventory stands for.
        operating: technology, mw, operating_year, planned_retirement_year.
        planned: technology, mw, year (of planned operation).
        retired: technology, mw, operating_year, retirement_year.
        rejected: generators that could not be read.
        read: generators in the three sheets.
        marked: blanks where a capacity, or the year of a plan, would stand.
    """

    month: date
    operating: pl.DataFrame
    planned: pl.DataFrame
    retired: pl.DataFrame
    rejected: tuple[Rejected, ...]
    rows_read: int
    marked: int


def read_inventory(payload: Payload) -> Inventory:
    """The three sheets; raises :class:`SourceChanged` when one, its title or a column is not there."""
    try:
        workbook = fastexcel.read_excel(payload.body)
    except fastexcel.FastExcelError as error:
        raise SourceChanged(payload.request.key, f"cannot be read as a workbook: {error}") from None
    missing = sorted(YEARS.keys() - set(workbook.sheet_names))
    if missing:
        raise SourceChanged(payload.request.key, f"has no sheet {', '.join(missing)}")
    frames: dict[str, pl.DataFrame] = {}
    rejected: list[Rejected] = []
    months: dict[str, date] = {}
    rows_read = marked = 0
    for sheet in YEARS:
        month, raw = _table(workbook, sheet, payload)
        months[sheet] = month
        frame, faults, marks = _generators(raw, sheet)
        frames[sheet] = frame
        rejected += faults
        rows_read += raw.height
        marked += marks
    if len(set(months.values())) > 1:
        raise SourceChanged(
            payload.request.key, f"the sheets stand for different months: {sorted(set(months.values()))}"
        )
    return Inventory(
        months["Operating"],
        frames["Operating"],
        frames["Planned"],
        frames["Retired"],
        tuple(rejected),
        rows_read,
        marked,
    )


def _table(workbook: fastexcel.ExcelReader, sheet: str, payload: Payload) -> tuple[date, pl.DataFrame]:
    """Month of a sheet and its generators as text, with a column ``where``; notes at its end are left out."""
    cells = workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
    top = cells.head(TOP).rows()
    titles = " ".join(cell for row in top for cell in row if cell)
    match = _AS_OF.search(titles)
    month = _month(match["month"]) if match else None
    if month is None:
        raise SourceChanged(payload.request.key, f"sheet {sheet} does not say the month it stands for")
    places = [place for place, row in enumerate(top) if row and (row[0] or "").strip().lower() == FIRST]
    if not places:
        raise SourceChanged(payload.request.key, f"sheet {sheet} has no header that starts with {FIRST!r}")
    header = [" ".join((name or "").split()).lower() for name in top[places[0]]]
    columns = {**COLUMNS, **YEARS[sheet]}
    lacking = [name for name in columns if name not in header]
    if lacking:
        raise SourceChanged(payload.request.key, f"sheet {sheet} has no column {', '.join(lacking)}")
    table = (
        cells.with_row_index("row", offset=1)
        .slice(places[0] + 1)
        .select(
            pl.format(f"{sheet} row {{}}", "row").alias("where"),
            *(
                pl.col(cells.columns[header.index(name)]).fill_null("").str.strip_chars().alias(ours)
                for name, ours in columns.items()
            ),
        )
    )
    # Notes stand in the first column alone, so every column we read is blank there.
    return month, table.filter(pl.any_horizontal(pl.exclude("where") != ""))


def _month(name: str) -> date | None:
    try:
        return datetime.strptime(name, "%B %Y").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return None


def _generators(raw: pl.DataFrame, sheet: str) -> tuple[pl.DataFrame, list[Rejected], int]:
    """Generators of the states with capacity and years as numbers, what was rejected, and how many blanks."""
    names = list(YEARS[sheet].values())
    label_columns = ["plant", "generator", "state", "technology", *names]
    unnamed = raw.filter((pl.col("technology") == "") | (pl.col("state") == ""))
    rejected = [
        Rejected(
            Reason.ROW_MALFORMED,
            "a generator without a technology or a state",
            row["where"],
            {n: row[n] for n in label_columns},
        )
        for row in unnamed.iter_rows(named=True)
    ]
    ours = raw.filter(pl.col("technology") != "", pl.col("state").is_in(list(STATES)))
    cells = read_cells(ours, label_columns=label_columns)
    rejected += cells.rejected
    years = {name: pl.col(name).str.extract(_YEAR).cast(pl.Int32) for name in names}
    dated = cells.figures.with_columns(**{f"{name}_text": pl.col(name) for name in names}).with_columns(**years)
    strange = pl.any_horizontal((pl.col(f"{name}_text") != "") & pl.col(name).is_null() for name in names)
    rejected += [
        Rejected(Reason.PERIOD_INVALID, "a year that is not one", row["where"], {n: str(row[n]) for n in label_columns})
        for row in dated.filter(strange).iter_rows(named=True)
    ]
    valid = dated.filter(~strange).rename({"value": "mw"}).select("technology", "mw", *names)
    undated = valid["year"].null_count() if "year" in names else 0
    return valid, rejected, cells.marked + undated
