"""How nameplate in use becomes draw: the share that is filled, its peak, and its average, by kind of hall.

Halls for accelerators and all others differ in each of the three, so a region's averages and peaks are sums over the
two kinds: average = nameplate in use x filled share x peak over filled x load factor.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from projection.inputs.assumption_values import Values, value_of

FloatArray = NDArray[np.floating[Any]]
AI, LEGACY = "ai", "legacy"
KINDS = (LEGACY, AI)
"""Halls for accelerators, and all others."""


@dataclass(frozen=True)
class Fill:
    """One kind of hall, each (draw,), between 0 and 1.

    Attributes:
        filled: share of the nameplate in use that holds equipment.
        peak: highest draw of what is filled over its nameplate.
        load_factor: average draw over that peak.
    """

    filled: FloatArray
    peak: FloatArray
    load_factor: FloatArray

    @classmethod
    def of(cls, values: Values, kind: str) -> Self:
        """Of one of :data:`KINDS`."""
        names = ("filled_share", "peak_over_filled", "load_factor")
        return cls(*(value_of(values, name, kind) for name in names))

    @property
    def peak_over_nameplate(self) -> FloatArray:
        """Peak over nameplate in use, (draw,)."""
        return self.filled * self.peak

    @property
    def average_over_nameplate(self) -> FloatArray:
        """Average over nameplate in use, (draw,)."""
        return self.filled * self.peak * self.load_factor


def fills(values: Values) -> tuple[Fill, Fill]:
    """Of all other halls, and of those for accelerators."""
    return Fill.of(values, LEGACY), Fill.of(values, AI)
