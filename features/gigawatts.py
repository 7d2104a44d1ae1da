"""Four meanings of a published gigawatt, as four types that cannot be added; and money, for amounts in dollars.

A gigawatt of average draw is 8.77 TWh a year. A gigawatt of facility nameplate is about half of that, because halls are
never all full and busy. A gigawatt requested from a grid is not a load at all until requests are filtered. Adding two
kinds is a type error for a checker and raises :class:`TypeError` at run time. Converting one kind into another needs a
model with a band, which belongs to the projection.

Kinds after the publishers' own statements: Goldman Sachs prints average draw; EPRI, DOE and utilities print own or
coincident peak; IEA, 451 Research, JLL and LBNL's interconnection capacity print facility capacity; ERCOT's large-load
queue and utilities' letters and agreements print what was asked for.
"""

from dataclasses import dataclass
from typing import Self

from data.base.errors import InvalidParameter
from data.base.units import convert


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity that adds to its own kind only."""

    value: float

    def __post_init__(self) -> None:
        """A quantity is finite and not negative."""
        if not 0 <= self.value < float("inf"):
            raise InvalidParameter("value", f"{self.value} is no quantity of {type(self).__name__}")

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value + other.value)

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value - other.value)

    def times(self, factor: float) -> Self:
        """The same kind, scaled."""
        return type(self)(self.value * factor)


class Gigawatts(Amount):
    """Power of one of the four kinds, in GW."""

    __slots__ = ()

    @classmethod
    def of(cls, value: float, unit: str) -> Self:
        """From a value in any unit of power; raises :class:`data.base.errors.UnitMismatch` for another dimension."""
        return cls(convert(value, unit, "GW"))


class Average(Gigawatts):
    """Mean draw over a year at the facility's meter."""

    __slots__ = ()


class Peak(Gigawatts):
    """Highest draw at the facility's meter, own or coincident."""

    __slots__ = ()


class Nameplate(Gigawatts):
    """What a facility is built to draw."""

    __slots__ = ()


class Requested(Gigawatts):
    """What a customer asked a grid for or signed for, approved or not."""

    __slots__ = ()


class Money(Amount):
    """An order book in billions of US dollars."""

    __slots__ = ()


KINDS: dict[str, type[Gigawatts]] = {
    "average": Average,
    "peak": Peak,
    "nameplate": Nameplate,
    "requested": Requested,
}
"""The kinds by the name tables use for them."""
