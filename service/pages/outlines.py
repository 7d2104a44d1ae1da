"""Maps without tiles: outlines that were drawn once (``tools/draw_outlines.py``), and where a place lies on them."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, radians, sin, sqrt

Point = tuple[float, float]
"""Right and down, in the units of a picture."""


def albers(latitude: float, longitude: float) -> Point:
    """Albers' equal-area cone of the United States without Alaska and Hawaii; up is positive, the unit an earth radius.

    Standard parallels 29.5 and 45.5, centred on 37.5 north and 96 west (Snyder 1987, formulas 14-1 to 14-6).
    """
    first, second, middle = radians(29.5), radians(45.5), radians(37.5)
    n = (sin(first) + sin(second)) / 2
    c = cos(first) ** 2 + 2 * n * sin(first)
    radius = sqrt(c - 2 * n * sin(radians(latitude))) / n
    angle = n * radians(longitude + 96)
    return radius * sin(angle), sqrt(c - 2 * n * sin(middle)) / n - radius * cos(angle)


def equirectangular(latitude: float, longitude: float) -> Point:
    """Degrees as they are, true to scale at 40 north; up is positive, the unit an earth radius."""
    return radians(longitude) * cos(radians(40)), radians(latitude)


@dataclass(frozen=True, slots=True)
class Outline:
    """A map.

    Attributes:
        file: of the outlines, in ``static``.
        left, top: of its corner, in units of the projection; scale: pixels a unit.
        width, height: pixels.
    """

    name: str
    file: str
    project: Callable[[float, float], Point]
    left: float
    top: float
    scale: float
    width: int
    height: int

    def place(self, latitude: float, longitude: float) -> Point | None:
        """Where a place lies; None outside of the map."""
        right, up = self.project(latitude, longitude)
        x, y = (right - self.left) * self.scale, (self.top - up) * self.scale
        return (x, y) if 0 <= x <= self.width and 0 <= y <= self.height else None


UNITED_STATES = Outline(
    "the United States without Alaska and Hawaii", "states.svg", albers, -0.38, 0.26, 1260, 930, 590
)
WORLD = Outline("the world", "countries.svg", equirectangular, -2.4, 1.36, 193, 930, 420)
