"""The engine: one pass from shared random numbers to demand and deliverable supply of every cell.

Regions are built bottom up (US, CN, EU, rest of the world), so that WORLD is their sum in every draw. The gap is never
stored: it is demand minus supply of the same draw.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.blocks import spread, total
from projection.base.timeline import HOURS_PER_YEAR, QUARTERS_PER_YEAR
from projection.cells.paths import WORLD, EquipmentPaths, Inputs, Key, PassDetail, PassResult, Paths
from projection.electricity import energy, grids, us_generation, us_sales
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.running_year import china_twh
from projection.inputs.starting_values import DOMESTIC, GENERATION, GROSS
from projection.model import chips, routes, storage
from projection.model.chips import REGIONS, ChipStock
from projection.sites import buildout

FloatArray = NDArray[np.floating[Any]]
SUMMED = (Layer.COMPUTE, Layer.POWER, Layer.ENERGY)
"""Layers whose world is the sum of its regions."""
LEAST_ACCELERATORS = 0.001
"""Nameplate of accelerators over all other, at least; a guard for draws whose other use exceeds their total."""
TIGHTNESS_OF = {"US": "US", "EU": WORLD, "REST": WORLD}
"""Whose tightness a region reads; China has no index, so nothing unmet is assumed there."""


def run(inputs: Inputs, *, detail: PassDetail = PassDetail.ROUTES) -> PassResult:
    """Demand and supply of every cell that can be computed, before the expert floor.

    Args:
        inputs: what the engine draws from.
        detail: what is kept beside cells: a block in work is most of the memory a process needs.
    """
    values, anchors, timeline = inputs.values, inputs.anchors, inputs.anchors.timeline
    twh = energy_base(values)
    equipment_pass = _equipment(inputs, twh, detail)
    cells, by_route = equipment_pass.cells, equipment_pass.routes
    for layer in SUMMED:
        cells[WORLD, layer] = _sum([cells[region, layer] for region in REGIONS])
    _add_generation(cells, inputs, twh)
    if inputs.anchored and anchors.us_generation.covers(timeline.base_year + 1):
        other = us_sales.other_use_growth(inputs.drivers, anchors.us_sales, values, timeline)
        available = energy.us_available(anchors.us_generation, other, values, timeline)
        cells["US", Layer.ENERGY] = replace(cells["US", Layer.ENERGY], supply=available)
    parts = grids.parts(cells, twh, anchors, inputs.drivers, values)
    if detail is not PassDetail.CELLS:
        by_route |= parts.routes
    return replace(equipment_pass, cells=cells | parts.cells, routes=by_route)


def _equipment(inputs: Inputs, twh: Mapping[str, FloatArray], detail: PassDetail) -> PassResult:
    """Cells of the regions that equipment is counted in, and of the world's disks."""
    values, anchors, timeline = inputs.values, inputs.anchors, inputs.anchors.timeline
    flows = chips.shipments(anchors, inputs.drivers, values, inputs.errors)
    stocks = chips.stocks(flows, anchors, values)
    disks = None
    if inputs.anchored and storage.SHIPPED in inputs.drivers.values:
        disks = storage.disks(anchors, inputs.drivers, inputs.disk_observed, values)
    by_capex = _by_capex(flows, inputs)
    del flows  # Beside stocks they are most of a block in work.
    share = chips.split_abroad(values)
    per_tdp = routes.draw_per_tdp(values, timeline)
    cells: dict[Key, Paths] = {}
    by_route: dict[Key, dict[str, FloatArray]] = {}
    between: dict[str, EquipmentPaths] = {}
    total_twh = total(list(twh.values()))
    counted = anchors.cn_internet
    running = {} if counted is None else {chips.CHINA: china_twh(counted, values, twh[chips.CHINA])}
    for region in REGIONS:
        stock = stocks.of(region)
        draw = routes.average_draw(
            stock,
            per_tdp,
            None if region == chips.CHINA else by_capex * share[region][:, None],
            routes.disk_draw(
                None if disks is None else disks.installed,
                values["hdd_installed_base"],
                twh[region] / total_twh,
                values,
            ),
            values,
            timeline,
            region=region,
            base_twh=twh[region],
            running_twh=running.get(region),
        )
        base = twh[region] / TWH_PER_AVERAGE_GW / values["fleet_capacity_factor"]
        by_layer, own_routes, equipment_paths = _region(region, stock, draw, base, inputs)
        cells |= {(region, layer): paths for layer, paths in by_layer.items()}
        if detail is not PassDetail.CELLS:
            by_route[region, Layer.POWER] = own_routes
        if detail is PassDetail.ALL:
            between[region] = equipment_paths()
    if stocks.huawei is not None:
        part = stocks.huawei[:, timeline.offset :] / np.maximum(stocks.china.owned[:, timeline.offset :], 1e-9)
        cells[chips.CHINA, Layer.COMPUTE] = replace(cells[chips.CHINA, Layer.COMPUTE], huawei=part)
    if disks is not None:
        cells[WORLD, Layer.STORAGE] = Paths(
            demand=disks.installed, shipped=disks.shipped, retired=disks.retired, used=disks.used
        )
        if detail is not PassDetail.CELLS:
            by_route[WORLD, Layer.STORAGE] = disks.routes
    return PassResult(cells, by_route, between)


def _by_capex(flows: Mapping[str, FloatArray], inputs: Inputs) -> FloatArray:
    """Average draw of what western capex buys outside China, GW, (draw, quarter of the history)."""
    western = total([flow for name, flow in flows.items() if name not in DOMESTIC])
    bought = routes.nameplate_bought(inputs.anchors, inputs.drivers, inputs.values)
    bought *= 1 - chips.china_share(inputs.anchors, western, inputs.values)
    return routes.capex_draw(bought, inputs.values)


def energy_base(values: Values) -> dict[str, FloatArray]:
    """Electricity of the base year by region, TWh, each (draw,)."""
    world = values["world_energy_base"]
    return {
        "US": values["us_energy_base"],
        "CN": values["cn_share_of_world"] * world,
        "EU": values["eu_share_of_world"] * world,
        "REST": values["rest_share_of_world"] * world,
    }


def _region(
    region: str, stock: ChipStock, draw: routes.Draw, base: FloatArray, inputs: Inputs
) -> tuple[dict[Layer, Paths], dict[str, FloatArray], Callable[[], EquipmentPaths]]:
    """One region: what its equipment uses of nameplate capacity, with purchases delayed when halls are full.

    Returns its cells by layer, its average draw by each route, GW, of which ``sites`` is what the built nameplate would
    draw if it were filled, and a function that gives the paths between.
    """
    values, timeline = inputs.values, inputs.anchors.timeline
    key = region.lower()
    if region == "US" and inputs.anchors.pipeline_us:
        plans = inputs.anchors.pipeline_us
        nameplate = buildout.us_nameplate(
            plans, base, values, inputs.shocks, timeline, evidence_days=inputs.evidence_days
        )
    else:
        growth = values["build_growth_after"]
        nameplate = buildout.steady_nameplate(base, value_of(values, key, "additions_rate"), growth, timeline)
    factor = values["capacity_factor_of_additions"][:, None]
    base_used = (base * (1 - value_of(values, key, "vacancy")))[:, None]
    base_other = base_used - draw.base_accelerators[:, None] / factor
    other = np.maximum(base_other + (draw.other - draw.other[:, :1]) / factor, 0.05 * base_used)
    # What accelerators want, are housed in and use stands beside all other use: small differences of large sums would
    # be lost in single precision.
    least = LEAST_ACCELERATORS * other
    unconstrained = np.maximum(base_used + (draw.total - draw.base[:, None]) / factor - other, least)
    housed = np.maximum(nameplate - other, 0.01 * nameplate)
    used = np.minimum(unconstrained, np.maximum(housed * (1 + values["purchase_excess_tolerated"][:, None]), least))
    # Chips, power and energy answer to the same delay: what is not bought draws nothing.
    bought = used / unconstrained
    owned = stock.owned[:, timeline.offset :]
    unmet = _unmet(region, inputs)
    peak = values["peak_over_nameplate"][:, None]
    demand = owned * bought
    average = draw.other + draw.accelerators * bought
    cells = {
        Layer.COMPUTE: Paths(
            demand=demand,
            supply=demand * (housed / used),
            unconstrained=owned * unmet,
            narrow=stock.owned_16bit[:, timeline.offset :] / np.maximum(owned, 1e-9),
        ),
        Layer.POWER: Paths(
            demand=(other + used) * peak,
            supply=nameplate * peak,
            unconstrained=(other + unconstrained) * unmet * peak,
            additions=(nameplate - base[:, None]) * peak,
        ),
        Layer.ENERGY: Paths(
            demand=energy.to_twh(average, timeline),
            unconstrained=energy.to_twh(draw.total * unmet, timeline),
        ),
    }
    filled = (base * values["fleet_capacity_factor"])[:, None] + (nameplate - base[:, None]) * factor

    def equipment_paths() -> EquipmentPaths:
        return EquipmentPaths(
            owned=owned,
            powered=stock.powered,
            tdp=stock.tdp,
            total=draw.total,
            other=draw.other,
            average=average,
            nameplate=nameplate,
            used=other + used,
        )

    return cells, {**draw.routes, routes.SITES: filled}, equipment_paths


def _unmet(region: str, inputs: Inputs) -> FloatArray:
    """Wanted over observed because the market is tight, (draw, quarter); it fades as the boom's growth does."""
    reading = inputs.anchors.tightness.get(TIGHTNESS_OF.get(region, ""), 0.0)
    years = (np.arange(len(inputs.anchors.timeline.quarters)) + 1) / QUARTERS_PER_YEAR
    fade = np.exp2(spread(-1 / inputs.values["growth_half_life_years"], years))
    return np.asarray(np.exp(fade * (np.float32(reading) * inputs.values["unmet_at_record_tightness"])[:, None]))


def _add_generation(cells: dict[Key, Paths], inputs: Inputs, twh: Mapping[str, FloatArray]) -> None:
    """Growth of generation beside the energy of regions it is known for; China's is also the bound of its supply."""
    timeline, values = inputs.anchors.timeline, inputs.values
    bases = {**twh, WORLD: total(list(twh.values()))}
    for region, series in GENERATION.items():
        if region not in inputs.anchors.generation or series not in inputs.drivers.values:
            continue
        generation, base = inputs.drivers.values[series], inputs.anchors.generation[region]
        if region == "CN" and inputs.anchors.cn_running_growth is not None:
            generation = energy.known_first_year(generation, base * np.exp(values["cn_running_growth"]))
        growth = energy.gross_growth(generation, base, timeline)
        if region in GROSS:
            growth = growth * (1 - values["plants_own_use"])[:, None]
        cell = replace(cells[region, Layer.ENERGY], growth=growth, pace=energy.pace(growth), base=bases[region])
        if region == "CN":
            # Draws whose generation falls by more than data centers use leave them none, and not less.
            left = np.maximum(bases[region][:, None] + growth, 0.0)
            cell = replace(cell, supply=left * (timeline.hours / HOURS_PER_YEAR))
        cells[region, Layer.ENERGY] = cell
    us = us_generation.years(inputs.drivers, inputs.anchors.us_months, timeline)
    if us is not None:
        growth = energy.gross_growth(us.later - us.base[:, None], 0.0, timeline)
        us_energy = cells["US", Layer.ENERGY]
        cells["US", Layer.ENERGY] = replace(us_energy, growth=growth, pace=energy.pace(growth), base=bases["US"])


def _sum(parts: Sequence[Paths]) -> Paths:
    demand = total([part.demand for part in parts])
    # H100e at 16 bit add as those at 8 bit do; their ratio is that of the sums.
    narrow = [part.demand * part.narrow for part in parts if part.narrow is not None]
    return Paths(
        demand=demand,
        supply=_all([part.supply for part in parts]),
        unconstrained=_all([part.unconstrained for part in parts]),
        additions=_all([part.additions for part in parts]),
        narrow=total(narrow) / demand if narrow else None,
    )


def _all(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
    present = [array for array in arrays if array is not None]
    return total(present) if len(present) == len(arrays) else None
