"""The registry of recipes: every derived series by name, with its inputs and its formula in words."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from data.periods.period import Frequency
from features.chips.capex import HYPERSCALERS, hyperscaler_capex
from features.chips.shipments import DESIGNERS, flow, world_flow
from features.electricity import MONTHLY, generation_year
from features.flows import JOINED, Forms, forms, joined
from features.nowcast.fiscal import calendar_of, recut
from features.nowcast.indicators import DEFINITIONS
from features.nowcast.levels import EDITIONS, GROWTH_2026, us_chain, world_chain
from features.nowcast.nowcast import quarterly, yearly
from features.series import ModelSeries
from features.sites.sites import tracked_power
from features.splices import LAST_PUBLISHED, ONE_DEFINITION
from features.storage.disks import VENDORS, WORLD, all_makers_exabytes, two_vendor_exabytes
from features.storage.tightness import GAUGES, index_series
from features.view import View


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a derived series is made.

    Attributes:
        name: what stands in :attr:`ModelSeries.recipe`.
        series_id: id of the series it makes.
        region: region of the series.
        inputs: ids of series or names of tables it reads.
        formula: the computation in words.
        source: the paper, report or note the formula follows.
        driver: whether the panel offers it as a driver of the projection; the others are made when asked for.
        make: computes it from a view; raises :class:`data.base.errors.NotFound` when inputs are not known that day.
    """

    name: str
    series_id: str
    region: str
    inputs: tuple[str, ...]
    formula: str
    source: str
    make: Callable[[View], ModelSeries]
    driver: bool = True

    def read(self, view: View) -> ModelSeries:
        """The series as the view has it: made, or read where a user's own figures stand in for it; see ``make``."""
        return view.read(self.series_id) if self.series_id in view.substitutions.drivers else self.make(view)


_EPOCH_CHIPS = "Epoch AI, AI chip sales: documentation of the cumulative estimates (CC BY 4.0)"


def _flow(designer: str) -> Recipe:
    name = "difference.cumulative_median"
    return Recipe(
        name=name,
        series_id=f"derived.{designer}.h100e_flow",
        region=DESIGNERS[designer].region,
        inputs=(f"{designer}.ai_chips.cumulative_compute", f"{designer}.ai_chips.quarterly_compute"),
        formula="Differences of successive cumulative medians (8-bit H100e); the first quarter only where counting "
        "starts in it. No bounds: percentiles do not subtract.",
        source=_EPOCH_CHIPS,
        make=lambda view: flow(view, designer, recipe=name),
    )


def _recut(company: str, series_id: str) -> Recipe:
    name = "recut.days"
    target = f"derived.{series_id}.calendar"
    return Recipe(
        name=name,
        series_id=target,
        region="WORLD",
        inputs=(series_id,),
        formula="Each fiscal quarter's flow laid evenly over its days and summed over the days of calendar quarters, "
        "only quarters wholly covered; the error is the log ratio to a cut with straight slopes.",
        source=calendar_of(company).source,
        make=lambda view: recut(
            view.read(series_id, freq=Frequency.QUARTER), calendar_of(company), series_id=target, recipe=name
        ),
        driver=False,
    )


def _nowcast(region: str, *, whole_years: bool) -> Recipe:
    inputs = [address[0] for edition in EDITIONS[region] for address in edition.addresses]
    inputs += [name for definition in DEFINITIONS[region] for name in definition.inputs]
    name, ending = ("nowcast.year", "year") if whole_years else ("nowcast.quarter", "draw")
    content = "TWh of whole calendar years" if whole_years else "Average draw in GW by quarter"
    make = yearly if whole_years else quarterly
    return Recipe(
        name=name,
        series_id=f"derived.{region.lower()}.datacenter_electricity_nowcast_{ending}",
        region=region,
        inputs=tuple(dict.fromkeys(inputs)),
        formula="Local linear trend of the log level, its growth moved by standardised indicators; published levels "
        f"are the yearly mean plus an offset of the edition and its institution. {content}, with its 80 % band.",
        source="Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, chapters 2 to 4",
        make=lambda view: make(view, region, recipe=name),
        driver=False,
    )


def _tightness(region: str) -> Recipe:
    return Recipe(
        name="index.tightness",
        series_id=f"derived.{region.lower()}.tightness",
        region=region,
        inputs=tuple(gauge.series_id for gauge in GAUGES[region]),
        formula="Mean over groups of gauges of the distance from their own median in robust spreads, signed so that "
        "more is tighter; 80 % bounds from the disagreement of groups.",
        source="Rousseeuw and Croux (1993), Alternatives to the Median Absolute Deviation, for the spread",
        make=lambda view: index_series(view, region, recipe="index.tightness"),
        driver=False,
    )


_CHAIN = "overlap means and errors as in features.chain; spreads of publishers from the note on expert hindcasts"


RECIPES: tuple[Recipe, ...] = (
    *(_flow(designer) for designer in DESIGNERS),
    Recipe(
        name="sum.designers_same_quarter",
        series_id="derived.world.h100e_flow",
        region="WORLD",
        inputs=tuple(f"{designer}.ai_chips.cumulative_compute" for designer in DESIGNERS),
        formula="Sum of the six designers' flows, only quarters that every designer covers.",
        source=_EPOCH_CHIPS,
        make=lambda view: world_flow(view, recipe="sum.designers_same_quarter"),
    ),
    Recipe(
        name="sum.hyperscaler_cash_capex",
        series_id="derived.world.hyperscaler_capex",
        region="WORLD",
        inputs=HYPERSCALERS,
        formula="Amazon, Microsoft and Alphabet gross cash purchases of property and equipment plus Meta's total "
        "(with finance-lease principal), only quarters with all four; Amazon's net figure of 2026 is not spliced on.",
        source="the companies' cash-flow statements (10-Q); definitions in docs/data.md",
        make=lambda view: hyperscaler_capex(view, recipe="sum.hyperscaler_cash_capex"),
    ),
    Recipe(
        name="sum.twelve_months",
        series_id="derived.us.electricity.generation_year",
        region="US",
        inputs=(MONTHLY,),
        formula="Sum of the months of a calendar year, only years with all twelve; GWh to TWh.",
        source="EIA, Monthly Energy Review, table 7.2a: annual totals are sums of months",
        make=lambda view: generation_year(view, recipe="sum.twelve_months"),
    ),
    Recipe(
        name="sum.two_disk_makers",
        series_id="derived.world.hdd_exabytes",
        region="WORLD",
        inputs=VENDORS,
        formula="Seagate plus Western Digital, only quarters with both, back to the first gap of more than a year. "
        "Two makers, not the world: the rest is a stated share.",
        source="the makers' quarterly results",
        make=lambda view: two_vendor_exabytes(view, recipe="sum.two_disk_makers"),
    ),
    Recipe(
        name="steps.newest_vintage",
        series_id="derived.us.tracked_site_power",
        region="US",
        inputs=("site_vintages", "sites"),
        formula="Facility MW of tracked US sites at quarter end: the last step of each site on or before that day in "
        "the newest visible vintage; only quarters that ended by the vintage's day.",
        source="Epoch AI, Frontier Data Centers: documentation of timelines (CC BY 4.0)",
        make=lambda view: tracked_power(view, region="US", recipe="steps.newest_vintage"),
    ),
    Recipe(
        name="splice.lbnl2026_chain",
        series_id="derived.us.datacenter_electricity_spliced",
        region="US",
        inputs=("us.datacenter.electricity", "us.datacenter.electricity.iea2025", "us.datacenter.electricity.lbnl2024"),
        formula="Base LBNL 2026; IEA 2025 moved by their log difference in 2024, then LBNL 2024 by that in 2023. "
        "The error of each join is kept as variance.",
        source=_CHAIN,
        make=lambda view: us_chain(view, recipe="splice.lbnl2026_chain"),
        driver=False,
    ),
    Recipe(
        name="splice.iea2026_chain",
        series_id="derived.world.datacenter_electricity_spliced",
        region="WORLD",
        inputs=(
            "world.datacenter.electricity",
            GROWTH_2026[0],
            "world.datacenter.electricity.iea2025",
            "world.datacenter.electricity.masanet2020",
        ),
        formula="Base IEA 2026 (2025, and 2024 by the growth printed beside it); IEA 2025 moved by their log "
        "difference in 2024, then Masanet 2020 by that in 2020. The error of each join is kept as variance.",
        source=_CHAIN,
        make=lambda view: world_chain(view, recipe="splice.iea2026_chain"),
        driver=False,
    ),
    Recipe(
        name="splice.trendfocus_two_makers",
        series_id="derived.world.hdd_exabytes_all_makers",
        region="WORLD",
        inputs=(WORLD, *VENDORS),
        formula="Base TrendFocus' world quarters; the two makers' sum moved by their mean log difference fills the "
        "others. The error of the join is kept as variance.",
        source=_CHAIN,
        make=lambda view: all_makers_exabytes(view, recipe="splice.trendfocus_two_makers"),
        driver=False,
    ),
    _recut("nvidia", "nvidia.datacenter.revenue"),
    _recut("broadcom", "broadcom.ai.revenue"),
    *(_nowcast(region, whole_years=whole) for region in EDITIONS for whole in (False, True)),
    *(_tightness(region) for region in GAUGES),
)
"""Every derived series; the drivers stand first, in the order the panel makes them."""

DRIVERS: tuple[Recipe, ...] = tuple(recipe for recipe in RECIPES if recipe.driver)
"""Those the panel offers as drivers of the projection."""


def _joined(relatives: Forms) -> Recipe:
    return Recipe(
        name=JOINED,
        series_id=relatives.flow,
        region=relatives.region,
        inputs=relatives.inputs,
        formula="The stated figure; else the difference of running totals; else the figure of the year before times "
        "the stated growth, or of the year after over it. The rounding of what is not stated is kept as variance.",
        source="the identity of a running total and its parts",
        make=lambda view: joined(view, relatives.flow),
        driver=False,
    )


@cache
def flows() -> dict[str, Recipe]:
    """Recipes of every flow that is printed in other forms too, by its id: those above, and the joined ones."""
    recipes = {recipe.series_id: recipe for recipe in RECIPES}
    return {name: recipes.get(name) or _joined(relatives) for name, relatives in forms().items()}


SPLICES: dict[str, str] = {
    ONE_DEFINITION: "Several sources of one id that agree within 2 % wherever two meet; last published per period.",
    LAST_PUBLISHED: "Sources of one id that differ, none with 8 periods; last published per period, publishers mixed.",
}
"""The general splices any id may be read by; the rule is in :mod:`features.splices`."""
