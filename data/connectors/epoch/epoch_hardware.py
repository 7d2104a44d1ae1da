"""Epoch AI, "Machine Learning Hardware" (CC BY 4.0): specifications of accelerators as their makers print them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.shipped_tables import SCHEMAS
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected
from data.connectors.epoch.csv_rows import Sheet
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://epoch.ai/data/ml_hardware.csv"

_NAME, _VENDOR, _RELEASED = "Hardware name", "Manufacturer", "Release date"
_NUMBERS: Final[Mapping[str, tuple[str, float]]] = MappingProxyType(
    {
        "bf16_tflops": ("Tensor-FP16/BF16 performance (FLOP/s)", 1e12),
        "fp8_tflops": ("FP8 performance (FLOP/s)", 1e12),
        "memory_gb": ("Memory size per board (Byte)", 1e9),
        "bandwidth_gb_s": ("Memory bandwidth (byte/s)", 1e9),
        "tdp_w": ("TDP (W)", 1.0),
        "price_usd": ("Release price (USD)", 1.0),
    }
)
"""Column of the table by ours, with how many of its units are one of ours."""
_PLAIN_HALF: Final = "FP16 (half precision) performance (FLOP/s)"

VENDORS: Final[Mapping[str, str]] = MappingProxyType(
    {"Amazon AWS": "Amazon", "Kunlunxin Baidu": "Kunlunxin", "Moore Threads (Tencent)": "Moore Threads"}
)
"""Maker as the shipped table calls it, where Epoch's hardware table calls it otherwise."""

CHIPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AMD Instinct MI300X": "MI300X",
        "AMD Radeon Instinct MI250X": "MI250X",
        "Intel Habana Gaudi3": "Gaudi3",
        "NVIDIA A100 SXM4 80 GB": "A100 80GB SXM",
        "NVIDIA B200": "B200 HGX",
        "NVIDIA B300 (Blackwell Ultra)": "B300 HGX",
        "NVIDIA GB200": "GB200 (per GPU)",
        "NVIDIA GB300 (Blackwell Ultra)": "GB300 (per GPU)",
        "NVIDIA H100 SXM5 80GB": "H100 SXM",
        "NVIDIA H800 SXM5": "H800 SXM",
        "NVIDIA HGX H20": "H20",
        "NVIDIA Tesla V100 SXM2 16 GB": "V100 SXM2",
    }
)
"""Name in the shipped table by Epoch's; every other chip keeps Epoch's name without its maker's."""


@dataclass(frozen=True, slots=True)
class EpochHardware:
    """Accelerators with the day of their release. Blank cells stay blank: nothing is filled from another table."""

    name: str = "epoch_hardware"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole table."""
        return [Request(ADDRESS, Form.CSV, part="hardware")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """All chips with a maker; raises :class:`SourceChanged`.

        ``bf16_tflops`` is the rate of the tensor units in 16 bits, or of plain half precision where a chip has no
        other. ``fp8_tflops`` is left blank where only an integer rate of 8 bits is given.
        """
        cells = [column for column, _ in _NUMBERS.values()]
        sheet = Sheet.of(payload, (_NAME, _VENDOR, _RELEASED, _PLAIN_HALF, *cells))
        sheet = sheet.with_values(_NAME, _VENDOR).days(_RELEASED, blank=True).numbers(_PLAIN_HALF, *cells)
        frame = sheet.frame.with_columns(pl.coalesce(cells[0], _PLAIN_HALF).alias(cells[0]))
        vendor = pl.col(_VENDOR).replace(VENDORS)
        chips = frame.select(
            vendor.alias("vendor"),
            chip_names(pl.col(_NAME), (vendor, pl.col(_VENDOR)), CHIPS).alias("chip"),
            pl.col(_RELEASED).alias("release_date"),
            *(scaled(column, per).alias(name) for name, (column, per) in _NUMBERS.items()),
            pl.lit(self.name).alias("source_id"),
            pl.lit("primary").alias("confidence"),
        )
        table, doubles = told_once(chips)
        return Parsed({"accelerators": table}, sheet.rejected + doubles, sheet.rows_read, sheet.marked)


def chip_names(called: pl.Expr, makers: Sequence[pl.Expr], names: Mapping[str, str]) -> pl.Expr:
    """Name of the shipped table where there is one, else the publisher's without the maker in front."""
    short = called
    for maker in makers:
        front = pl.concat_str(maker, pl.lit(" "))
        short = pl.when(short.str.starts_with(front)).then(short.str.strip_prefix(front)).otherwise(short)
    return called.replace_strict(names, default=short, return_dtype=pl.String)


def scaled(column: str, per: float) -> pl.Expr:
    """A column in our unit, ``per`` of the publisher's being one of ours, without the noise of the division."""
    return (pl.col(column) / per).round(6)


def told_once(chips: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Rejected, ...]]:
    """Chips in file order of the shipped table; those named twice are all left out, each with the reason."""
    key = ["vendor", "chip"]
    double = chips.filter(pl.struct(key).is_duplicated())
    detail = "the table has this chip more than once"
    rejected = tuple(
        Rejected(Reason.DUPLICATE, detail, f"{row['vendor']} {row['chip']}", {name: row[name] for name in key})
        for row in double.iter_rows(named=True)
    )
    once = chips.filter(~pl.struct(key).is_duplicated()).select(*SCHEMAS["accelerators"])
    return once.sort("vendor", "release_date", "chip"), rejected


CONNECTOR: Final = EpochHardware()
