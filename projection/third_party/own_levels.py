"""Our own energy, facility peak and nameplate of a region: what published figures are laid beside, draw by draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from projection.edition.edition import Cell
from projection.electricity.firm import TWH_PER_AVERAGE_GW

FloatArray = NDArray[np.float64]
BASE = "base"


class DrawReader(Protocol):
    """Draws of cells: those of an edition, or of a run that is read as if it were one."""

    @property
    def id(self) -> str:
        """What it is called."""
        ...

    @property
    def base_year(self) -> int:
        """The year growth is counted from."""
        ...

    def cell(self, region: str, layer: Layer, *, scenario: str = BASE, demand: DemandConcept) -> Cell:
        """What can be said of a cell."""
        ...

    def periods(self, cell: Cell, freq: Frequency) -> list[Period]:
        """Periods a cell is answered for, ascending; empty when it is unavailable."""
        ...

    def draws(self, cell: Cell, quantity: str, periods: Sequence[Period]) -> FloatArray | None:
        """Draws of a quantity, (draw, period): ``demand`` under the cell's concept, or one of its paths."""
        ...

    def constants(self) -> pl.DataFrame | None:
        """Draws of the constants of conversion."""
        ...


@dataclass(frozen=True)
class OwnLevels:
    """One region in a scenario, of the equipment that is bought: what is not bought draws nothing.

    Attributes:
        years: place of every year, ascending without a break.
        average: draw over a year, GW, (draw, year).
        peak: facility peak at a year's end, GW, (draw, year); None where the edition carries none.
        base_average: draw over the base year, GW, (draw,); None where the edition carries none.
        base_nameplate: nameplate in use at the base year's end, GW, (draw,); None likewise.
    """

    years: Mapping[Period, int]
    average: FloatArray
    peak: FloatArray | None = None
    base_average: FloatArray | None = None
    base_nameplate: FloatArray | None = None

    @classmethod
    def of(cls, edition: DrawReader, region: str, *, scenario: str) -> "OwnLevels | None":
        """What an edition keeps; None where it has less than two years of energy of the region."""
        energy, power = (
            edition.cell(region, layer, scenario=scenario, demand=DemandConcept.BOUGHT)
            for layer in (Layer.ENERGY, Layer.POWER)
        )
        years = edition.periods(energy, Frequency.YEAR)
        demand = edition.draws(energy, "demand", years) if len(years) > 1 else None
        if demand is None:
            return None
        levels = cls({year: place for place, year in enumerate(years)}, demand / TWH_PER_AVERAGE_GW)
        base = [Period(date(edition.base_year, 1, 1), Frequency.YEAR)]
        base_twh = edition.draws(energy, BASE, base)
        if base_twh is not None:
            levels = replace(levels, base_average=base_twh[:, 0] / TWH_PER_AVERAGE_GW)
        if power.status is Status.UNAVAILABLE:
            return levels
        nameplate = edition.draws(power, BASE, base)
        return replace(
            levels,
            peak=edition.draws(power, "demand", years),
            base_nameplate=None if nameplate is None else nameplate[:, 0],
        )

    def step(self, year: Period) -> FloatArray:
        """Average draw at a year's end over that of the year, (draw,): half a year of the edition's own growth.

        The growth is that to the next year; in the last year of the edition, that from the year before.
        """
        left = min(self.years[year], self.average.shape[1] - 2)
        return np.asarray(np.sqrt(self.average[:, left + 1] / self.average[:, left]))

    def at_end_of(self, year: Period) -> FloatArray:
        """Average draw at a year's end, GW, (draw,)."""
        return np.asarray(self.average[:, self.years[year]] * self.step(year))

    def load_factor(self, year: Period) -> FloatArray | None:
        """Average draw at a year's end over the facility peak then, (draw,); None without a peak."""
        return None if self.peak is None else self.at_end_of(year) / self.peak[:, self.years[year]]

    @property
    def base_end(self) -> FloatArray | None:
        """Average draw at the base year's end, GW, (draw,); None without a base year."""
        return None if self.base_average is None else np.sqrt(self.base_average * self.average[:, 0])
