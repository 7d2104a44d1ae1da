"""US power, US energy and WORLD storage before the expert floor, from given random numbers."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.cells.paths import WORLD, Inputs, Key
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.starting_values import DOMESTIC
from tests.oracle import buildout, chips, energy, routes, storage, us_sales

FloatArray = NDArray[np.float64]


def recomputed(inputs: Inputs) -> dict[tuple[Key, str], FloatArray]:
    """Paths, (draw, quarter), by cell and quantity."""
    values, anchors, grid = inputs.values, inputs.anchors, inputs.anchors.grid
    disks = storage.disks(anchors, inputs.drivers, inputs.disk_observed, values)
    draw = _us_draw(inputs, disks.installed)
    base = values["us_energy_base"] / TWH_PER_AVERAGE_GW / values["fleet_capacity_factor"]
    nameplate = buildout.us_nameplate(
        anchors.pipeline_us, base, values, inputs.shocks, grid, evidence_days=inputs.evidence_days
    )
    used, bought = _delayed(draw, base, nameplate, values)
    peak = values["peak_over_nameplate"][:, None]
    other = us_sales.other_use_growth(inputs.drivers, anchors.us_sales, values, grid)
    power, electricity, disk = ("US", Layer.POWER), ("US", Layer.ENERGY), (WORLD, Layer.STORAGE)
    return {
        (power, "demand"): used * peak,
        (power, "supply"): nameplate * peak,
        (electricity, "demand"): energy.to_twh(draw.other + (draw.total - draw.other) * bought, grid),
        (electricity, "supply"): energy.us_available(anchors.us_generation, other, values, grid),
        (disk, "demand"): disks.installed,
        (disk, "shipped"): disks.shipped,
        (disk, "retired"): disks.retired,
        (disk, "used"): disks.used,
    }


def _us_draw(inputs: Inputs, exabytes: FloatArray) -> routes.Draw:
    """Average draw that is wanted, by three routes."""
    values, anchors, grid = inputs.values, inputs.anchors, inputs.anchors.grid
    rest = sum((values[f"{region}_share_of_world"] for region in ("cn", "eu", "rest")), np.zeros(len(exabytes)))
    share_of_world = values["us_energy_base"] / (values["us_energy_base"] + rest * values["world_energy_base"])
    flows = chips.shipments(anchors, inputs.drivers, values, inputs.errors)
    western = np.sum([flow for name, flow in flows.items() if name not in DOMESTIC], axis=0)
    bought = routes.nameplate_bought(anchors, inputs.drivers, values)
    return routes.average_draw(
        chips.stock_by_region(flows, anchors, values)["US"],
        routes.capex_draw(bought, chips.shares(anchors, western, values)["US"], values),
        routes.disk_draw(exabytes, values["hdd_installed_base"], share_of_world, values),
        values,
        grid,
        region="US",
        base_twh=values["us_energy_base"],
    )


def _delayed(
    draw: routes.Draw, base: FloatArray, nameplate: FloatArray, values: Mapping[str, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Nameplate in use, and the share bought of what is wanted beyond other draw: full halls delay purchases."""
    factor = values["capacity_factor_of_additions"][:, None]
    base_used = (base * (1 - values["us_vacancy"]))[:, None]
    base_other = base_used - draw.base_accelerators[:, None] / factor
    other = np.maximum(base_other + (draw.other - draw.other[:, :1]) / factor, 0.05 * base_used)
    wanted = np.maximum(base_used + (draw.total - draw.base[:, None]) / factor, other * 1.001)
    housed = np.maximum(nameplate - other, 0.01 * nameplate)
    tolerated = other + housed * (1 + values["purchase_excess_tolerated"][:, None])
    used = np.minimum(wanted, np.maximum(tolerated, other * 1.001))
    return used, (used - other) / (wanted - other)
