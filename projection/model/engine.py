"""The engine: one pass from shared random numbers to demand and deliverable supply of every cell.

Regions are built bottom up (US, CN, EU, rest of the world), so that WORLD is their sum in every draw. The gap is never
stored: it is demand minus supply of the same draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.blocks import total, within
from projection.base.timeline import HOURS_PER_YEAR
from projection.cells.paths import WORLD, Binding, Key, Paths
from projection.electricity import energy, grids, us_firm, us_generation, us_sales
from projection.inputs.assumption_values import Values
from projection.inputs.running_year import china_twh
from projection.inputs.starting_values import DOMESTIC, GENERATION, GROSS
from projection.model import chips, routes, storage
from projection.model.chips import REGIONS
from projection.model.model_error import ModelError
from projection.model.passes import Inputs, PassDetail, PassResult, RegionPaths
from projection.model.region import region

FloatArray = NDArray[np.floating[Any]]
SUMMED = (Layer.COMPUTE, Layer.POWER, Layer.ENERGY)
"""Layers whose world is the sum of its regions."""
DISKS = "disks"
"""What the model error of storage is named."""


def run(inputs: Inputs, *, detail: PassDetail = PassDetail.ROUTES) -> PassResult:
    """Demand and supply of every cell that can be computed.

    Args:
        inputs: what the engine draws from.
        detail: whether routes are kept beside cells: a block in work is most of the memory a process needs.
    """
    values, anchors, timeline = inputs.values, inputs.anchors, inputs.anchors.timeline
    twh = {
        name: base * inputs.model_error.level_factor(name, inputs.shocks) for name, base in energy_base(values).items()
    }
    model_pass = _equipment(inputs, twh, detail)
    cells, by_route, regions = model_pass.cells, model_pass.routes, model_pass.regions
    for layer in SUMMED:
        cells[WORLD, layer] = _sum([cells[name, layer] for name in REGIONS])
    _add_generation(cells, inputs, twh)
    if inputs.anchored and anchors.us_generation.covers(timeline.base_year + 1):
        other = us_sales.other_use_growth(inputs.drivers, anchors.us_sales, values, timeline)
        available = energy.us_available(anchors.us_generation, twh["US"], other, values, timeline)
        cells["US", Layer.ENERGY] = replace(cells["US", Layer.ENERGY], supply=available)
    peaks = {
        name: us_firm.Peaks({concept: path[:, 1:] for concept, path in paths.peak.items()}, paths.peak_unlimited[:, 1:])
        for name, paths in regions.items()
    }
    firm = us_firm.firm(peaks["US"], anchors, values)
    if firm is not None:
        cells["US", Layer.FIRM] = firm
    for name, paths in regions.items():
        power = cells[name, Layer.POWER]
        cells[name, Layer.POWER] = replace(power, binding=_binding(paths, firm if name == "US" else None, values))
    wholes = {
        name: grids.Whole(
            cells[name, Layer.ENERGY],
            cells[name, Layer.POWER],
            within(paths.routed),
            peaks[name],
            paths.shell,
            paths.planned,
            twh[name],
            paths.routed[:, 0] / paths.nameplate[:, 0],
        )
        for name, paths in regions.items()
    }
    parts = grids.parts(wholes, anchors, inputs.drivers, values)
    if detail is not PassDetail.CELLS:
        by_route |= parts.routes
    return replace(model_pass, cells=cells | parts.cells, routes=by_route)


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
    further = chips.further_imports(stocks.abroad.received, values, timeline)
    share_of_further = {name: -part for name, part in share.items()} | {chips.CHINA: np.ones_like(further[:, 0])}
    per_tdp = routes.draw_per_tdp(values, timeline)
    cells: dict[Key, Paths] = {}
    by_route: dict[Key, dict[str, FloatArray]] = {}
    regions: dict[str, RegionPaths] = {}
    total_twh = total(list(twh.values()))
    counted = anchors.cn_internet
    running = {} if counted is None else {chips.CHINA: china_twh(counted, values, twh[chips.CHINA])}
    for name in REGIONS:
        stock = stocks.of(name)
        draw = routes.average_draw(
            stock,
            per_tdp,
            None if name == chips.CHINA else by_capex * share[name][:, None],
            routes.disk_draw(
                None if disks is None else disks.installed,
                values["hdd_installed_base"],
                twh[name] / total_twh,
                values,
            ),
            values,
            timeline,
            region=name,
            base_twh=twh[name],
            running_twh=running.get(name),
        )
        paths = region(name, stock, draw, _error(name, inputs), further * share_of_further[name][:, None], inputs)
        regions[name] = paths
        cells |= {(name, layer): by_layer for layer, by_layer in paths.cells.items()}
        if detail is not PassDetail.CELLS:
            by_route[name, Layer.POWER] = {route: within(path) for route, path in paths.routes.items()}
    owned = np.maximum(stocks.china.owned[:, timeline.offset :], 1e-9)
    huawei, domestic = (
        None if part is None else part[:, timeline.offset :] / owned for part in (stocks.huawei, stocks.domestic)
    )
    cells[chips.CHINA, Layer.COMPUTE] = replace(cells[chips.CHINA, Layer.COMPUTE], huawei=huawei, domestic=domestic)
    if disks is None:
        return PassResult(cells, by_route, regions, None)
    cells[WORLD, Layer.STORAGE] = storage.cell(disks, _error(DISKS, inputs), values)
    if detail is not PassDetail.CELLS:
        by_route[WORLD, Layer.STORAGE] = disks.routes
    return PassResult(cells, by_route, regions, disks.installed)


def _error(name: str, inputs: Inputs) -> FloatArray | None:
    return inputs.model_error.factor(name, inputs.shocks, inputs.values["model_error_correlation"])


def error_sizes(model_pass: PassResult, inputs: Inputs) -> ModelError:
    """Sizes of the model error that a pass without any leaves to be asked for."""
    timeline, observed = inputs.anchors.timeline, inputs.anchors.observed
    growth = {name: paths.routed / paths.routed[:, :1] for name, paths in model_pass.regions.items()}
    days = {name: observed[name] for name in growth}
    if model_pass.disks is not None:
        base = inputs.values["hdd_installed_base"][:, None]
        growth[DISKS] = np.concatenate([np.ones_like(base), model_pass.disks / base], axis=1)
        days[DISKS] = timeline.quarters[max(inputs.disk_observed, default=-1)].end
    return ModelError.beyond(growth, energy_base(inputs.values), days, timeline)


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


def _binding(paths: RegionPaths, firm: Paths | None, values: Values) -> FloatArray:
    """What keeps what is wanted from being served, as numbers of :class:`Binding`, (draw, quarter).

    Every limit is the share of the accelerators' demand that it would let be used. Firm power lets be used what is
    wanted less the shortfall of its balance, without the reserve on it, over the peak of the accelerators.
    """
    limits = {limit: share[:, 1:] for limit, share in paths.limits.items()}
    unmet = paths.unmet[:, 1:]
    if firm is not None and firm.supply is not None:
        short = (firm.wanted - firm.supply) / (1 + values["reserve_margin"][:, None]) / paths.peak_ai[:, 1:]
        limits[Binding.FIRM] = np.where(np.isnan(short), np.float32(np.inf), unmet - short)
    least, binding = unmet, np.full_like(unmet, Binding.NOTHING)
    for limit, share in limits.items():
        binding[share < least] = limit
        least = np.minimum(least, share)
    return binding


def _add_generation(cells: dict[Key, Paths], inputs: Inputs, twh: Mapping[str, FloatArray]) -> None:
    """Growth of generation beside the energy of regions it is known for; China's is also the bound of its supply."""
    timeline, values = inputs.anchors.timeline, inputs.values
    bases = {**twh, WORLD: total(list(twh.values()))}
    for name, series in GENERATION.items():
        if name not in inputs.anchors.generation or series not in inputs.drivers.values:
            continue
        generation, base = inputs.drivers.values[series], inputs.anchors.generation[name]
        if name == "CN" and inputs.anchors.cn_running_growth is not None:
            generation = energy.known_first_year(generation, base * np.exp(values["cn_running_growth"]))
        growth = energy.gross_growth(generation, base, timeline)
        if name in GROSS:
            growth = growth * (1 - values["plants_own_use"])[:, None]
        cell = replace(cells[name, Layer.ENERGY], growth=growth, pace=energy.pace(growth), base=bases[name])
        if name == "CN":
            # Draws whose generation falls by more than data centers use leave them none, and not less.
            left = np.maximum(bases[name][:, None] + growth, 0.0)
            cell = replace(cell, supply=left * (timeline.hours / HOURS_PER_YEAR))
        cells[name, Layer.ENERGY] = cell
    us = us_generation.years(inputs.drivers, inputs.anchors.us_months, timeline)
    if us is not None:
        growth = energy.gross_growth(us.later - us.base[:, None], 0.0, timeline)
        us_energy = cells["US", Layer.ENERGY]
        cells["US", Layer.ENERGY] = replace(us_energy, growth=growth, pace=energy.pace(growth), base=bases["US"])


def _sum(parts: Sequence[Paths]) -> Paths:
    wanted = total([part.wanted for part in parts])
    # H100e at 16 bit add as those at 8 bit do; their ratio is that of the sums.
    narrow = [part.wanted * part.narrow for part in parts if part.narrow is not None]
    sums = {
        name: _all([getattr(part, name) for part in parts])
        for name in ("bought", "supply", "housed", "additions", "base")
    }
    short = [None if part.supply is None else np.maximum(part.wanted - part.supply, 0) for part in parts]
    return Paths(wanted=wanted, shortages=_all(short), narrow=total(narrow) / wanted if narrow else None, **sums)


def _all(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
    present = [array for array in arrays if array is not None]
    return total(present) if len(present) == len(arrays) else None
