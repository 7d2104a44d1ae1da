"""Quantities of ours that single publishers print: nameplate, shortfall, electricity and firm power of an edition.

Nameplate is that of halls in use, as in :mod:`projection.third_party.conversion`: what stands at the end of the base
year, and growth since at the use of halls for accelerators. Gigawatts are of the year's end. A quantity is draws,
(draw,), by region and year, and :class:`data.base.errors.NotFound` is raised where the edition carries none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency, Period
from projection.third_party.conversion import AVERAGE_OVER_NAMEPLATE, LOAD_FACTOR, Exchange
from projection.third_party.own_levels import BASE, DrawReader, OwnLevels

FloatArray = NDArray[np.float64]
WANTED, BOUGHT = DemandConcept.WANTED, DemandConcept.BOUGHT


@dataclass(frozen=True)
class OwnQuantities:
    """Quantities of one edition's base scenario, or of a run that is read as if it were one."""

    edition: DrawReader

    def demand(self, region: str, layer: Layer, year: int, reading: DemandConcept) -> FloatArray:
        """Demand of a year by one reading."""
        return self._read(region, layer, "demand", year, reading)

    def headroom(self, region: str, layer: Layer, year: int) -> FloatArray:
        """Supply less what is wanted."""
        return self._read(region, layer, "supply", year) - self.demand(region, layer, year, WANTED)

    def firm_added(self, region: str, year: int) -> FloatArray:
        """Firm supply added in a year."""
        earlier, here = (self._read(region, Layer.FIRM, "supply", at) for at in (year - 1, year))
        return here - earlier

    def short_nameplate(self, region: str, year: int) -> FloatArray:
        """What facility power lacks of what is wanted, as nameplate of halls for accelerators."""
        return -self.headroom(region, Layer.POWER, year) / self._peak_over_nameplate

    def built(self, region: str, year: int) -> FloatArray:
        """Nameplate built and fed since the end of the base year."""
        if year == self.edition.base_year:
            return np.zeros_like(self._peak_over_nameplate)
        return self._read(region, Layer.POWER, "additions", year) / self._peak_over_nameplate

    def base_nameplate(self, region: str) -> FloatArray:
        """Nameplate in use at the end of the base year."""
        used = self._levels(region).base_nameplate
        if used is None:
            raise NotFound("draws", f"{region} nameplate of the base year in {self.edition.id}")
        return used

    def nameplate_wanted(self, region: str, year: int) -> FloatArray:
        """Nameplate that what is wanted takes."""
        levels, period = self._levels(region), _year(year)
        exchange = Exchange.of(self.edition.constants(), levels, year=period, base_year=self.edition.base_year)
        ratio = self.demand(region, Layer.ENERGY, year, WANTED) / self.demand(region, Layer.ENERGY, year, BOUGHT)
        return exchange.nameplate(levels.at_end_of(period) * ratio)

    def _read(self, region: str, layer: Layer, quantity: str, year: int, reading: DemandConcept = WANTED) -> FloatArray:
        cell, period = self.edition.cell(region, layer, scenario=BASE, demand=reading), _year(year)
        there = period in self.edition.periods(cell, Frequency.YEAR)
        draws = self.edition.draws(cell, quantity, [period]) if there else None
        if draws is None:
            raise NotFound("draws", f"{region} {layer} {quantity} of {year} in {self.edition.id}")
        return draws[:, 0]

    def _levels(self, region: str) -> OwnLevels:
        levels = OwnLevels.of(self.edition, region, scenario=BASE)
        if levels is None:
            raise NotFound("draws", f"{region} energy in {self.edition.id}")
        return levels

    @cached_property
    def _peak_over_nameplate(self) -> FloatArray:
        """Of halls for accelerators, (draw,)."""
        base = self.edition.base_year
        constants = Exchange.of(self.edition.constants(), None, year=_year(base), base_year=base).constants
        if not constants:
            raise NotFound("constants", self.edition.id)
        return constants[AVERAGE_OVER_NAMEPLATE] / constants[LOAD_FACTOR]


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), Frequency.YEAR)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One of them; ``lacking`` where it is positive in draws that are short."""

    title: str
    draws: Callable[[OwnQuantities, str, int], FloatArray]
    unit: str = "GW"
    lacking: bool = False


QUANTITIES: Mapping[str, Quantity] = {
    "base_nameplate": Quantity("nameplate in use", lambda quantities, region, _: quantities.base_nameplate(region)),
    "nameplate_wanted": Quantity("nameplate that what is wanted takes", OwnQuantities.nameplate_wanted),
    "nameplate_wanted_since_base": Quantity(
        "nameplate that growth of what is wanted takes",
        lambda quantities, region, year: quantities.nameplate_wanted(region, year) - quantities.base_nameplate(region),
    ),
    "nameplate_built_since_base": Quantity("nameplate built and fed since the base year", OwnQuantities.built),
    "nameplate_built_in_year": Quantity(
        "nameplate built and fed in the year",
        lambda quantities, region, year: quantities.built(region, year) - quantities.built(region, year - 1),
    ),
    "nameplate_short": Quantity("short of what is wanted, as nameplate", OwnQuantities.short_nameplate, lacking=True),
    "energy_bought": Quantity(
        "electricity of what is bought",
        lambda quantities, region, year: quantities.demand(region, Layer.ENERGY, year, BOUGHT),
        unit="TWh",
    ),
    "energy_wanted": Quantity(
        "electricity of what is wanted",
        lambda quantities, region, year: quantities.demand(region, Layer.ENERGY, year, WANTED),
        unit="TWh",
    ),
    "firm_need": Quantity(
        "firm need of all growth, with the reserve",
        lambda quantities, region, year: quantities.demand(region, Layer.FIRM, year, WANTED),
    ),
    "firm_added_in_year": Quantity("firm power added in the year", OwnQuantities.firm_added),
    "firm_headroom": Quantity(
        "firm supply less firm need", lambda quantities, region, year: quantities.headroom(region, Layer.FIRM, year)
    ),
    "firm_short": Quantity(
        "firm need less firm supply",
        lambda quantities, region, year: -quantities.headroom(region, Layer.FIRM, year),
        lacking=True,
    ),
}
"""By the names ``explanations.toml`` uses."""
