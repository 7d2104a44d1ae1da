"""Federal Reserve Bank of St. Louis, FRED: six monthly indicators of supply and tightness.

The graph's CSV file of one series: ``observation_date`` and the series, ``.`` or nothing where there is no figure. The
file does not say what the series counts, when it was released or that it was redefined, so the identifier is checked
and ``published`` is the day of retrieval. The figures are the latest revision of each month.
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

ADDRESS = "https://fred.stlouisfed.org/graph/fredgraph.csv"
DATE = "observation_date"
_MARKS = ("", ".")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One series of FRED and what it is called here."""

    code: str
    series: str
    metric: str
    unit: str
    table: str
    note: str


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "TLOFCONS",
        "us.office.construction_spending.saar",
        "construction_spending_saar",
        "USD_million",
        "capacity",
        "US Census Bureau: total construction spending, office, seasonally adjusted annual rate",
    ),
    Indicator(
        "IPG2211S",
        "us.electric_power.production_index",
        "industrial_production_index",
        "index",
        "energy",
        "Board of Governors, G.17: electric power generation, transmission and distribution, seasonally adjusted",
    ),
    Indicator(
        "WPU0543",
        "us.electricity.industrial_price_index",
        "producer_price_index",
        "index",
        "energy",
        "Bureau of Labor Statistics: producer price of industrial electric power, not seasonally adjusted",
    ),
    Indicator(
        "PCU335311335311",
        "us.transformers.price_index",
        "producer_price_index",
        "index",
        "energy",
        "Bureau of Labor Statistics: producer price of power, distribution and specialty transformers, not adjusted",
    ),
    Indicator(
        "PCU334413334413",
        "us.semiconductors.price_index",
        "producer_price_index",
        "index",
        "chips",
        "Bureau of Labor Statistics: producer price of semiconductors and related devices, not seasonally adjusted",
    ),
    Indicator(
        "CAPUTLG3344S",
        "us.semiconductors.capacity_utilisation",
        "capacity_utilisation",
        "percent",
        "chips",
        "Board of Governors, G.17: capacity use, semiconductors and other electronic components, seasonally adjusted",
    ),
)


@dataclass(frozen=True, slots=True)
class Fred:
    """Six indicators, one request each."""

    name: str = "fred"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - no key is asked for
        """One file an indicator, from ``since`` on."""
        window = {"cosd": since.isoformat()} if since else {}
        return [Request(ADDRESS, Form.CSV, parameters={"id": one.code, **window}, part=one.code) for one in INDICATORS]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page each
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """The months of one indicator; raises :class:`SourceChanged`."""
        key = payload.request.key
        code = payload.request.parameters.get("id", "")
        indicator = next((one for one in INDICATORS if one.code == code), None)
        if indicator is None:
            raise SourceChanged(key, f"{code!r} is none of the indicators")
        try:
            frame = pl.read_csv(io.StringIO(payload.text()), infer_schema=False)
        except pl.exceptions.PolarsError as error:
            raise SourceChanged(key, f"is not a CSV file: {str(error).splitlines()[0]}") from None
        if frame.columns != [DATE, indicator.code]:
            raise SourceChanged(key, f"the header is {', '.join(frame.columns)}")
        rows = frame.rename({indicator.code: "text"}).with_columns(
            pl.int_range(2, frame.height + 2).alias("line"),
            pl.col("text").fill_null("").str.strip_chars(),
            pl.col(DATE).str.to_date("%Y-%m-%d", strict=False).alias("period"),
            pl.col("text").cast(pl.Float64, strict=False).alias("value"),
        )
        marked = pl.col("text").is_in(_MARKS)
        fits = (pl.col("period").dt.day() == 1).fill_null(value=False) & pl.col("value").is_finite().fill_null(
            value=False
        )
        table = observations(
            rows.filter(fits).with_columns(
                pl.lit(indicator.series).alias("series_id"),
                pl.lit("US").alias("region"),
                pl.lit(indicator.metric).alias("metric"),
                pl.lit(indicator.unit).alias("unit"),
                pl.lit("M").alias("freq"),
            ),
            source_id=self.name,
            published=payload.day,
            kind="actual",
            table=indicator.table,
            note=f"FRED {indicator.code}; {indicator.note}",
        )
        faults = _rejected(rows.filter(~marked & ~fits))
        return Parsed({"observations": table}, faults, rows_read=frame.height, marked=rows.filter(marked).height)


def _rejected(faults: pl.DataFrame) -> tuple[Rejected, ...]:
    rejects: list[Rejected] = []
    for row in faults.iter_rows(named=True):
        period: date | None = row["period"]
        reason = Reason.PERIOD_INVALID if period is None or period.day != 1 else Reason.NOT_A_NUMBER
        text = {DATE: str(row[DATE]), "value": row["text"]}
        rejects.append(Rejected(reason, f"{row['text']!r} on {row[DATE]!r}", f"line {row['line']}", text))
    return tuple(rejects)


CONNECTOR = Fred()
