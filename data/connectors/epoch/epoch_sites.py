"""Epoch AI, "AI Data Centers" (CC BY 4.0): dated steps of large AI sites, and what they sum to.

The timelines file holds one row per site and day on which something changed or is expected to change. It replaces
itself without keeping editions, so every retrieval is a vintage of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

import polars as pl

from data.base.shipped_tables import SCHEMAS, sites
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Parsed, Rejected, observations
from data.connectors.epoch.csv_rows import Sheet
from data.connectors.payload import Form, Payload, Request
from data.periods.period import Frequency, Period, period_range

ADDRESS: Final = "https://epoch.ai/data/data_centers/data_center_timelines.csv"

_SITE, _DATE, _BUILDINGS = "Data center", "Date", "Buildings operational"
_FACILITY, _IT, _H100E = "Power (MW)", "IT power (MW)", "H100 equivalents"

RENAMED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Alibaba Zhangbei Zhangjiakou Hebei": "Alibaba Zhangbei",
        "Amazon Canton Mississippi": "Amazon Madison Mega Site",
        "Amazon Ridgeland Mississippi": "Amazon Ridgeland",
        "Anthropic-Amazon Project Rainier New Carlisle Indiana": "Anthropic-Amazon New Carlisle",
        "Coreweave Helios Afton Texas": "Coreweave Helios",
        "Crusoe Goodnight Texas": "Goodnight",
        "Google New Albany Ohio": "Google New Albany",
        "Google Omaha Nebraska": "Google Omaha",
        "Meta Hyperion Holly Ridge Louisiana": "Meta Hyperion",
        "Meta Prometheus New Albany Ohio": "Meta Prometheus",
        "Microsoft Fairwater Fayetteville Georgia": "Microsoft Fairwater Atlanta",
        "Microsoft Fairwater Mount Pleasant Wisconsin": "Microsoft Fairwater Wisconsin",
        "OpenAI-Oracle Stargate Abilene Texas": "OpenAI Stargate Abilene",
        "OpenAI-Oracle Stargate Abu Dhabi": "OpenAI Stargate UAE",
        "xAI Colossus 1": "Colossus 1",
        "xAI Colossus 1 Memphis Tennessee": "Colossus 1",
        "xAI Colossus 2": "Colossus 2",
        "xAI Colossus 2 Memphis Tennessee": "Colossus 2",
    }
)
"""Names Epoch gave up, and those it uses since May 2026 for the same sites."""

AREAS: Final = ("world", "us", "cn")
"""Areas the steps are summed over."""

MEASURES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "tracked_facility_power": ("facility_mw", "tracked_facility_power", "MW"),
        "tracked_it_power": ("it_mw", "tracked_it_power", "MW"),
        "tracked_h100e": ("h100e", "tracked_h100e", "H100e"),
    }
)
"""Last part of the series id, with the column summed, the metric and the unit."""


def _shipped_places() -> Mapping[str, str]:
    tracked = sites().filter(pl.col("source_id").str.starts_with("epoch"))
    return dict(tracked.select("site", "region").unique(maintain_order=True).iter_rows())


@dataclass(frozen=True, slots=True)
class EpochSites:
    """Steps of sites as ``site_vintages``, and quarter-end sums as observations; published is the day of retrieval.

    Attributes:
        places: region code by harmonised site name; None reads the shipped sites. The timelines file has no country.
    """

    name: str = "epoch_sites"
    places: Mapping[str, str] | None = field(default=None, repr=False)

    def requests(self, access: Access, *, since: date | None, today: date) -> Sequence[Request]:  # noqa: ARG002 - the file comes whole
        """The whole file."""
        return [Request(ADDRESS, Form.CSV, part="site timelines")]

    def following(self, payload: Payload, access: Access) -> Request | None:  # noqa: ARG002 - one page
        """There is no next page."""
        return None

    def parse(self, payload: Payload) -> Parsed:
        """One vintage; raises :class:`SourceChanged`.

        A site without a known region is summed into the world only, and the sums of the countries are then left out:
        it may lie in any of them. Both are reported by a rejected row.
        """
        sheet = Sheet.of(payload, (_SITE, _DATE, _BUILDINGS, _FACILITY, _H100E), optional=(_IT,))
        has_it = _IT in sheet.frame.columns
        sheet = sheet.with_values(_SITE).days(_DATE).numbers(_BUILDINGS, _FACILITY, _H100E, *([_IT] if has_it else []))
        frame = sheet.frame.with_columns(pl.col(_SITE).replace(RENAMED))
        again = frame.filter(pl.struct(_SITE, _DATE).is_duplicated())
        steps = (
            frame.join(again, on=[_SITE, _DATE], how="anti")
            .select(
                pl.lit(payload.day).alias("vintage"),
                pl.col(_SITE).alias("site"),
                pl.col(_DATE).alias("date"),
                pl.col(_BUILDINGS).alias("buildings"),
                (pl.col(_IT) if has_it else pl.lit(None, dtype=pl.Float64)).alias("it_mw"),
                pl.col(_FACILITY).alias("facility_mw"),
                pl.col(_H100E).alias("h100e"),
            )
            .select(*SCHEMAS["site_vintages"])
            .sort("site", "date")
        )
        places = _shipped_places() if self.places is None else self.places
        loose = [site for site in steps["site"].unique().sort() if site not in places]
        sums = _sums(steps, places, AREAS[:1] if loose else AREAS)
        rejected = (*sheet.rejected, *_doubles(again), *_unplaced(loose))
        table = observations(sums, source_id=self.name, published=payload.day, table="capacity")
        return Parsed({"site_vintages": steps, "observations": table}, rejected, sheet.rows_read, sheet.marked)


def _doubles(again: pl.DataFrame) -> list[Rejected]:
    detail = "the site has two rows of one day"
    return [
        Rejected(Reason.DUPLICATE, detail, f"line {row['line']}", {"site": row[_SITE], "date": str(row[_DATE])})
        for row in again.iter_rows(named=True)
    ]


def _unplaced(loose: Sequence[str]) -> list[Rejected]:
    detail = "the region of the site is not known, so the sums of the countries were left out"
    return [Rejected(Reason.PLACE_UNKNOWN, detail, "all rows of the site", {"site": site}) for site in loose]


def _sums(steps: pl.DataFrame, places: Mapping[str, str], areas: Sequence[str]) -> pl.DataFrame:
    frames = [
        _sum_over(steps if area == "world" else steps.filter(_placed(places) == area.upper()), steps, area)
        for area in areas
    ]
    return pl.concat(frames)


def _placed(places: Mapping[str, str]) -> pl.Expr:
    return pl.col("site").replace_strict(places, default=None, return_dtype=pl.String)


def _sum_over(site_rows: pl.DataFrame, steps: pl.DataFrame, area: str) -> pl.DataFrame:
    """Sums at quarter ends, from the first quarter with any power to the tracker's last step anywhere."""
    powered = site_rows.filter(pl.col("facility_mw") > 0)["date"].sort()
    if powered.is_empty():
        return pl.DataFrame(schema=_SUM_SCHEMA)
    vintage: date = steps["vintage"][0]
    first = Period.containing(powered[0], Frequency.QUARTER)
    last = Period.containing(steps["date"].sort()[-1], Frequency.QUARTER)
    quarters = pl.DataFrame({"period": [q.start for q in period_range(first, last)]}).with_columns(
        pl.col("period").dt.offset_by("3mo").dt.offset_by("-1d").alias("date")
    )
    grid = quarters.join(site_rows.select("site").unique(), how="cross").sort("site", "date")
    count = site_rows["site"].n_unique()
    note = (
        f"sum over {count} tracked sites, end of quarter; coverage partial and biased to large known sites, so the "
        "decline in growth after 2028 is lack of announcements"
    )
    sums = []
    for suffix, (column, metric, unit) in MEASURES.items():
        # A step that leaves the figure blank says nothing of it: the last stated figure stands.
        stated = site_rows.filter(pl.col(column).is_not_null()).select("site", "date", column).sort("site", "date")
        if stated.is_empty():
            continue
        states = grid.sort("date").join_asof(stated.sort("date"), on="date", by="site", check_sortedness=False)
        sums.append(
            states.group_by("period", "date", maintain_order=True)
            .agg(pl.col(column).sum().round(1).alias("value"))
            .select(
                pl.lit(f"{area}.ai_datacenter.{suffix}").alias("series_id"),
                pl.lit(area.upper()).alias("region"),
                pl.lit(metric).alias("metric"),
                pl.lit(unit).alias("unit"),
                pl.lit(Frequency.QUARTER.value).alias("freq"),
                "period",
                "value",
                pl.when(pl.col("date") <= vintage)
                .then(pl.lit("estimate"))
                .otherwise(pl.lit("projection"))
                .alias("kind"),
                pl.lit(note).alias("note"),
            )
        )
    return pl.concat(sums) if sums else pl.DataFrame(schema=_SUM_SCHEMA)


_SUM_SCHEMA: Final = {
    "series_id": pl.String,
    "region": pl.String,
    "metric": pl.String,
    "unit": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "kind": pl.String,
    "note": pl.String,
}

CONNECTOR: Final = EpochSites()
