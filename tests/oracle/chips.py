"""Chips: shipments of each designer, what is still in service, and how many are owned but not yet powered.

Stock and flow of methods: N[t] = sum over vintages of q[v] a[t-v] s[t-v], with an install lag a and a Weibull survival
s. Everything is in H100 equivalents on the dense 8-bit basis, and in watts of chip TDP; the 16-bit basis stands beside
it as a ratio and is never mixed in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from data.base.errors import ProjectionError
from data.periods.period import Period
from features.chips.shipments import flow_id
from projection.base.timeline import FIRST_HISTORY, QUARTERS_PER_YEAR, Grid
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import CAPEX, DOMESTIC, Anchors, DesignerAnchor
from projection.model.chips import DRIVER_QUARTERS, HUAWEI, LEADER

FloatArray = NDArray[np.float64]
MAX_LAG = 6
REGIONS = ("US", "CN", "EU", "REST")
"""Parts of the world; WORLD is their sum in every draw."""


@dataclass(frozen=True)
class ChipStock:
    """Installed accelerators of one region; arrays have shape (draw, quarter of the history grid).

    Attributes:
        owned: H100e sold and still in service, whether powered or not.
        tdp: chip TDP of what is past its lag, GW.
        tdp_of_past: the part of ``tdp`` that was shipped up to the base year, GW.
        owned_16bit: ``owned`` counted at 16 bit.
    """

    owned: FloatArray
    tdp: FloatArray
    tdp_of_past: FloatArray
    owned_16bit: FloatArray


def observed(
    anchors: Anchors, values: Mapping[str, FloatArray], error: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """H100e counted per quarter by designer, zero after its last count, shape (draw, quarter of the history grid).

    One measurement error per designer is shared by its quarters, as the publisher warns.
    """
    flows = {}
    for name, anchor in anchors.designers.items():
        factor = measured(anchor, name, values, error)
        flow = np.zeros((factor.shape[0], len(anchors.grid.history)))
        for period, value in anchor.flows.items():
            flow[:, FIRST_HISTORY.steps_to(period)] = value * factor
        flows[name] = flow
    return flows


def measured(
    anchor: DesignerAnchor, name: str, values: Mapping[str, FloatArray], error: Mapping[str, FloatArray]
) -> FloatArray:
    """True over published shipments of a designer, shape (draw,)."""
    factor = np.exp(anchor.log_sd * error[name])
    return np.asarray(factor * values["huawei_shipments_factor"] if name == HUAWEI else factor)


def shipments(
    anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray], error: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """H100e shipped per quarter by designer, shape (draw, quarter of the history grid).

    Observed quarters carry one measurement error per designer, shared across its quarters, as the publisher warns.
    Then the driver's draws for eight quarters, held under what capex can pay for; then a common growth of accelerator
    spending that decays to the long-run rate, times the gain in compute per dollar.
    """
    length = len(anchors.grid.history)
    counted = observed(anchors, values, error)
    last_driver = max(anchor.last for anchor in anchors.designers.values()).shift(DRIVER_QUARTERS)
    end = min(FIRST_HISTORY.steps_to(last_driver), length - 1)
    flows: dict[str, FloatArray] = {}
    for name in sorted(anchors.designers, key=lambda designer: designer != LEADER):
        anchor = anchors.designers[name]
        flow = counted[name]
        factor = measured(anchor, name, values, error)
        ahead = range(FIRST_HISTORY.steps_to(anchor.last) + 1, end + 1)
        if flow_id(name) in drivers.values:
            path, periods = drivers.values[flow_id(name)], drivers.periods[flow_id(name)]
            if len(ahead) > len(periods):
                raise ProjectionError(f"{name} was forecast for {len(periods)} quarters only", remedy="headroom train")
            for step, period in enumerate(periods):
                if FIRST_HISTORY.steps_to(period) <= end:
                    flow[:, FIRST_HISTORY.steps_to(period)] = np.maximum(path[:, step], 0.0) * factor
        elif name == LEADER:
            raise ProjectionError(f"no forecast of {flow_id(name)} was published", remedy="run: headroom train")
        else:
            share = sum(anchor.flows.values()) / sum(anchors.designers[LEADER].flows[p] for p in anchor.flows)
            flow[:, ahead] = flows[LEADER][:, ahead] * share
        flows[name] = flow
    _hold_under_capex(flows, anchors, drivers, values, end)
    growth = growth_after(values, count=length - 1 - end)
    for flow in flows.values():
        flow[:, end + 1 :] = flow[:, end : end + 1] * growth
    return flows


def growth_after(values: Mapping[str, FloatArray], *, count: int, spending_only: bool = False) -> FloatArray:
    """Cumulative growth factor after the driver horizon, shape (draw, count): of H100e, or of spending on them."""
    years = (np.arange(count) + 0.5) / QUARTERS_PER_YEAR
    start = values["chip_spend_growth_after"][:, None]
    long_run = values["chip_spend_growth_long_run"][:, None]
    rate = long_run + (start - long_run) * 0.5 ** (years / values["growth_half_life_years"][:, None])
    if not spending_only:
        rate = rate + values["price_performance_gain"][:, None]
    return np.asarray(np.exp(np.cumsum(rate / QUARTERS_PER_YEAR, axis=1)))


def _hold_under_capex(
    flows: dict[str, FloatArray], anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray], end: int
) -> None:
    """Scale the shipments of designers outside China, in place, so that buyers can pay for them.

    The ceiling is the observed ratio of accelerator spending to big-four capex times a factor with a band. Capex of the
    guided year follows the last guidance, which a univariate forecast cannot know.
    """
    capex, periods = guided_capex(anchors, drivers, values)
    western = [name for name in flows if name not in DOMESTIC]
    for step, period in enumerate(periods):
        index = FIRST_HISTORY.steps_to(period)
        if index > end:
            break
        years = (index - FIRST_HISTORY.steps_to(anchors.last_cost)) / QUARTERS_PER_YEAR
        price = anchors.usd_per_h100e * np.exp(-values["price_performance_gain"] * max(years, 0.0))
        spend = sum(flows[name][:, index] for name in western) * price
        ceiling = anchors.chips_over_capex * values["capex_to_chips_ceiling"] * capex[:, step] * 1e9
        scale = np.minimum(1.0, ceiling / np.maximum(spend, 1.0))
        for name in western:
            if index > FIRST_HISTORY.steps_to(anchors.designers[name].last):
                flows[name][:, index] *= scale


def guided_capex(
    anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray]
) -> tuple[FloatArray, tuple[Period, ...]]:
    """Big-four capex in USD billion, shape (draw, step), with the guided year tied to its guidance.

    What is left of the guided year (guidance times a realisation factor, less what was reported) is spread in
    proportion to the univariate draws; later quarters keep the level reached. Without guidance: the draws.
    """
    path, periods = drivers.values[CAPEX], drivers.periods[CAPEX]
    guided = [step for step, period in enumerate(periods) if period.start.year == anchors.guided_year]
    if not guided or anchors.guidance == 0.0:
        return path, periods
    left = anchors.guidance * values["capex_guidance_realised"] - anchors.guided_reported
    ratio = np.maximum(left, 0.0) / np.maximum(path[:, guided].sum(axis=1), 1e-9)
    return path * ratio[:, None], periods


def survival(values: Mapping[str, FloatArray], quarters: int) -> FloatArray:
    """Share of a vintage still in service by age in quarters, shape (draw, age); Weibull with the given mean life."""
    shape = values["chip_life_shape"][:, None]
    scale = values["chip_life_years"][:, None] / gamma(1 + 1 / shape)
    age = np.arange(quarters)[None, :] / QUARTERS_PER_YEAR
    return np.asarray(np.exp(-((age / scale) ** shape)))


def installed(flow: FloatArray, alive: FloatArray) -> FloatArray:
    """Stock from a flow: sum over vintages of flow times survival at their age; both shape (draw, quarter)."""
    stock = np.zeros_like(flow)
    for age in range(flow.shape[1]):
        stock[:, age:] += flow[:, : flow.shape[1] - age] * alive[:, age : age + 1]
    return stock


def lagged(flow: FloatArray, lag: FloatArray) -> FloatArray:
    """The flow delayed by a fractional lag in quarters per draw, shape as given."""
    whole = np.floor(lag).astype(int)
    part = lag - whole
    out = np.zeros_like(flow)
    for step in range(MAX_LAG + 1):
        weight = np.where(whole == step, 1 - part, 0.0) + np.where(whole + 1 == step, part, 0.0)
        if weight.any():
            out[:, step:] += flow[:, : flow.shape[1] - step] * weight[:, None]
    return out


def shares(anchors: Anchors, western: FloatArray, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Share of the western shipments that goes to each region, shape (draw, quarter); they sum to one in every draw."""
    imports = np.minimum(_imports(anchors, values), 0.5 * western)
    china = imports / np.maximum(western, 1.0)
    us = values["us_share_of_western_chips"][:, None]
    eu = values["eu_share_of_remaining_chips"][:, None]
    return {
        "US": (1 - china) * us,
        "CN": china,
        "EU": (1 - china) * (1 - us) * eu,
        "REST": (1 - china) * (1 - us) * (1 - eu),
    }


def tdp_per_h100e(anchors: Anchors, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Chip TDP per H100e of each designer's shipments, W, shape (draw, quarter); falls after the last observation."""
    out = {}
    for name, anchor in anchors.designers.items():
        base = np.array([anchor.watts.get(period, anchor.last_watt) for period in anchors.grid.history])
        years = _years_after(anchors.grid, anchor.last)
        out[name] = base * np.exp(-values["watt_per_h100e_decline"][:, None] * years)
    return out


def at_16_bit(anchors: Anchors, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """H100e at 16 bit over H100e at 8 bit of each designer's shipments, shape (draw, quarter).

    One up to the last count; then shipments turn to the newest generation at a stated pace, and where that generation
    gains more at 8 bit than at 16, the ratio falls towards its own.
    """
    out = {}
    for name, anchor in anchors.designers.items():
        years = _years_after(anchors.grid, anchor.last)
        turned = 1 - np.exp(-values["new_generation_pace"][:, None] * years)
        out[name] = 1 - (1 - anchors.newest_16bit[name]) * turned
    return out


def _years_after(grid: Grid, last: Period) -> FloatArray:
    return np.maximum(np.arange(len(grid.history)) - FIRST_HISTORY.steps_to(last), 0) / QUARTERS_PER_YEAR


def _imports(anchors: Anchors, values: Mapping[str, FloatArray]) -> FloatArray:
    """H100e imported into China per quarter, legal and smuggled, shape (draw, quarter).

    The stock imported by the end of the base year is spread evenly over the quarters since the publisher's first; then
    the assumed flow with its growth. Where that stock is not known yet, the flow runs backward too.
    """
    offset, quarters = anchors.grid.offset, len(anchors.grid.history)
    years = (np.arange(quarters) - offset) / QUARTERS_PER_YEAR
    flow = values["cn_import_flow"][:, None] / QUARTERS_PER_YEAR * np.exp(values["cn_import_growth"][:, None] * years)
    if anchors.cn_legal_stock is not None:
        flow[:, :offset] = (values["cn_smuggled_stock"][:, None] + anchors.cn_legal_stock) / offset
    return np.asarray(flow)


def stock_by_region(
    flows: Mapping[str, FloatArray], anchors: Anchors, values: Mapping[str, FloatArray]
) -> dict[str, ChipStock]:
    """Accelerators of each region; China receives its own designers' chips and an import flow, others a share each."""
    offset = anchors.grid.offset
    alive = survival(values, len(anchors.grid.history))
    lag = values["install_lag_quarters"]
    watt, ratio = tdp_per_h100e(anchors, values), at_16_bit(anchors, values)
    parts: dict[bool, tuple[FloatArray, FloatArray, FloatArray]] = {}
    for domestic in (False, True):
        names = [name for name in flows if (name in DOMESTIC) is domestic]
        zero = np.zeros_like(next(iter(flows.values())))
        parts[domestic] = (
            sum((flows[name] for name in names), zero),
            sum((flows[name] * watt[name] for name in names), zero) * 1e-9,
            sum((flows[name] * ratio[name] for name in names), zero),
        )
    share = shares(anchors, parts[False][0], values)
    found = {}
    for region in REGIONS:
        h100e, gigawatt, narrow = (part * share[region] for part in parts[False])
        if region == "CN":
            h100e, gigawatt, narrow = h100e + parts[True][0], gigawatt + parts[True][1], narrow + parts[True][2]
        past = gigawatt.copy()
        past[:, offset:] = 0.0
        found[region] = ChipStock(
            owned=installed(h100e, alive),
            tdp=installed(lagged(gigawatt, lag), alive),
            tdp_of_past=installed(lagged(past, lag), alive),
            owned_16bit=installed(narrow, alive),
        )
    return found
