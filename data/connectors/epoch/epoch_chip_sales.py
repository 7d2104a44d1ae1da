"""Epoch AI, "AI Chip Sales" (CC BY 4.0): chips sold by designer and, for NVIDIA, by type of chip.

Two tables of the data hub. Both are estimates of a simulation: the value is the median, low and high are the 5th and
95th percentile. The designers' table is cumulative; percentiles do not subtract, so flows carry none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, observations
from data.connectors.epoch.estimates import COMPUTE, COST, HUB, POWER, UNITS, Estimates, estimates, triple
from data.connectors.payload import Form, Payload, Request

BY_DESIGNER: Final = f"{HUB}/ai_chip_sales_cumulative_timelines_by_designer.csv"
BY_CHIP: Final = f"{HUB}/ai_chip_sales_timelines_by_chip.csv"

METRICS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "compute": "ai_compute_cumulative_sold",
        "units": "ai_chips_cumulative_sold",
        "power": "ai_chips_cumulative_tdp",
        "cost": "ai_chips_cumulative_cost",
    }
)
FLOWS: Final[Mapping[str, str]] = MappingProxyType({"compute": "ai_compute_sold", "units": "ai_chips_sold"})

SERIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "A100": "nvidia.a100.units",
        "H100": "nvidia.h100.units",
        "H100/H200": "nvidia.h100.units",
        "B200": "nvidia.b200.units",
        "B300": "nvidia.b300.units",
        "A800": "nvidia.exports_cn.a800_units",
        "H800": "nvidia.exports_cn.h800_units",
        "H20": "nvidia.exports_cn.h20_units",
    }
)
"""Series by NVIDIA chip; the last three are made for China and sold there almost alone."""

CHINESE: Final = ("huawei_ascend", "cambricon")
LATE_START: Final = ("google_tpu",)
"""Designers whose first quarter is a part of one: Broadcom's fiscal year 2023 begins on 31 October 2022."""

ALL: Final = ("amazon_trainium", "amd", "cambricon", "google_tpu", "huawei_ascend", "nvidia")

_STOCK = "cumulative chips sold to quarter end, by designer"
_CALENDAR = "; source converts vendor fiscal quarters to calendar quarters"
_BASIS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "nvidia": _CALENDAR,
        "google_tpu": _CALENDAR,
        "cambricon": "; source splits a yearly estimate by quarterly revenue",
        "huawei_ascend": "; source splits a yearly estimate evenly over quarters",
    }
)
_DERIVED = "derived: difference of successive cumulative medians"
_SIX = "derived: sum of medians of 6 designers"
_COVERAGE = (
    "(NVIDIA from 2022, TPU from 2022Q4, others from 2024); no retirements; omits Intel, Microsoft, Meta, Hygon, "
    "Kunlun, T-Head chips"
)


@dataclass(frozen=True, slots=True)
class EpochChipSales:
    """Cumulative and quarterly chip sales; published is the day of retrieval, for no day of release is in the files."""

    name: str = "epoch_chip_sales"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - both files come whole
        """Both tables whole."""
        return [
            Request(BY_DESIGNER, Form.CSV, part="cumulative sales by designer"),
            Request(BY_CHIP, Form.CSV, part="quarterly sales by chip"),
        ]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """One of the two tables, recognised by its address; raises :class:`SourceChanged`."""
        if payload.request.url == BY_CHIP:
            sheet, rows = _by_chip(payload)
        else:
            sheet = estimates(payload, (COMPUTE, UNITS, POWER, COST))
            rows = _by_designer(sheet)
        table = observations(rows, source_id=self.name, published=payload.day, kind="estimate", table="chips")
        return Parsed({"observations": table}, sheet.sheet.rejected, sheet.sheet.rows_read, sheet.sheet.marked)


def _by_chip(payload: Payload) -> tuple[Estimates, pl.DataFrame]:
    table = estimates(payload, (UNITS,), also=("Chip type",))
    by_nvidia = pl.col("designer") == "nvidia"
    chip = ("designer", "Chip type", "period")
    fault = by_nvidia & ~pl.col("Chip type").is_in(list(SERIES))
    sheet = table.sheet.without(fault, Reason.SERIES_UNKNOWN, "no series is known for this chip", chip)
    fault = by_nvidia & (pl.col("start") != pl.col("period"))
    sheet = sheet.without(fault, Reason.FISCAL_UNMAPPED, "is not one calendar quarter", (*chip, "start"))
    china = pl.col("series_id").str.contains("exports_cn")
    name = pl.col("Chip type")
    rows = sheet.frame.filter(by_nvidia).select(
        pl.col("Chip type").replace_strict(SERIES, return_dtype=pl.String).alias("series_id"), name, "period",
        *triple(UNITS),
    )  # fmt: skip
    rows = rows.filter(pl.col("value").is_not_null()).select(
        "series_id",
        pl.when(china).then(pl.lit("CN")).otherwise(pl.lit("WORLD")).alias("region"),
        pl.when(china).then(pl.lit("ai_chip_exports")).otherwise(pl.lit("ai_chips_sold")).alias("metric"),
        pl.lit(UNITS.unit).alias("unit"),
        pl.lit("Q").alias("freq"),
        "period",
        "value",
        "low",
        "high",
        pl.when(china)
        .then(pl.format("{} is a China-specification part; almost all sold to China", name))
        .otherwise(pl.lit("by chip type (B200 covers GB200, B300 covers GB300)"))
        .alias("note"),
    )
    return Estimates(sheet, table.quantities), rows


def _by_designer(table: Estimates) -> pl.DataFrame:
    frame = table.sheet.frame.sort("designer", "period")
    parts = []
    for quantity in table.quantities:
        stock = frame.select("designer", "start", "period", *triple(quantity)).filter(pl.col("value").is_not_null())
        tdp = "; chip TDP only, no server or facility overhead" if quantity is POWER else ""
        basis = pl.col("designer").replace_strict(_BASIS, default="", return_dtype=pl.String)
        note = pl.concat_str(pl.lit(_STOCK), basis, pl.lit(tdp)).alias("note")
        stock = stock.with_columns(note, pl.lit("primary").alias("confidence"))
        parts.append(_series_rows(stock, f"cumulative_{quantity.name}", METRICS[quantity.name], quantity.unit))
        if quantity.name in FLOWS:
            flows = _flows(stock, first=quantity is COMPUTE)
            parts.append(_series_rows(flows, f"quarterly_{quantity.name}", FLOWS[quantity.name], quantity.unit))
    stocks = pl.concat(parts)
    return pl.concat([stocks, _world(stocks), _domestic(stocks)])


def _series_rows(frame: pl.DataFrame, suffix: str, metric: str, unit: str) -> pl.DataFrame:
    chinese = pl.col("designer").is_in(CHINESE)
    return frame.select(
        pl.format("{}.ai_chips.{}", "designer", pl.lit(suffix)).alias("series_id"),
        pl.when(chinese).then(pl.lit("CN")).otherwise(pl.lit("WORLD")).alias("region"),
        pl.lit(metric).alias("metric"),
        pl.lit(unit).alias("unit"),
        pl.lit("Q").alias("freq"),
        "period",
        "value",
        "low",
        "high",
        "confidence",
        "note",
    )


def _flows(stock: pl.DataFrame, *, first: bool) -> pl.DataFrame:
    """Differences of successive quarters; ``first`` adds the quarter in which counting starts, with its percentiles."""
    before = stock.select("designer", pl.col("period").dt.offset_by("3mo"), pl.col("value").alias("before"))
    without = "; no band (percentiles do not subtract)" if first else ""
    flows = stock.join(before, on=["designer", "period"], how="inner").with_columns(
        (pl.col("value") - pl.col("before")).round(6).alias("value"),
        pl.lit(None, dtype=pl.Float64).alias("low"),
        pl.lit(None, dtype=pl.Float64).alias("high"),
        pl.lit("secondary").alias("confidence"),
        pl.lit(_DERIVED + without).alias("note"),
    )
    flows = flows.select(stock.columns)
    if not first:
        return flows
    began = (pl.col("start") == pl.col("period")) & ~pl.col("designer").is_in(LATE_START)
    opening = stock.filter(began).with_columns(
        pl.lit("secondary").alias("confidence"),
        pl.lit("first quarter of the series (cumulative = quarter)").alias("note"),
    )
    return pl.concat([opening, flows])


def _world(stocks: pl.DataFrame) -> pl.DataFrame:
    ids = {
        "cumulative_compute": (
            "world.ai_compute.cumulative_stock",
            f"{_SIX} {_COVERAGE}",
        ),
        "cumulative_units": ("world.ai_chips.cumulative_units", _SIX),
        "cumulative_power": ("world.ai_chips.cumulative_power", f"{_SIX}; chip TDP only"),
    }
    return pl.concat(
        _summed(stocks, [f"{designer}.ai_chips.{suffix}" for designer in ALL], series_id, "WORLD", note)
        for suffix, (series_id, note) in ids.items()
    )


def _domestic(stocks: pl.DataFrame) -> pl.DataFrame:
    note = "derived: Huawei Ascend + Cambricon cumulative sold at year end; omits Hygon, T-Head, Kunlun, Moore Threads"
    parts = [f"{designer}.ai_chips.cumulative_compute" for designer in CHINESE]
    quarters = _summed(stocks, parts, "cn.ai_compute.stock_domestic", "CN", note)
    return quarters.filter(pl.col("period").dt.month() == 10).with_columns(  # noqa: PLR2004 - the quarter that ends the year
        pl.lit("ai_compute_cumulative_owned").alias("metric"),
        pl.lit("A").alias("freq"),
        pl.col("period").dt.offset_by("-9mo"),
    )


def _summed(stocks: pl.DataFrame, parts: Sequence[str], series_id: str, region: str, note: str) -> pl.DataFrame:
    """Sums of the quarters for which every part is known."""
    part_rows = stocks.filter(pl.col("series_id").is_in(parts))
    sums = part_rows.group_by("period", "metric", "unit", "freq", maintain_order=True).agg(
        pl.col("value").sum().round(6), pl.len().alias("known")
    )
    empty = pl.lit(None, dtype=pl.Float64)
    return (
        sums.filter(pl.col("known") == len(parts))
        .sort("period")
        .with_columns(
            pl.lit(series_id).alias("series_id"),
            pl.lit(region).alias("region"),
            empty.alias("low"),
            empty.alias("high"),
            pl.lit("secondary").alias("confidence"),
            pl.lit(note).alias("note"),
        )
        .select(stocks.columns)
    )


CONNECTOR: Final = EpochChipSales()
