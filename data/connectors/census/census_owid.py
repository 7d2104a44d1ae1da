"""Our World in Data, monthly spending on data-center construction in the United States, from the US Census Bureau.

The chart's CSV file: dollars of constant prices, a monthly rate. Neither base year nor day of release is in it.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.payload import Form, Payload, Request

ADDRESS = "https://ourworldindata.org/grapher/monthly-spending-data-center-us.csv"
HEADER = ["Entity", "Code", "Day", "Monthly spending on data center construction in the United States"]
_DOLLARS_PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class CensusOwid:
    """Constant-dollar monthly spending; published is the day of retrieval."""

    name: str = "census_owid"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole file."""
        return [Request(ADDRESS, Form.CSV, part="chart data")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """All months; raises :class:`SourceChanged`."""
        try:
            frame = pl.read_csv(io.StringIO(payload.text()), infer_schema=False)
        except pl.exceptions.PolarsError as error:
            raise SourceChanged(payload.request.key, f"is not a CSV file: {str(error).splitlines()[0]}") from None
        if frame.columns != HEADER:
            raise SourceChanged(payload.request.key, f"the header is {', '.join(frame.columns)}")
        rows = frame.rename({HEADER[3]: "text"}).with_columns(
            pl.int_range(2, frame.height + 2).alias("line"),
            pl.col("text").fill_null(""),
            pl.col("Day").str.to_date("%Y-%m-%d", strict=False).alias("period"),
            (pl.col("text").cast(pl.Float64, strict=False) / _DOLLARS_PER_MILLION).alias("value"),
        )
        us_rows = rows.filter(pl.col("Entity") == "United States")
        if us_rows.is_empty():
            raise SourceChanged(payload.request.key, "holds no row of the United States")
        first = pl.col("period").dt.day() == 1
        good = us_rows.filter(first & pl.col("value").is_not_null())
        blank = us_rows.filter(pl.col("text") == "")
        faults = us_rows.filter(
            (pl.col("text") != "") & ~(first & pl.col("value").is_not_null()).fill_null(value=False)
        )
        table = observations(
            good.with_columns(
                pl.lit("us.datacenter.construction_spending.real").alias("series_id"),
                pl.lit("US").alias("region"),
                pl.lit("construction_spending_monthly_real").alias("metric"),
                pl.lit("USD_million").alias("unit"),
                pl.lit("M").alias("freq"),
            ),
            source_id=self.name,
            published=payload.day,
            kind="actual",
            table="capacity",
            confidence="secondary",
            note="monthly rate, constant dollars (base year not stated in the file), not annualised",
        )
        return Parsed({"observations": table}, _rejected(faults), rows_read=frame.height, marked=blank.height)


def _rejected(faults: pl.DataFrame) -> tuple[Rejected, ...]:
    rejects: list[Rejected] = []
    for row in faults.iter_rows(named=True):
        period: date | None = row["period"]
        reason = Reason.PERIOD_INVALID if period is None or period.day != 1 else Reason.NOT_A_NUMBER
        text = {"Day": str(row["Day"]), "value": row["text"]}
        rejects.append(Rejected(reason, f"{row['text']!r} on {row['Day']!r}", f"line {row['line']}", text))
    return tuple(rejects)


CONNECTOR = CensusOwid()
