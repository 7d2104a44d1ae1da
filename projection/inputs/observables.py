"""Observables: what is measured of quantities the model draws, as known on a day, and the role of every such figure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import log_ndtr

from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.view import View
from projection.base.timeline import Timeline

FloatArray = NDArray[np.floating[Any]]
FILE = "observables.toml"


class Form(StrEnum):
    """What of a figure is compared with a quantity."""

    LEVEL = "level"
    """Its value, with a normal error."""
    LOG = "log"
    """Its value, with a normal error of the logarithm."""
    CHANGE = "change"
    """Its change over the base year, with a normal error of the logarithm."""
    DIRECTION = "direction"
    """Whether it rose since the base year: the more likely the higher the quantity, a probit in it over the error."""


class Declared(Entry):
    """One observable of the table; its head says what the fields are."""

    name: str
    quantity: str
    region: str
    series: str
    growth_series: str | None = None
    scale: float = 1.0
    error: float
    form: Form
    why: str
    beside: str


class Other(Entry):
    """Figures of the same quantities that have another role."""

    about: str
    role: Literal["prior", "input"]
    series: tuple[str, ...]
    read_by: str
    why: str


class Table(Entry):
    """The table: every figure of a quantity that draws hold, with its one role."""

    observable: tuple[Declared, ...] = ()
    other: tuple[Other, ...] = ()

    @property
    def observed(self) -> frozenset[str]:
        """Series that are observables, which nothing else of a projection may read."""
        return frozenset(one.series for one in self.observable)


@cache
def table() -> Table:
    """The shipped table; raises :class:`data.base.errors.TableCorrupt` for a slip in it."""
    return read_shipped(Table, "projection.inputs", FILE)


@dataclass(frozen=True)
class Observable:
    """One figure of a quantity of the model.

    Attributes:
        declared: what it is of, with its error.
        value: on the quantity's scale; of a direction the logarithm of the change.
        growth: of a forecast, the part of it beyond what draws already.
        quarter: index of the projected quarter at whose end it holds; -1 for the end of the base year.
        day: it holds on.
    """

    declared: Declared
    value: float
    growth: float | None
    quarter: int
    day: date

    def log_likelihood(self, draws: FloatArray) -> NDArray[np.float64]:
        """Of every draw of the quantity, (draw,), but for a constant."""
        quantity, error = draws.astype(np.float64), self.declared.error
        if self.declared.form is Form.DIRECTION:
            return np.asarray(log_ndtr(np.sign(self.value) * quantity / error))
        strayed = quantity - self.value if self.declared.form is Form.LEVEL else np.log(quantity / self.value)
        return np.asarray(-0.5 * (strayed / error) ** 2)


def observables(view: View, timeline: Timeline) -> tuple[Observable, ...]:
    """The newest figure known of each that is not older than the base year's end.

    Raises :class:`data.base.errors.TableCorrupt` for a slip in the table.
    """
    read = (
        _change(view, timeline, declared) if declared.form is Form.CHANGE else _newest(view, timeline, declared)
        for declared in table().observable
    )
    return tuple(one for one in read if one is not None)


def _newest(view: View, timeline: Timeline, declared: Declared) -> Observable | None:
    """The newest figure that a projected quarter ends with; one of the base year is what the projection starts from."""
    rows = view.rows_with_value(declared.series).sort("period", "published")
    later = rows.filter(pl.col("period") > timeline.base)
    if later.is_empty():
        return None
    row = later.row(-1, named=True)
    freq = Frequency(row["freq"])
    # A delivery year is stated by the day it begins; any other figure holds at the end of its period.
    day = row["period"] if freq is Frequency.YEAR else Period(row["period"], freq).end
    quarter = timeline.index_of(Period.containing(day, Frequency.QUARTER))
    if quarter >= timeline.published_quarters:
        return None
    value = float(row["value"]) * declared.scale
    if declared.form is Form.DIRECTION:
        before = rows.filter(pl.col("period") <= timeline.base)
        if before.is_empty():
            return None
        value = float(np.log(row["value"] / before["value"][-1]))
    return Observable(declared, value, _growth(view, declared, row["period"]), quarter, day)


def _change(view: View, timeline: Timeline, declared: Declared) -> Observable | None:
    """What the base year added, by the newest edition that prints the ends of it and of the year before."""
    last = timeline.first.shift(-1)
    ends = view.rows_with_value(declared.series).filter(pl.col("freq") == Frequency.QUARTER.value)
    at_end, before = (ends.filter(pl.col("period") == quarter.start) for quarter in (last, last.shift(-4)))
    both = at_end.join(before, on="source_id", suffix="_before").sort("published")
    if both.is_empty():
        return None
    value, value_before = both.select("value", "value_before").row(-1)
    return Observable(declared, float(value - value_before) * declared.scale, None, -1, timeline.base)


def _growth(view: View, declared: Declared, start: date) -> float | None:
    if declared.growth_series is None:
        return None
    rows = view.rows_with_value(declared.growth_series).filter(pl.col("period") == start).sort("published")
    return None if rows.is_empty() else float(rows["value"][-1]) * declared.scale
