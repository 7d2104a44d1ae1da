"""Disk of the world's data centers, EB. Section 12, *WORLD storage*."""

import numpy as np

from tests.oracle.model_error import factor
from tests.oracle.pieces import FORECAST, QUARTERS, Y, capex, decaying, stock, survival

OLDEST = 120
"""Age in quarters that the base year's stock is followed to."""


def world_storage(facts, v):
    """Quantities of the cell by name, and what the routes give before the model error."""
    observed = facts.inputs.disk_observed
    share = v["datacenter_share_of_hdd"] / v["two_vendor_share_of_hdd"]
    shipped = makers(facts, observed, v) * share
    ages = survival(v["disk_life_years"], v["disk_life_shape"], np.arange(OLDEST))
    young = np.exp(-v["disk_past_growth"] * np.arange(OLDEST) / 4)
    left = np.stack([(ages[:, t:] * young[:, : OLDEST - t]).sum(axis=1) for t in range(QUARTERS + 1)], axis=1)
    base_left = v["hdd_installed_base"] * left[:, 1:] / left[:, :1]
    y, life, long_run = Y[1:], v["growth_half_life_years"], v["hdd_growth_long_run"]
    growth = long_run * y + (v["stored_data_growth"] - long_run) * life / np.log(2) * (1 - 2 ** (-y / life))
    a_quarter = np.mean([exabytes for quarter, exabytes in observed.items() if -4 <= quarter < 0])
    spent = capex(facts, v, since=-4)
    cloud = np.maximum(spent[:, 4:] / spent[:, :4].mean(axis=1, keepdims=True), 0.01) ** v["disks_follow_capex"]
    by_shipments = base_left + stock(shipped, ages)
    by_data = v["hdd_installed_base"] * np.exp(growth)
    by_cloud = base_left + stock(a_quarter * share * cloud, ages)
    weight, of_cloud = v["shipments_route_weight"], v["cloud_route_weight"]
    proxies = by_data ** (1 - of_cloud) * by_cloud**of_cloud
    installed = by_shipments**weight * proxies ** (1 - weight)
    before = np.hstack([v["hdd_installed_base"], by_shipments[:, :-1]])
    retired = np.maximum(before + shipped - by_shipments, 0)
    wanted = installed * factor(facts, v, "disks")[:, 1:]
    for t in range(1, QUARTERS):
        wanted[:, t] = np.maximum(wanted[:, t], wanted[:, t - 1] * (1 - (retired / before)[:, t]))
    return installed, {
        "wanted": wanted,
        "shipped": shipped,
        "retired": retired,
        "used": wanted * v["storage_utilisation"],
    }


def makers(facts, observed, v):
    """Exabytes the two makers ship."""
    exabytes_by_quarter = {
        quarter: exabytes + 0 * v["pue_ai"] for quarter, exabytes in observed.items() if quarter >= 0
    }
    forecast = list(facts.driver_paths["derived.world.hdd_exabytes"].items())[:FORECAST]
    exabytes_by_quarter |= {facts.place(quarter): np.maximum(path, 0) for quarter, path in forecast}
    flow = np.hstack([exabytes_by_quarter[quarter] for quarter in range(max(exabytes_by_quarter) + 1)])
    years = np.arange(1, QUARTERS - flow.shape[1] + 1) / 4
    rate = decaying(v["hdd_growth_after"], v["hdd_growth_long_run"], v["growth_half_life_years"], years)
    return np.hstack([flow, flow[:, -1:] * np.exp(np.cumsum(rate / 4, axis=1))])
