"""Draws of one cell on the quarterly timeline, and where the engine's inputs meet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept, Layer
from projection.inputs.assumption_values import Values
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.sites.realisation import SiteShocks

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
Key = tuple[str, Layer]
"""Region and layer."""
ConceptKey = tuple[str, Layer, DemandConcept]
"""Region, layer and demand concept."""
WORLD = "WORLD"


@dataclass(frozen=True)
class Paths:
    """Draws of one cell, shape (draw, quarter) unless said otherwise. The gap is never stored: it is their difference.

    Attributes:
        demand: demand under the concept ``equipment``.
        supply: deliverable supply; None where the figures cannot carry one.
        binds: whether the expert floor decides the demand's width, shape (quarter,).
        growth: growth of generation since the base year, TWh a year, where the answer is a share of it.
        pace: growth of generation over the year before, TWh a year, beside ``growth``.
        base: demand of the base year, TWh, shape (draw,), beside ``growth``.
        unconstrained: demand if halls were never full and nothing was unmet; shown apart.
        additions: the part of supply that is still to come at the end of the base year.
        narrow: the same cell counted at 16 bit over 8 bit (compute only).
        shipped: EB shipped to data centers in the quarter; retired: in the quarter; used: the part of demand that holds
            data (storage only).
        huawei: the part of it that is Huawei's (compute of China only).
    """

    demand: FloatArray
    supply: FloatArray | None = None
    binds: BoolArray | None = None
    growth: FloatArray | None = None
    pace: FloatArray | None = None
    base: FloatArray | None = None
    unconstrained: FloatArray | None = None
    additions: FloatArray | None = None
    narrow: FloatArray | None = None
    shipped: FloatArray | None = None
    retired: FloatArray | None = None
    used: FloatArray | None = None
    huawei: FloatArray | None = None


@dataclass(frozen=True)
class Inputs:
    """Everything the engine draws from; arrays share the draw id.

    Attributes:
        values: assumption draws by name, each (draw,).
        errors: measurement error of each designer, standard normal, (draw,).
        shocks: random numbers of planned sites.
        evidence_days: plan age up to which training watched plans slip.
        disk_observed: exabytes two makers shipped, by index of the projected timeline, where already reported; the base
            year's are negative.
        anchored: whether the levels that are stated for one base year are those of the timeline.
    """

    anchors: Anchors
    drivers: DriverDraws
    values: Values
    errors: Mapping[str, FloatArray]
    shocks: SiteShocks
    evidence_days: int
    disk_observed: Mapping[int, float] = field(default_factory=dict)
    anchored: bool = True


@dataclass(frozen=True)
class EquipmentPaths:
    """What lies between the equipment of one region and its cells, (draw, quarter) unless said otherwise.

    Attributes:
        owned: H100e owned were halls never full; powered: those past their install lag, (draw, quarter of the history).
        tdp: chip TDP of the powered, GW, (draw, quarter of the history).
        total: average facility draw the weighted routes give, GW; other: the part that is not accelerators.
        average: average facility draw with purchases delayed, GW.
        nameplate: built, GW; used: the part in use.
    """

    owned: FloatArray
    powered: FloatArray
    tdp: FloatArray
    total: FloatArray
    other: FloatArray
    average: FloatArray
    nameplate: FloatArray
    used: FloatArray


class PassDetail(StrEnum):
    """What a pass keeps beside cells."""

    CELLS = "cells"
    """Nothing."""
    ROUTES = "routes"
    """Average draw by each route alone."""
    ALL = "all"
    """What lies between equipment and cells too."""


@dataclass(frozen=True)
class PassResult:
    """What one pass gives.

    Attributes:
        cells: demand and supply by region and layer, before the expert floor.
        routes: demand by each route alone, (draw, quarter), by cell and route: average draw, GW, beside power; EB
            installed beside storage, TWh beside a grid's energy.
        between: what lies between equipment and cells, by region.
    """

    cells: dict[Key, Paths]
    routes: dict[Key, dict[str, FloatArray]]
    between: dict[str, EquipmentPaths] = field(default_factory=dict)
