"""Storage: data-center disk installed in the world by three routes, what it is made of, and how much of it is used.

* shipments: exabytes shipped by all makers, the part that goes to data centers, less what is retired;
* data: the base year's installed disk grown at the rate IDC gives for data created and storage installed;
* cloud: exabytes shipped that follow the capex of the largest clouds, less what is retired.

Each draw weights the routes on the log scale, as power's are; how far they lie apart is width and is published beside
the answer. Demand alone: a supply apart from shipments is not to be had, so that a shortage would be assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gamma

from projection.base.blocks import blank, faded_years, spread, total
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.paths import Paths
from projection.inputs.assumption_values import Values
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.model.chips import growth_after, guided_capex, installed

FloatArray = NDArray[np.floating[Any]]
SHIPPED = "derived.world.hdd_exabytes"
DRIVER_QUARTERS = 8
OLDEST_QUARTERS = 80
"""Age of the oldest disks the base year's stock is made of: about three mean lives."""
LEAST_CAPEX = 0.01
"""Capex over the base year's, at least; a guard for draws whose forecast falls to nothing."""


@dataclass(frozen=True)
class Disks:
    """Disk of the world's data centers, EB, (draw, quarter).

    Attributes:
        installed: at quarter end, by the weighted routes.
        routes: the same by each route alone.
        shipped: to data centers in the quarter, all makers; retired: in the quarter. Both by the shipments route.
        retiring: share of what stood before that is retired in the quarter, by the shipments route.
    """

    installed: FloatArray
    routes: dict[str, FloatArray]
    shipped: FloatArray
    retired: FloatArray
    retiring: FloatArray


def disks(anchors: Anchors, drivers: DriverDraws, observed: Mapping[int, float], values: Values) -> Disks:
    """Disk installed by every route.

    Args:
        anchors: the figures of the day.
        drivers: joint draws of the drivers.
        observed: exabytes shipped by the two makers that print them, by index of the projected quarter; negative
            before its first quarter.
        values: assumption draws, each (draw,).
    """
    timeline = anchors.timeline
    base = values["hdd_installed_base"]
    survival_by_age, left = survival(values, len(timeline.quarters))
    share = values["datacenter_share_of_hdd"] / values["two_vendor_share_of_hdd"]
    shipped = _two_makers(drivers, observed, values, timeline) * share[:, None]
    by_shipments = installed(shipped, survival_by_age) + base[:, None] * left
    routes = {"shipments": by_shipments, "data": base[:, None] * np.exp(_data_growth(values, timeline))}
    past = [exabytes for quarter, exabytes in observed.items() if -QUARTERS_PER_YEAR <= quarter < 0]
    if past:
        bought = np.float32(sum(past) / len(past)) * share[:, None] * _clouds(anchors, drivers, values)
        routes["cloud"] = installed(bought, survival_by_age) + base[:, None] * left
    before = blank(*by_shipments.shape)
    before[:, 0] = base
    before[:, 1:] = by_shipments[:, :-1]
    retired = np.maximum(before + shipped - by_shipments, 0.0)
    return Disks(
        installed=_weighted(routes, values),
        routes=routes,
        shipped=shipped,
        retired=retired,
        retiring=retired / before,
    )


def cell(disks: Disks, error: FloatArray | None, values: Values) -> Paths:
    """The cell of the world's disks: what is installed under the model error, and what that is made of.

    What is installed falls no faster than disks retire, whatever the error. Flows are those of the shipments route.

    Args:
        disks: by the routes.
        error: what is multiplied with, at the ends, (draw, 1 + quarter); None for none.
        values: assumption draws.
    """
    installed_eb = disks.installed
    if error is not None:
        installed_eb = installed_eb * error[:, 1:]
        for quarter in range(1, installed_eb.shape[1]):
            surviving = installed_eb[:, quarter - 1] * (1 - disks.retiring[:, quarter])
            np.maximum(installed_eb[:, quarter], surviving, out=installed_eb[:, quarter])
    used = installed_eb * values["storage_utilisation"][:, None]
    return Paths(wanted=installed_eb, shipped=disks.shipped, retired=disks.retired, used=used)


def survival(values: Values, quarters: int) -> tuple[FloatArray, FloatArray]:
    """Share in service by quarter: of a cohort by its age, and of the base year's stock after its end.

    A cohort follows a Weibull law with the stated mean life. The base year's stock is a mixture of ages; had shipments
    grown at a steady rate g, the share of age a among what is installed is proportional to exp(-g a) S(a) (stable
    population, Lotka 1939), so that after a time t it keeps the sum of exp(-g a) S(a + t) over that of exp(-g a) S(a).

    Returns:
        (draw, age) and (draw, quarter), the latter at quarter ends from the first projected one on.
    """
    shape, life = values["disk_life_shape"], values["disk_life_years"]
    scale = life / gamma(1 + 1 / shape)
    ages = np.arange(1, OLDEST_QUARTERS + quarters) / QUARTERS_PER_YEAR
    survival_by_age = blank(shape.shape[0], OLDEST_QUARTERS + quarters)
    survival_by_age[:, 0] = 1.0
    survival_by_age[:, 1:] = np.exp(-np.exp(spread(shape, np.log(ages)) - (shape * np.log(scale))[:, None]))
    fade = np.exp(-values["disk_past_growth"] / QUARTERS_PER_YEAR)
    after = np.zeros_like(fade)
    surviving = blank(shape.shape[0], 1 + quarters)
    for age in range(survival_by_age.shape[1] - 1, -1, -1):
        after = survival_by_age[:, age] + fade * after
        if age <= quarters:
            surviving[:, age] = after
    return survival_by_age[:, :quarters], np.asarray(surviving[:, 1:] / surviving[:, :1])


def _two_makers(drivers: DriverDraws, observed: Mapping[int, float], values: Values, timeline: Timeline) -> FloatArray:
    """Exabytes the two makers ship: as reported, then the driver, then growth that decays to the long run."""
    path, periods = drivers.values[SHIPPED], drivers.periods[SHIPPED]
    flow = blank(path.shape[0], len(timeline.quarters))
    for index, value in observed.items():
        if index >= 0:
            flow[:, index] = value
    start = timeline.index_of(periods[0])
    last = start
    for step in range(min(DRIVER_QUARTERS, path.shape[1])):
        index = start + step
        if 0 <= index < len(timeline.quarters):
            flow[:, index] = np.maximum(path[:, step], 0.0)
            last = index
    half_life = values["growth_half_life_years"]
    first_growth, long_run = values["hdd_growth_after"], values["hdd_growth_long_run"]
    for index in range(last + 1, len(timeline.quarters)):
        years = (index - last) / QUARTERS_PER_YEAR
        rate = long_run + (first_growth - long_run) * np.exp2(-years / half_life)
        flow[:, index] = flow[:, index - 1] * np.exp(rate / QUARTERS_PER_YEAR)
    return flow


def _data_growth(values: Values, timeline: Timeline) -> FloatArray:
    """Log growth of data kept since the base year, (draw, quarter): IDC's rate, decaying to the long run of disks."""
    half_life, long_run = values["growth_half_life_years"], values["hdd_growth_long_run"]
    years = (np.arange(len(timeline.quarters)) + 1) / QUARTERS_PER_YEAR
    faded = faded_years(half_life, years)
    return np.asarray(spread(long_run, years) + faded * (values["stored_data_growth"] - long_run)[:, None])


def _clouds(anchors: Anchors, drivers: DriverDraws, values: Values) -> FloatArray:
    """Exabytes bought over the base year's mean quarter, (draw, quarter), if they follow the capex of clouds.

    Capex is reported, then guided and forecast, then grows as spending on accelerators does; exabytes follow it with
    the elasticity they had.
    """
    timeline = anchors.timeline
    path, periods = guided_capex(anchors, drivers, values)
    past = timeline.first.shift(-QUARTERS_PER_YEAR)
    capex = blank(path.shape[0], QUARTERS_PER_YEAR + len(timeline.quarters))
    for period, value in anchors.capex.items():
        if period >= past:
            capex[:, past.steps_to(period)] = value
    steps = [step for step, period in enumerate(periods[:DRIVER_QUARTERS]) if period >= past]
    for step in steps:
        capex[:, past.steps_to(periods[step])] = np.maximum(path[:, step], 0.0)
    end = past.steps_to(periods[steps[-1]])
    last_year = total([capex[:, end - step] for step in range(QUARTERS_PER_YEAR)]) / QUARTERS_PER_YEAR
    growth = growth_after(values, count=capex.shape[1] - 1 - end, spending_only=True)
    capex[:, end + 1 :] = last_year[:, None] * growth
    base = total([capex[:, quarter] for quarter in range(QUARTERS_PER_YEAR)]) / QUARTERS_PER_YEAR
    over = np.maximum(capex[:, QUARTERS_PER_YEAR:] / base[:, None], np.float32(LEAST_CAPEX))
    return np.asarray(np.exp(np.log(over) * values["disks_follow_capex"][:, None]))


def _weighted(routes: Mapping[str, FloatArray], values: Values) -> FloatArray:
    makers, cloud = values["shipments_route_weight"][:, None], values["cloud_route_weight"][:, None]
    proxies = np.log(routes["data"])
    if "cloud" in routes:
        proxies = (1 - cloud) * proxies + cloud * np.log(routes["cloud"])
    return np.asarray(np.exp(makers * np.log(routes["shipments"]) + (1 - makers) * proxies))
