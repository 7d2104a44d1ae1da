"""Dated stages of sites by a second tracker (Compute Atlas), as known on a day, with what must be printed beside them.

A stage is known from the day of the first archived edition that had it, never from the day it is dated: the tracker
records a change a median of 34 days late, and most of its history was there when a site entered. Planned megawatts must
not be summed (sites are listed twice), and two editions' totals are not differenced (sites enter in waves). See
docs/data.md for what the table can and cannot carry.
"""

from datetime import date
from enum import StrEnum
from functools import cache

import polars as pl

from data.base.shipped_tables import SCHEMAS, read_table
from data.catalogue.registry import registry


class SiteStage(StrEnum):
    """How far a site is by the tracker; the last three stand in remarks or in an announcement field alone."""

    PROPOSED = "proposed"
    PERMITTED = "permitted"
    CONSTRUCTION = "under_construction"
    OPERATIONAL = "operational"
    CANCELLED = "cancelled"
    ANNOUNCED = "announced"
    PAUSED = "paused"
    DENIED = "denied"


class Origin(StrEnum):
    """How a stage came into the record; only live ones happened while somebody was watching."""

    BACKFILLED = "backfilled"
    LIVE = "live"
    ADDED_LATER = "added_later"
    HAND_READ = "hand_read"


class FacilityType(StrEnum):
    """What stands on the site; power plants and crypto mines are in the table too."""

    DATA_CENTER = "data_center"
    CRYPTO = "crypto_mining"
    POWER = "power_generation"


@cache
def _table(name: str) -> pl.DataFrame:
    return read_table(name, SCHEMAS[name])


def stages(as_of: date, *, facility: FacilityType | None = FacilityType.DATA_CENTER) -> pl.DataFrame:
    """Stages recorded by a day, one row a site and event; of every kind of facility where ``facility`` is None.

    ``stage_date`` is a year, a month or a day as the tracker has it; ``date_basis`` says whether it is the day of the
    event. ``current_stage`` and the megawatts are those of the newest edition, whatever the day: :func:`edition` has
    those of the day.
    """
    rows = _table("site_stages").filter(pl.col("first_seen") <= as_of)
    return rows if facility is None else rows.filter(pl.col("facility_type") == facility)


def edition(as_of: date) -> pl.DataFrame:
    """The newest archived edition of a day, one row a site, by site; empty before the first."""
    rows = _table("site_editions").filter(pl.col("edition_date") <= as_of)
    return rows.sort("edition").unique("site_id", keep="last", maintain_order=True).sort("site_id")


def crosswalk() -> pl.DataFrame:
    """Our site names against the tracker's, matched by hand, with how sure the match is."""
    return _table("site_crosswalk")


def rates() -> pl.DataFrame:
    """Measured rates from one stage to the next in PJM and ERCOT, of generation and of load; see ``object``."""
    return _table("realisation_rates")


def changes() -> pl.DataFrame:
    """Every change of stage between two editions, read by hand: ``class`` says whether it happened while watched."""
    return _table("stage_changes")


def estimates() -> pl.DataFrame:
    """Rates from stage to stage of few live changes, with 80 and 95 % intervals, by variant of counting."""
    return _table("stage_estimates")


def attribution(rows: pl.DataFrame) -> tuple[str, ...]:
    """What the registry asks to print beside rows of any table of this module."""
    named = []
    if "site_id" in rows.columns:
        named.append("compute_atlas")
    if "cites_osm" in rows.columns and (rows["cites_osm"] == "yes").any():
        named.append("openstreetmap")
    if "our_source" in rows.columns and rows["our_source"].str.starts_with("epoch").any():
        named.append("epoch_sites")
    if "rate_id" in rows.columns:
        named.append("nmai_rates")
    return tuple(registry()[name].attribution for name in named)
