"""US power and US energy. Section 12, *Shipments* to *Cells*."""

import numpy as np
from scipy.special import ndtr

from features.chips.shipments import flow_id
from tests.oracle import halls
from tests.oracle.model_error import factor, level
from tests.oracle.pieces import (
    FORECAST,
    QUARTERS,
    Y,
    capex,
    guided,
    late,
    spending_growth,
    stock,
    survival,
)
from tests.oracle.us_supply import us_supply

LEADER, HUAWEI = "nvidia", "huawei_ascend"
CHINESE = (HUAWEI, "cambricon")
EVIDENCE = ("backlog", "orders", "queues", "publishers")


def us_cells(facts, v, exabytes):
    """Demand and supply of power, GW, and energy, TWh, given the disks of the world by the routes."""
    draw = average_draw(facts, v, exabytes)
    error = in_use(draw, factor(facts, v, "US"), v["least_utilisation"])
    other = draw["other"] * np.maximum(error, v["least_utilisation"])
    accelerators = (draw["routed"] - draw["other"]) * error
    wanted = unmet(facts, v)
    legacy, needed = other / average_over(v, "legacy"), accelerators / average_over(v, "ai")
    base = (legacy + needed)[:, :1] / (1 - v["us_vacancy"])
    built = halls.shell(facts, v, base, legacy + needed * wanted)
    nameplate = np.minimum(built, halls.connected(facts, v, built, peak_over(v, "ai")))
    others = legacy * np.minimum(nameplate / (legacy + needed), 1)
    room = nameplate - others
    chips = np.maximum(late(error - 1, v["chip_lead_quarters"]) + 1, error) / error
    bought = np.minimum(np.minimum(wanted, chips), room / needed * (1 + v["purchase_excess_tolerated"]))
    average = {"wanted": other + accelerators * wanted, "bought": other * others / legacy + accelerators * bought}
    of_other, of_ai = other / v["load_factor_legacy"], accelerators / v["load_factor_ai"]
    power = {
        "wanted": of_other + of_ai * wanted,
        "bought": of_other * others / legacy + of_ai * bought,
        "supply": others * peak_over(v, "legacy") + room * peak_over(v, "ai"),
    }
    energy = {name: within(path) * facts.hours / 1000 for name, path in average.items()}
    energy["supply"] = us_supply(facts, v, v["us_energy_base"] * level(facts, "US"))
    return {name: path[:, 1:] for name, path in power.items()}, energy


def peak_over(v, kind):
    """Peak over nameplate in use."""
    return v[f"filled_share_{kind}"] * v[f"peak_over_filled_{kind}"]


def average_over(v, kind):
    """Average over nameplate in use."""
    return peak_over(v, kind) * v[f"load_factor_{kind}"]


def unmet(facts, v):
    """Accelerators wanted over what the routes and the error give."""
    pick = np.minimum(np.floor(4 * ndtr(facts.shocks["evidence of unmet demand"])), 3)
    evidence = sum(np.where(pick == place, v[f"unmet_by_{name}"], 0) for place, name in enumerate(EVIDENCE))
    tightness = np.minimum(facts.anchors.tightness.get("US", 0.0) / v["tightness_of_evidence_us"], 1)
    return np.exp(2 ** (-Y / v["growth_half_life_years"]) * tightness * evidence)


def in_use(draw, error, least):
    """The error, no less than what stands and survives asks for at its least utilisation."""
    owned, survival_of_quarter = draw["owned"], draw["survival_of_quarter"]
    standing, bounded = error * owned, [error[:, :1]]
    for end in range(1, owned.shape[1]):
        left = standing[:, end - 1] * survival_of_quarter[:, end - 1]
        standing[:, end] = np.maximum(standing[:, end], left)
        bounded.append(np.maximum(error[:, end], least[:, 0] * left / owned[:, end])[:, None])
    return np.hstack(bounded)


def average_draw(facts, v, exabytes):
    """GW by the routes at every end, of it other draw, and H100e owned with the part that each quarter keeps."""
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
    measured = v["us_energy_base"] * level(facts, "US") / 8.76
    of_year = at_ends[:, o - 4 : o].mean(axis=1, keepdims=True)
    other_base = np.maximum(measured - of_year, 0.3 * measured)
    fit = (measured - other_base) / of_year
    other = other_draw(facts, v, exabytes, other_base)
    chips = at_ends[:, o - 1 :] * fit + other
    bought = np.hstack([np.zeros_like(tdp[:, :o]), capex(facts, v, since=0)])
    bought = bought * v["buyers_over_big_four"] * v["ai_share_of_capex"] / v["capital_cost_per_mw"] * part
    new = in_service(bought, v) * average_over(v, "ai")
    by_capex = (in_service(past, v) * per_tdp * fit + new)[:, o - 1 :] + other
    years, turned = Y + 0.5, np.clip(Y - 3.5, 0, 2)
    before = np.minimum(years, 4) + turned - turned**2 / 4
    grown = v["us_published_growth"] * before + v["published_growth_after"] * (years - before)
    published = measured * np.exp(grown)
    weight, of_capex = v["route_weight"], v["capex_route_weight"]
    routed = (chips ** (1 - of_capex) * by_capex**of_capex) ** weight * published ** (1 - weight)
    received = western * part
    owned = stock(received, survival(v["chip_life_years"], v["chip_life_shape"], np.arange(received.shape[1])))
    survival_of_quarter = (owned[:, o:] - received[:, o:]) / owned[:, o - 1 : -1]
    return {
        "routed": routed,
        "other": np.minimum(other, 0.98 * routed),
        "owned": owned[:, o - 1 :],
        "survival_of_quarter": survival_of_quarter,
    }


def other_draw(facts, v, exabytes, base):
    """Draw of what is no accelerator, GW, of a base."""
    us = v["us_energy_base"] * level(facts, "US")
    others = {"CN": "cn", "EU": "eu", "REST": "rest"}
    share = us / (
        us
        + sum(v["world_energy_base"] * v[f"{key}_share_of_world"] * level(facts, name) for name, key in others.items())
    )
    installed = np.hstack([v["hdd_installed_base"], exabytes])
    disks = installed * v["storage_watt_per_tb"] * np.exp(-v["storage_watt_decline"] * Y) / 1000 * share
    of_disks = np.minimum(disks[:, :1], 0.3 * base)
    rest = (base - of_disks) * np.exp((v["non_ai_growth"] - v["pue_other_decline"]) * (Y + 0.5))
    return rest + of_disks * disks / disks[:, :1]


def within(at_ends):
    """Of each quarter, from values at its two ends."""
    return (at_ends[:, 1:] + at_ends[:, :-1]) / 2


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
