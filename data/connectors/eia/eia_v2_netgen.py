"""Monthly net generation by state and fuel, EIA API v2 (Forms EIA-923 and EIA-860, small-scale solar by estimate)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from data.connectors.contract import OBSERVATIONS, Access, Parsed, observations
from data.connectors.eia.eia_v2 import KEY, Column, ask, figures, next_page, rows
from data.connectors.eia.series_names import FUELS, FULL_STATES, NATION, NETGEN, STATE_FUELS, STATES, codes_frame
from data.connectors.payload import Payload, Request

ROUTE: Final = "electricity/electric-power-operational-data"
ALL_SECTORS: Final = "99"
GENERATION: Final = Column("generation", "thousand megawatthours")


@dataclass(frozen=True, slots=True)
class EiaNetGeneration:
    """Net generation of the country, of its states, and of fuels; a thousand megawatt-hours is a GWh."""

    name: str = "eia_v2_netgen"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - EIA ends at its last month by itself
        """The country by fuel, two states by fuel, all states' totals; raises :class:`SourceKeyMissing`."""
        key = access.key(KEY, source=self.name)
        rest = [code for code in STATE_FUELS if code != "ALL"]
        parts = {
            "country by fuel": ([NATION], list(FUELS)),
            "Texas and Virginia by fuel": (list(FULL_STATES), rest),
            "states": (list(STATES), ["ALL"]),
        }
        return [
            ask(
                ROUTE,
                columns=[GENERATION],
                facets={"location": areas, "fueltypeid": fuels, "sectorid": [ALL_SECTORS]},
                since=since,
                key=key,
                part=part,
            )
            for part, (areas, fuels) in parts.items()
        ]

    def following(self, payload: Payload, access: Access) -> Request | None:
        """The next page."""
        return next_page(payload, access.key(KEY, source=self.name))

    def parse(self, payload: Payload) -> Parsed:
        """Rows of one page, published on the day of retrieval: the API does not say when a figure was released."""
        frame = rows(payload, area="location", code="fueltypeid", columns=[GENERATION], extra=["sectorid"])
        all_sectors = frame.filter(pl.col("sectorid") == ALL_SECTORS)
        values, rejected, marked = figures(all_sectors, GENERATION, codes_frame(NETGEN), payload)
        table = observations(
            values.with_columns(
                pl.lit("electricity_net_generation").alias("metric"),
                pl.lit("GWh").alias("unit"),
                pl.lit("M").alias("freq"),
            ),
            source_id=self.name,
            published=payload.day,
            kind="actual",
            table="energy",
        )
        return Parsed({OBSERVATIONS: table}, rejected, rows_read=frame.height, marked=marked)


CONNECTOR = EiaNetGeneration()
