"""Power of tracked AI data-center sites, from the steps of one vintage of the site pipeline.

Only steps up to the vintage's own day are observations; later ones are plans, many on placeholder dates, and the path
goes flat after the last announcement. Steps hold until the next one and are never interpolated. ``announced`` rows of
``sites.csv`` come from other trackers, overlap these sites and are not read here.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from data.base.errors import NotFound
from data.base.shipped_tables import sites
from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.series import ModelSeries
from features.view import View

TRACKER = "epoch_20"
"""What the sources of the tracker's editions in ``sites.csv`` begin with; other sources there overlap it."""

SOURCE = "epoch_vintages"
"""Source of the site vintages: editions of the tracker, compared."""

FILE = "tracker.toml"


class TrackerFacts(Entry):
    """What the tracker's editions do not print of its sites.

    Attributes:
        self_build: operators that build for themselves.
        part_of: the name an earlier edition held a site under together with others, by the site's name.
    """

    self_build: tuple[str, ...]
    part_of: Mapping[str, str]


@cache
def tracker_facts() -> TrackerFacts:
    """The shipped facts; raises :class:`data.base.errors.TableCorrupt` for a slip in them."""
    return read_shipped(TrackerFacts, "features.sites", FILE)


def tracked() -> pl.DataFrame:
    """The tracker's rows of ``sites.csv``, of every edition, the newest first."""
    return (
        sites()
        .filter(pl.col("source_id").str.starts_with(TRACKER))
        .sort("source_id", descending=True, maintain_order=True)
    )


def located(region: str) -> set[str]:
    """Names of tracked sites in a region, and the earlier names of those that were one site before.

    Where a site stands is geography, not a figure: it does not change between vintages and says nothing of the future.
    """
    names = set(tracked().filter(pl.col("region") == region)["site"].to_list())
    return names | {whole for part, whole in tracker_facts().part_of.items() if part in names}


def observed_steps(view: View, region: str) -> tuple[date, pl.DataFrame]:
    """The newest vintage known on the day and its steps up to that vintage's own day: site, date, facility_mw.

    ``facility_mw`` is the level a site has from ``date`` on. Raises :class:`NotFound` before the first vintage.
    """
    vintages = view.site_vintages
    if vintages.is_empty():
        raise NotFound("site vintage", view.as_of.isoformat(), hint="no site vintage was published by that day")
    newest = max(vintages["vintage"].to_list())
    steps = vintages.filter(
        (pl.col("vintage") == newest)
        & (pl.col("date") <= newest)
        & pl.col("facility_mw").is_not_null()
        & pl.col("site").is_in(sorted(located(region)))
    )
    return newest, steps.select("site", "date", "facility_mw").sort("site", "date")


def tracked_power(view: View, *, region: str, recipe: str) -> ModelSeries:
    """Facility MW of tracked sites at quarter end, from the first quarter with power; raises :class:`NotFound`."""
    vintage, steps = observed_steps(view, region)
    series_id = f"derived.{region.lower()}.tracked_site_power"
    powered = steps.filter(pl.col("facility_mw") > 0)
    if powered.is_empty():
        raise NotFound("series", series_id, hint=f"no tracked site of {region} runs in the vintage of {vintage}")
    values: dict[Period, float] = {}
    period = Period.containing(min(powered["date"].to_list()), Frequency.QUARTER)
    # The vintage is of its own day: a quarter that ends later is not observed yet.
    while period.end <= vintage:
        levels = steps.filter(pl.col("date") <= period.end).group_by("site").agg(pl.col("facility_mw").last())
        values[period] = float(levels["facility_mw"].sum())
        period = period.shift(1)
    return ModelSeries(
        series_id=series_id,
        region=region,
        unit="MW",
        freq=Frequency.QUARTER,
        periods=tuple(values),
        values=np.array(list(values.values()), dtype=np.float64),
        low=None,
        high=None,
        last_published=vintage,
        rule=view.rule,
        sources=(SOURCE,),
        recipe=recipe,
        pseudo_vintage=False,
    )
