"""US power and US energy. Section 12, *Shipments* to *Delay*."""

import numpy as np

from features.chips.shipments import flow_id
from tests.oracle.pieces import (
    FORECAST,
    QUARTERS,
    M,
    Y,
    capex,
    growth_integral,
    guided,
    late,
    spending_growth,
    stock,
    survival,
)
from tests.oracle.sites import additions
from tests.oracle.us_supply import us_supply

LEADER, HUAWEI = "nvidia", "huawei_ascend"
CHINESE = (HUAWEI, "cambricon")


def us_cells(facts, v, exabytes):
    """Demand and supply of power, GW, and energy, TWh, given the disks of the world."""
    draw = average_draw(facts, v, exabytes)
    base = v["us_energy_base"] / 8.76 / v["fleet_capacity_factor"]
    built = halls(facts, v, base)
    psi = v["capacity_factor_of_additions"]
    in_use = base * (1 - v["us_vacancy"])
    other = in_use - draw["base accelerators"] / psi + (draw["other"] - draw["other"][:, :1]) / psi
    other = np.maximum(other, 0.05 * in_use)
    demand = np.maximum(in_use + (draw["wanted"] - draw["base"]) / psi - other, 0.001 * other)
    housed = np.maximum(built - other, 0.01 * built) * (1 + v["purchase_excess_tolerated"])
    used = np.minimum(demand, np.maximum(housed, 0.001 * other))
    average = draw["other"] + (draw["wanted"] - draw["other"]) * used / demand
    peak = v["peak_over_nameplate"]
    power = {"demand": (other + used) * peak, "supply": built * peak}
    return power, {"demand": average * facts.hours / 1000, "supply": us_supply(facts, v)}


def halls(facts, v, base):
    """Nameplate built, GW."""
    colocation = base * v["us_colo_under_construction"] * v["us_colo_outside_tracker"]
    added = colocation * v["us_colo_completion"] * v["us_colo_built"] * Y
    added = added + additions(facts, v) / 1000 / v["us_tracker_coverage"]
    of_three = added[:, 11:12]
    least = of_three * (1 + growth_integral(v["build_growth_after"], np.maximum(Y - 3, 0)) / 3)
    return base + np.where(Y > 3, np.maximum(added, least), added)


def average_draw(facts, v, exabytes):
    """GW wanted, and of it other draw, with their levels at the end of the base year."""
    o = facts.offset
    flows = shipments(facts, v)
    western = sum(flow for name, flow in flows.items() if name not in CHINESE)
    part = us_part(facts, v, western)
    tdp = sum(flow * watts(facts, v, name) for name, flow in flows.items() if name not in CHINESE) * 1e-9 * part
    past = np.where(np.arange(o + QUARTERS) < o, tdp, 0.0)
    falling = np.maximum(np.arange(o + QUARTERS) - o + 1, 0) / 4
    pue = np.maximum(v["pue_ai"] * np.exp(-v["pue_ai_decline"] * falling), 1)
    per_tdp = v["server_overhead"] * v["ai_average_over_rated"] * pue
    at_ends = in_service(tdp, v) * per_tdp
    measured = v["us_energy_base"] / 8.76
    of_year = at_ends[:, o - 4 : o].mean(axis=1, keepdims=True)
    other_base = np.maximum(measured - of_year, 0.3 * measured)
    fit = (measured - other_base) / of_year
    other = other_draw(v, exabytes, other_base)
    chips = within(at_ends, o) * fit + other
    bought = np.hstack([np.zeros_like(tdp[:, :o]), capex(facts, v, since=0)])
    bought = bought * v["buyers_over_big_four"] * v["ai_share_of_capex"] / v["capital_cost_per_mw"] * part
    new = in_service(bought, v) * v["capacity_factor_of_additions"]
    by_capex = within(in_service(past, v) * per_tdp, o) * fit + within(new, o) + other
    grown = v["us_published_growth"] * np.minimum(M, 5) + v["published_growth_after"] * np.maximum(M - 5, 0)
    published = measured * np.exp(grown)
    weight, of_capex = v["route_weight"], v["capex_route_weight"]
    average = (chips ** (1 - of_capex) * by_capex**of_capex) ** weight * published ** (1 - weight)
    accelerators = at_ends[:, o - 1 : o] * fit
    return {
        "wanted": average,
        "other": np.minimum(other, 0.98 * average),
        "base": accelerators + other_base * np.exp(v["non_ai_growth"] / 2),
        "base accelerators": accelerators,
    }


def other_draw(v, exabytes, base):
    """Draw of what is no accelerator, GW, of a base."""
    of_regions = v["world_energy_base"] * sum(v[f"{region}_share_of_world"] for region in ("cn", "eu", "rest"))
    share = v["us_energy_base"] / (v["us_energy_base"] + of_regions)
    installed = np.hstack([v["hdd_installed_base"], exabytes])
    watt = v["storage_watt_per_tb"] * np.exp(-v["storage_watt_decline"] * np.concatenate([[0], Y]))
    disks = installed * watt / 1000 * share
    of_disks = np.minimum(disks[:, :1], 0.3 * base)
    rest = (base - of_disks) * np.exp((v["non_ai_growth"] - v["pue_other_decline"]) * M)
    return rest + of_disks * (disks[:, 1:] + disks[:, :-1]) / 2 / disks[:, :1]


def within(at_ends, offset):
    """Of each projected quarter, from values at quarters' ends."""
    return (at_ends[:, offset:] + at_ends[:, offset - 1 : -1]) / 2


def in_service(flow, v):
    """Stock of what is past its install lag."""
    left = survival(v["chip_life_years"], v["chip_life_shape"], np.arange(flow.shape[1]))
    return stock(late(flow, v["install_lag_quarters"]), left)


def watts(facts, v, name):
    """Chip TDP of an H100e of a designer by quarter shipped, W."""
    designer = facts.anchors.designers[name]
    published = [designer.watts.get(quarter, designer.last_watt) for quarter in facts.anchors.timeline.history]
    since = np.maximum(np.arange(len(published)) - facts.index(designer.last), 0) / 4
    return np.array(published) * np.exp(-v["watt_per_h100e_decline"] * since)


def us_part(facts, v, western):
    """Part of what western designers ship that the US receives."""
    o = facts.offset
    years = (np.arange(western.shape[1]) - o) / 4
    imports = v["cn_import_flow"] / 4 * np.exp(v["cn_import_growth"] * years)
    if facts.anchors.cn_legal_stock is not None:
        imports[:, :o] = (v["cn_smuggled_stock"] + facts.anchors.cn_legal_stock) / o
    share = 1 - np.minimum(imports, western / 2) / np.maximum(western, 1)
    return share * v["us_share_of_western_chips"]


def shipments(facts, v):
    """H100e by designer, from the first quarter of history."""
    designers = facts.anchors.designers
    end = max(facts.index(designer.last) for designer in designers.values()) + FORECAST
    flows = {}
    for name in sorted(designers, key=lambda name: name != LEADER):
        designer = designers[name]
        factor = np.exp(designer.log_sd * facts.errors[name])
        factor = factor * v["huawei_shipments_factor"] if name == HUAWEI else factor
        flow = np.zeros((len(factor), end + 1))
        for quarter, h100e in designer.flows.items():
            flow[:, [facts.index(quarter)]] = h100e * factor
        ahead = slice(facts.index(designer.last) + 1, end + 1)
        if flow_id(name) in facts.driver_paths:
            paths = list(facts.driver_paths[flow_id(name)].values())[: end - facts.index(designer.last)]
            flow[:, ahead] = np.maximum(np.hstack(paths), 0) * factor
        else:
            leader = sum(designers[LEADER].flows[quarter] for quarter in designer.flows)
            flow[:, ahead] = flows[LEADER][:, ahead] * sum(designer.flows.values()) / leader
        flows[name] = flow
    pay(facts, v, flows, end)
    growth = spending_growth(v, facts.offset + QUARTERS - 1 - end, v["price_performance_gain"])
    return {name: np.hstack([flow, flow[:, -1:] * growth]) for name, flow in flows.items()}


def pay(facts, v, flows, end):
    """Scale forecast shipments outside China to what buyers can pay."""
    western = [name for name in flows if name not in CHINESE]
    for quarter, budget in guided(facts, v).items():
        k = facts.index(quarter)
        if k > end:
            continue
        since = max(k - facts.index(facts.anchors.last_cost), 0) / 4
        price = facts.anchors.usd_per_h100e * np.exp(-v["price_performance_gain"] * since)
        spending = sum(flows[name][:, [k]] for name in western) * price
        ceiling = facts.anchors.chips_over_capex * v["capex_to_chips_ceiling"] * budget * 1e9
        for name in western:
            if k > facts.index(facts.anchors.designers[name].last):
                flows[name][:, [k]] *= np.minimum(1, ceiling / spending)
