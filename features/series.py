"""A series as models read it: one definition, one unit, one frequency, as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.units import convert, unit
from data.periods.period import Frequency, Period
from data.store.store import Rule

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpanSum:
    """A sum over several periods that are not known one by one, first and last included, in the unit of its series."""

    first: Period
    last: Period
    value: float


@dataclass(frozen=True, eq=False)
class ModelSeries:
    """Values by period with what is needed to judge them.

    Attributes:
        periods: ascending, on one grid; a period nobody gave a figure for is absent, never filled.
        values: float64, shape (n,), finite, in ``unit``.
        low: lower bounds as published, shape (n,), NaN where absent; None when no period has one.
        high: upper bounds likewise.
        last_published: the day the last of the figures used became known under ``rule``.
        sources: ids of the sources used, sorted.
        recipe: name of the recipe the series was made by; None when it was read straight from one source.
        pseudo_vintage: a figure used was published after the day asked for and is shown by its release lag; such
            scores are never pooled with strict ones.
        variance: squared standard error of the logarithm of each value that the recipe adds (a splice, a re-cut, a
            nowcast), shape (n,), 0 where a figure stands as published; None when nothing was adjusted.
        sums: what is known of several periods together beside the values, such as January and February.
    """

    series_id: str
    region: str
    unit: str
    freq: Frequency
    periods: tuple[Period, ...]
    values: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    last_published: date
    rule: Rule
    sources: tuple[str, ...]
    recipe: str | None
    pseudo_vintage: bool
    variance: FloatArray | None = None
    sums: tuple[SpanSum, ...] = ()

    def __post_init__(self) -> None:
        """Shapes agree, periods ascend, values are finite; arrays become read-only."""
        unit(self.unit)
        for name in ("values", "low", "high", "variance"):
            array = getattr(self, name)
            if array is None:
                continue
            if array.shape != (len(self.periods),):
                raise InvalidParameter(name, f"{self.series_id}: shape {array.shape} for {len(self.periods)} periods")
            array.flags.writeable = False
        if not np.isfinite(self.values).all():
            raise InvalidParameter("values", f"{self.series_id}: not all finite")
        if self.variance is not None and not (np.isfinite(self.variance).all() and (self.variance >= 0).all()):
            raise InvalidParameter("variance", f"{self.series_id}: a variance is finite and not negative")
        if any(later <= earlier for earlier, later in zip(self.periods, self.periods[1:], strict=False)):
            raise InvalidParameter("periods", f"{self.series_id}: not ascending")

    def __len__(self) -> int:
        return len(self.periods)

    @property
    def last(self) -> Period:
        """The last observed period."""
        return self.periods[-1]

    @property
    def splice_sd(self) -> FloatArray:
        """Standard error of the logarithm of each value that the recipe adds, shape (n,); zeros when it adds none."""
        return np.zeros(len(self)) if self.variance is None else np.sqrt(self.variance)

    @property
    def gaps(self) -> tuple[Period, ...]:
        """Periods between the first and the last that carry no figure."""
        present = set(self.periods)
        between = (self.periods[0].shift(step) for step in range(self.periods[0].steps_to(self.last)))
        return tuple(period for period in between if period not in present)

    def by_period(self) -> dict[Period, float]:
        """Values by period."""
        return dict(zip(self.periods, self.values.tolist(), strict=True))

    def to_unit(self, target: str) -> "ModelSeries":
        """The same series in another unit; raises :class:`data.base.errors.UnitMismatch` across dimensions."""
        factor = convert(1.0, self.unit, target)
        return replace(
            self,
            unit=target,
            values=self.values * factor,
            low=None if self.low is None else self.low * factor,
            high=None if self.high is None else self.high * factor,
            sums=tuple(replace(one, value=one.value * factor) for one in self.sums),
        )


def derive(
    series_id: str,
    *,
    region: str,
    unit: str,
    values: Mapping[Period, float],
    inputs: tuple[ModelSeries, ...],
    recipe: str,
    variance: Mapping[Period, float] | None = None,
) -> ModelSeries:
    """A series computed from others: it was known when the last of its inputs was, and cites all their sources.

    It carries no bounds: percentiles neither subtract nor add. ``variance`` is that of the logarithm, for every period.
    Raises :class:`InvalidParameter` without periods or inputs.
    """
    if not values or not inputs:
        raise InvalidParameter("values", f"{series_id}: nothing to derive it from")
    periods = tuple(sorted(values))
    return ModelSeries(
        series_id=series_id,
        region=region,
        unit=unit,
        freq=periods[0].freq,
        periods=periods,
        values=np.array([values[period] for period in periods], dtype=np.float64),
        low=None,
        high=None,
        last_published=max(series.last_published for series in inputs),
        rule=inputs[0].rule,
        sources=tuple(sorted({source for series in inputs for source in series.sources})),
        recipe=recipe,
        pseudo_vintage=any(series.pseudo_vintage for series in inputs),
        variance=None if variance is None else np.array([variance[period] for period in periods], dtype=np.float64),
    )
