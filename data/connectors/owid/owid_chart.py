"""Our World in Data, chart "Electricity production by source" (CC BY 4.0): yearly TWh by source, and their sum."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.errors import SourceChanged
from data.connectors.contract import Access, Parsed, observations
from data.connectors.epoch.csv_rows import Sheet
from data.connectors.owid.owid_energy import ENTITIES, TWH, own_rows, series_rows, unpivoted
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://ourworldindata.org/grapher/electricity-prod-source-stacked.csv"

_METRIC: Final = "electricity_generation"
SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Other renewables excluding bioenergy": "other_renewables",
        "Electricity from bioenergy": "bioenergy",
        "Electricity from solar": "solar",
        "Electricity from wind": "wind",
        "Electricity from hydro": "hydro",
        "Electricity from nuclear": "nuclear",
        "Electricity from oil": "oil",
        "Electricity from gas": "gas",
        "Electricity from coal": "coal",
    }
)
"""Source by the start of the chart's heading, which goes on with the unit."""
UNION: Final = "European Union (27)"
EMBER_UNION: Final = "European Union (27) (Ember)"
"""The Union's row where the chart names the publisher whose Union it is."""


@dataclass(frozen=True, slots=True)
class OwidChart:
    """Generation by source of five areas; published is the day of retrieval, for the file does not date itself."""

    name: str = "owid_chart"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole chart."""
        return [Request(ADDRESS, Form.CSV, part="chart data")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Years since 2000; raises :class:`SourceChanged`, also when a heading states no TWh."""
        columns = _headings(payload)
        sheet = Sheet.of(payload, ("Entity", "Year", *columns))
        union = EMBER_UNION if EMBER_UNION in set(sheet.frame["Entity"]) else UNION
        entities = {union if entity == UNION else entity: region for entity, region in ENTITIES.items()}
        long = unpivoted(own_rows(sheet, "Entity", entities, payload), "Year", columns)
        parts = {heading: (f"generation.{source}", _METRIC, TWH) for heading, source in columns.items()}
        cells = series_rows(long.good, parts).with_columns(pl.lit("", dtype=pl.String).alias("note"))
        table = observations(
            pl.concat([cells, _totals(cells)]),
            source_id=self.name,
            published=payload.day,
            kind="actual",
            table="energy",
        )
        return Parsed({"observations": table}, sheet.rejected + long.rejected, sheet.rows_read, long.marked)


def _headings(payload: Payload) -> dict[str, str]:
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(payload.text())), [])]
    sources: dict[str, str] = {}
    for start, source in SOURCES.items():
        headings = [heading for heading in header if heading.startswith(start)]
        if len(headings) != 1:
            raise SourceChanged(payload.request.key, f"has {len(headings)} columns that start with {start!r}")
        if TWH not in headings[0]:
            raise SourceChanged(payload.request.key, f"{headings[0]!r} is not in {TWH}")
        sources[headings[0]] = source
    return sources


def _totals(cells: pl.DataFrame) -> pl.DataFrame:
    """Sums over the sources of a year that states all of them; other renewables may be blank, they are a small rest."""
    due = len(SOURCES) - 1
    stated = (~pl.col("series_id").str.contains(r"\.other_renewables\.")).sum().alias("stated")
    sums = cells.group_by("region", "period", "unit", "metric", "freq", maintain_order=True).agg(
        pl.col("value").sum().round(6), stated
    )
    return (
        sums.filter(pl.col("stated") == due)
        .with_columns(
            pl.format("{}.electricity.generation.total.owid", pl.col("region").str.to_lowercase()).alias("series_id"),
            pl.lit("total").alias("column"),
            pl.lit("sum of the sources in the same file").alias("note"),
        )
        .select(cells.columns)
    )


CONNECTOR: Final = OwidChart()
