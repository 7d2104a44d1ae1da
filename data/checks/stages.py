"""Rules for the dated stages of sites: known words, days within the archived editions, and editions that replay."""

import polars as pl

from data.catalogue.stages import FacilityType, Origin, SiteStage
from data.checks.findings import RuleResult, Tables, verdict

COUNTED = ("proposed", "permitted", "under_construction", "operational", "cancelled")
"""Stages an edition counts its sites by."""


def words_known(tables: Tables) -> RuleResult:
    """Stage, origin and type of facility are known words, and an undated stage has no precision."""
    rows = tables.others["site_stages"]
    allowed = {"stage": SiteStage, "origin": Origin, "facility_type": FacilityType}
    unknown = pl.any_horizontal(~pl.col(name).is_in([word.value for word in words]) for name, words in allowed.items())
    undated = pl.col("stage_date").is_null() != pl.col("date_precision").is_null()
    return verdict(rows, unknown | undated, say=("site_id", "event", "stage"))


def seen_in_an_edition(tables: Tables) -> RuleResult:
    """A stage is first seen on the day of an archived edition, and not before its site."""
    days = tables.others["tracker_editions"]["edition_date"].implode()
    early = pl.col("first_seen") < pl.col("site_first_seen")
    return verdict(
        tables.others["site_stages"], ~pl.col("first_seen").is_in(days) | early, say=("site_id", "event", "first_seen")
    )


def editions_replay(tables: Tables) -> RuleResult:
    """The changes up to an edition give the sites and stages that it counts."""
    changes = tables.others["site_editions"].sort("edition")
    rows = []
    for edition in tables.others["tracker_editions"].sort("edition").iter_rows(named=True):
        newest = changes.filter(pl.col("edition") <= edition["edition"]).unique("site_id", keep="last")
        counted = dict(newest["stage"].value_counts().iter_rows())
        same = newest.height == edition["sites"] and all(counted.get(name, 0) == edition[name] for name in COUNTED)
        rows.append((edition["edition"], same))
    replayed = pl.DataFrame(rows, schema={"edition": pl.Int64, "same": pl.Boolean}, orient="row")
    return verdict(replayed, ~pl.col("same"), say=("edition",))
