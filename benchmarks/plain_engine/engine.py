"""The engine: one pass from shared random numbers to demand and deliverable supply of every cell.

Regions are built bottom up (US, CN, EU, rest of the world), so that WORLD is their sum in every draw. The gap is never
stored: it is demand minus supply of the same draw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine import buildout, chips, energy, grid_cells, routes, storage, us_sales
from benchmarks.plain_engine.chips import REGIONS, ChipStock
from benchmarks.plain_engine.floor import widen
from data.layers import Layer
from projection import us_generation
from projection.anchors import DOMESTIC, GENERATION, GROSS
from projection.chips import CHINA, HUAWEI
from projection.engine import SUMMED, TIGHTNESS_OF, energy_base
from projection.firm import TWH_PER_AVERAGE_GW
from projection.generation import carried
from projection.grid import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Grid
from projection.paths import WORLD, BoolArray, Inputs, Key, Outcome, Paths

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class _Region:
    owned: FloatArray
    wanted: FloatArray
    unmet: FloatArray
    draw: routes.Draw
    average: FloatArray
    base: FloatArray
    nameplate: FloatArray
    used: FloatArray
    wanted_nameplate: FloatArray
    housed_ratio: FloatArray
    narrow: FloatArray


def run(inputs: Inputs) -> Outcome:
    """Demand and supply of every cell that can be computed, before the expert floor."""
    values, anchors, grid = inputs.values, inputs.anchors, inputs.anchors.grid
    flows = chips.shipments(anchors, inputs.drivers, values, inputs.errors)
    stocks = chips.stock_by_region(flows, anchors, values)
    twh = energy_base(values)
    disks = None
    if inputs.anchored and storage.SHIPPED in inputs.drivers.values:
        disks = storage.disks(anchors, inputs.drivers, inputs.disk_observed, values)
    bought = routes.nameplate_bought(anchors, inputs.drivers, values)
    western = np.sum([flow for name, flow in flows.items() if name not in DOMESTIC], axis=0)
    share = chips.shares(anchors, western, values)
    parts: dict[str, _Region] = {}
    total_twh = sum(twh.values(), np.zeros_like(twh["US"]))
    for region in REGIONS:
        nameplate_base = twh[region] / TWH_PER_AVERAGE_GW / values["fleet_capacity_factor"]
        draw = routes.average_draw(
            stocks[region],
            routes.capex_draw(bought, share[region], values),
            routes.disk_draw(
                None if disks is None else disks.installed,
                values["hdd_installed_base"],
                twh[region] / total_twh,
                values,
            ),
            values,
            grid,
            region=region,
            base_twh=twh[region],
        )
        parts[region] = _region(region, stocks[region], draw, nameplate_base, inputs)
    cells: dict[Key, Paths] = {}
    peak = values["peak_over_nameplate"][:, None]
    for region, part in parts.items():
        cells[region, Layer.COMPUTE] = Paths(
            demand=part.owned,
            supply=part.owned * part.housed_ratio,
            unconstrained=part.wanted * part.unmet,
            narrow=part.narrow,
        )
        cells[region, Layer.POWER] = Paths(
            demand=part.used * peak,
            supply=part.nameplate * peak,
            unconstrained=part.wanted_nameplate * part.unmet * peak,
            additions=(part.nameplate - part.base[:, None]) * peak,
        )
        cells[region, Layer.ENERGY] = Paths(
            demand=energy.to_twh(part.average, grid),
            unconstrained=energy.to_twh(part.draw.total * part.unmet, grid),
        )
    if HUAWEI in flows:
        own = chips.installed(flows[HUAWEI], chips.survival(values, len(grid.history)))
        part = own[:, grid.offset :] / stocks[CHINA].owned[:, grid.offset :]
        cells[CHINA, Layer.COMPUTE] = replace(cells[CHINA, Layer.COMPUTE], huawei=part)
    for layer in SUMMED:
        cells[WORLD, layer] = _sum([cells[region, layer] for region in REGIONS])
    _add_generation(cells, inputs, twh)
    if inputs.anchored and carried(anchors.us_generation, grid):
        other = us_sales.other_use_growth(inputs.drivers, anchors.us_sales, values, grid)
        available = energy.us_available(anchors.us_generation, other, values, grid)
        cells["US", Layer.ENERGY] = replace(cells["US", Layer.ENERGY], supply=available)
    if disks is not None:
        cells[WORLD, Layer.STORAGE] = Paths(
            demand=disks.installed, shipped=disks.shipped, retired=disks.retired, used=disks.used
        )
    by_route = {(region, Layer.POWER): _routes(part, values) for region, part in parts.items()}
    if disks is not None:
        by_route[WORLD, Layer.STORAGE] = disks.routes
    grids, by_grid = grid_cells.parts(cells, twh, anchors, inputs.drivers, values)
    return Outcome(cells | grids, by_route | by_grid)


def _region(region: str, stock: ChipStock, draw: routes.Draw, base: FloatArray, inputs: Inputs) -> _Region:
    """One region: what its equipment uses of nameplate capacity, with purchases delayed when halls are full."""
    values, grid = inputs.values, inputs.anchors.grid
    key = region.lower()
    if region == "US" and inputs.anchors.pipeline_us:
        plans = inputs.anchors.pipeline_us
        nameplate = buildout.us_nameplate(plans, base, values, inputs.shocks, grid, evidence_days=inputs.evidence_days)
    else:
        growth = values["build_growth_after"]
        nameplate = buildout.steady_nameplate(base, values[f"{key}_additions_rate"], growth, grid)
    factor = values["capacity_factor_of_additions"][:, None]
    base_used = (base * (1 - values[f"{key}_vacancy"]))[:, None]
    base_other = base_used - draw.base_accelerators[:, None] / factor
    other = np.maximum(base_other + (draw.other - draw.other[:, :1]) / factor, 0.05 * base_used)
    wanted = base_used + (draw.total - draw.base[:, None]) / factor
    wanted = np.maximum(wanted, other * 1.001)
    housed = np.maximum(nameplate - other, 0.01 * nameplate)
    tolerated = other + housed * (1 + values["purchase_excess_tolerated"][:, None])
    used = np.minimum(wanted, np.maximum(tolerated, other * 1.001))
    # Chips, power and energy answer to the same delay: what is not bought draws nothing.
    bought = (used - other) / (wanted - other)
    owned = stock.owned[:, grid.offset :]
    return _Region(
        owned=owned * bought,
        wanted=owned,
        unmet=_unmet(region, inputs),
        draw=draw,
        average=draw.other + draw.accelerators * bought,
        base=base,
        nameplate=nameplate,
        used=used,
        wanted_nameplate=wanted,
        housed_ratio=housed / (used - other),
        narrow=stock.owned_16bit[:, grid.offset :] / np.maximum(owned, 1e-9),
    )


def _unmet(region: str, inputs: Inputs) -> FloatArray:
    """Wanted over observed because the market is tight, (draw, quarter); it fades as the boom's growth does."""
    reading = inputs.anchors.tightness.get(TIGHTNESS_OF.get(region, ""), 0.0)
    years = (np.arange(len(inputs.anchors.grid.quarters)) + 1) / QUARTERS_PER_YEAR
    fade = 0.5 ** (years[None, :] / inputs.values["growth_half_life_years"][:, None])
    return np.asarray(np.exp(reading * inputs.values["unmet_at_record_tightness"][:, None] * fade))


def _routes(part: _Region, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Average draw by each route, GW; ``sites`` is what the built nameplate would draw if it were filled."""
    added = part.nameplate - part.base[:, None]
    base = part.base * values["fleet_capacity_factor"]
    return part.draw.routes | {"sites": base[:, None] + added * values["capacity_factor_of_additions"][:, None]}


def _add_generation(cells: dict[Key, Paths], inputs: Inputs, twh: Mapping[str, FloatArray]) -> None:
    """Growth of generation beside the energy of regions it is known for; China's is also the bound of its supply."""
    grid, values = inputs.anchors.grid, inputs.values
    bases = {**twh, WORLD: sum(twh.values(), np.zeros_like(twh["US"]))}
    for region, series in GENERATION.items():
        if region not in inputs.anchors.generation or series not in inputs.drivers.values:
            continue
        growth = energy.gross_growth(inputs.drivers.values[series], inputs.anchors.generation[region], grid)
        if region in GROSS:
            growth = growth * (1 - values["plants_own_use"])[:, None]
        cell = replace(cells[region, Layer.ENERGY], growth=growth, base=bases[region])
        if region == "CN":
            left = np.maximum(bases[region][:, None] + growth, 0.0)
            cell = replace(cell, supply=left * grid.hours / HOURS_PER_YEAR)
        cells[region, Layer.ENERGY] = cell
    us = us_generation.years(inputs.drivers, inputs.anchors.us_months, grid)
    if us is not None:
        growth = energy.gross_growth(us.later - us.base[:, None], 0.0, grid)
        cells["US", Layer.ENERGY] = replace(cells["US", Layer.ENERGY], growth=growth, base=bases["US"])


def _sum(parts: Sequence[Paths]) -> Paths:
    demand = _total([part.demand for part in parts])
    # H100e at 16 bit add as those at 8 bit do; their ratio is that of the sums.
    narrow = [part.demand * part.narrow for part in parts if part.narrow is not None]
    return Paths(
        demand=demand,
        supply=_all([part.supply for part in parts]),
        unconstrained=_all([part.unconstrained for part in parts]),
        additions=_all([part.additions for part in parts]),
        narrow=_total(narrow) / demand if narrow else None,
    )


def _total(arrays: Sequence[FloatArray]) -> FloatArray:
    return np.asarray(np.sum(arrays, axis=0))


def _all(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [array for array in arrays if array is not None]
    return _total(known) if len(known) == len(arrays) else None


def apply_floor(cells: Mapping[Key, Paths], grid: Grid) -> dict[Key, Paths]:
    """Widen demand paths to the expert floor: one common factor for all regions first, then each by itself."""
    out = dict(cells)
    years = grid.years_after(grid.base)
    for layer in SUMMED:
        total = _total([cells[region, layer].demand for region in REGIONS])
        wide, binds = _widen(total, layer, years)
        for region in REGIONS:
            common = _scaled(cells[region, layer], wide / total)
            own = _widened(common, layer, years)
            assert own.binds is not None  # noqa: S101 - it was just widened
            out[region, layer] = replace(own, binds=own.binds | binds)
        world = _total([out[region, layer].demand for region in REGIONS])
        out[WORLD, layer] = replace(_scaled(cells[WORLD, layer], world / total), demand=world, binds=binds)
    for parent, grids in grid_cells.PARTS.items():
        stretch = out[parent, Layer.ENERGY].demand / cells[parent, Layer.ENERGY].demand
        for key in ((grid, Layer.ENERGY) for grid in grids):
            if key in cells:
                own = _widened(_scaled(cells[key], stretch), Layer.ENERGY, years)
                bound = out[parent, Layer.ENERGY].binds
                assert own.binds is not None and bound is not None  # noqa: S101, PT018 - both were just widened
                out[key] = replace(own, binds=own.binds | bound)
    out |= grid_cells.within_parents(out)
    if (WORLD, Layer.STORAGE) in out:
        out[WORLD, Layer.STORAGE] = _widened(out[WORLD, Layer.STORAGE], Layer.STORAGE, years)
    return out


def _scaled(paths: Paths, factor: FloatArray) -> Paths:
    """Demand, its unconstrained form and what is used of it times a factor per draw and quarter."""
    wide = None if paths.unconstrained is None else paths.unconstrained * factor
    used = None if paths.used is None else paths.used * factor
    return replace(paths, demand=paths.demand * factor, unconstrained=wide, used=used)


def _widened(paths: Paths, layer: Layer, years: FloatArray) -> Paths:
    wide, binds = _widen(paths.demand, layer, years)
    return replace(_scaled(paths, wide / paths.demand), demand=wide, binds=binds)


def _widen(demand: FloatArray, layer: Layer, years: FloatArray) -> tuple[FloatArray, BoolArray]:
    if layer is not Layer.ENERGY:
        return widen(demand, years)
    # The floor is on yearly demand: quarters of a year are stretched together, so that they still sum to the year.
    yearly = demand.reshape(demand.shape[0], -1, QUARTERS_PER_YEAR).sum(axis=2)
    wide, binds = widen(yearly, years[QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR])
    return demand * np.repeat(wide / yearly, QUARTERS_PER_YEAR, axis=1), np.repeat(binds, QUARTERS_PER_YEAR)
