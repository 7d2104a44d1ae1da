"""A difference and its parts in words, as commands print them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

TITLES = {
    "p_short": "Chance of being short",
    "median_gap": "Median gap",
    "expected_shortfall": "Expected shortfall",
}


@dataclass(frozen=True)
class Words:
    """How a quantity is printed: its title, its unit, that of a difference, and what a number is multiplied with."""

    title: str
    unit: str
    more: str
    scale: float

    @classmethod
    def of(cls, quantity: str, unit: str) -> Self:
        """A chance is printed in percent, its differences in points; any other quantity in the unit of the layer."""
        if quantity == "p_short":
            return cls(TITLES[quantity], "%", "points", 100.0)
        return cls(TITLES[quantity], unit, unit, 1.0)

    def values(self, *sides: tuple[str, float]) -> str:
        """The quantity in some places, by their names."""
        return (
            f"{self.title}: {', '.join(f'{number(value * self.scale)} {self.unit} in {name}' for name, value in sides)}"
        )

    def parts(self, parts: Mapping[str, float]) -> Iterator[str]:
        """Parts of a difference by what they are due to, the largest first."""
        for name, part in sorted(parts.items(), key=lambda one: -abs(one[1])):
            yield f"  {'+' if part >= 0 else ''}{number(part * self.scale)} {self.more} by {name}"


def number(value: float) -> str:
    """Three significant digits.

    >>> number(1234567.0), number(-0.0123456)
    ('1,230,000', '-0.0123')
    """
    return f"{float(f'{value:.3g}'):,.10g}"
