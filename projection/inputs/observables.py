"""Observables: what is measured of quantities the model draws, as known on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.view import View
from projection.base.timeline import Timeline

FloatArray = NDArray[np.floating[Any]]
FILE = "observables.toml"


class Declared(Entry):
    """One entry of the table; its head says what the fields are."""

    name: str
    quantity: str
    region: str
    series: str
    growth_series: str | None = None
    scale: float
    error: float
    log: bool = False
    why: str
    beside: str


class _File(Entry):
    observable: tuple[Declared, ...] = ()


@dataclass(frozen=True)
class Observable:
    """One figure of a quantity of the model.

    Attributes:
        declared: what it is of, with its error.
        value: on the quantity's scale; growth: of a forecast, the part of it beyond what draws already.
        quarter: index of the projected quarter at whose end it holds.
        day: it holds on.
    """

    declared: Declared
    value: float
    growth: float | None
    quarter: int
    day: date

    def log_likelihood(self, draws: FloatArray) -> NDArray[np.float64]:
        """Of every draw of the quantity, (draw,), but for a constant: normal, on logarithms where it is declared so."""
        strayed = draws.astype(np.float64) - self.value
        if self.declared.log:
            strayed = np.log(draws.astype(np.float64) / self.value)
        return np.asarray(-0.5 * (strayed / self.declared.error) ** 2)


def observables(view: View, timeline: Timeline) -> tuple[Observable, ...]:
    """The newest figure known of each that a projected quarter ends with; raises :class:`TableCorrupt` for a bad table.

    Args:
        view: figures of a day.
        timeline: the quarters; a figure of the base year or before is what the projection starts from.
    """
    figures = []
    for declared in read_shipped(_File, "projection.inputs", FILE).observable:
        rows = (
            view.rows_with_value(declared.series).filter(pl.col("period") > timeline.base).sort("period", "published")
        )
        for row in rows.tail(1).iter_rows(named=True):
            freq = Frequency(row["freq"])
            # A delivery year is stated by the day it begins; any other figure holds at the end of its period.
            day = row["period"] if freq is Frequency.YEAR else Period(row["period"], freq).end
            quarter = timeline.index_of(Period.containing(day, Frequency.QUARTER))
            if quarter < timeline.published_quarters:
                growth = _growth(view, declared, row["period"])
                figures.append(Observable(declared, float(row["value"]) * declared.scale, growth, quarter, day))
    return tuple(figures)


def _growth(view: View, declared: Declared, start: date) -> float | None:
    if declared.growth_series is None:
        return None
    rows = view.rows_with_value(declared.growth_series).filter(pl.col("period") == start).sort("published")
    return None if rows.is_empty() else float(rows["value"][-1]) * declared.scale
