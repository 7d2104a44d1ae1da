"""Storage: data-center disk installed, from exabytes shipped and retired. Demand side only."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine.drivers import DriverDraws
from projection.grid import Grid
from projection.storage import DRIVER_QUARTERS, SHIPPED

FloatArray = NDArray[np.float64]


def installed_disk(
    drivers: DriverDraws, observed: Mapping[int, float], values: Mapping[str, FloatArray], grid: Grid
) -> FloatArray:
    """Disk installed in data centers, EB, shape (draw, quarter), at quarter end.

    EB[t] = EB[t-1] (1 - d) + shipped x share. Shipments of two vendors, grossed up to the world, are observed where
    they are reported, then the driver for eight quarters, then growth that decays to the long run.

    Args:
        drivers: joint draws of the drivers.
        observed: exabytes shipped by quarter index of the projected grid, where already reported.
        values: assumption draws, each (draw,).
        grid: the quarters.
    """
    path, periods = drivers.values[SHIPPED], drivers.periods[SHIPPED]
    draws = path.shape[0]
    flow = np.zeros((draws, len(grid.quarters)))
    for index, value in observed.items():
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
        years = (index - last) / 4
        rate = long_run + (first_growth - long_run) * 0.5 ** (years / half_life)
        flow[:, index] = flow[:, index - 1] * np.exp(rate / 4)
    flow /= values["two_vendor_share_of_hdd"][:, None]
    stock = np.empty_like(flow)
    level = values["hdd_installed_base"]
    for index in range(len(grid.quarters)):
        level = level * (1 - values["hdd_retirement"] / 4) + flow[:, index] * values["datacenter_share_of_hdd"]
        stock[:, index] = level
    return stock
