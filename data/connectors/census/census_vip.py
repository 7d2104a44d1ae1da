"""US Census Bureau, value of private construction put in place: the workbooks of all months.

``privsatime.xlsx`` holds seasonally adjusted annual rates, ``privtime.xlsx`` the months themselves. Both are replaced
at each release on the first working day of a month; months carry ``p`` (preliminary) or ``r`` (revised), and the foot
names the day of release. The Bureau's API (timeseries/eits/vip) is documented by types of construction such as office;
that it carries the line below them, data center, is not documented, so the workbooks are read. They need no key.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request


@dataclass(frozen=True, slots=True)
class Workbook:
    """One of the two files: what its title must say, and what its series are called."""

    url: str
    sheet: str
    title: str
    suffix: str
    metric: str
    note: str


WORKBOOKS: tuple[Workbook, ...] = (
    Workbook(
        "https://www.census.gov/construction/c30/xlsx/privsatime.xlsx",
        "Private SA",
        "Value of Private Construction Put in Place - Seasonally Adjusted Annual Rate",
        "saar",
        "construction_spending_saar",
        "nominal, seasonally adjusted annual rate; private",
    ),
    Workbook(
        "https://www.census.gov/construction/c30/xlsx/privtime.xlsx",
        "Private NSA",
        "Value of Private Construction Put in Place - Not Seasonally Adjusted",
        "nsa",
        "construction_spending_month",
        "nominal, not seasonally adjusted, the month itself; private",
    ),
)
COLUMNS = {
    "Data center": ("us.datacenter.construction_spending", ""),
    "General": ("us.office_general.construction_spending", " general offices, without data centers and financial"),
    "Electric": ("us.electric_power.construction_spending", " electric power structures"),
}
"""Stem of the series and what follows in the note, by the heading of the column."""
UNIT = "millions of dollars"
_HEAD = 8
"""Title, unit and headings stand in the first rows."""
_MONTH = re.compile(r"([A-Z][a-z]{2}-\d{2})([pr]?)")
_STATE = {"": "", "p": "; preliminary", "r": "; revised"}
_RELEASE = re.compile(r"Source: U\.S\. Census Bureau, Construction Spending, (\w+ \d{1,2}, \d{4})")
_MARKS = ("", "-", "NA", "(NA)", "S", "(S)", "X", "(X)")


@dataclass(frozen=True, slots=True)
class CensusVip:
    """Monthly spending on private data centers, general offices and electric power structures."""

    name: str = "census_vip"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the files come whole
        """Both workbooks."""
        return [Request(book.url, Form.XLSX, part=book.sheet) for book in WORKBOOKS]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one file each
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """All months of one workbook as of its release; raises :class:`SourceChanged`."""
        key = payload.request.key
        book = next((one for one in WORKBOOKS if one.url == payload.request.url), None)
        if book is None:
            raise SourceChanged(key, "is none of the two workbooks")
        cells = _cells(payload, book)
        header, places = _header(cells, key)
        body = cells.slice(header + 1).with_columns(
            pl.int_range(header + 2, cells.height + 1).alias("line"),
            pl.col("date").str.extract_groups(rf"^{_MONTH.pattern}$").alias("found"),
        )
        # The foot fills the first column only; a row with figures and no month is a fault to report.
        figured = pl.any_horizontal(pl.col(*places.values()).str.strip_chars().fill_null("") != "")
        months = body.filter(pl.col("found").struct.field("1").is_not_null() | figured)
        # Months of the two-digit year: none is before 1993, where the files begin.
        months = months.with_columns(
            pl.format("01-{}", pl.col("found").struct.field("1")).str.to_date("%d-%b-%y", strict=False).alias("period"),
            pl.col("found").struct.field("2").replace_strict(_STATE, default="").alias("state"),
        )
        figures = pl.concat(
            months.select(
                "line",
                "date",
                "period",
                pl.col(column).str.strip_chars().fill_null("").alias("text"),
                pl.lit(f"{COLUMNS[heading][0]}.{book.suffix}").alias("series_id"),
                (pl.lit(book.note + COLUMNS[heading][1]) + pl.col("state")).alias("note"),
            )
            for heading, column in places.items()
        ).with_columns(pl.col("text").str.replace_all(",", "").cast(pl.Float64, strict=False).alias("value"))
        marked = figures.filter(pl.col("text").is_in(_MARKS))
        faults = figures.filter(
            ~pl.col("text").is_in(_MARKS) & (pl.col("value").is_null() | pl.col("period").is_null())
        )
        good = figures.filter(pl.col("value").is_not_null() & pl.col("period").is_not_null())
        table = observations(
            good.with_columns(
                pl.lit("US").alias("region"),
                pl.lit(book.metric).alias("metric"),
                pl.lit("USD_million").alias("unit"),
                pl.lit("M").alias("freq"),
            ),
            source_id=self.name,
            published=_release(cells) or payload.day,
            kind="actual",
            table="capacity",
        )
        return Parsed({"observations": table}, _rejected(faults, book), rows_read=figures.height, marked=marked.height)


def _cells(payload: Payload, book: Workbook) -> pl.DataFrame:
    """The sheet as text, its first column named ``date``."""
    key = payload.request.key
    try:
        sheet = pl.read_excel(
            io.BytesIO(payload.body),
            sheet_name=book.sheet,
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
        )
    except Exception as error:  # noqa: BLE001 - the workbook reader raises errors of its own kinds and plain ValueErrors
        raise SourceChanged(key, f"has no readable sheet {book.sheet!r}: {str(error).splitlines()[0]}") from None
    if sheet.width < len(COLUMNS) + 1:
        raise SourceChanged(key, f"the sheet has {sheet.width} columns")
    cells = sheet.select(pl.all().cast(pl.String)).rename({sheet.columns[0]: "date"})
    head = [_plain(text) for text in cells.get_column("date").head(_HEAD)]
    if book.title.lower() not in head:
        raise SourceChanged(key, f"the title is {head[0]!r}")
    if not any(text.strip("(").startswith(UNIT) for text in head):
        raise SourceChanged(key, "does not say that it is in millions of dollars")
    return cells


def _header(cells: pl.DataFrame, key: str) -> tuple[int, dict[str, str]]:
    """Row of the headings, and the column of each that is wanted."""
    head = [_plain(text) for text in cells.get_column("date").head(_HEAD)]
    if "date" not in head:
        raise SourceChanged(key, "has no row of headings that starts with Date")
    row = head.index("date")
    # A heading may end in the number of a footnote.
    headings = {column: _plain(cells.item(row, column)).rstrip("0123456789 ") for column in cells.columns}
    places: dict[str, str] = {}
    for name in COLUMNS:
        columns = [column for column, heading in headings.items() if heading == name.lower()]
        if len(columns) != 1:
            raise SourceChanged(key, f"{len(columns)} columns are headed {name!r}")
        places[name] = columns[0]
    return row, places


def _plain(text: str | None) -> str:
    """A heading without line breaks (the files carry them as ``_x000D_`` too) and capitals."""
    return " ".join((text or "").replace("_x000D_", " ").split()).lower()


def _release(cells: pl.DataFrame) -> date | None:
    for text in cells.get_column("date").drop_nulls():
        match = _RELEASE.search(" ".join(text.split()))
        if match is not None:
            return datetime.strptime(match[1], "%B %d, %Y").date()  # noqa: DTZ007 - a day, not a moment
    return None


def _rejected(faults: pl.DataFrame, book: Workbook) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(
            Reason.NOT_A_NUMBER if row["period"] else Reason.PERIOD_INVALID,
            f"{row['text']!r} in month {row['date']!r}",
            f"{book.sheet} row {row['line']}",
            {"date": row["date"], "value": row["text"], "series_id": row["series_id"]},
        )
        for row in faults.iter_rows(named=True)
    )


CONNECTOR = CensusVip()
