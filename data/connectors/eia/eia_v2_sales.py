"""Monthly electricity sales and average price by state and sector, EIA API v2 (Form EIA-861M)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from data.connectors.contract import OBSERVATIONS, Access, Parsed, observations
from data.connectors.eia.eia_v2 import KEY, Column, ask, figures, next_page, rows
from data.connectors.eia.series_names import NATION, PRICES, SALES, SECTORS, STATES, codes_frame
from data.connectors.payload import Payload, Request

ROUTE: Final = "electricity/retail-sales"
SOLD: Final = Column("sales", "million kilowatt hours")
PRICE: Final = Column("price", "cents per kilowatt-hour")


@dataclass(frozen=True, slots=True)
class EiaRetailSales:
    """Sales to ultimate customers and their price; a million kilowatt-hours is a GWh."""

    name: str = "eia_v2_sales"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - EIA ends at its last month by itself
        """The country by sector, and the commercial sector of all states; raises :class:`SourceKeyMissing`."""
        key = access.key(KEY, source=self.name)
        parts = {"country by sector": ([NATION], list(SECTORS)), "states, commercial": (list(STATES), ["COM"])}
        return [
            ask(
                ROUTE,
                columns=[SOLD, PRICE],
                facets={"stateid": areas, "sectorid": sectors},
                since=since,
                key=key,
                part=part,
            )
            for part, (areas, sectors) in parts.items()
        ]

    def following(self, payload: Payload, access: Access) -> Request | None:
        """The next page."""
        return next_page(payload, access.key(KEY, source=self.name))

    def parse(self, payload: Payload) -> Parsed:
        """Rows of one page, published on the day of retrieval: the API does not say when a figure was released."""
        frame = rows(payload, area="stateid", code="sectorid", columns=[SOLD, PRICE])
        sold, not_sold, sold_marks = figures(frame, SOLD, codes_frame(SALES), payload)
        priced, not_priced, price_marks = figures(frame, PRICE, codes_frame(PRICES), payload)
        tables = [
            observations(
                values.with_columns(
                    pl.lit(metric).alias("metric"), pl.lit(unit).alias("unit"), pl.lit("M").alias("freq")
                ),
                source_id=self.name,
                published=payload.day,
                kind="actual",
                table="energy",
            )
            for values, metric, unit in (
                (sold, "electricity_retail_sales", "GWh"),
                (priced, "electricity_retail_price", "US_cents_per_kWh"),
            )
        ]
        return Parsed(
            {OBSERVATIONS: pl.concat(tables)},
            (*not_sold, *not_priced),
            rows_read=2 * frame.height,
            marked=sold_marks + price_marks,
        )


CONNECTOR = EiaRetailSales()
