"""Our World in Data, energy data set (CC BY 4.0): yearly electricity by source, demand, trade and carbon intensity.

One wide CSV of all countries, compiled from Ember and the Energy Institute. Read from 2000 on: from there electricity
is Ember's, before it is the Energy Institute's with another boundary.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.errors import SourceChanged
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.epoch.csv_rows import LINE, Sheet
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://raw.githubusercontent.com/owid/energy-data/master/owid-energy-data.csv"

ENTITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "China": "CN",
        "European Union (27)": "EU",
        "Ireland": "IE",
        "United States": "US",
        "World": "WORLD",
    }
)
FIRST_YEAR: Final = 2000

_GENERATION, _DEMAND = "electricity_generation", "electricity_demand"
_IMPORTS, _CARBON = "net_electricity_imports", "carbon_intensity_electricity"
TWH: Final = "TWh"

COLUMNS: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "biofuel_electricity": ("generation.bioenergy", _GENERATION, TWH),
        "coal_electricity": ("generation.coal", _GENERATION, TWH),
        "gas_electricity": ("generation.gas", _GENERATION, TWH),
        "hydro_electricity": ("generation.hydro", _GENERATION, TWH),
        "nuclear_electricity": ("generation.nuclear", _GENERATION, TWH),
        "oil_electricity": ("generation.oil", _GENERATION, TWH),
        "other_renewable_exc_biofuel_electricity": ("generation.other_renewables", _GENERATION, TWH),
        "solar_electricity": ("generation.solar", _GENERATION, TWH),
        "wind_electricity": ("generation.wind", _GENERATION, TWH),
        "electricity_generation": ("generation.total", _GENERATION, TWH),
        "electricity_demand": ("demand", _DEMAND, TWH),
        "net_elec_imports": ("net_imports", _IMPORTS, TWH),
        "carbon_intensity_elec": ("carbon_intensity", _CARBON, "gCO2e/kWh"),
    }
)
"""Middle of the series id, metric and unit by column. The codebook states the units; the file does not repeat them."""


@dataclass(frozen=True, slots=True)
class OwidEnergy:
    """Yearly figures of five areas; published is the day of retrieval, for the file does not date itself."""

    name: str = "owid_energy"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole file, about 9 MB."""
        return [Request(ADDRESS, Form.CSV, part="all countries and years")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Years since 2000; raises :class:`SourceChanged`, also when an area is missing as a whole."""
        sheet = Sheet.of(payload, ("country", "year", *COLUMNS))
        cells = unpivoted(own_rows(sheet, "country", ENTITIES, payload), "year", COLUMNS)
        china_eu = pl.col("region").is_in(["CN", "EU"]) & pl.col("column").eq("electricity_generation")
        rows = series_rows(cells.good, COLUMNS).with_columns(
            pl.when(china_eu).then(pl.lit("gross basis for China and EU")).otherwise(pl.lit("")).alias("note")
        )
        table = observations(rows, source_id=self.name, published=payload.day, kind="actual", table="energy")
        return Parsed({"observations": table}, sheet.rejected + cells.rejected, sheet.rows_read, cells.marked)


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a wide table: ``good`` with region, period, column and value, the rejected, and how many are blank."""

    good: pl.DataFrame
    rejected: tuple[Rejected, ...]
    marked: int


def own_rows(sheet: Sheet, column: str, entities: Mapping[str, str], payload: Payload) -> pl.DataFrame:
    """Rows of the wanted areas with their ``region``; raises :class:`SourceChanged` when one has none."""
    entity_rows = sheet.frame.filter(pl.col(column).is_in(list(entities)))
    gone = set(entities) - set(entity_rows[column])
    if gone:
        raise SourceChanged(payload.request.key, f"holds no row of {', '.join(sorted(gone))}")
    return entity_rows.with_columns(pl.col(column).replace_strict(entities, return_dtype=pl.String).alias("region"))


def unpivoted(entity_rows: pl.DataFrame, year: str, columns: Collection[str]) -> Cells:
    """Cells from :data:`FIRST_YEAR` on, one a row; a blank is the publisher's "no data"."""
    calendar = pl.col(year).cast(pl.Int32, strict=False)
    when = entity_rows.with_columns(pl.date(calendar, 1, 1).alias("period"), calendar.alias("calendar"))
    undated = when.filter(pl.col("calendar").is_null())
    cells = when.filter(pl.col("calendar") >= FIRST_YEAR).unpivot(
        list(columns), index=[LINE, "region", "period"], variable_name="column", value_name="text"
    )
    cells = cells.with_columns(pl.col("text").cast(pl.Float64, strict=False).alias("value"))
    blank = pl.col("text").is_null()
    wrong = ~blank & ~pl.col("value").is_finite().fill_null(value=False)
    years = (
        Rejected(Reason.PERIOD_INVALID, f"{row[year]!r} is no year", f"line {row[LINE]}", {year: str(row[year])})
        for row in undated.iter_rows(named=True)
    )
    texts = (
        Rejected(
            Reason.NOT_A_NUMBER,
            f"{row['text']!r} in {row['column']}",
            f"line {row[LINE]}",
            {"region": row["region"], "period": str(row["period"]), row["column"]: row["text"]},
        )
        for row in cells.filter(wrong).iter_rows(named=True)
    )
    good = cells.filter(~blank & ~wrong).select("region", "period", "column", "value")
    return Cells(good, (*years, *texts), cells.filter(blank).height)


def series_rows(cells: pl.DataFrame, columns: Mapping[str, tuple[str, str, str]]) -> pl.DataFrame:
    """Cells with series id, metric, unit and freq."""
    parts = [{column: part[place] for column, part in columns.items()} for place in range(3)]
    middle, metric, unit = (pl.col("column").replace_strict(part, return_dtype=pl.String) for part in parts)
    return cells.with_columns(
        pl.format("{}.electricity.{}.owid", pl.col("region").str.to_lowercase(), middle).alias("series_id"),
        metric.alias("metric"),
        unit.alias("unit"),
        pl.lit("A").alias("freq"),
    )


CONNECTOR: Final = OwidEnergy()
