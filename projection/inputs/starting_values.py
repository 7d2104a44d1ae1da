"""What the projection starts from: the last observed figures, read from the store as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound, ProjectionError
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.chips.designers import newest_at_16_bit
from features.chips.shipments import DESIGNERS, increments
from features.electricity import SALES, months_in_twh, net_months
from features.generation.china_build import ChinaBuild
from features.generation.plans import GenerationPlans
from features.generation.reactors import Reactors, worldwide
from features.grids.figures import GridFigures, grid_figures, missing
from features.nowcast.internet_data import InternetData, internet_data
from features.panel import Panel
from features.running_growth import RunningGrowth, china_running_growth
from features.sites.pipeline import Plan, current
from features.storage.tightness import GAUGES, tightness
from features.view import View
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.base_year import figured
from projection.inputs.distributions import Drawn
from projection.inputs.observables import table

FloatArray = NDArray[np.float64]
DOMESTIC = tuple(name for name, designer in DESIGNERS.items() if designer.region == "CN")
"""Designers whose chips stay in China."""
COSTED = tuple(name for name, designer in DESIGNERS.items() if designer.sales_in_usd)
"""Designers whose sales are counted in USD too."""
CAPEX = "derived.world.hyperscaler_capex"
GUIDANCE = ("amazon.capex_guidance", "alphabet.capex_guidance", "meta.capex_guidance", "microsoft.capex_guidance")
GENERATION = {
    "CN": "cn.electricity.generation.total.owid",
    "EU": "eu.electricity.generation.total.owid",
    "WORLD": "world.electricity.generation.total.owid",
}
GROSS = ("CN", "EU")
"""Regions whose generation is printed gross; what data centers draw is net of the plants' own use."""
TRAILING = QUARTERS_PER_YEAR
"""Quarters behind the last observation that a ratio is averaged over: quarterly shape is not information."""
# 5 % and 95 % points of a normal lie this many sd from its median.
Z95 = 1.6448536269514722
LEAST_COSTED = 2


@dataclass(frozen=True)
class DesignerAnchor:
    """Shipments of one designer as published (Epoch AI, dense 8-bit basis)."""

    flows: dict[Period, float]
    watts: dict[Period, float]
    last: Period
    last_watt: float
    log_sd: float
    """Measurement error of the cumulative figure, from its 5th and 95th percentile; shared by all quarters.

    Zero where none is published (Huawei): its error is an assumption, huawei_shipments_factor.
    """


@dataclass(frozen=True)
class Anchors:
    """Every observed starting point of the engine.

    Attributes:
        rule: how the day a figure became known is judged; available is a pseudo-vintage and is marked so.
        observed: by region, the last day up to which its demand is counted, or drawn with an error of that count.
        designers: those whose shipments are known on the day.
        capex: big-four capex reported, USD billion by quarter.
        guidance: capex guided for ``guided_year``, the newest that all buyers guided, USD billion; ``guided_reported``
            of it is reported; zero without.
        cn_legal_stock: H100e imported legally by the end of the base year; None when no figure is known.
        pipeline_us: tracked US sites in the newest edition known on the day; empty before the first.
        generation: electricity generated in the base year by region, TWh, where it is known.
        us_months: net generation of the US by month from the base year on, TWh, as far as it is printed.
        us_sales: sales to households and industry likewise, by series.
        us_generation: US generation planned, retiring and queued.
        cn_running_growth: growth of China's use of electricity in the first projected year, from its months; None
            without them.
        cn_internet: electricity of China's internet data services in the first projected year; None without a month.
        cn_build: China's build of solar, wind and reactors.
        world_reactors: reactors of the world as last counted; None when they are not known.
        elcc: accredited additions published for the US, GW a year, by calendar year.
        newest_16bit: H100e at 16 bit over H100e at 8 bit of the newest chip, by designer.
        grids: what is published of single grids, by code.
        tightness: last reading of the index over its tightest, 0 to 1, by region that has one.
        figured: distributions of the assumptions that rest on figures.
        notes: what was not known on the day, as sentences.
    """

    as_of: date
    rule: Rule
    timeline: Timeline
    observed: dict[str, date]
    designers: dict[str, DesignerAnchor]
    usd_per_h100e: float
    last_cost: Period
    chips_over_capex: float
    capex: dict[Period, float]
    guidance: float
    guided_year: int
    guided_reported: float
    cn_legal_stock: float | None
    pipeline_us: tuple[Plan, ...]
    generation: dict[str, float]
    us_months: dict[Period, float]
    us_sales: dict[str, dict[Period, float]]
    us_generation: GenerationPlans
    cn_running_growth: RunningGrowth | None
    cn_internet: InternetData | None
    cn_build: ChinaBuild
    world_reactors: Reactors | None
    elcc: dict[int, float]
    newest_16bit: dict[str, float]
    grids: Mapping[str, GridFigures]
    tightness: dict[str, float]
    figured: dict[str, Drawn]
    notes: tuple[str, ...]


def read_anchors(view: View, panel: Panel) -> Anchors:
    """Collect the anchors visible on a day; ``panel`` is of the same view.

    Raises:
        ProjectionError: a figure the engine cannot start without is not visible on that day.
    """
    notes: list[str] = []
    timeline = Timeline.before(view.as_of)
    if not _closed(view, timeline):
        # In the first months of a year the last one is over, but nobody has published it.
        notes.append(f"The electricity of {timeline.base_year} was not published yet: the base year is the one before.")
        timeline = Timeline(timeline.base_year - 1)
    designers = {}
    for name in DESIGNERS:
        try:
            designers[name] = _designer(view, name)
        except NotFound:
            notes.append(f"Shipments of {name} were not counted yet.")
    if "nvidia" not in designers:
        raise ProjectionError("no shipments of NVIDIA are known on that day", remedy="choose a later as_of")
    price, last_cost = _price(view, designers)
    capex = panel.series.get(CAPEX)
    if capex is None:
        raise ProjectionError("no capex of hyperscalers is known on that day", remedy="choose a later as_of")
    reported = dict(zip(capex.periods, capex.values, strict=True))
    base = sorted(reported.keys() & designers["nvidia"].flows.keys())[-TRAILING:]
    if not base:
        raise ProjectionError("no capex beside the chip figures", remedy="choose a later as_of")
    western = [name for name in designers if name not in DOMESTIC]
    shipped = sum(designers[name].flows.get(period, 0.0) for name in western for period in base)
    guided = [view.planned(series_id) for series_id in GUIDANCE]
    # Companies publish guidance over weeks: a year counts once all of them have published theirs.
    newest = max(set.intersection(*(set(plans) for plans in guided)), default=None)
    year = view.as_of.year if newest is None else newest.start.year
    guidance = 0.0 if newest is None else sum(plans[newest] for plans in guided)
    if newest is None:
        reason = "Capex guidance was known of some buyers only" if any(guided) else "No capex guidance was known"
        notes.append(f"{reason}: spending follows its own forecast alone.")
    plans = current(view, "US")
    if not plans:
        notes.append("No edition of the site tracker was known: US buildout follows the stated pace of additions.")
    base_day = date(timeline.base_year, 1, 1)
    us_generation = GenerationPlans.of(view)
    if not us_generation.covers(timeline.base_year + 1):
        notes.append(
            f"Additions and retirements of US generation planned for {timeline.base_year + 1} were not both known."
        )
    generation = {region: _value_at(view, name, base_day) for region, name in GENERATION.items()}
    grids = grid_figures(view)
    internet = internet_data(view, timeline.base_year + 1)
    notes += missing(grids, timeline.base_year)
    return Anchors(
        as_of=view.as_of,
        rule=view.rule,
        timeline=timeline,
        observed=_observed(designers, internet, timeline),
        designers=designers,
        usd_per_h100e=price,
        last_cost=last_cost,
        chips_over_capex=shipped * price / 1e9 / sum(reported[period] for period in base),
        capex=reported,
        guidance=guidance,
        guided_year=year,
        guided_reported=float(sum(v for p, v in reported.items() if p.start.year == year)),
        cn_legal_stock=_value_at(view, "cn.ai_compute.stock_imported_legal", base_day),
        pipeline_us=plans,
        generation={region: value for region, value in generation.items() if value is not None},
        us_months={month: net.value for month, net in net_months(view, since=timeline.base_year).items()},
        us_sales={name: months_in_twh(view, name, since=timeline.base_year) for name in SALES},
        us_generation=us_generation,
        cn_running_growth=china_running_growth(view, timeline.base_year + 1),
        cn_internet=internet,
        cn_build=ChinaBuild.of(view),
        world_reactors=worldwide(view),
        elcc={
            day.year: float(value)
            for day, value in view.rows_with_value("us.generation.elcc_additions")
            .sort("period", "published")
            .select("period", "value")
            .iter_rows()
        },
        newest_16bit=newest_at_16_bit(view.accelerators),
        grids=grids,
        tightness=_tightness(view),
        figured=figured(view, timeline),
        notes=tuple(notes),
    )


def _observed(
    designers: Mapping[str, DesignerAnchor], internet: InternetData | None, timeline: Timeline
) -> dict[str, date]:
    """By region: chips are counted, abroad the leader's and in China those of its own designers.

    The base year's electricity, and China's of the running year where months of it are counted, is drawn with an error
    of its own: nothing strays before its end.
    """
    abroad = designers["nvidia"].last.end
    home = [designers[name].last.end for name in DOMESTIC if name in designers]
    china = max(home, default=abroad) if internet is None else date(timeline.base_year + 1, 12, 31)
    days = dict.fromkeys(("US", "EU", "REST"), abroad) | {"CN": china}
    return {region: max(day, timeline.base) for region, day in days.items()}


def _tightness(view: View) -> dict[str, float]:
    """Without gauges that are observables: each figure has one role."""
    scores = {}
    for region in GAUGES:
        try:
            index = tightness(view, region, without=table().observed).index
        except NotFound:
            continue
        scores[region] = float(np.clip(index[-1] / index.max(), 0.0, 1.0)) if index.max() > 0 else 0.0
    return scores


def _closed(view: View, timeline: Timeline) -> bool:
    """Whether the generation of the base year is known, without which nothing can be counted from its end."""
    day = date(timeline.base_year, 1, 1)
    return all(_value_at(view, GENERATION[region], day) is not None for region in ("CN", "WORLD"))


def _price(view: View, designers: dict[str, DesignerAnchor]) -> tuple[float, Period]:
    """USD per H100e over the last quarters that every costed designer covers, and the last of them."""
    cost: dict[str, dict[Period, float]] = {}
    for name in COSTED:
        if name in designers:
            try:
                cost[name] = increments(view, name, "cost")
            except NotFound:
                continue
    # Own figures that stand in for a flow may end earlier than what was paid.
    cost = {
        name: {period: usd for period, usd in sold.items() if period in designers[name].flows}
        for name, sold in cost.items()
    }
    cost = {name: sold for name, sold in cost.items() if len(sold) >= LEAST_COSTED}
    if not cost:
        raise ProjectionError("no cost of accelerators is known on that day", remedy="choose a later as_of")
    last_cost = min(max(series) for series in cost.values())
    window = [last_cost.shift(-step) for step in range(TRAILING)]
    window = [period for period in window if all(period in cost[name] for name in cost)]
    spent = sum(series[period] for series in cost.values() for period in window)
    costed = sum(designers[name].flows[period] for name in cost for period in window)
    return spent * 1e9 / costed, last_cost


def _value_at(view: View, series_id: str, day: date) -> float | None:
    rows = view.rows_with_value(series_id).filter(pl.col("period") == day).sort("published")
    return None if rows.is_empty() else float(rows["value"][-1])


def _designer(view: View, name: str) -> DesignerAnchor:
    flows = dict(sorted(increments(view, name, "compute").items()))
    power = increments(view, name, "power")
    last = max(flows)
    watts = {period: 1e6 * power[period] / flow for period, flow in flows.items() if period in power and flow > 0}
    window = [period for period in (last.shift(-step) for step in range(TRAILING)) if period in watts]
    if not window:
        raise NotFound("series", f"{name}.ai_chips.cumulative_power", hint=f"no power is known of chips up to {last}")
    last_watt = 1e6 * sum(power[p] for p in window) / sum(flows[p] for p in window)
    stock = view.read(f"{name}.ai_chips.cumulative_compute", freq=Frequency.QUARTER)
    bounds = (stock.low, stock.high)
    low, high = (None if bound is None or np.isnan(bound[-1]) else float(bound[-1]) for bound in bounds)
    log_sd = 0.0 if low is None or high is None else float(np.log(high / low)) / (2 * Z95)
    return DesignerAnchor(flows=flows, watts=watts, last=last, last_watt=last_watt, log_sd=log_sd)
