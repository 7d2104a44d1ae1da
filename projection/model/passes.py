"""What one pass of the engine takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept, Layer
from projection.cells.paths import Binding, Key, Paths
from projection.inputs.assumption_values import Values
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.model.chips import ChipStock
from projection.model.model_error import ModelError
from projection.sites.buildout import Additions
from projection.sites.realisation import SiteShocks

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Inputs:
    """Everything the engine draws from; arrays share the draw id.

    Attributes:
        values: assumption draws by name, each (draw,).
        errors: measurement error of each designer, standard normal, (draw,).
        shocks: of the model itself, standard normals by name, (draw,) (:mod:`projection.model.model_error`).
        model_error: sizes of those shocks.
        site_shocks: random numbers of planned sites.
        evidence_days: plan age up to which training watched plans slip.
        disk_observed: exabytes two makers shipped, by index of the projected timeline, where already reported; the base
            year's are negative.
        anchored: whether the levels that are stated for one base year are those of the timeline.
    """

    anchors: Anchors
    drivers: DriverDraws
    values: Values
    errors: Mapping[str, FloatArray]
    shocks: Mapping[str, FloatArray]
    model_error: ModelError
    site_shocks: SiteShocks
    evidence_days: int
    disk_observed: Mapping[int, float] = field(default_factory=dict)
    anchored: bool = True


@dataclass(frozen=True)
class RegionPaths:
    """What lies between the equipment of one region and its cells, at the ends of the base year and of each quarter.

    Shape (draw, 1 + quarter) unless said otherwise.

    Attributes:
        cells: by layer.
        routed: average draw by the weighted routes, GW, before the model error; other: the part that is no accelerator.
        other_wanted: that part under the model error.
        routes: average draw by each route alone, and what the halls would draw if they were filled.
        error: what accelerators are multiplied with.
        unmet: accelerators wanted over what the routes and the error give, at least 1.
        owned: H100e owned, before the model error; stock: the accelerators they are of.
        average: average draw, GW, by concept; peak: facility peak, GW, likewise; peak_ai: that of all accelerators;
            peak_unlimited: that of all equipment, were there halls and chips enough.
        nameplate: built and connected, GW; shell: built; planned: what of it is planned today; vacant: share of what is
            built and connected that nothing fills.
        limits: share of the accelerators' demand that each limit would let be used.
    """

    cells: dict[Layer, Paths]
    routed: FloatArray
    other: FloatArray
    other_wanted: FloatArray
    routes: dict[str, FloatArray]
    error: FloatArray
    unmet: FloatArray
    owned: FloatArray
    stock: ChipStock
    average: Mapping[DemandConcept, FloatArray]
    peak: Mapping[DemandConcept, FloatArray]
    peak_ai: FloatArray
    peak_unlimited: FloatArray
    nameplate: FloatArray
    shell: FloatArray
    planned: Additions
    vacant: FloatArray
    limits: Mapping[Binding, FloatArray]


class PassDetail(StrEnum):
    """What a pass keeps beside cells."""

    CELLS = "cells"
    """Nothing."""
    ROUTES = "routes"
    """Average draw by each route alone."""


@dataclass(frozen=True)
class PassResult:
    """What one pass gives.

    Attributes:
        cells: demand and supply by region and layer.
        routes: demand by each route alone, (draw, quarter), by cell and route, before the model error: average draw,
            GW, beside power; EB installed beside storage, TWh beside a grid's energy.
        regions: what lies between equipment and cells, by region.
        disks: EB installed in the world before the model error, (draw, 1 + quarter); None without them.
    """

    cells: dict[Key, Paths]
    routes: dict[Key, dict[str, FloatArray]]
    regions: dict[str, RegionPaths]
    disks: FloatArray | None
