"""Epoch AI, "AI Chip Owners" (CC BY 4.0): chips a company or country holds, cumulative to quarter end, by designer.

Medians of a simulation with 5th and 95th percentile, 8-bit H100 equivalents. The region of a series is the home of the
owner, not the place of the chips. Huawei's and Cambricon's own chips in China are the designers' series of
:mod:`data.connectors.epoch.epoch_chip_sales` and are not given twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, observations
from data.connectors.epoch.estimates import COMPUTE, HUB, UNITS, estimates, triple
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = f"{HUB}/ai_chip_owners_cumulative_by_designer.csv"

OWNERS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "Amazon": ("amazon", "US"),
        "China": ("china", "CN"),
        "CoreWeave": ("coreweave", "US"),
        "Google": ("google", "US"),
        "Meta": ("meta", "US"),
        "Microsoft": ("microsoft", "US"),
        "Oracle": ("oracle", "US"),
        "Other": ("other", "WORLD"),
        "xAI": ("xai", "US"),
    }
)
"""Part of the series id and home, by Epoch's name of the owner."""

SMUGGLED: Final = ("China (smuggled)", "China(smuggled)")
ONE_OF_SEVERAL: Final = ("amazon", "google", "meta", "microsoft", "oracle")
"""Owners that hold chips of more than one designer, each with a series of the sum."""

COVERED: Final = date(2024, 1, 1)
"""From here on the table counts all of its designers; sums of years before would lack Amazon's and AMD's chips."""

_ELSEWHERE: Final = ("huawei_ascend", "cambricon")
_LAST_QUARTER: Final = 10
_METRIC: Final = "ai_compute_cumulative_owned"
_HOME: Final = "; region = home country of the owner, not location of the chips"
_SMUGGLED_NOTE: Final = (
    "NVIDIA chips smuggled into China, cumulative since 2024Q1, Epoch Monte Carlo model (diversion + resale); "
    "speculative"
)


@dataclass(frozen=True, slots=True)
class EpochChipOwners:
    """Stocks of chips by owner and designer; published is the day of retrieval, for the file names no other."""

    name: str = "epoch_chip_owners"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole table."""
        return [Request(ADDRESS, Form.CSV, part="cumulative by owner and designer")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """All complete quarters; raises :class:`SourceChanged`."""
        holdings = estimates(payload, (COMPUTE, UNITS), also=("Owner",))
        listed = pl.col("Owner").is_in([*OWNERS, *SMUGGLED])
        label_columns = ("Owner", "designer", "period")
        detail = "no series is known for this owner"
        sheet = holdings.sheet.without(~listed, Reason.SERIES_UNKNOWN, detail, label_columns)
        owner_rows = sheet.frame.filter(~pl.col("designer").is_in(_ELSEWHERE))
        stocks = _stocks(owner_rows.filter(~pl.col("Owner").is_in(SMUGGLED)))
        smuggled = _smuggled(owner_rows.filter(pl.col("Owner").is_in(SMUGGLED)))
        rows = pl.concat([_single(stocks), _year_sums(stocks), *smuggled])
        table = observations(rows, source_id=self.name, published=payload.day, kind="estimate", table="chips")
        return Parsed({"observations": table}, sheet.rejected, sheet.rows_read, sheet.marked)


def _stocks(owner_rows: pl.DataFrame) -> pl.DataFrame:
    return owner_rows.select(
        pl.col("Owner").replace_strict({k: v[0] for k, v in OWNERS.items()}, return_dtype=pl.String).alias("owner"),
        pl.col("Owner").replace_strict({k: v[1] for k, v in OWNERS.items()}, return_dtype=pl.String).alias("region"),
        pl.col("Owner").alias("called"),
        "designer",
        "period",
        *triple(COMPUTE),
    ).filter(pl.col("value").is_not_null())


def _single(stocks: pl.DataFrame) -> pl.DataFrame:
    rest = pl.when(pl.col("owner") == "other").then(pl.lit("; residual after named owners")).otherwise(pl.lit(""))
    notes = pl.format("{} chips held by {}, cumulative to quarter end", "designer", "called")
    return _rows(
        stocks,
        series_id=pl.format("owner.{}.{}.compute", "owner", "designer"),
        freq="Q",
        confidence="primary",
        note=pl.concat_str(notes, rest, pl.lit(_HOME)),
    )


def _year_sums(stocks: pl.DataFrame) -> pl.DataFrame:
    """Medians summed over designers at year ends, where the table covers every designer the owner has had so far."""
    began = stocks.group_by("owner", "designer").agg(pl.col("period").min().alias("began"))
    ends = stocks.filter((pl.col("period").dt.month() == _LAST_QUARTER) & (pl.col("period") >= COVERED))
    sums = ends.group_by("owner", "region", "period", maintain_order=True).agg(
        pl.col("value").sum(), pl.len().alias("known")
    )
    due = sums.select("owner", "period").join(began, on="owner").filter(pl.col("began") <= pl.col("period"))
    due = due.group_by("owner", "period").agg(pl.len().alias("due"))
    several = began.group_by("owner").agg(pl.len().alias("designers")).filter(pl.col("designers") > 1)
    whole = sums.join(due, on=["owner", "period"]).join(several, on="owner").filter(pl.col("known") == pl.col("due"))
    whole = whole.with_columns(
        pl.col("period").dt.offset_by("-9mo"),
        pl.lit(None, dtype=pl.Float64).alias("low"),
        pl.lit(None, dtype=pl.Float64).alias("high"),
    ).sort("owner", "period")
    companies = _rows(
        whole.filter(pl.col("owner").is_in(ONE_OF_SEVERAL)),
        series_id=pl.format("owner.{}.all.compute", "owner"),
        freq="A",
        confidence="secondary",
        note=pl.lit("derived: sum of medians over chip designers at year end"),
    )
    imports = _rows(
        whole.filter(pl.col("owner") == "china"),
        series_id=pl.lit("cn.ai_compute.stock_imported_legal"),
        freq="A",
        confidence="secondary",
        note=pl.lit("derived: NVIDIA (A800, H800, H20...) + AMD sold to China, cumulative from 2022"),
    )
    return pl.concat([companies, imports])


def _smuggled(owner_rows: pl.DataFrame) -> list[pl.DataFrame]:
    frames = []
    for suffix, metric, quantity in (
        ("smuggled_compute", "smuggled_ai_compute_cumulative", COMPUTE),
        ("smuggled_units", "smuggled_ai_chips_cumulative", UNITS),
    ):
        rows = owner_rows.select("period", *triple(quantity)).filter(pl.col("value").is_not_null())
        rows = rows.with_columns(pl.lit("CN").alias("region"))
        labelled = _rows(
            rows,
            series_id=pl.lit(f"cn.ai_chips.{suffix}"),
            freq="Q",
            confidence="primary",
            note=pl.lit(_SMUGGLED_NOTE),
        )
        frames.append(labelled.with_columns(pl.lit(metric).alias("metric"), pl.lit(quantity.unit).alias("unit")))
    return frames


def _rows(frame: pl.DataFrame, *, series_id: pl.Expr, freq: str, confidence: str, note: pl.Expr) -> pl.DataFrame:
    return frame.select(
        series_id.alias("series_id"),
        "region",
        pl.lit(_METRIC).alias("metric"),
        pl.lit(COMPUTE.unit).alias("unit"),
        pl.lit(freq).alias("freq"),
        "period",
        "value",
        "low",
        "high",
        pl.lit(confidence).alias("confidence"),
        note.alias("note"),
    )


CONNECTOR: Final = EpochChipOwners()
