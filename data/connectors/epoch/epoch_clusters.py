"""Epoch AI, "GPU Clusters" (CC BY 4.0): compute of known clusters by country, summed at year ends.

H100 equivalents are counted here at 16-bit precision, so they are never joined with those of chip sales (8-bit). The
table is a sample: by Epoch's own account a tenth to a fifth of the world.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.errors import SourceChanged
from data.connectors.contract import Access, Parsed, observations
from data.connectors.epoch.csv_rows import Sheet
from data.connectors.payload import Form, Payload, Request

ADDRESS: Final = "https://epoch.ai/data/gpu_clusters.csv"

_NAME, _STATUS, _CERTAINTY, _STANDARD = "Name", "Status", "Certainty", "Include in Standard Analysis"
_COUNTRY, _BEGAN = "Country", "First Operational Date"
_H100E: Final = "H100 equivalents"
FIRST_YEAR: Final = 2017
"""Earlier years hold a few academic machines."""

STATES: Final = ("Existing", "Planned", "Decommissioned")
UNION: Final = (
    "Austria", "Belgium", "Bulgaria", "Croatia", "Cyprus", "Czechia", "Denmark", "Estonia", "Finland", "France",
    "Germany", "Greece", "Hungary", "Ireland", "Italy", "Latvia", "Lithuania", "Luxembourg", "Malta", "Netherlands",
    "Poland", "Portugal", "Romania", "Slovakia", "Slovenia", "Spain", "Sweden",
)  # fmt: skip
REGIONS: Final = MappingProxyType({"China": "CN", "United States of America": "US", **dict.fromkeys(UNION, "EU")})

_NOTE: Final = (
    "derived: sum over existing confirmed or likely clusters operational by year end; 16-bit based H100e; tracked "
    "sample only"
)
_SHARE_NOTE: Final = "derived share of tracked sample"


@dataclass(frozen=True, slots=True)
class EpochClusters:
    """Tracked compute and its share by region; published is the day of retrieval, for no day of release is given."""

    name: str = "epoch_clusters"

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole table."""
        return [Request(ADDRESS, Form.CSV, part="clusters")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """Years that were over on the day of retrieval; raises :class:`SourceChanged`.

        Counted are clusters that exist, are confirmed or likely, and that Epoch includes in its standard analysis
        (neither a possible duplicate nor several machines as one). One without a country counts in the whole sample
        only, one without a first day or a size nowhere.
        """
        sheet = Sheet.of(payload, (_NAME, _STATUS, _CERTAINTY, _STANDARD, _COUNTRY, _BEGAN, _H100E))
        strange = set(sheet.frame[_STATUS].drop_nulls()) - set(STATES)
        if strange:
            raise SourceChanged(payload.request.key, f"knows the status {', '.join(sorted(strange))}")
        counted = (
            (pl.col(_STATUS) == "Existing")
            & pl.col(_CERTAINTY).is_in(["Confirmed", "Likely"])
            & (pl.col(_STANDARD).str.to_uppercase() == "TRUE")
        )
        sheet = sheet.with_values(_NAME).days(_BEGAN, blank=True).numbers(_H100E)
        sample = sheet.frame.filter(counted & pl.col(_BEGAN).is_not_null() & pl.col(_H100E).is_not_null())
        if sample.is_empty():
            raise SourceChanged(payload.request.key, "holds no cluster of the standard analysis")
        rows = _sums(sample, last=payload.day.year - 1)
        table = observations(
            rows,
            source_id=self.name,
            published=payload.day,
            kind="estimate",
            table="chips",
            confidence="secondary",
        )
        return Parsed({"observations": table}, sheet.rejected, sheet.rows_read, sheet.marked)


def _sums(sample: pl.DataFrame, *, last: int) -> pl.DataFrame:
    regions = pl.col(_COUNTRY).replace_strict(REGIONS, default=None, return_dtype=pl.String).alias("region")
    placed = sample.select(regions, pl.col(_BEGAN).dt.year().alias("began"), pl.col(_H100E).alias("h100e"))
    years = pl.DataFrame({"year": range(FIRST_YEAR, last + 1)}, schema={"year": pl.Int32})
    by_year = years.join_where(placed, pl.col("began") <= pl.col("year"))
    whole = by_year.group_by("year").agg(pl.col("h100e").sum().alias("all"))
    sums = (
        by_year.filter(pl.col("region").is_not_null())
        .group_by("region", "year")
        .agg(pl.col("h100e").sum())
        .join(whole, on="year")
        .sort("region", "year")
    )
    compute = _rows(sums, pl.col("h100e"), "tracked_compute", "tracked_cluster_compute", "H100e", _NOTE)
    share = 100 * pl.col("h100e") / pl.col("all")
    shares = _rows(sums, share, "tracked_share", "share_of_tracked_cluster_compute", "percent", _SHARE_NOTE)
    return pl.concat([compute, shares])


def _rows(sums: pl.DataFrame, value: pl.Expr, suffix: str, metric: str, unit: str, note: str) -> pl.DataFrame:
    return sums.select(
        pl.format("{}.gpu_clusters.{}", pl.col("region").str.to_lowercase(), pl.lit(suffix)).alias("series_id"),
        "region",
        pl.lit(metric).alias("metric"),
        pl.lit(unit).alias("unit"),
        pl.lit("A").alias("freq"),
        pl.date(pl.col("year"), 1, 1).alias("period"),
        value.round(6).alias("value"),
        pl.lit(note).alias("note"),
    )


CONNECTOR: Final = EpochClusters()
