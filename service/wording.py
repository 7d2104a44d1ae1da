"""Numbers and names as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass

from data.base.regions import REGIONS, Level
from features.grids.definitions import GRIDS

MINUS = "\u2212"
MILLION = 1e6
THOUSAND = 1e3
_REGIONS = {
    "US": "the US",
    "EU": "the EU",
    "WORLD": "the world",
} | {grid.region: f"{grid.name}'s grid" for grid in GRIDS if REGIONS[grid.region].level is Level.GRID}


def region_name(code: str) -> str:
    """The region inside a sentence.

    >>> region_name("US")
    'the US'
    """
    return _REGIONS.get(code) or REGIONS[code].name


@dataclass(frozen=True, slots=True)
class Scale:
    """A unit people can read: what a value is divided by to be in it, and how many decimals suit its size."""

    divisor: float
    unit: str
    digits: int = 2

    @classmethod
    def of(cls, values: Iterable[float], unit: str) -> "Scale":
        """The scale that suits the largest value; only H100e are ever counted in thousands or millions.

        >>> Scale.of([2.5e6], "H100e").unit
        'million H100e'
        """
        largest = max((abs(value) for value in values), default=0.0)
        if unit == "H100e" and largest >= MILLION:
            divisor, unit = MILLION, "million H100e"
        elif unit == "H100e" and largest >= THOUSAND:
            divisor, unit = THOUSAND, "thousand H100e"
        else:
            divisor = 0.01 if unit == "%" else 1.0
        size = largest / divisor
        return cls(divisor, unit, 0 if size >= 100 else 1 if size >= 10 else 2)  # noqa: PLR2004 - three digits

    def number(self, value: float) -> str:
        """Thousands apart, a real minus sign, no minus before zero.

        >>> Scale(1.0, "GW", 1).number(1234.5)
        '1,234.5'
        """
        text = f"{abs(value) / self.divisor:,.{self.digits}f}"
        negative = value < 0 and text.strip("0.,") != ""
        return f"{MINUS}{text}" if negative else text

    def text(self, value: float) -> str:
        """The number with its unit."""
        return f"{self.number(value)} {self.unit}"

    def band(self, low: float, high: float) -> str:
        """A band with its unit once."""
        return f"{self.number(low)} to {self.number(high)} {self.unit}"


def signed(value: float, scale: Scale) -> str:
    """A difference with its sign and unit; none is printed without a sign.

    >>> signed(2.5, Scale(1.0, "GW", 1))
    '+2.5 GW'
    """
    number = scale.number(value)
    sign = "+" if value > 0 and number.strip("0.,") else ""
    return f"{sign}{number} {scale.unit}".rstrip()


def probability(value: float) -> str:
    """Two decimals; what 10,000 draws cannot tell from 0 or 1 is not printed as certain.

    >>> probability(0.999)
    'more than 0.99'
    """
    if value < 0.01:  # noqa: PLR2004 - the last digit printed
        return "less than 0.01"
    return "more than 0.99" if value > 0.99 else f"{value:.2f}"  # noqa: PLR2004 - the last digit printed
