"""What companies say they will spend in a year, and how such statements moved and turned out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from math import log

import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.view import View

FILE = "guidance.toml"


class _Guided(Entry):
    series: str
    guidance: str


class _Table(Entry):
    guided: tuple[_Guided, ...]


@cache
def guided_series() -> Mapping[str, str]:
    """Series of what is spent -> series of what was said beforehand; raises :class:`TableCorrupt`."""
    return {one.series: one.guidance for one in read_shipped(_Table, "features", FILE).guided}


@dataclass(frozen=True)
class Guidance:
    """The last statement about a year.

    Attributes:
        guidance: the series it stands in; year: the calendar year; value: the middle of what was said, in the unit of
            the series that counts it.
        revisions: logarithms of statements over the one before about the same year, of all companies: what one more
            statement, or the year itself, may differ by.
    """

    guidance: str
    year: Period
    value: float
    revisions: tuple[float, ...]


def statements(view: View, names: Collection[str]) -> pl.DataFrame:
    """Every statement of those series known on the view's day, oldest first: series, period, value and day."""
    rows = view.vintages(rule=Rule.STRICT).filter(
        pl.col("series_id").is_in(list(names))
        & (pl.col("kind") == "plan")
        & pl.col("value").is_not_null()
        & (pl.col("visible") <= view.as_of)
    )
    return rows.sort("series_id", "period", "visible").select("series_id", "period", "value", "visible")


def revisions(rows: pl.DataFrame) -> tuple[float, ...]:
    """Logarithms of statements over the one before about the same period of the same series."""
    return tuple(
        log(later / earlier)
        for group in rows.partition_by("series_id", "period", maintain_order=True)
        for earlier, later in zip(group["value"], group["value"][1:], strict=False)
    )


def guidance_of(view: View, series_id: str) -> Guidance | None:
    """What was last said about the newest year; None for a series nobody guides, and where nothing is known."""
    name = guided_series().get(series_id)
    if name is None:
        return None
    rows = statements(view, guided_series().values())
    series_rows = rows.filter(pl.col("series_id") == name)
    if series_rows.is_empty():
        return None
    newest = series_rows.row(-1, named=True)
    return Guidance(name, Period(newest["period"], Frequency.YEAR), float(newest["value"]), revisions(rows))
