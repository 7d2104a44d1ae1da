"""Growth of the world's stored data as IDC projects it, each edition from its own base."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from features.published_growth import GrowthPath
from features.view import View

DEFINITIONS = ("world.storagesphere.installed", "world.datasphere.created")
"""Capacity installed on all devices, and data created and copied in the year: two quantities, never joined."""
LEAST_YEARS = 3


def stored_data_paths(view: View) -> list[GrowthPath]:
    """Rate of each definition, log per year, from the newest edition known on the day that gives two years of it.

    Editions are forecasts of their publisher, also for years that are over: none was taken back by a later figure.
    Empty where the day knows none.
    """
    return [path for series_id in DEFINITIONS for path in [next(_editions(view, series_id), None)] if path is not None]


def _editions(view: View, series_id: str) -> Iterator[GrowthPath]:
    # Newest first, those with two years far enough apart.
    rows = view.rows_with_value(series_id)
    editions = rows.group_by("source_id").agg(pl.col("published").fill_null(view.compiled).max())
    for source, published in editions.sort("published", "source_id", descending=True).iter_rows():
        years = rows.filter(pl.col("source_id") == source).sort("period")
        first, last = (_year(years["period"][place]) for place in (0, -1))
        if last - first >= LEAST_YEARS:
            rate = float(np.log(years["value"][-1] / years["value"][0])) / (last - first)
            yield GrowthPath("idc", series_id, source, first, last, rate, published)


def _year(day: date) -> int:
    return day.year
