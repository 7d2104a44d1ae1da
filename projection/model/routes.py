"""Routes to the average draw of a region's data centers, in GW, and what all of them agree on.

* chips: TDP of powered accelerators x server and network overhead x PUE of AI sites x average over rated;
* capex: what buyers spend on AI sites / cost per MW of nameplate x average over nameplate;
* published: the base year's nowcast grown at the rate publishers of equipment models project.

To the first two belongs everything that is not an accelerator: other IT under the PUE of ordinary facilities, and
disks. All are levels at the ends of quarters, that of the base year first; an average over a quarter is the mean of its
two ends (:func:`projection.base.blocks.within`).
Each draw weights the routes on the log scale: their disagreement is carried as width instead of being averaged away,
and it is published beside the answer (:class:`Routes`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from projection.base.blocks import blank, spread, total
from projection.base.order_statistics import quantiles
from projection.base.timeline import FIRST_HISTORY, QUARTERS_PER_YEAR, Timeline
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.inputs.assumption_values import Values, value_of
from projection.inputs.drivers import DriverDraws
from projection.inputs.running_year import MIDDLE, led, rate_to
from projection.inputs.starting_values import Anchors
from projection.model.chips import DRIVER_QUARTERS, ChipStock, growth_after, guided_capex, installed, lagged, survival
from projection.model.fill import AI, Fill

FloatArray = NDArray[np.floating[Any]]
PUBLISHED_SPAN = 5.0
"""Years from the base year that publishers' growth is read for; after it their long-run growth."""
LEAST_OTHER_SHARE = 0.3
"""Least share of the base year's draw that is not accelerators; a guard for draws whose chips alone exceed it."""
MOST_OTHER_SHARE = 0.98
"""Most share of the weighted draw that is not accelerators; a guard likewise."""
MOST_DISK_SHARE = 0.3
ROUTE_LEVELS = (0.1, 0.5, 0.9)
SITES = "sites"
"""What the built nameplate would draw if it were filled: published beside the routes, weighed in none."""
WATT_TO_GIGAWATT_PER_EXABYTE = 1e-3
"""W per TB times EB is this many GW."""


@dataclass(frozen=True)
class Draw:
    """Average facility draw of one region at the ends of the base year and of each quarter, GW, (draw, 1 + quarter).

    Attributes:
        total: what the weighted routes give.
        other: the part that is not accelerators.
        routes: total by each route alone.
    """

    total: FloatArray
    other: FloatArray
    routes: dict[str, FloatArray]

    @property
    def accelerators(self) -> FloatArray:
        """The part that is accelerators."""
        return self.total - self.other


def draw_per_tdp(values: Values, timeline: Timeline) -> FloatArray:
    """Average facility draw over chip TDP of accelerators, shape (draw, quarter of the history)."""
    years = np.maximum(np.arange(len(timeline.history)) - timeline.offset + 1, 0) / QUARTERS_PER_YEAR
    pue = values["pue_ai"][:, None] * np.exp(spread(-values["pue_ai_decline"], years))
    return np.asarray(np.maximum(pue, 1.0) * (values["server_overhead"] * values["ai_average_over_rated"])[:, None])


def nameplate_bought(anchors: Anchors, drivers: DriverDraws, values: Values) -> FloatArray:
    """Nameplate of AI sites that western capex buys per quarter, GW, shape (draw, quarter of the history).

    Zero up to the base year. After the driver horizon spending grows as spending on accelerators does.
    """
    timeline = anchors.timeline
    capex, periods = guided_capex(anchors, drivers, values)
    nameplate = blank(capex.shape[0], len(timeline.history))
    per_usd = (
        values["buyers_over_big_four"] * values["ai_share_of_capex"] / values["capital_cost_per_mw"]
    )  # USD billion / (USD million per MW) = GW
    steps = [step for step, period in enumerate(periods[:DRIVER_QUARTERS]) if period >= timeline.first]
    reported = {period: value for period, value in anchors.capex.items() if period >= timeline.first}
    for period, value in reported.items():
        nameplate[:, FIRST_HISTORY.steps_to(period)] = value * per_usd
    for step in steps:
        nameplate[:, FIRST_HISTORY.steps_to(periods[step])] = np.maximum(capex[:, step], 0.0) * per_usd
    end = FIRST_HISTORY.steps_to(periods[steps[-1]])
    last_year = total([nameplate[:, end - step] for step in range(QUARTERS_PER_YEAR)]) / QUARTERS_PER_YEAR
    growth = growth_after(values, count=nameplate.shape[1] - 1 - end, spending_only=True)
    nameplate[:, end + 1 :] = last_year[:, None] * growth
    return nameplate


def capex_draw(bought: FloatArray, values: Values) -> FloatArray:
    """Average draw of what the bought nameplate holds, GW, shape (draw, quarter of the history).

    Bought after the base year, past its install lag and still in service, at the average over nameplate of AI halls.
    """
    survival_by_age = survival(values, bought.shape[1])
    stock = installed(lagged(bought, values["install_lag_quarters"]), survival_by_age)
    return np.asarray(stock * Fill.of(values, AI).average_over_nameplate[:, None])


def average_draw(
    stock: ChipStock,
    per_tdp: FloatArray,
    by_capex: FloatArray | None,
    disks: FloatArray | None,
    values: Values,
    timeline: Timeline,
    *,
    region: str,
    base_twh: FloatArray,
    running_twh: FloatArray | None = None,
) -> Draw:
    """Average facility draw of a region by all routes.

    Args:
        stock: its accelerators.
        per_tdp: their draw over their chip TDP, (draw, quarter of the history).
        by_capex: draw of accelerators bought after the base year by the capex route, (draw, quarter of the history);
            None for China, whose own buyers' capex is not in it.
        disks: draw of its disks, GW, at the end of the base year and of each projected quarter, (draw, 1 + quarter);
            None where the stock of disks is not known.
        values: assumption draws, each (draw,).
        timeline: the quarters.
        region: code, for its published growth.
        base_twh: its electricity in the base year, TWh, (draw,).
        running_twh: its electricity in the first projected year where that is known, TWh, (draw,).
    """
    accelerators = stock.tdp * per_tdp
    base_end = timeline.offset - 1
    nowcast = base_twh / TWH_PER_AVERAGE_GW
    past_year = range(timeline.offset - QUARTERS_PER_YEAR, timeline.offset)
    base_year = total([accelerators[:, quarter] for quarter in past_year]) / QUARTERS_PER_YEAR
    # Draws whose chips exceed the nowcast are scaled to it: the measured total outranks the conversion chain. What is
    # kept of them is not read off as a difference: where it is a small part of the whole, that would be rounding.
    kept_base = np.minimum(base_year, np.float32(1 - LEAST_OTHER_SHARE) * nowcast)
    other = _other(nowcast - kept_base, disks, values, timeline)
    fit = (kept_base / np.maximum(base_year, 1e-9))[:, None]
    chips = accelerators[:, base_end:] * fit + other
    capex = chips
    if by_capex is not None:
        past = (stock.tdp_of_past * per_tdp)[:, base_end:]
        capex = past * fit + by_capex[:, base_end:] + other
    by_published = _published_growth(values, timeline, region=region) + np.log(nowcast)[:, None]
    equipment, share = values["route_weight"][:, None], values["capex_route_weight"][:, None]
    by_chips = np.log(chips)
    by_equipment = by_chips if capex is chips else (1 - share) * by_chips + share * np.log(capex)
    average = np.exp(equipment * by_equipment + (1 - equipment) * by_published)
    published = np.exp(by_published)
    if running_twh is not None:
        # Accelerators are counted: what the year used beyond the routes is other draw, which all routes then hold.
        part, accelerators_of_chips = other / chips, chips - other
        grown = led(rate_to(average, part, running_twh, timeline), values["growth_half_life_years"], timeline)
        factor = 1 + part * (grown - 1)
        average, published, other = average * factor, published * factor, other * grown
        chips = accelerators_of_chips + other
    routes = {"chips": chips, "published": published} | ({} if by_capex is None else {"capex": capex})
    return Draw(total=average, other=np.minimum(other, np.float32(MOST_OTHER_SHARE) * average), routes=routes)


def disk_draw(
    installed_eb: FloatArray | None, base_eb: FloatArray, share: FloatArray, values: Values
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
    path = blank(base_eb.shape[0], 1 + installed_eb.shape[1])
    path[:, 0] = base_eb
    path[:, 1:] = installed_eb
    years = np.arange(path.shape[1]) / QUARTERS_PER_YEAR
    watt = np.exp(spread(-values["storage_watt_decline"], years))
    each = values["storage_watt_per_tb"] * WATT_TO_GIGAWATT_PER_EXABYTE * share
    return np.asarray(path * watt * each[:, None])


@dataclass(frozen=True)
class Routes:
    """What the routes of one region say apart.

    Attributes:
        bands: quantiles at :data:`ROUTE_LEVELS` of average draw by each route, GW, (level, point).
        disagreement: standard deviation between the logarithms of the medians of the routes that a draw weighs,
            (point,): model error, not noise of draws.
    """

    bands: Mapping[str, NDArray[np.float64]]
    disagreement: NDArray[np.float64]

    @classmethod
    def of(cls, draws: Mapping[str, FloatArray]) -> Self:
        """Read off draws by route, (point, draw) each."""
        bands = {name: np.array([quantiles(point, ROUTE_LEVELS) for point in rows]).T for name, rows in draws.items()}
        medians = [np.log(band[ROUTE_LEVELS.index(0.5)]) for name, band in bands.items() if name != SITES]
        return cls(bands, np.asarray(np.std(medians, axis=0, ddof=1)))


def _other(base: FloatArray, disks: FloatArray | None, values: Values, timeline: Timeline) -> FloatArray:
    """Draw of what is not an accelerator: IT that grows under a falling PUE, and disks that follow their exabytes."""
    rate = values["non_ai_growth"] - values["pue_other_decline"]
    grown = np.exp(spread(rate, timeline.end_years + MIDDLE))
    if disks is None:
        return np.asarray(base[:, None] * grown)
    of_disks = np.minimum(disks[:, 0], MOST_DISK_SHARE * base)
    path = disks / np.maximum(disks[:, :1], 1e-12) * of_disks[:, None]
    return np.asarray((base - of_disks)[:, None] * grown + path)


def _published_growth(values: Values, timeline: Timeline, *, region: str) -> FloatArray:
    key = "world" if region == "REST" else region.lower()
    years = timeline.end_years + MIDDLE
    # One rate gives way to the other over two years, so that growth has no kink where publishers' years end.
    turning = np.clip(years - (PUBLISHED_SPAN - 1), 0.0, 2.0)
    before = np.minimum(years, PUBLISHED_SPAN - 1) + turning - turning**2 / 4
    return spread(value_of(values, key, "published_growth"), before) + spread(
        values["published_growth_after"], years - before
    )
