"""Units with a dimension and a factor. Two units convert only within one dimension."""

import csv
from dataclasses import dataclass

from data.base.errors import NotFound, UnitMismatch
from data.base.shipped_tables import TABLES


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the tables.

    Attributes:
        dimension: what is measured; percent, ratio, counts and each currency are dimensions of their own.
        factor: how many base units of the dimension one of it is.
        most: the most that any figure in it can be in size: beyond lies a figure in another unit. The world generates
            31,000 TWh a year from 10,000 GW of capacity (2025), so 100,000 of either is too much.
        note: what it must not be taken for.
    """

    name: str
    dimension: str
    factor: float
    most: float
    note: str

    def to(self, other: "Unit") -> float:
        """Factor from this unit to another; raises :class:`UnitMismatch` across dimensions."""
        if self.dimension != other.dimension:
            raise UnitMismatch(self.name, other.name)
        return self.factor / other.factor


def _read() -> dict[str, Unit]:
    with (TABLES / "units.csv").open(newline="", encoding="utf-8") as handle:
        return {
            row["unit"]: Unit(row["unit"], row["dimension"], float(row["factor"]), float(row["most"]), row["note"])
            for row in csv.DictReader(handle)
        }


UNITS: dict[str, Unit] = _read()
"""Every unit of the tables, by name."""


def unit(name: str) -> Unit:
    """The unit with that name; raises :class:`NotFound`."""
    try:
        return UNITS[name]
    except KeyError:
        raise NotFound("unit", name, allowed=tuple(UNITS)) from None


def convert(value: float, source: str, target: str) -> float:
    """``value`` in unit ``source``, expressed in ``target``.

    Raises :class:`UnitMismatch` across dimensions and :class:`NotFound` for an unknown unit.

    >>> convert(4200.0, "GWh", "TWh")
    4.2
    """
    return value * unit(source).to(unit(target))
