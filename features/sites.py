"""Power of tracked AI data-center sites, from the steps of one vintage of the site pipeline.

Only steps up to the vintage's own day are observations; later ones are plans, many on placeholder dates, and the path
goes flat after the last announcement. Steps hold until the next one and are never interpolated. ``announced`` rows of
``sites.csv`` come from other trackers, overlap these sites and are not read here.
"""

from datetime import date

import numpy as np
import polars as pl

from data.errors import NotFound
from data.periods import Frequency, Period
from data.tables import site_vintages, sites
from features.series import ModelSeries
from features.view import View

TRACKER = "epoch_2026_08"
"""Source of the tracker's rows in ``sites.csv``; other sources there overlap it."""

SOURCE = "epoch_vintages"
"""Source of ``site_vintages.csv``: five editions compared."""

_NOT_IN_SITES = {"QTS Richmond": "US"}
# In one vintage only (2026-05-23), so sites.csv, which is a later one, does not place it; it stands in Virginia.


def located(region: str) -> set[str]:
    """Names of tracked sites in a region."""
    tracked = sites().filter((pl.col("source_id") == TRACKER) & (pl.col("region") == region))
    return set(tracked["site"].to_list()) | {site for site, place in _NOT_IN_SITES.items() if place == region}


def observed_steps(region: str, *, as_of: date) -> tuple[date, pl.DataFrame]:
    """The newest vintage known on a day and its steps up to that vintage's day: site, date, facility_mw.

    ``facility_mw`` is the level a site has from ``date`` on. Raises :class:`NotFound` before the first vintage.
    """
    known = site_vintages().filter(pl.col("vintage") <= as_of)
    if known.is_empty():
        raise NotFound("site vintage", as_of.isoformat(), hint="the first site vintage is of 2025-12-14")
    newest = max(known["vintage"].to_list())
    steps = known.filter(
        (pl.col("vintage") == newest)
        & (pl.col("date") <= newest)
        & pl.col("facility_mw").is_not_null()
        & pl.col("site").is_in(sorted(located(region)))
    )
    return newest, steps.select("site", "date", "facility_mw").sort("site", "date")


def tracked_power(view: View, *, region: str, recipe: str) -> ModelSeries:
    """Facility MW of tracked sites at quarter end, from the first quarter with power; raises :class:`NotFound`."""
    vintage, steps = observed_steps(region, as_of=view.as_of)
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
