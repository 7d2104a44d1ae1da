"""Chips: shipments of each designer, what is still in service, and how many are owned but not yet powered.

Stock and flow of methods: N[t] = sum over vintages of q[v] a[t-v] s[t-v], with an install lag a and a Weibull survival
s. Everything is in H100 equivalents on the dense 8-bit basis, and in watts of chip TDP; the 16-bit basis stands beside
it as a ratio and is never mixed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from data.base.errors import ProjectionError
from data.periods.period import Period
from features.chips.shipments import flow_id
from projection.base.blocks import blank, running, spread, total
from projection.base.timeline import FIRST_HISTORY, QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import CAPEX, DOMESTIC, Anchors, DesignerAnchor

FloatArray = NDArray[np.floating[Any]]
DRIVER_QUARTERS = 8
"""Univariate forecasts of shipments are used this far; undamped trends that win one-year backtests explode at three."""
HUAWEI = "huawei_ascend"
LEADER = "nvidia"
"""Its path is followed by a designer whose own counted quarters are too few to be forecast."""
CHINA = "CN"
REGIONS = ("US", CHINA, "EU", "REST")
"""Parts of the world; WORLD is their sum in every draw."""


@dataclass(frozen=True)
class ChipStock:
    """Installed accelerators of one region; arrays have shape (draw, quarter of the history).

    Attributes:
        owned: H100e sold and still in service, whether powered or not.
        tdp: chip TDP of what is past its lag, GW.
        tdp_of_past: the part of ``tdp`` that was shipped up to the base year, GW.
        owned_16bit: ``owned`` counted at 16 bit.
        received: H100e received in each quarter.
        survival_by_age: survival by age in quarters, (draw, age); lag: install lag in quarters, (draw,).
    """

    owned: FloatArray
    tdp: FloatArray
    tdp_of_past: FloatArray
    owned_16bit: FloatArray
    received: FloatArray
    survival_by_age: FloatArray
    lag: FloatArray

    @property
    def powered(self) -> FloatArray:
        """H100e past their install lag and still in service; no cell rests on it, so it is counted when asked for."""
        return installed(lagged(self.received, self.lag), self.survival_by_age)

    def times(self, share: FloatArray) -> Self:
        """A share of it, (draw,)."""
        part = share[:, None]
        fields_over_time = ("owned", "tdp", "tdp_of_past", "owned_16bit", "received")
        return replace(self, **{name: getattr(self, name) * part for name in fields_over_time})


@dataclass(frozen=True)
class Stocks:
    """Accelerators of every region.

    Attributes:
        abroad: what western designers ship outside China; share: of it by region, (draw,).
        china: China's; huawei, domestic: H100e of it that are Huawei's and those of every Chinese designer, None where
            none are counted.
        imported: H100e that China receives of western designers by quarter.
    """

    abroad: ChipStock
    share: Mapping[str, FloatArray]
    china: ChipStock
    huawei: FloatArray | None
    domestic: FloatArray | None
    imported: FloatArray

    def of(self, region: str) -> ChipStock:
        """One region's, made when asked for: all of them at once are most of a block in work."""
        return self.china if region == CHINA else self.abroad.times(self.share[region])


def observed(anchors: Anchors, values: Values, error: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """H100e counted per quarter by designer, zero after its last count, shape (draw, quarter of the history).

    One measurement error per designer is shared by its quarters, as the publisher warns.
    """
    flows = {}
    for name, anchor in anchors.designers.items():
        factor = measured(anchor, name, values, error)
        flow = blank(factor.shape[0], len(anchors.timeline.history))
        for period, value in anchor.flows.items():
            flow[:, FIRST_HISTORY.steps_to(period)] = value * factor
        flows[name] = flow
    return flows


def measured(anchor: DesignerAnchor, name: str, values: Values, error: Mapping[str, FloatArray]) -> FloatArray:
    """True over published shipments of a designer, shape (draw,)."""
    factor = np.exp(np.float32(anchor.log_sd) * error[name])
    return np.asarray(factor * values["huawei_shipments_factor"] if name == HUAWEI else factor)


def shipments(
    anchors: Anchors, drivers: DriverDraws, values: Values, error: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """H100e shipped per quarter by designer, shape (draw, quarter of the history).

    Observed quarters carry one measurement error per designer, shared across its quarters, as the publisher warns.
    Then the driver's draws for eight quarters, held under what capex can pay for; then a common growth of accelerator
    spending that decays to the long-run rate, times the gain in compute per dollar.
    """
    length = len(anchors.timeline.history)
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


def followers(anchors: Anchors, drivers: Sequence[str]) -> tuple[str, ...]:
    """Designers whose counted quarters are too few for a driver of their own, so that they follow the leader's path."""
    return tuple(name for name in anchors.designers if flow_id(name) not in drivers)


def growth_after(values: Values, *, count: int, spending_only: bool = False) -> FloatArray:
    """Cumulative growth factor after the driver horizon, shape (draw, count): of H100e, or of spending on them."""
    years = (np.arange(count) + 0.5) / QUARTERS_PER_YEAR
    start = values["chip_spend_growth_after"][:, None]
    long_run = values["chip_spend_growth_long_run"][:, None]
    rate = long_run + (start - long_run) * np.exp2(spread(-1 / values["growth_half_life_years"], years))
    if not spending_only:
        rate += values["price_performance_gain"][:, None]
    rate /= QUARTERS_PER_YEAR
    return np.asarray(np.exp(running(rate)))


def _hold_under_capex(
    flows: dict[str, FloatArray], anchors: Anchors, drivers: DriverDraws, values: Values, end: int
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


def guided_capex(anchors: Anchors, drivers: DriverDraws, values: Values) -> tuple[FloatArray, tuple[Period, ...]]:
    """Big-four capex in USD billion, shape (draw, step), with the guided year tied to its guidance.

    What is left of the guided year (guidance times a realisation factor, less what was reported) is spread in
    proportion to the univariate draws; later quarters keep the level reached. Without guidance: the draws.
    """
    path, periods = drivers.values[CAPEX], drivers.periods[CAPEX]
    guided = [step for step, period in enumerate(periods) if period.start.year == anchors.guided_year]
    if not guided or anchors.guidance == 0.0:
        return path, periods
    left = anchors.guidance * values["capex_guidance_realised"] - anchors.guided_reported
    ratio = np.maximum(left, 0.0) / np.maximum(sum(path[:, step] for step in guided), 1e-9)
    return path * ratio[:, None], periods


def survival(values: Values, quarters: int) -> FloatArray:
    """Share of a cohort still in service by age in quarters, shape (draw, age); Weibull with the given mean life."""
    shape = values["chip_life_shape"]
    scale = values["chip_life_years"] / gamma(1 + 1 / shape)
    age = np.arange(1, quarters) / QUARTERS_PER_YEAR
    survival_by_age = blank(shape.shape[0], quarters)
    survival_by_age[:, 0] = 1.0
    survival_by_age[:, 1:] = np.exp(-np.exp(spread(shape, np.log(age)) - (shape * np.log(scale))[:, None]))
    return survival_by_age


def installed(flow: FloatArray, survival_by_age: FloatArray) -> FloatArray:
    """Stock from a flow: sum over vintages of flow times survival at their age; both shape (draw, quarter)."""
    from projection.model.cohorts import in_service

    stock = np.empty_like(flow)
    in_service(flow.T, survival_by_age.T, stock.T)
    return stock


def lagged(flow: FloatArray, lag: FloatArray) -> FloatArray:
    """The flow delayed by a fractional lag in quarters per draw, shape as given."""
    from projection.model.cohorts import late

    shifted = np.empty_like(flow)
    late(flow.T, lag, shifted.T)
    return shifted


def shares(anchors: Anchors, western: FloatArray, values: Values) -> dict[str, FloatArray]:
    """Share of the western shipments that goes to each region, shape (draw, quarter); they sum to one in every draw."""
    china = china_share(anchors, western, values)
    abroad = {region: (1 - china) * part[:, None] for region, part in split_abroad(values).items()}
    return {region: china if region == CHINA else abroad[region] for region in REGIONS}


def china_share(anchors: Anchors, western: FloatArray, values: Values) -> FloatArray:
    """Share of the western shipments that China imports, shape (draw, quarter)."""
    imports = np.minimum(_imports(anchors, values), np.float32(0.5) * western)
    return np.asarray(imports / np.maximum(western, np.float32(1.0)))


def split_abroad(values: Values) -> dict[str, FloatArray]:
    """Share of each region in what western designers ship outside China, shape (draw,); they sum to one."""
    us, eu = values["us_share_of_western_chips"], values["eu_share_of_remaining_chips"]
    return {"US": us, "EU": (1 - us) * eu, "REST": (1 - us) * (1 - eu)}


def tdp_per_h100e(anchors: Anchors, values: Values) -> dict[str, FloatArray]:
    """Chip TDP per H100e of each designer's shipments, W, shape (draw, quarter); falls after the last observation."""
    timeline = anchors.timeline
    falls = {
        last: np.exp(spread(-values["watt_per_h100e_decline"], _years_after(timeline, last)))
        for last in _lasts(anchors)
    }
    return {
        name: falls[anchor.last]
        * np.array([anchor.watts.get(period, anchor.last_watt) for period in timeline.history], np.float32)
        for name, anchor in anchors.designers.items()
    }


def at_16_bit(anchors: Anchors, values: Values) -> dict[str, FloatArray]:
    """H100e at 16 bit over H100e at 8 bit of each designer's shipments, shape (draw, quarter).

    One up to the last count; then shipments turn to the newest generation at a stated pace, and where that generation
    gains more at 8 bit than at 16, the ratio falls towards its own.
    """
    turned = {
        last: 1 - np.exp(spread(-values["new_generation_pace"], _years_after(anchors.timeline, last)))
        for last in _lasts(anchors)
    }
    return {
        name: 1 - np.float32(1 - anchors.newest_16bit[name]) * turned[anchor.last]
        for name, anchor in anchors.designers.items()
    }


def _lasts(anchors: Anchors) -> set[Period]:
    return {anchor.last for anchor in anchors.designers.values()}


def _years_after(timeline: Timeline, last: Period) -> FloatArray:
    return (
        np.maximum(np.arange(len(timeline.history), dtype=np.float32) - FIRST_HISTORY.steps_to(last), 0)
        / QUARTERS_PER_YEAR
    )


def _imports(anchors: Anchors, values: Values) -> FloatArray:
    """H100e imported into China per quarter, legal and smuggled, shape (draw, quarter).

    The stock imported by the end of the base year is spread evenly over the quarters since the publisher's first; then
    the assumed flow with its growth. Where that stock is not known yet, the flow runs backward too.
    """
    offset, quarters = anchors.timeline.offset, len(anchors.timeline.history)
    years = (np.arange(quarters) - offset) / QUARTERS_PER_YEAR
    flow = np.exp(spread(values["cn_import_growth"], years)) * (values["cn_import_flow"] / QUARTERS_PER_YEAR)[:, None]
    if anchors.cn_legal_stock is not None:
        flow[:, :offset] = (values["cn_smuggled_stock"][:, None] + anchors.cn_legal_stock) / offset
    return np.asarray(flow)


def stocks(flows: Mapping[str, FloatArray], anchors: Anchors, values: Values) -> Stocks:
    """Accelerators by region; China receives its own designers' chips and an import flow, others a share each."""
    offset, quarters = anchors.timeline.offset, len(anchors.timeline.history)
    survival_by_age = survival(values, quarters)
    lag = values["install_lag_quarters"]
    watt, ratio = tdp_per_h100e(anchors, values), at_16_bit(anchors, values)
    parts: dict[bool, tuple[FloatArray, FloatArray, FloatArray]] = {}
    for of_china in (False, True):
        names = [name for name in flows if (name in DOMESTIC) is of_china]
        none = [blank(lag.shape[0], quarters)]
        parts[of_china] = (
            total([flows[name] for name in names] or none),
            total([flows[name] * watt[name] for name in names] or none) * np.float32(1e-9),
            total([flows[name] * ratio[name] for name in names] or none),
        )
    china = china_share(anchors, parts[False][0], values)
    imported, home = [part * china for part in parts[False]], [part * (1 - china) for part in parts[False]]
    received = [part + produced for part, produced in zip(imported, parts[True], strict=True)]
    # Every other region has a share of one flow, and stocks are linear in flows.
    abroad = _stock(home, survival_by_age, lag, offset)
    huawei = installed(flows[HUAWEI], survival_by_age) if HUAWEI in flows else None
    domestic = installed(parts[True][0], survival_by_age) if flows.keys() & set(DOMESTIC) else None
    return Stocks(
        abroad, split_abroad(values), _stock(received, survival_by_age, lag, offset), huawei, domestic, imported[0]
    )


def _stock(flows: Sequence[FloatArray], survival_by_age: FloatArray, lag: FloatArray, offset: int) -> ChipStock:
    h100e, gigawatt, narrow = flows
    past = gigawatt.copy(order="K")
    past[:, offset:] = 0.0
    return ChipStock(
        owned=installed(h100e, survival_by_age),
        tdp=installed(lagged(gigawatt, lag), survival_by_age),
        tdp_of_past=installed(lagged(past, lag), survival_by_age),
        owned_16bit=installed(narrow, survival_by_age),
        received=h100e,
        survival_by_age=survival_by_age,
        lag=lag,
    )
