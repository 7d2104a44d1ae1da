"""The schema of an observation and the reader of the shipped tables of observations."""

from datetime import date
from pathlib import Path

import polars as pl

from data.base.shipped_tables import TABLES, Columns, read_table
from data.periods.period import Frequency

COMPILED = date(2026, 11, 23)
"""Day the tables were compiled; a blank ``published`` (latest revision, date unknown) counts as this day."""

THEMES: tuple[str, ...] = ("capacity", "chips", "energy", "projections")
"""The shipped tables of observations, in the order they are read."""

KEY: tuple[str, ...] = ("series_id", "freq", "period", "source_id", "scenario", "published")
"""What names one observation."""

KINDS: tuple[str, ...] = ("actual", "estimate", "projection", "plan")
OBSERVED: tuple[str, ...] = ("actual", "estimate")
"""Kinds that say what was; the other two say what somebody expects or announced."""
CONFIDENCES: tuple[str, ...] = ("primary", "secondary")

COLUMNS: Columns = {
    "series_id": pl.String,
    "region": pl.String,
    "metric": pl.String,
    "unit": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "kind": pl.String,
    "scenario": pl.String,
    "source_id": pl.String,
    "published": pl.Date,
    "confidence": pl.String,
    "note": pl.String,
}
"""Columns of a table of observations, in file order."""


def read_observations(theme: str, *, folder: Path = TABLES) -> pl.DataFrame:
    """One table of observations with typed columns and a ``table`` column naming it.

    ``scenario`` and ``note`` are empty text where nothing stands; ``value``, ``low``, ``high`` and ``published`` are
    null there. Raises :class:`TableCorrupt`.
    """
    frame = read_table(theme, COLUMNS, folder=folder)
    return frame.with_columns(
        pl.col("scenario", "note").fill_null(""),
        pl.lit(theme).alias("table"),
    )


def read_all(*, folder: Path = TABLES) -> pl.DataFrame:
    """All shipped observations, sorted by :data:`KEY`."""
    frame = pl.concat([read_observations(theme, folder=folder) for theme in THEMES])
    return frame.sort(*KEY, nulls_last=True)


def period_end() -> pl.Expr:
    """Last day of the row's period (a Date expression over ``period`` and ``freq``)."""
    months = pl.col("freq").replace_strict({f.value: f"{f.months}mo" for f in Frequency}, return_dtype=pl.String)
    return pl.col("period").dt.offset_by(months).dt.offset_by("-1d")
