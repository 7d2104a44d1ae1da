"""Bases of capacity and generation (AC or DC, net or gross) as types that cannot be added, and their conversions.

A panel's direct-current rating is a fifth to two fifths above the alternating current its inverter can give, and a
plant's gross generation exceeds the net by what the plant uses itself. China's energy administration counts solar in
AC; EIA counts the utility scale in AC; the industry association counts all US segments in DC. EIA prints generation
net; Our World in Data prints it gross for China and the European Union.
"""

from typing import Self

from data.base.errors import InvalidParameter
from data.base.units import convert
from features.gigawatts import Amount, Gigawatts


class Alternating(Gigawatts):
    """Capacity at the grid, GW of alternating current."""

    __slots__ = ()


class Direct(Amount):
    """Rating of solar panels, GW of direct current."""

    __slots__ = ()

    @classmethod
    def of(cls, value: float, unit: str) -> Self:
        """From a value in a unit of direct current; raises :class:`data.base.errors.UnitMismatch` for AC."""
        return cls(convert(value, unit, "GWdc"))


class Net(Amount):
    """Generation less the plants' own use, TWh."""

    __slots__ = ()

    @classmethod
    def of(cls, value: float, unit: str) -> Self:
        """From a value in a unit of energy; raises :class:`data.base.errors.UnitMismatch` for another dimension."""
        return cls(convert(value, unit, "TWh"))


class Gross(Amount):
    """Generation at the generators' terminals, TWh."""

    __slots__ = ()

    @classmethod
    def of(cls, value: float, unit: str) -> Self:
        """From a value in a unit of energy; raises :class:`data.base.errors.UnitMismatch` for another dimension."""
        return cls(convert(value, unit, "TWh"))


def alternating(direct: Direct, *, panels_over_inverters: float) -> Alternating:
    """What panels give at the grid, by their rating over that of their inverters.

    The band of that ratio is the assumption ``solar_panels_over_inverters``. Raises :class:`InvalidParameter` below 1.
    """
    if panels_over_inverters < 1:
        raise InvalidParameter("panels_over_inverters", f"{panels_over_inverters} is below 1", allowed=[">= 1"])
    return Alternating(direct.value / panels_over_inverters)


def net(gross: Gross, *, own_use: float) -> Net:
    """What leaves the plants, by the share they use themselves.

    The band of that share is the assumption ``plants_own_use``. Raises :class:`InvalidParameter` outside [0, 1).
    """
    if not 0 <= own_use < 1:
        raise InvalidParameter("own_use", f"{own_use} is no share", allowed=["0 <= share < 1"])
    return Net(gross.value * (1 - own_use))
