"""Chips: shipments of each designer, what is still in service, and how many are owned but not yet powered.

Stock and flow of methods: N[t] = sum over vintages of q[v] a[t-v] s[t-v], with an install lag a and a Weibull survival
s. Everything is in H100 equivalents on the dense 8-bit basis, and in watts of chip TDP.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from data.errors import ProjectionError
from data.periods import Period
from projection.anchors import Anchors
from projection.drivers import DriverDraws
from projection.grid import FIRST_HISTORY, HISTORY, OFFSET

FloatArray = NDArray[np.float64]
QUARTERS_PER_YEAR = 4
DRIVER_QUARTERS = 8
"""Univariate forecasts of shipments are used this far; undamped trends that win one-year backtests explode at three."""
MAX_LAG = 6
Z95 = 1.6448536269514722
HUAWEI = "huawei_ascend"
DOMESTIC = (HUAWEI, "cambricon")
"""Designers whose chips stay in China."""
CAPEX = "derived.world.hyperscaler_capex"


@dataclass(frozen=True)
class ChipStock:
    """Installed accelerators by region group; arrays have shape (draw, quarter of the history grid)."""

    owned: dict[str, FloatArray]
    """H100e sold and still in service."""
    powered: dict[str, FloatArray]
    """H100e past their install lag and still in service."""
    tdp: dict[str, FloatArray]
    """Chip TDP of what is powered or waiting past its lag, GW."""


def flow_id(designer: str) -> str:
    """Series id of a designer's quarterly shipments in H100e."""
    return f"derived.{designer}.h100e_flow"


def shipments(
    anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray], error: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """H100e shipped per quarter by designer, shape (draw, quarter of the history grid).

    Observed quarters carry one measurement error per designer, shared across its quarters, as the publisher warns.
    Then the driver's draws for eight quarters, held under what capex can pay for; then a common growth of accelerator
    spending that decays to the long-run rate, times the gain in compute per dollar.
    """
    draws = next(iter(error.values())).shape[0]
    last_driver = max(anchors.designers[d].last for d in anchors.designers).shift(DRIVER_QUARTERS)
    end = FIRST_HISTORY.steps_to(last_driver)
    flows = {}
    for name, anchor in anchors.designers.items():
        flow = np.zeros((draws, len(HISTORY)))
        factor = np.exp(anchor.log_sd * error[name])
        if name == HUAWEI:
            factor = factor * values["huawei_shipments_factor"]
        for period, value in anchor.flows.items():
            flow[:, FIRST_HISTORY.steps_to(period)] = value * factor
        path, periods = drivers.values[flow_id(name)], drivers.periods[flow_id(name)]
        for step, period in enumerate(periods):
            index = FIRST_HISTORY.steps_to(period)
            if index <= end:
                flow[:, index] = np.maximum(path[:, step], 0.0) * factor
        if end - FIRST_HISTORY.steps_to(anchor.last) > len(periods):
            raise ProjectionError(f"{name} was forecast for {len(periods)} quarters only", remedy="run: headroom train")
        flows[name] = flow
    _hold_under_capex(flows, anchors, drivers, values, end)
    growth = _growth_after(values, count=len(HISTORY) - 1 - end)
    for flow in flows.values():
        flow[:, end + 1 :] = flow[:, end : end + 1] * growth
    return flows


def _growth_after(values: Mapping[str, FloatArray], *, count: int) -> FloatArray:
    """Cumulative growth factor of H100e shipments after the driver horizon, shape (draw, count)."""
    years = (np.arange(count) + 0.5) / QUARTERS_PER_YEAR
    start = values["chip_spend_growth_after"][:, None]
    long_run = values["chip_spend_growth_long_run"][:, None]
    spend = long_run + (start - long_run) * 0.5 ** (years / values["growth_half_life_years"][:, None])
    rate = (spend + values["price_performance_gain"][:, None]) / QUARTERS_PER_YEAR
    return np.asarray(np.exp(np.cumsum(rate, axis=1)))


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
    proportion to the univariate draws; later quarters keep the level reached.
    """
    path, periods = drivers.values[CAPEX], drivers.periods[CAPEX]
    guided = [step for step, period in enumerate(periods) if period.start.year == anchors.guided_year]
    if not guided:
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


def by_region(
    flows: Mapping[str, FloatArray], anchors: Anchors, values: Mapping[str, FloatArray]
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Shipments (H100e) and their chip TDP (GW) per quarter for US, CN and ROW, which sum to the world in every draw.

    China receives its own designers' chips and an import flow; the US takes its share of the rest.
    """
    watt = tdp_per_h100e(anchors, values)
    abroad = [name for name in flows if name not in DOMESTIC]
    western = np.sum([flows[name] for name in abroad], axis=0)
    western_tdp = np.sum([flows[name] * watt[name] for name in abroad], axis=0) * 1e-9
    domestic = np.sum([flows[name] for name in DOMESTIC], axis=0)
    domestic_tdp = np.sum([flows[name] * watt[name] for name in DOMESTIC], axis=0) * 1e-9
    imports = np.minimum(_imports(anchors, values, quarters=domestic.shape[1]), 0.5 * western)
    share = imports / np.maximum(western, 1.0)
    rest, rest_tdp = western - imports, western_tdp * (1 - share)
    us = values["us_share_of_western_chips"][:, None]
    return {
        "US": (rest * us, rest_tdp * us),
        "CN": (domestic + imports, domestic_tdp + western_tdp * share),
        "ROW": (rest * (1 - us), rest_tdp * (1 - us)),
    }


def tdp_per_h100e(anchors: Anchors, values: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Chip TDP per H100e of each designer's shipments, W, shape (draw, quarter); falls after the last observation."""
    out = {}
    for name, anchor in anchors.designers.items():
        base = np.array([anchor.watts.get(period, anchor.last_watt) for period in HISTORY])
        after = np.maximum(np.arange(len(HISTORY)) - FIRST_HISTORY.steps_to(anchor.last), 0) / QUARTERS_PER_YEAR
        out[name] = base * np.exp(-values["watt_per_h100e_decline"][:, None] * after)
    return out


def _imports(anchors: Anchors, values: Mapping[str, FloatArray], *, quarters: int) -> FloatArray:
    """H100e imported into China per quarter, legal and smuggled, shape (draw, quarter).

    The stock imported by the end of 2025 is spread evenly over the quarters since the publisher's first; then the
    assumed flow with its growth.
    """
    stock = values["cn_smuggled_stock"] + anchors.cn_legal_stock
    flow = np.zeros((stock.shape[0], quarters))
    flow[:, :OFFSET] = stock[:, None] / OFFSET
    years = np.arange(quarters - OFFSET) / QUARTERS_PER_YEAR
    growth = np.exp(values["cn_import_growth"][:, None] * years)
    flow[:, OFFSET:] = values["cn_import_flow_2026"][:, None] / QUARTERS_PER_YEAR * growth
    return flow


def stock_by_region(flows: Mapping[str, FloatArray], anchors: Anchors, values: Mapping[str, FloatArray]) -> ChipStock:
    """Owned and powered H100e and chip TDP by region from shipments."""
    alive = survival(values, len(HISTORY))
    lag = values["install_lag_quarters"]
    owned, powered, tdp = {}, {}, {}
    for region, (flow, flow_tdp) in by_region(flows, anchors, values).items():
        owned[region] = installed(flow, alive)
        powered[region] = installed(lagged(flow, lag), alive)
        tdp[region] = installed(lagged(flow_tdp, lag), alive)
    return ChipStock(owned=owned, powered=powered, tdp=tdp)
