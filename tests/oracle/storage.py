"""Storage: data-center disk installed by three routes, demand side only."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from projection.base.timeline import QUARTERS_PER_YEAR, Grid
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.model.storage import DRIVER_QUARTERS, LEAST_CAPEX, OLDEST_QUARTERS, SHIPPED, Disks
from tests.oracle.chips import growth_after, guided_capex, installed

FloatArray = NDArray[np.float64]


def disks(
    anchors: Anchors, drivers: DriverDraws, observed: Mapping[int, float], values: Mapping[str, FloatArray]
) -> Disks:
    """Disk installed in data centers by every route, EB, each (draw, quarter)."""
    grid = anchors.grid
    quarters = len(grid.quarters)
    base = values["hdd_installed_base"]
    alive = survival(values, OLDEST_QUARTERS + quarters)
    left = base_left(alive, values["disk_past_growth"], quarters)
    share = values["datacenter_share_of_hdd"] / values["two_vendor_share_of_hdd"]
    shipped = two_makers(drivers, observed, values, grid) * share[:, None]
    routes = {
        "shipments": installed(shipped, alive[:, :quarters]) + base[:, None] * left,
        "data": base[:, None] * np.exp(data_growth(values, quarters)),
    }
    past = [exabytes for quarter, exabytes in observed.items() if -QUARTERS_PER_YEAR <= quarter < 0]
    weights = {"shipments": values["shipments_route_weight"], "data": 1 - values["shipments_route_weight"]}
    if past:
        bought = np.mean(past) * share[:, None] * clouds(anchors, drivers, values)
        routes["cloud"] = installed(bought, alive[:, :quarters]) + base[:, None] * left
        weights["cloud"] = weights["data"] * values["cloud_route_weight"]
        weights["data"] = weights["data"] * (1 - values["cloud_route_weight"])
    stock = np.exp(np.sum([weights[name][:, None] * np.log(route) for name, route in routes.items()], axis=0))
    before = np.column_stack([base, routes["shipments"][:, :-1]])
    return Disks(
        installed=stock,
        routes=routes,
        shipped=shipped,
        retired=np.maximum(before + shipped - routes["shipments"], 0.0),
        used=stock * values["storage_utilisation"][:, None],
    )


def survival(values: Mapping[str, FloatArray], ages: int) -> FloatArray:
    """Weibull survival by age in quarters, (draw, age)."""
    shape = values["disk_life_shape"][:, None]
    scale = values["disk_life_years"][:, None] / gamma(1 + 1 / shape)
    return np.asarray(np.exp(-((np.arange(ages) / QUARTERS_PER_YEAR / scale) ** shape)))


def base_left(alive: FloatArray, growth: FloatArray, quarters: int) -> FloatArray:
    """Share of the base year's stock still in service, (draw, quarter)."""
    ages = np.arange(alive.shape[1])
    young = np.exp(-growth[:, None] * ages / QUARTERS_PER_YEAR)
    kept = [(alive[:, after:] * young[:, : alive.shape[1] - after]).sum(axis=1) for after in range(quarters + 1)]
    return np.asarray(np.column_stack(kept[1:]) / kept[0][:, None])


def two_makers(
    drivers: DriverDraws, observed: Mapping[int, float], values: Mapping[str, FloatArray], grid: Grid
) -> FloatArray:
    """Exabytes the two makers ship, (draw, quarter)."""
    path, periods = drivers.values[SHIPPED], drivers.periods[SHIPPED]
    flow = np.zeros((path.shape[0], len(grid.quarters)))
    for index, value in observed.items():
        if index >= 0:
            flow[:, index] = value
    start = grid.index_of(periods[0])
    last = start
    for step in range(min(DRIVER_QUARTERS, path.shape[1])):
        index = start + step
        if 0 <= index < len(grid.quarters):
            flow[:, index] = np.maximum(path[:, step], 0.0)
            last = index
    half_life = values["growth_half_life_years"]
    first_growth, long_run = values["hdd_growth_after"], values["hdd_growth_long_run"]
    for index in range(last + 1, len(grid.quarters)):
        years = (index - last) / QUARTERS_PER_YEAR
        rate = long_run + (first_growth - long_run) * 0.5 ** (years / half_life)
        flow[:, index] = flow[:, index - 1] * np.exp(rate / QUARTERS_PER_YEAR)
    return flow


def data_growth(values: Mapping[str, FloatArray], quarters: int) -> FloatArray:
    """Log growth of data kept since the base year, (draw, quarter)."""
    half_life, long_run = values["growth_half_life_years"][:, None], values["hdd_growth_long_run"][:, None]
    years = (np.arange(quarters) + 1)[None, :] / QUARTERS_PER_YEAR
    faded = half_life / np.log(2) * (1 - 0.5 ** (years / half_life))
    return np.asarray(long_run * years + (values["stored_data_growth"][:, None] - long_run) * faded)


def clouds(anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray]) -> FloatArray:
    """Exabytes bought over the base year's mean quarter if they follow the capex of clouds, (draw, quarter)."""
    grid = anchors.grid
    path, periods = guided_capex(anchors, drivers, values)
    past = grid.first.shift(-QUARTERS_PER_YEAR)
    capex = np.zeros((path.shape[0], QUARTERS_PER_YEAR + len(grid.quarters)))
    for period, value in anchors.capex.items():
        if period >= past:
            capex[:, past.steps_to(period)] = value
    end = 0
    for step, period in enumerate(periods[:DRIVER_QUARTERS]):
        if period >= past:
            end = past.steps_to(period)
            capex[:, end] = np.maximum(path[:, step], 0.0)
    last_year = capex[:, end - QUARTERS_PER_YEAR + 1 : end + 1].mean(axis=1)
    growth = growth_after(values, count=capex.shape[1] - 1 - end, spending_only=True)
    capex[:, end + 1 :] = last_year[:, None] * growth
    over = capex[:, QUARTERS_PER_YEAR:] / capex[:, :QUARTERS_PER_YEAR].mean(axis=1)[:, None]
    return np.asarray(np.maximum(over, LEAST_CAPEX) ** values["disks_follow_capex"][:, None])
