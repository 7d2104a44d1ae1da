"""Draws of one cell on the quarterly timeline."""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept, Layer

FloatArray = NDArray[np.floating[Any]]
Key = tuple[str, Layer]
"""Region and layer."""
ConceptKey = tuple[str, Layer, DemandConcept]
"""Region, layer and demand concept."""
WORLD = "WORLD"
EXPECTED = "expected"
"""Beside requested demand, what of the requests is expected to be connected."""


class Binding(IntEnum):
    """What keeps what is wanted from being served in a draw: the least of what is told apart."""

    NOTHING = 0
    CHIPS = 1
    HALLS = 2
    GRID = 3
    FIRM = 4


@dataclass(frozen=True)
class Paths:
    """Draws of one cell, shape (draw, quarter) unless said otherwise. The gap is never stored: it is their difference.

    Attributes:
        wanted: what buyers would put into use if halls, power and chips were no limit.
        bought: what of it they take; None where purchases are not told from what is wanted.
        supply: deliverable supply; None where the figures cannot carry one.
        housed: H100e that halls house, whether there are chips for them or not (compute).
        binding: what keeps what is wanted from being served, as numbers of :class:`Binding` (power).
        growth: growth of generation since the base year, TWh a year.
        pace: growth of generation over the year before, TWh a year, beside ``growth``.
        base: what stood in the base year, shape (draw,): its electricity, TWh (energy), or the nameplate in use at its
            end, GW (power).
        shortages: sum over regions of what each is short of what it wants, where a surplus elsewhere does not count
            (power and compute of the world).
        additions: the part of supply that is still to come at the end of the base year.
        narrow: the same cell counted at 16 bit over 8 bit (compute only).
        shipped: EB shipped to data centers in the quarter; retired: in the quarter; used: the part of what is installed
            that holds data (storage only).
        huawei: the part of it that is Huawei's (compute of China only).
        domestic: the part of it that is of Chinese designers, Huawei among them (compute of China only).
    """

    wanted: FloatArray
    bought: FloatArray | None = None
    supply: FloatArray | None = None
    housed: FloatArray | None = None
    binding: FloatArray | None = None
    growth: FloatArray | None = None
    pace: FloatArray | None = None
    base: FloatArray | None = None
    shortages: FloatArray | None = None
    additions: FloatArray | None = None
    narrow: FloatArray | None = None
    shipped: FloatArray | None = None
    retired: FloatArray | None = None
    used: FloatArray | None = None
    huawei: FloatArray | None = None
    domestic: FloatArray | None = None

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every quantity, in the order they are kept."""
        return tuple(field.name for field in fields(cls))
