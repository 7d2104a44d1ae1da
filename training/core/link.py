"""The link between what a series can be and the positive numbers members are fitted to.

Members work on logarithms or on plain values and know no bounds; an average of theirs, or a width around it, would
leave the support of the series. So a series with a least or a largest value is fitted as its odds,

    x = span p / (1 - p),    p = (value - minimum) / span,    span = maximum - minimum,

which are ``value - minimum`` where there is no maximum: plain values of most series. Whatever is said of the odds is
said of values inside the support. Where a series is positive, its band is made on logarithms and stays so. Where zeros
occur, it is made on the values, and read as that of a censored quantity (Tobin 1958): what lies below the least value
is observed as the least value, so quantiles below it are it. A stock that only grows is read by its growth since the
last figure, which is positive.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.catalogue.support import Support

Floats = NDArray[np.float64]
CERTAIN = 1e-6
"""A share is taken to be at least this far from the whole, whose odds are infinite."""
ROUNDING = 1e-9
"""Relative fall of a cumulative figure that is rounding."""


@dataclass(frozen=True, slots=True)
class Link:
    """From the unit of a series to the odds it is fitted as, and back.

    Attributes:
        minimum, maximum: bounds of the support; None where there is none. A maximum comes with a minimum.
        last: the last figure of a stock that only grows; None for everything else.
    """

    minimum: float | None = None
    maximum: float | None = None
    last: float | None = None

    @classmethod
    def of(cls, support: Support, values: Floats) -> Self:
        """The link of a series with those observed values; a bound that an observation breaks does not hold."""
        least, largest = float(np.min(values)), float(np.max(values))
        minimum, maximum = support.minimum, support.maximum
        if minimum is not None and least < minimum:
            return cls()
        if maximum is not None and largest > maximum:
            maximum = None
        grows = support is Support.NONDECREASING and bool(np.all(np.diff(values) >= -ROUNDING * np.abs(values[1:])))
        return cls(minimum, maximum, float(values[-1]) if grows else None)

    def at(self, values: Floats) -> "Link":
        """The same link as of an earlier day, when ``values`` were known."""
        return self if self.last is None else replace(self, last=float(values[-1]))

    def odds(self, values: Floats) -> Floats:
        """What members are fitted to; zero stands for the least value."""
        excess = values - self.minimum if self.minimum else values
        if self.maximum is None or self.minimum is None:
            return excess
        span = self.maximum - self.minimum
        return np.asarray(excess / (1.0 - np.minimum(excess / span, 1.0 - CERTAIN)))

    def values(self, odds: Floats) -> Floats:
        """Inverse of :meth:`odds`, also for quantiles; odds below zero are those of the least value."""
        if self.minimum is None:
            return odds
        excess = np.maximum(odds, 0.0)
        if self.maximum is not None:
            excess = excess / (1.0 + excess / (self.maximum - self.minimum))
        return np.asarray(excess + self.minimum)

    def band(self, quantiles: Floats, *, median: Floats) -> Floats:
        """A band of the odds, ``(horizon, levels)``, and its median, ``(horizon,)``, in the unit of the series.

        Below the median of a stock that only grows, the log growth ``g`` since the last figure is multiplied by
        ``exp(-d / g)``, with ``d`` the distance of the quantile from the median in logarithms: about ``g - d`` where
        ``d`` is small, and never below zero. What is sure of a step is sure of every later one.
        """
        bands = self.values(quantiles)
        if self.last is None or not self.last > 0:
            return bands
        middle = np.maximum(self.values(median), self.last)[:, None]
        growth = np.log(middle / self.last)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.log(np.maximum(middle / bands, 1.0))
            lower = np.where(growth > 0, growth * np.exp(-distance / growth), 0.0)
        inside = np.where(bands < middle, self.last * np.exp(lower), bands)
        return np.asarray(np.maximum.accumulate(np.maximum(inside, self.last), axis=0))


PLAIN = Link()
"""Of a series that can be anything."""
