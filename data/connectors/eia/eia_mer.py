"""Table 7.2a of EIA's Monthly Energy Review: US net generation by source, monthly from 1973, yearly from 1949.

Month 13 is the year's total. The sources are those of the Electricity Data Browser under other codes: compared over
2001 to 2017, coal, nuclear, geothermal and solar agree but for rounding, the others but for revisions below 1 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from data.base.errors import SourceChanged
from data.connectors.contract import OBSERVATIONS, Access, Parsed, observations
from data.connectors.eia.cells import months, read_cells
from data.connectors.eia.series_names import NATION
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://www.eia.gov/totalenergy/data/browser/csv.php"
TABLE: Final = "T07.02A"
HEADER: Final = ("MSN", "YYYYMM", "Value", "Column_Order", "Description", "Unit")
UNIT: Final = "Million Kilowatthours"
BEGINS: Final = "Electricity Net Generation"
ENDS: Final = "All Sectors"
FUELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CLETPUS": "coal",
        "ELETPUS": "total",
        "GEETPUS": "geothermal",
        "HVETPUS": "hydro_conventional",
        "NGETPUS": "natural_gas",
        "NUETPUS": "nuclear",
        "SOETPUS": "solar_utility",
        "WYETPUS": "wind",
    }
)
ANNUAL: Final = ("CLETPUS", "ELETPUS", "NGETPUS", "NUETPUS", "WYETPUS")
"""Codes whose yearly total is a series of ours."""


@dataclass(frozen=True, slots=True)
class EiaMonthlyEnergyReview:
    """The long history of US net generation; a million kilowatt-hours is a GWh."""

    name: str = "eia_mer"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the table is one file
        """The whole table."""
        return [Request(ADDRESS, Form.CSV, {"tbl": TABLE}, part="table 7.2a")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - the table is one file
        """Nothing."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Rows of the table, published on the day of retrieval: the file does not name its issue.

        Raises :class:`SourceChanged` on another header or unit, and when a source is missing or described otherwise.
        """
        try:
            frame = pl.read_csv(payload.text().encode(), infer_schema=False)
        except PolarsError as error:
            raise SourceChanged(payload.request.key, f"is not a CSV table: {error}") from None
        if tuple(frame.columns) != HEADER:
            raise SourceChanged(payload.request.key, f"the header is {frame.columns} instead of {list(HEADER)}")
        fuels = frame.with_row_index("place", offset=2).filter(pl.col("MSN").is_in(list(FUELS)))
        self._check(fuels, payload)
        month = pl.col("YYYYMM").str.slice(4)
        long = fuels.select(
            "MSN",
            "YYYYMM",
            pl.col("Value").alias("cell"),
            pl.format("line {}", "place").alias("where"),
            pl.when(month == "13").then(pl.lit("A")).otherwise(pl.lit("M")).alias("freq"),
            pl.concat_str(
                pl.col("YYYYMM").str.slice(0, 4),
                pl.when(month == "13").then(pl.lit("01")).otherwise(month),
                pl.lit("01"),
            ).alias("day"),
        ).filter((pl.col("freq") == "M") | pl.col("MSN").is_in(ANNUAL))
        dated, undated = months(long, "day", label_columns=["MSN", "YYYYMM"], form="%Y%m%d")
        cells = read_cells(dated, label_columns=["MSN", "YYYYMM"])
        stem = pl.when(pl.col("freq") == "A").then(pl.lit("netgen_annual")).otherwise(pl.lit("netgen"))
        table = observations(
            cells.figures.with_columns(
                pl.format(
                    "us.electricity.{}.{}.eia", stem, pl.col("MSN").replace_strict(dict(FUELS), return_dtype=pl.String)
                ).alias("series_id"),
                pl.lit(NATION).alias("region"),
                pl.lit("electricity_net_generation").alias("metric"),
                pl.lit("GWh").alias("unit"),
            ),
            source_id=self.name,
            published=payload.day,
            kind="actual",
            table="energy",
        )
        return Parsed({OBSERVATIONS: table}, (*undated, *cells.rejected), rows_read=frame.height, marked=cells.marked)

    def _check(self, fuels: pl.DataFrame, payload: Payload) -> None:
        missing = sorted(FUELS.keys() - set(fuels["MSN"]))
        if missing:
            raise SourceChanged(payload.request.key, f"has no rows of {', '.join(missing)}")
        for code, unit, described in fuels.select("MSN", "Unit", "Description").unique(maintain_order=True).rows():
            if unit != UNIT:
                raise SourceChanged(payload.request.key, f"{code} is in {unit!r} where {UNIT!r} was expected")
            if not (described and described.startswith(BEGINS) and described.endswith(ENDS)):
                raise SourceChanged(payload.request.key, f"{code} is described as {described!r}")


CONNECTOR = EiaMonthlyEnergyReview()
