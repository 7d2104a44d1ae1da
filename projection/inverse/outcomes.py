"""What an inverse question is about: the gap of a cell in a period, and the target it is to be brought to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.layers import LAYERS, DemandConcept, Layer, Status, Timing
from data.periods.period import Frequency, Period
from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key
from projection.edition.edition import Edition

if TYPE_CHECKING:
    from projection.scenarios.evaluation import Run

FloatArray = NDArray[np.floating[Any]]
CONCEPTS = (DemandConcept.WANTED, DemandConcept.BOUGHT)
"""Demands whose gap is evaluated."""


class Measure(StrEnum):
    """What of a gap has a target."""

    P_SHORT = "p_short"
    """The share of draws that are short."""
    GAP = "gap"
    """The median gap, in the unit of the layer."""


@dataclass(frozen=True)
class Gap:
    """Demand less supply of a cell in a period."""

    timeline: Timeline
    key: Key
    demand: DemandConcept
    period: Period

    @property
    def name(self) -> str:
        """What it is called among the stages of a run."""
        return f"gap {'|'.join(self.key)} {self.demand} {self.period.label}"

    def of(self, run: "Run") -> FloatArray:
        """Its draws, (draw,), in double precision."""
        cell, layer = run.cell(self.key), self.key[1]
        row = DrawTable.points_of(self.timeline, layer)[self.period]
        demand, supply = (
            DrawTable.read_of(self.timeline, layer, cell.paths[name])[row] for name in (self.demand.value, "supply")
        )
        return np.asarray(demand.astype(np.float64) - supply)


@dataclass(frozen=True)
class Target:
    """A measure of a gap, and the most it is to be."""

    gap: Gap
    measure: Measure
    level: float

    @classmethod
    def of(
        cls, edition: Edition, region: str, layer: Layer, period: Period, demand: DemandConcept, *,
        measure: Measure, level: float,
    ) -> "Target":  # fmt: skip
        """Of a cell that an edition answers.

        Raises:
            NotFound: an unknown region.
            InvalidParameter: a cell without a gap, a period it is not answered for, or a level that cannot be.
        """
        if demand not in CONCEPTS:
            raise InvalidParameter("demand", f"{demand} is not evaluated", allowed=CONCEPTS)
        cell = edition.cell(region, layer, demand=demand)
        if cell.status is not Status.AVAILABLE:
            reason = f": {cell.reason}" if cell.reason else ""
            raise InvalidParameter(
                "layer", f"{layer} of {region} has no gap{reason}", allowed=_with_gap(edition, region)
            )
        answered = [one for freq in (Frequency.YEAR, Frequency.QUARTER) for one in edition.periods(cell, freq)]
        if period not in answered:
            ends = [f"{first.label} to {last.label}" for first, last in _ends(answered)]
            raise InvalidParameter("period", f"{period.label} is not answered for {layer} of {region}", allowed=ends)
        if not np.isfinite(level) or (measure is Measure.P_SHORT and not 0 <= level <= 1):
            allowed = ["0 to 1"] if measure is Measure.P_SHORT else ["a number"]
            raise InvalidParameter(measure.value, f"{level:g} is no target", allowed=allowed)
        return cls(Gap(Timeline(edition.base_year), (region, layer), demand, period), measure, level)

    def read(self, draws: FloatArray) -> float:
        """The measure, of draws of the gap."""
        return float(np.mean(draws > 0)) if self.measure is Measure.P_SHORT else float(np.median(draws))

    def meets(self, value: float) -> bool:
        """Whether the measure is at most the level."""
        return value <= self.level

    def distance(self, value: float) -> float:
        """By how much it is above it, negative below."""
        return value - self.level

    @property
    def unit(self) -> str:
        """Of the level."""
        return "1" if self.measure is Measure.P_SHORT else LAYERS[self.gap.key[1]].unit

    def words(self) -> str:
        """The measure, as in: the chance of a shortage of US power by the end of 2028."""
        region, layer = self.gap.key
        measure = "the chance of a shortage" if self.measure is Measure.P_SHORT else "the median gap"
        when = "by the end of" if LAYERS[layer].timing is Timing.END else "in"
        return f"{measure} of {region} {layer} {when} {self.gap.period.label}"

    def level_words(self, value: float, *, unit: bool = True) -> str:
        """A value of the measure, as in: 20 in 100."""
        if self.measure is Measure.P_SHORT:
            return f"{100 * value:.0f}{' in 100' if unit else ''}"
        return f"{value:.3g}{f' {self.unit}' if unit else ''}"


def _with_gap(edition: Edition, region: str) -> list[str]:
    return [layer.value for layer in Layer if edition.cell(region, layer).status is Status.AVAILABLE]


def _ends(periods: list[Period]) -> list[tuple[Period, Period]]:
    by_freq = [[one for one in periods if one.freq is freq] for freq in (Frequency.YEAR, Frequency.QUARTER)]
    return [(of_freq[0], of_freq[-1]) for of_freq in by_freq if of_freq]
