"""Epoch AI, types of chips behind its chip sales (CC BY 4.0): specifications and approximate prices of 29 types."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.connectors.contract import Access, Parsed
from data.connectors.epoch.csv_rows import Sheet
from data.connectors.epoch.epoch_hardware import chip_names, scaled, told_once
from data.connectors.epoch.estimates import HUB
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = f"{HUB}/ai_chip_sales_chip_types.csv"

_NAME, _DESIGNER, _RELEASED = "Name", "Designer", "Release date"
_HALF, _EIGHT = "16-bit FLOP/s", "8-bit OP/s"
_MEMORY, _BANDWIDTH, _PRICE = "Memory", "Memory bandwidth", "Cost per chip (approx.)"
_TDP, _GUESSED_TDP = "TDP (W)", "Unofficial estimated TDP (W)"

CHIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A100": "A100 80GB SXM",
        "A800": "A800 SXM",
        "B200": "GB200 (per GPU)",
        "B300": "GB300 (per GPU)",
        "H100": "H100 SXM",
        "H200": "H200 SXM",
        "H800": "H800 SXM",
        "TPU v6e": "TPU v6e Trillium",
        "TPU v7": "TPU v7 Ironwood",
    }
)
"""Name in the shipped table by Epoch's. Its B200 and B300 carry the specifications of GB200 and GB300, as it notes."""

FLOATING: Final = (
    "H100", "H200", "H800", "H20", "B200", "B300", "Rubin", "Instinct MI300A", "Instinct MI300X", "Instinct MI325X",
    "Instinct MI350X", "Instinct MI355X", "Trainium1", "Trainium2", "Trainium3", "TPU v7",
)  # fmt: skip
"""Types whose 8-bit rate is of floating point; that of the others is of integers, or not separated."""


@dataclass(frozen=True, slots=True)
class EpochChipTypes:
    """Types of chips; those whose power Epoch guessed are secondary."""

    name: str = "epoch_chip_types"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole table."""
        return [Request(ADDRESS, Form.CSV, part="chip types")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """All types; raises :class:`SourceChanged`."""
        cells = (_HALF, _EIGHT, _MEMORY, _BANDWIDTH, _PRICE, _TDP, _GUESSED_TDP)
        sheet = Sheet.of(payload, (_NAME, _DESIGNER, _RELEASED, *cells))
        sheet = sheet.with_values(_NAME, _DESIGNER).days(_RELEASED, blank=True).numbers(*cells)
        guessed = pl.col(_TDP).is_null() & pl.col(_GUESSED_TDP).is_not_null()
        short = pl.col(_NAME).str.strip_prefix("Instinct ")
        chips = sheet.frame.select(
            pl.col(_DESIGNER).replace({"Nvidia": "NVIDIA"}).alias("vendor"),
            chip_names(short, (), CHIPS).alias("chip"),
            pl.col(_RELEASED).alias("release_date"),
            scaled(_HALF, 1e12).alias("bf16_tflops"),
            pl.when(pl.col(_NAME).is_in(FLOATING)).then(scaled(_EIGHT, 1e12)).alias("fp8_tflops"),
            scaled(_MEMORY, 1e9).alias("memory_gb"),
            scaled(_BANDWIDTH, 1e9).alias("bandwidth_gb_s"),
            pl.coalesce(_TDP, _GUESSED_TDP).alias("tdp_w"),
            pl.col(_PRICE).alias("price_usd"),
            pl.lit(self.name).alias("source_id"),
            pl.when(guessed).then(pl.lit("secondary")).otherwise(pl.lit("primary")).alias("confidence"),
        )
        table, doubles = told_once(chips)
        return Parsed({"accelerators": table}, sheet.rejected + doubles, sheet.rows_read, sheet.marked)


CONNECTOR: Final = EpochChipTypes()
