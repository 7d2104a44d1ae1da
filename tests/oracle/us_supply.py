"""Electricity that is left for US data centers. Section 12, *US energy, supply*."""

from datetime import date

import numpy as np

from data.periods.period import Frequency, Period
from features.electricity import SALES
from features.generation.plans import Technology
from tests.oracle.pieces import M, growth_integral

TWH = 8.766
"""Of a gigawatt in a year."""
BEYOND = np.maximum(M - 1.5, 0)


def us_supply(facts, v, base):
    """TWh of each quarter, with what data centers used in the base year."""
    year = base + generation(facts.anchors, v) + v["us_fleet_headroom"]
    return np.maximum(year - other_use(facts, v), 0) * facts.hours / 8766


def generation(anchors, v):
    """Generation added since the middle of the base year, TWh a year."""
    plans, base = anchors.us_generation, anchors.timeline.base_year
    retired = plans.retiring[base + 1].value / (1 + v["generation_delay_retirement"])
    gone = retired * (np.minimum(M, 1.5) + growth_integral(v["us_retirements_pace"], BEYOND))
    back = sum(
        plant.capacity.value * -np.expm1(-np.maximum(M - (plant.year - base), 0) / v["generation_delay_nuclear"])
        for plant in plans.restarts
    )
    restarted = v["us_capacity_factor_nuclear"] * v["generation_ever_restarted"] * back
    added = restarted - v["us_capacity_factor_retired"] * gone
    for kind in (Technology.SOLAR, Technology.WIND, Technology.GAS):
        if base + 1 in plans.planned[kind]:
            newer = 1 if kind is Technology.GAS else v["us_new_over_fleet"]
            added = added + v[f"us_capacity_factor_{kind}"] * newer * technology(kind, plans, base, v)
    return TWH * added


def technology(kind, plans, base, v):
    """GW of one technology added since the middle of the base year, on average over the year."""
    shock = np.exp(v["generation_delay_common_sd"] * v["generation_year_shock"])
    share = v["generation_ever_built"] / (1 + v[f"generation_delay_{kind}"] * shock)
    planned, built = plans.planned[kind], plans.built[kind]
    first = planned[base + 1].value * share
    before = built[base].value if base in built else planned[base].value * share if base in planned else first
    after, pace, ahead = first, v["us_additions_pace"], 0
    later = [gas.value for due, gas in plans.gas_by_year.items() if due > base + 1]
    if kind is Technology.GAS and later:
        ahead, pace = len(later), v["gas_turbine_growth"]
        after = sum(later) * v["generation_ever_built"] / (ahead + v["generation_delay_gas"] * shock)
    if kind in plans.queue and plans.queue_years:
        weight = v["us_queue_weight"]
        queued = plans.queue[kind].value * v[f"generation_queue_{kind}"] / plans.queue_years
        after = after ** (1 - weight) * queued**weight
    after = after * np.exp(-pace * ahead / 2)
    early = before * np.minimum(M, 0.5) + first * np.clip(M - 0.5, 0, 1)
    return early + after * growth_integral(pace, BEYOND)


def other_use(facts, v):
    """Growth of what is no data center's since the base year, TWh a year."""
    stated = v["us_other_use_growth"] * M
    years, year = [], facts.anchors.timeline.base_year
    while (sold := sales(facts, year + len(years))) is not None:
        years.append(sold)
    if len(years) <= 1:
        return stated
    last = len(years) - 1
    grown = np.array([np.interp(M, np.arange(last + 1), path) for path in np.hstack(years) - years[0]])
    other = grown + v["us_commerce_growth"] * np.minimum(M, last) + v["us_other_use_growth"] * np.maximum(M - last, 0)
    weight = v["us_sales_route_weight"]
    return weight * other + (1 - weight) * stated


def sales(facts, year):
    """Sales to households and industry of a year, TWh; None where a month is neither printed nor drawn."""
    total = 0.0
    for month in (Period(date(year, number, 1), Frequency.MONTH) for number in range(1, 13)):
        for series in SALES:
            printed, sampled = facts.anchors.us_sales[series], facts.driver_paths[series]
            if month not in printed and month not in sampled:
                return None
            total = total + (printed[month] if month in printed else sampled[month] / 1000)
    return total
