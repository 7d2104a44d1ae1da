"""A series as a model sees it: one definition, one frequency, one recipe."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.periods import Frequency, Period
from data.store import Rule

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class ModelSeries:
    """Model-ready observations.

    Attributes:
        periods: ascending, may have gaps; nothing is interpolated into them.
        values: finite, shape ``(period,)``, in ``unit``.
        low: published lower bounds, NaN where none, or None where no row has one.
        high: same for upper bounds.
        known: day on which each value became visible under ``rule``, shape ``(period,)``.
        last_published: the newest of the source rows' publication days.
        recipe: name of the derivation or splice, None where one source is read straight.
        pseudo_vintage: whether ``rule`` is the lagged one, so that values may be later revisions.
    """

    series_id: str
    region: str
    unit: str
    freq: Frequency
    periods: tuple[Period, ...]
    values: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    known: tuple[date, ...]
    last_published: date
    rule: Rule
    sources: tuple[str, ...]
    recipe: str | None

    @property
    def pseudo_vintage(self) -> bool:
        """See the class."""
        return self.rule is Rule.AVAILABLE

    @property
    def gaps(self) -> int:
        """Periods missing between the first and the last."""
        return self.periods[0].steps_to(self.periods[-1]) + 1 - len(self.periods)


def from_rows(rows: pl.DataFrame, *, series_id: str, rule: Rule, recipe: str | None) -> ModelSeries:
    """Build from store rows of one frequency: one row a period, value not null, in period order."""
    freq = Frequency(rows["freq"][0])
    known = f"known_{rule.value}"
    return ModelSeries(
        series_id=series_id,
        region=rows["region"][0],
        unit=rows["unit"][0],
        freq=freq,
        periods=tuple(Period(day, freq) for day in rows["period"].to_list()),
        values=rows["value"].to_numpy().astype(float),
        low=_bound(rows, "low"),
        high=_bound(rows, "high"),
        known=tuple(rows[known].to_list()),
        last_published=max(rows["known_strict"].to_list()),
        rule=rule,
        sources=tuple(sorted(set(rows["source_id"].to_list()))),
        recipe=recipe,
    )


def _bound(rows: pl.DataFrame, name: str) -> FloatArray | None:
    if rows[name].null_count() == rows.height:
        return None
    return rows[name].fill_null(float("nan")).to_numpy().astype(float)
