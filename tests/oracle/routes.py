"""Routes to the average draw of a region's data centers, in GW, and what all of them agree on.

* chips: TDP of powered accelerators x server and network overhead x PUE of AI sites x average over rated;
* capex: what buyers spend on AI sites / cost per MW of nameplate x average over nameplate;
* published: the base year's nowcast grown at the rate publishers of equipment models project.

To the first two belongs everything that is not an accelerator: other IT under the PUE of ordinary facilities, and
disks.
Each draw weights the routes on the log scale: their disagreement is carried as width instead of being averaged away,
and it is published beside the answer (:func:`disagreement`).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from projection.base.timeline import FIRST_HISTORY, QUARTERS_PER_YEAR, Grid
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import Anchors
from projection.model.routes import (
    LEAST_OTHER_SHARE,
    MOST_DISK_SHARE,
    PUBLISHED_SPAN,
    WATT_TO_GIGAWATT_PER_EXABYTE,
    Draw,
)
from tests.oracle.chips import (
    DRIVER_QUARTERS,
    ChipStock,
    growth_after,
    guided_capex,
    installed,
    lagged,
    survival,
)

FloatArray = NDArray[np.float64]
CHINA = "CN"


def accelerator_draw(tdp: FloatArray, values: Mapping[str, FloatArray], grid: Grid) -> FloatArray:
    """Average facility draw of accelerators, GW, from their chip TDP in GW, shape (draw, quarter of the history)."""
    years = np.maximum(np.arange(len(grid.history)) - grid.offset + 1, 0) / QUARTERS_PER_YEAR
    pue = values["pue_ai"][:, None] * np.exp(-values["pue_ai_decline"][:, None] * years)
    return tdp * (values["server_overhead"] * values["ai_average_over_rated"])[:, None] * np.maximum(pue, 1.0)


def nameplate_bought(anchors: Anchors, drivers: DriverDraws, values: Mapping[str, FloatArray]) -> FloatArray:
    """Nameplate of AI sites that western capex buys per quarter, GW, shape (draw, quarter of the history).

    Zero up to the base year. After the driver horizon spending grows as spending on accelerators does.
    """
    grid = anchors.grid
    capex, periods = guided_capex(anchors, drivers, values)
    out = np.zeros((capex.shape[0], len(grid.history)))
    per_usd = (
        values["buyers_over_big_four"] * values["ai_share_of_capex"] / values["capital_cost_per_mw"]
    )  # USD billion / (USD million per MW) = GW
    steps = [step for step, period in enumerate(periods[:DRIVER_QUARTERS]) if period >= grid.first]
    reported = {period: value for period, value in anchors.capex.items() if period >= grid.first}
    for period, value in reported.items():
        out[:, FIRST_HISTORY.steps_to(period)] = value * per_usd
    for step in steps:
        out[:, FIRST_HISTORY.steps_to(periods[step])] = np.maximum(capex[:, step], 0.0) * per_usd
    end = FIRST_HISTORY.steps_to(periods[steps[-1]])
    last_year = out[:, end - QUARTERS_PER_YEAR + 1 : end + 1].mean(axis=1, keepdims=True)
    out[:, end + 1 :] = last_year * growth_after(values, count=out.shape[1] - 1 - end, spending_only=True)
    return out


def capex_draw(bought: FloatArray, share: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
    """Average draw of what one region's share of the bought nameplate holds, GW, shape (draw, quarter of the history).

    Bought after the base year, past its install lag and still in service, at the draw over nameplate of additions.
    """
    alive = survival(values, bought.shape[1])
    stock = installed(lagged(bought * share, values["install_lag_quarters"]), alive)
    return np.asarray(stock * values["capacity_factor_of_additions"][:, None])


def average_draw(
    stock: ChipStock,
    by_capex: FloatArray,
    disks: FloatArray | None,
    values: Mapping[str, FloatArray],
    grid: Grid,
    *,
    region: str,
    base_twh: FloatArray,
) -> Draw:
    """Average facility draw of a region by all routes.

    Args:
        stock: its accelerators.
        by_capex: draw of accelerators bought after the base year by the capex route, (draw, quarter of the history).
        disks: draw of its disks, GW, at the end of the base year and of each projected quarter, (draw, 1 + quarter);
            None where the stock of disks is not known.
        values: assumption draws, each (draw,).
        grid: the quarters.
        region: code, for its published growth and for China, whose own buyers' capex is not in the capex route.
        base_twh: its electricity in the base year, TWh, (draw,).
    """
    accelerators = accelerator_draw(stock.tdp, values, grid)
    at_ends = accelerators[:, grid.offset - 1 :]
    nowcast = base_twh / TWH_PER_AVERAGE_GW
    base_year = accelerators[:, grid.offset - QUARTERS_PER_YEAR : grid.offset].mean(axis=1)
    other_base = np.maximum(nowcast - base_year, LEAST_OTHER_SHARE * nowcast)
    other = _other(other_base, disks, values, grid)
    # Draws whose chips exceed the nowcast are scaled to it: the measured total outranks the conversion chain.
    fit = ((nowcast - other_base) / np.maximum(base_year, 1e-9))[:, None]
    chips = _within(at_ends) * fit + other
    past = accelerator_draw(stock.tdp_of_past, values, grid)[:, grid.offset - 1 :]
    capex = chips if region == CHINA else _within(past) * fit + _within(by_capex[:, grid.offset - 1 :]) + other
    published = nowcast[:, None] * np.exp(_published_growth(values, grid, region=region))
    equipment, share = values["route_weight"][:, None], values["capex_route_weight"][:, None]
    logs = equipment * ((1 - share) * np.log(chips) + share * np.log(capex)) + (1 - equipment) * np.log(published)
    total = np.exp(logs)
    base_accelerators = at_ends[:, 0] * fit[:, 0]
    routes = {"chips": chips, "published": published} | ({} if region == CHINA else {"capex": capex})
    return Draw(
        total=total,
        other=np.minimum(other, 0.98 * total),
        base=base_accelerators + other_base * np.exp(values["non_ai_growth"] * 0.5),
        base_accelerators=base_accelerators,
        routes=routes,
    )


def disk_draw(
    installed_eb: FloatArray | None, base_eb: FloatArray, share: FloatArray, values: Mapping[str, FloatArray]
) -> FloatArray | None:
    """Draw of one region's disks, GW, at the end of the base year and of each projected quarter, (draw, 1 + quarter).

    Args:
        installed_eb: world exabytes installed, (draw, quarter); None where they are not known.
        base_eb: the same at the end of the base year, (draw,).
        share: the region's share of world data-center electricity, which its disks are taken to share, (draw,).
        values: assumption draws.
    """
    if installed_eb is None:
        return None
    path = np.concatenate([base_eb[:, None], installed_eb], axis=1)
    years = np.arange(path.shape[1]) / QUARTERS_PER_YEAR
    watt = values["storage_watt_per_tb"][:, None] * np.exp(-values["storage_watt_decline"][:, None] * years)
    return np.asarray(path * watt * WATT_TO_GIGAWATT_PER_EXABYTE * share[:, None])


def _other(base: FloatArray, disks: FloatArray | None, values: Mapping[str, FloatArray], grid: Grid) -> FloatArray:
    """Draw of what is not an accelerator: IT that grows under a falling PUE, and disks that follow their exabytes."""
    rate = values["non_ai_growth"] - values["pue_other_decline"]
    grown = np.exp(rate[:, None] * grid.mid_years)
    if disks is None:
        return np.asarray(base[:, None] * grown)
    of_disks = np.minimum(disks[:, 0], MOST_DISK_SHARE * base)
    path = _within(disks) / np.maximum(disks[:, :1], 1e-12) * of_disks[:, None]
    return np.asarray((base - of_disks)[:, None] * grown + path)


def _published_growth(values: Mapping[str, FloatArray], grid: Grid, *, region: str) -> FloatArray:
    key = "world" if region == "REST" else region.lower()
    rate = values[f"{key}_published_growth"][:, None]
    after = np.maximum(grid.mid_years - PUBLISHED_SPAN, 0.0) * values["published_growth_after"][:, None]
    return np.asarray(np.minimum(grid.mid_years, PUBLISHED_SPAN) * rate + after)


def _within(at_ends: FloatArray) -> FloatArray:
    """Mean of each quarter from values at quarter ends, the end before the first included: (draw, 1 + quarter)."""
    return np.asarray((at_ends[:, 1:] + at_ends[:, :-1]) / 2)
