"""Taiwan Stock Exchange open data: monthly revenue of TSMC (company 2330), as it files it by the tenth of each month.

The table of all listed companies (data.gov.tw data set 18420, Open Government Data License 1.0) always holds one month,
so a run a month keeps the series whole. Its columns of the month before and of the same month a year before are read
too: they fill the month of a run that was missed, and bring restated values.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request
from data.periods.period import MONTHS_PER_YEAR, month_index, month_start

ADDRESS = "https://mopsfin.twse.com.tw/opendata/t187ap05_L.csv"
COMPANY = "2330"
HEADER = (
    "出表日期",
    "資料年月",
    "公司代號",
    "公司名稱",
    "產業別",
    "營業收入-當月營收",
    "營業收入-上月營收",
    "營業收入-去年當月營收",
    "營業收入-上月比較增減(%)",
    "營業收入-去年同月增減(%)",
    "累計營業收入-當月累計營收",
    "累計營業收入-去年累計營收",
    "累計營業收入-前期比較增減(%)",
    "備註",
)
"""Day of the table, month, code, name and industry of the company, then revenue in thousands of dollars of Taiwan."""
_DAY, _MONTH, _CODE = HEADER[:3]
_BACK = {HEADER[5]: 0, HEADER[6]: 1, HEADER[7]: MONTHS_PER_YEAR}
"""Columns that are read, with how many months before the month of the table they lie."""
_THOUSANDS_PER_BILLION = 1_000_000
_REPUBLIC = 1911
"""Year 1 of the calendar of the Republic of China is 1912."""
_ROC_DAY = re.compile(r"(\d{3})/?(\d{2})/?(\d{2})")
_ROC_MONTH = re.compile(r"(\d{3})(?:/(\d{1,2})|(\d{2}))")
_MARKS = frozenset({"", "-", "不適用"})


@dataclass(frozen=True, slots=True)
class TsmcRevenue:
    """Consolidated revenue by month; published is the day the exchange made the table."""

    name: str = "tsmc_revenue"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - one file, one month
        """The table of the month at hand; earlier ones are not kept there."""
        return [Request(ADDRESS, Form.CSV, part="month at hand")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Three months of one company, none where it has not filed yet; raises :class:`SourceChanged`."""
        lines = csv.reader(io.StringIO(payload.text()))
        header = tuple(cell.strip() for cell in next(lines, []))
        if header != HEADER:
            raise SourceChanged(payload.request.key, f"the header is {', '.join(header) or 'empty'}")
        rows_read = 0
        month_rows: list[tuple[str, list[str]]] = []
        for cells in lines:
            rows_read += bool(cells)
            if len(cells) > HEADER.index(_CODE) and cells[HEADER.index(_CODE)].strip() == COMPANY:
                month_rows.append((f"line {lines.line_num}", cells))
        rejected: list[Rejected] = []
        rows: list[dict[str, object]] = []
        marked = 0
        for where, cells in month_rows:
            row = dict(zip(HEADER, (cell.strip() for cell in cells), strict=False))
            fault = _fault(cells, row, repeated=len(month_rows) > 1)
            if fault is not None:
                rejected.append(Rejected(fault[0], fault[1], where, row))
                continue
            marked += sum(row[column] in _MARKS for column in _BACK)
            figures, faults = _figures(row, where)
            rows += figures
            rejected += faults
        table = observations(
            pl.DataFrame(rows, schema={"period": pl.Date, "value": pl.Float64, "published": pl.Date}).with_columns(
                pl.lit("tsmc.revenue").alias("series_id"),
                pl.lit("TW").alias("region"),
                pl.lit("company_revenue").alias("metric"),
                pl.lit("TWD_billion").alias("unit"),
                pl.lit("M").alias("freq"),
            ),
            source_id=self.name,
            kind="actual",
            table="chips",
            note="consolidated; published is the day of the exchange's table",
        )
        return Parsed({"observations": table}, tuple(rejected), rows_read=rows_read, marked=marked)


def _fault(cells: Sequence[str], row: Mapping[str, str], *, repeated: bool) -> tuple[Reason, str] | None:
    if len(cells) != len(HEADER):
        return Reason.ROW_MALFORMED, f"{len(cells)} cells instead of {len(HEADER)}"
    if repeated:
        return Reason.DUPLICATE, f"company {COMPANY} stands there more than once"
    if _day(row[_DAY]) is None or _month(row[_MONTH]) is None:
        return Reason.PERIOD_INVALID, f"{row[_DAY]!r} or {row[_MONTH]!r} is no date of the Republic's calendar"
    return None


def _figures(row: Mapping[str, str], where: str) -> tuple[list[dict[str, object]], list[Rejected]]:
    month, published = _month(row[_MONTH]), _day(row[_DAY])
    rows: list[dict[str, object]] = []
    faults: list[Rejected] = []
    for column, back in _BACK.items():
        text = row[column].replace(",", "")
        if month is None or published is None or text in _MARKS:
            continue
        try:
            value = int(text) / _THOUSANDS_PER_BILLION
        except ValueError:
            faults.append(Rejected(Reason.NOT_A_NUMBER, f"{column} is {row[column]!r}", where, dict(row)))
            continue
        rows.append({"period": month_start(month_index(month) - back), "value": value, "published": published})
    return rows, faults


def _day(text: str) -> date | None:
    match = _ROC_DAY.fullmatch(text)
    return match and _date(match[1], match[2], match[3])


def _month(text: str) -> date | None:
    match = _ROC_MONTH.fullmatch(text)
    return match and _date(match[1], match[2] or match[3], "1")


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year) + _REPUBLIC, int(month), int(day))
    except ValueError:
        return None


CONNECTOR = TsmcRevenue()
