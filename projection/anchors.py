"""What the projection starts from: the last observed figures, read from the store as of a day."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import NotFound, ProjectionError
from data.periods import Frequency, Period
from data.store import Store
from features.chips import increments
from features.panel import Panel
from features.pipeline import Plan, current
from features.view import View

FloatArray = NDArray[np.float64]
DESIGNERS = ("nvidia", "google_tpu", "amazon_trainium", "amd", "huawei_ascend", "cambricon")
CAPEX = "derived.world.hyperscaler_capex"
GUIDANCE = ("amazon.capex_guidance", "alphabet.capex_guidance", "meta.capex_guidance", "microsoft.capex_guidance")
TRAILING = 4
"""Quarters behind the last observation that a ratio is averaged over: quarterly shape is not information."""
# 5 % and 95 % points of a normal lie this many sd from its median.
Z95 = 1.6448536269514722


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
    """Every observed starting point of the engine."""

    as_of: date
    designers: dict[str, DesignerAnchor]
    usd_per_h100e: float
    last_cost: Period
    chips_over_capex: float
    guidance: float
    guided_year: int
    guided_reported: float
    cn_legal_stock: float
    pipeline_us: tuple[Plan, ...]
    """Tracked US sites in the newest visible edition."""
    generation_2025: dict[str, float]
    elcc: dict[int, float]
    """Accredited additions published for the US, GW a year, by calendar year."""


def read_anchors(store: Store, panel: Panel, *, as_of: date) -> Anchors:
    """Collect the anchors visible on a day.

    Raises:
        ProjectionError: a figure the engine cannot start without is not visible on that day.
    """
    view = View.of(store, as_of=as_of)
    rows = view.rows
    designers = {name: _designer(view, name) for name in DESIGNERS}
    cost = {name: _sold(view, name, "cost") for name in ("nvidia", "google_tpu", "amd")}
    last_cost = min(max(series) for series in cost.values())
    window = [last_cost.shift(-step) for step in range(TRAILING)]
    spent = sum(series[period] for series in cost.values() for period in window)
    costed = sum(designers[name].flows[period] for name in cost for period in window)
    price = spent * 1e9 / costed
    capex = panel.series[CAPEX]
    reported = dict(zip(capex.periods, capex.values, strict=True))
    base = [period for period in window if period in reported]
    if not base:
        raise ProjectionError("no capex beside the chip figures", remedy="choose a later as_of")
    western = ("nvidia", "google_tpu", "amazon_trainium", "amd")
    shipped = sum(designers[name].flows.get(period, 0.0) for name in western for period in base)
    guided = [view.planned(series_id) for series_id in GUIDANCE]
    newest = max((period for plans in guided for period in plans), default=None)
    year = as_of.year if newest is None else newest.start.year
    guidance = 0.0 if newest is None else sum(plans.get(newest, 0.0) for plans in guided)
    return Anchors(
        as_of=as_of,
        designers=designers,
        usd_per_h100e=price,
        last_cost=last_cost,
        chips_over_capex=shipped * price / 1e9 / sum(reported[period] for period in base),
        guidance=guidance,
        guided_year=year,
        guided_reported=float(sum(v for p, v in reported.items() if p.start.year == year)),
        cn_legal_stock=_last_value(rows, "cn.ai_compute.stock_imported_legal"),
        pipeline_us=_pipeline(view, "US"),
        generation_2025={
            "CN": _value_at(rows, "cn.electricity.generation.total.owid", date(2025, 1, 1)),
            "WORLD": _value_at(rows, "world.electricity.generation.total.owid", date(2025, 1, 1)),
        },
        elcc={
            day.year: float(value)
            for day, value in _rows(rows, "us.generation.elcc_additions").select("period", "value").iter_rows()
        },
    )


def _rows(rows: pl.DataFrame, series_id: str) -> pl.DataFrame:
    found = rows.filter((pl.col("series_id") == series_id) & pl.col("value").is_not_null()).sort("period", "published")
    if found.is_empty():
        raise ProjectionError(f"{series_id} is not visible on that day", remedy="choose a later as_of")
    return found


def _sold(view: View, name: str, measure: str) -> dict[Period, float]:
    try:
        return increments(view, name, measure)
    except NotFound as missing:
        raise ProjectionError(missing.detail, remedy="choose a later as_of") from None


def _last_value(rows: pl.DataFrame, series_id: str) -> float:
    return float(_rows(rows, series_id)["value"][-1])


def _value_at(rows: pl.DataFrame, series_id: str, day: date) -> float:
    found = _rows(rows, series_id).filter(pl.col("period") == day)
    if found.is_empty():
        raise ProjectionError(f"{series_id} has no figure for {day}", remedy="choose a later as_of")
    return float(found["value"][-1])


def _designer(view: View, name: str) -> DesignerAnchor:
    flows = dict(sorted(_sold(view, name, "compute").items()))
    power = _sold(view, name, "power")
    last = max(flows)
    watts = {period: 1e6 * power[period] / flow for period, flow in flows.items() if period in power}
    window = [last.shift(-step) for step in range(TRAILING)]
    last_watt = 1e6 * sum(power[p] for p in window) / sum(flows[p] for p in window)
    stock = view.read(f"{name}.ai_chips.cumulative_compute", freq=Frequency.QUARTER)
    bounds = (stock.low, stock.high)
    low, high = (None if bound is None or np.isnan(bound[-1]) else float(bound[-1]) for bound in bounds)
    log_sd = 0.0 if low is None or high is None else float(np.log(high / low)) / (2 * Z95)
    return DesignerAnchor(flows=flows, watts=watts, last=last, last_watt=last_watt, log_sd=log_sd)


def _pipeline(view: View, region: str) -> tuple[Plan, ...]:
    plans = current(view, region)
    if not plans:
        raise ProjectionError("no site vintage is visible on that day", remedy="choose a later as_of")
    return plans
