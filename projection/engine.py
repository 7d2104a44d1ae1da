"""The engine: one pass from shared random numbers to demand and deliverable supply of every cell.

Regions are built bottom up (US, CN, rest of the world), so that WORLD is their sum in every draw. The gap is never
stored: it is demand minus supply of the same draw.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.layers import Layer
from projection import buildout, chips, energy, storage
from projection.anchors import Anchors
from projection.drivers import DriverDraws
from projection.firm import firm_balance
from projection.floor import widen
from projection.grid import HOURS, HOURS_PER_YEAR, OFFSET, QUARTERS, index_of, years_after
from projection.horizons import FIRM_BASE, OBSERVED
from projection.realisation import SiteShocks

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Key = tuple[str, Layer]
REGIONS = ("US", "CN", "ROW")
WORLD = "WORLD"


@dataclass(frozen=True)
class Paths:
    """Draws of one cell on the quarterly grid, shape (draw, quarter)."""

    demand: FloatArray
    supply: FloatArray | None = None
    binds: BoolArray | None = None
    growth: FloatArray | None = None
    """Growth of generation since 2025, TWh a year, where the answer is a share of it."""
    base: FloatArray | None = None
    """Demand of 2025, TWh, shape (draw,), beside ``growth``."""


@dataclass(frozen=True)
class Inputs:
    """Everything the engine draws from; arrays share the draw id."""

    anchors: Anchors
    drivers: DriverDraws
    values: Mapping[str, FloatArray]
    errors: Mapping[str, FloatArray]
    """Measurement error of each designer, standard normal, (draw,)."""
    shocks: SiteShocks
    """Random numbers of planned sites."""
    evidence_days: int
    """Plan age up to which training watched plans slip."""
    disk_observed: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Region:
    owned: FloatArray
    draw: energy.Draw
    nameplate: FloatArray
    used: FloatArray
    housed_ratio: FloatArray


def run(inputs: Inputs) -> dict[tuple[str, Layer], Paths]:
    """Demand and supply of every cell that can be computed, before the expert floor."""
    values = inputs.values
    flows = chips.shipments(inputs.anchors, inputs.drivers, values, inputs.errors)
    stock = chips.stock_by_region(flows, inputs.anchors, values)
    supply = {
        "US": buildout.us_nameplate(
            inputs.anchors.pipeline_us, values, inputs.shocks, evidence_days=inputs.evidence_days
        ),
        "CN": buildout.steady_nameplate(
            values["cn_nameplate_2025"], values["cn_additions"], values["build_growth_after"]
        ),
        "ROW": buildout.steady_nameplate(
            values["row_nameplate_2025"], values["row_additions"], values["build_growth_after"]
        ),
    }
    parts = {
        region: _region(region, stock.powered[region], stock.tdp[region], supply[region], values) for region in REGIONS
    }
    peak = values["peak_over_nameplate"][:, None]
    cells: dict[tuple[str, Layer], Paths] = {}
    for region, part in parts.items():
        cells[region, Layer.COMPUTE] = Paths(demand=part.owned, supply=part.owned * part.housed_ratio)
        cells[region, Layer.POWER] = Paths(demand=part.used * peak, supply=part.nameplate * peak)
        cells[region, Layer.ENERGY] = Paths(demand=energy.to_twh(part.draw.total))
    for layer in (Layer.COMPUTE, Layer.POWER, Layer.ENERGY):
        cells[WORLD, layer] = _sum([cells[region, layer] for region in REGIONS])
    cells["US", Layer.ENERGY] = replace(cells["US", Layer.ENERGY], supply=energy.us_available(values))
    for region, series in (
        ("CN", "cn.electricity.generation.total.owid"),
        (WORLD, "world.electricity.generation.total.owid"),
    ):
        growth = energy.gross_growth(inputs.drivers.values[series], inputs.anchors.generation_2025[region])
        cell = cells[region, Layer.ENERGY]
        base = sum(values[f"{key}_energy_2025"] for key in (("cn",) if region == "CN" else ("us", "cn", "row")))
        cells[region, Layer.ENERGY] = replace(cell, growth=growth, base=np.asarray(base))
    china = cells["CN", Layer.ENERGY]
    assert china.growth is not None  # noqa: S101 - set in the loop above
    cells["CN", Layer.ENERGY] = replace(
        china, supply=(values["cn_energy_2025"][:, None] + china.growth) * HOURS / HOURS_PER_YEAR
    )
    cells[WORLD, Layer.STORAGE] = Paths(demand=storage.installed_disk(inputs.drivers, inputs.disk_observed, values))
    return cells


def _sum(parts: list[Paths]) -> Paths:
    supplies = [part.supply for part in parts if part.supply is not None]
    total = sum(supplies[1:], supplies[0]) if len(supplies) == len(parts) else None
    return Paths(demand=sum((part.demand for part in parts[1:]), parts[0].demand), supply=total)


def _region(
    region: str, owned: FloatArray, tdp: FloatArray, nameplate: FloatArray, values: Mapping[str, FloatArray]
) -> _Region:
    """One region: what its equipment uses of nameplate capacity, with purchases delayed when halls are full."""
    draw = energy.facility_draw(tdp, values, region=region)
    factor = values["capacity_factor_of_additions"][:, None]
    key = region.lower()
    base_used = (values[f"{key}_nameplate_2025"] * (1 - values[f"{key}_vacancy"]))[:, None]
    base_other = base_used - draw.base_accelerators[:, None] / factor
    other = np.maximum(base_other + (draw.other - draw.other[:, :1]) / factor, 0.05 * base_used)
    wanted = base_used + (draw.total - draw.base[:, None]) / factor
    wanted = np.maximum(wanted, other * 1.001)
    housed = np.maximum(nameplate - other, 0.01 * nameplate)
    tolerated = other + housed * (1 + values["purchase_excess_tolerated"][:, None])
    used = np.minimum(wanted, np.maximum(tolerated, other * 1.001))
    # Chips, power and energy answer to the same delay: what is not bought draws nothing.
    bought = (used - other) / (wanted - other)
    delayed = energy.Draw(
        total=draw.other + draw.accelerators * bought,
        accelerators=draw.accelerators * bought,
        other=draw.other,
        base=draw.base,
        base_accelerators=draw.base_accelerators,
    )
    return _Region(
        owned=owned[:, OFFSET:] * bought,
        draw=delayed,
        nameplate=nameplate,
        used=used,
        housed_ratio=housed / (used - other),
    )


def apply_floor(cells: dict[tuple[str, Layer], Paths]) -> dict[tuple[str, Layer], Paths]:
    """Widen demand paths to the expert floor; regions first, then one common factor so that WORLD stays their sum."""
    out = dict(cells)
    for layer in (Layer.COMPUTE, Layer.POWER, Layer.ENERGY):
        years = _horizon(layer)
        for region in REGIONS:
            out[region, layer] = _widened(out[region, layer], layer, years)
        total = sum((out[region, layer].demand for region in REGIONS[1:]), out[REGIONS[0], layer].demand)
        wide, binds = _widen(total, layer, years)
        factor = wide / total
        for region in REGIONS:
            out[region, layer] = replace(out[region, layer], demand=out[region, layer].demand * factor)
        out[WORLD, layer] = replace(cells[WORLD, layer], demand=wide, binds=binds)
    out[WORLD, Layer.STORAGE] = _widened(out[WORLD, Layer.STORAGE], Layer.STORAGE, _horizon(Layer.STORAGE))
    return out


def _horizon(layer: Layer) -> FloatArray:
    return years_after(OBSERVED[layer])


def _widened(paths: Paths, layer: Layer, years: FloatArray) -> Paths:
    wide, binds = _widen(paths.demand, layer, years)
    return replace(paths, demand=wide, binds=binds)


def _widen(demand: FloatArray, layer: Layer, years: FloatArray) -> tuple[FloatArray, BoolArray]:
    if layer is not Layer.ENERGY:
        return widen(demand, years)
    # The floor is on yearly demand: quarters of a year are stretched together, so that they still sum to the year.
    yearly = demand.reshape(demand.shape[0], -1, 4).sum(axis=2)
    wide, binds = widen(yearly, years[3::4])
    return demand * np.repeat(wide / yearly, 4, axis=1), np.repeat(binds, 4)


def add_firm(cells: dict[Key, Paths], anchors: Anchors, values: Mapping[str, FloatArray]) -> dict[Key, Paths]:
    """The firm balance of the US, from its (floored) energy demand; quarters from 2027Q1, counted from end-2026."""
    demand = cells["US", Layer.ENERGY].demand
    average = demand * 1000 / HOURS
    base = index_of(FIRM_BASE)
    growth = average[:, base + 1 :] - average[:, base : base + 1]
    years = np.array([(index + 1) / 4 for index in range(len(QUARTERS) - base - 1)])
    balance = firm_balance(
        average_growth=growth,
        load_factor=values["load_factor_own_peak"][:, None],
        other_peak_growth=values["other_peak_growth"][:, None] * years,
        reserve_margin=values["reserve_margin"][:, None],
        elcc_additions=values["elcc_factor"][:, None] * elcc_published(anchors.elcc, years),
        behind_the_meter=behind_the_meter(values, years),
        starting_headroom=values["starting_headroom"][:, None],
    )
    pad = np.full((demand.shape[0], base + 1), np.nan)
    binds = cells["US", Layer.ENERGY].binds
    return cells | {
        ("US", Layer.FIRM): Paths(
            demand=np.concatenate([pad, balance.need], axis=1),
            supply=np.concatenate([pad, balance.supply], axis=1),
            binds=binds,
        )
    }


def elcc_published(rates: Mapping[int, float], years: FloatArray) -> FloatArray:
    """Cumulative accredited additions since end-2026, GW, at times in years after it.

    Derived, and said so in the answer: the yearly rate is linear between the years published for, flat outside them.

    Args:
        rates: GW a year by calendar year.
        years: times since the end of 2026, shape (quarter,).
    """
    middle = np.array(sorted(rates), dtype=float) + 0.5 - (FIRM_BASE.start.year + 1)
    rate = np.array([rates[year] for year in sorted(rates)])
    fine = np.linspace(0.0, float(years[-1]), 40 * len(years) + 1)
    at = np.interp(fine, middle, rate)
    total = np.concatenate([[0.0], np.cumsum((at[1:] + at[:-1]) / 2 * np.diff(fine))])
    return np.asarray(np.interp(years, fine, total))


def behind_the_meter(values: Mapping[str, FloatArray], years: FloatArray) -> FloatArray:
    """On-site supply delivered since end-2026, GW: linear to the 2028 and 2030 draws, then a share of that pace."""
    first, second = values["btm_2028"][:, None], values["btm_2030"][:, None]
    second = np.maximum(second, first)
    pace = (second - first) / 2
    early = first * np.minimum(years, 2.0) / 2
    middle = pace * np.clip(years - 2.0, 0.0, 2.0)
    late = values["btm_pace_after"][:, None] * pace * np.maximum(years - 4.0, 0.0)
    return early + middle + late


def disk_observed(periods: list[date], exabytes: FloatArray) -> dict[int, float]:
    """Exabytes shipped by index of the projected grid, for quarters that are already reported."""
    first = QUARTERS[0].start
    return {
        (day.year - first.year) * 4 + (day.month - first.month) // 3: float(value)
        for day, value in zip(periods, exabytes, strict=True)
        if day >= first
    }
