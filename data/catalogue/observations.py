"""The schema of an observation and the reader of the shipped tables of observations.

The columns are stated here once: types of frames, rules on rows (:mod:`data.catalogue.schema`), columns of the database
(:mod:`data.store.relations`) and the table in ``docs/data.md`` follow from them.
"""

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of observations.

    Attributes:
        meaning: what it says, as ``docs/data.md`` has it.
        nullable: it may be null; text is empty instead.
        blank: its text may be empty.
        allowed: the only values; none for any.
        pattern: regular expression the text matches.
    """

    name: str
    dtype: type[pl.DataType]
    meaning: str
    nullable: bool = False
    blank: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str | None = None


OBSERVATION: tuple[Column, ...] = (
    Column(
        "series_id",
        pl.String,
        "one definition; a suffix names the publisher where definitions differ "
        "(`.iea2025`, `.lbnl2024`, `.eia`, `.nea`, `.owid`)",
        pattern=r"^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)+$",
    ),
    Column(
        "region",
        pl.String,
        "a code of `regions.csv`. A state is not a grid, `EUROPE` is not `EU`, `NORTH_AMERICA` is not `US`",
    ),
    Column("metric", pl.String, "what is measured, in one word"),
    Column("unit", pl.String, "a unit of `units.csv`"),
    Column("freq", pl.String, "A, H, Q or M", allowed=tuple(freq.value for freq in Frequency)),
    Column(
        "period",
        pl.Date,
        "first day of the period; a fiscal year has its own first month, a fiscal quarter is shown under the "
        "calendar quarter it overlaps most",
    ),
    Column("value", pl.Float64, "the figure; blank where only a range was published", nullable=True),
    Column("low", pl.Float64, "lower end of its printed range", nullable=True),
    Column("high", pl.Float64, "upper end of its printed range", nullable=True),
    Column(
        "kind", pl.String, "actual, estimate, projection (somebody's), plan (announced or committed)", allowed=KINDS
    ),
    Column("scenario", pl.String, "name of the publisher's case; blank for what was", blank=True),
    Column("source_id", pl.String, "a source of `sources.csv`"),
    Column(
        "published",
        pl.Date,
        "day of publication; blank means the latest revision with no known day",
        nullable=True,
    ),
    Column("confidence", pl.String, "primary (the publisher's own) or secondary (quoted)", allowed=CONFIDENCES),
    Column("note", pl.String, "what else the reader has to know", blank=True),
)
"""Columns of a table of observations, in file order."""

TABLE = Column("table", pl.String, "the table it stands in")
"""What a row says of itself once it is read; no column of a file."""

COLUMNS: Columns = {one.name: one.dtype for one in OBSERVATION}
"""Types of the columns of a file, in file order."""


def read_observations(theme: str, *, folder: Path = TABLES) -> pl.DataFrame:
    """One table of observations with typed columns and a ``table`` column naming it.

    ``scenario`` and ``note`` are empty text where nothing stands; ``value``, ``low``, ``high`` and ``published`` are
    null there. Raises :class:`TableCorrupt`.
    """
    frame = read_table(theme, COLUMNS, folder=folder)
    return frame.with_columns(
        pl.col([one.name for one in OBSERVATION if one.blank]).fill_null(""),
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
