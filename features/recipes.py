"""The registry of recipes: every derived series by name, with its inputs and its formula in words."""

from collections.abc import Callable
from dataclasses import dataclass

from features.capex import HYPERSCALERS, hyperscaler_capex
from features.chips import DESIGNERS, flow, world_flow
from features.disks import VENDORS, two_vendor_exabytes
from features.electricity import MONTHLY, generation_year
from features.series import ModelSeries
from features.sites import tracked_power
from features.splices import LAST_PUBLISHED, ONE_DEFINITION
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
        make: computes it from a view; raises :class:`data.errors.NotFound` when inputs are not known that day.
    """

    name: str
    series_id: str
    region: str
    inputs: tuple[str, ...]
    formula: str
    make: Callable[[View], ModelSeries]


def _flow(designer: str) -> Recipe:
    name = "difference.cumulative_median"
    return Recipe(
        name=name,
        series_id=f"derived.{designer}.h100e_flow",
        region=DESIGNERS[designer],
        inputs=(f"{designer}.ai_chips.cumulative_compute", f"{designer}.ai_chips.quarterly_compute"),
        formula="Differences of successive cumulative medians (8-bit H100e); the first quarter only where counting "
        "starts in it. No bounds: percentiles do not subtract.",
        make=lambda view: flow(view, designer, recipe=name),
    )


RECIPES: tuple[Recipe, ...] = (
    *(_flow(designer) for designer in DESIGNERS),
    Recipe(
        name="sum.designers_same_quarter",
        series_id="derived.world.h100e_flow",
        region="WORLD",
        inputs=tuple(f"{designer}.ai_chips.cumulative_compute" for designer in DESIGNERS),
        formula="Sum of the six designers' flows, only quarters that every designer covers.",
        make=lambda view: world_flow(view, recipe="sum.designers_same_quarter"),
    ),
    Recipe(
        name="sum.hyperscaler_cash_capex",
        series_id="derived.world.hyperscaler_capex",
        region="WORLD",
        inputs=HYPERSCALERS,
        formula="Amazon, Microsoft and Alphabet gross cash purchases of property and equipment plus Meta's total "
        "(with finance-lease principal), only quarters with all four; Amazon's net figure of 2026 is not spliced on.",
        make=lambda view: hyperscaler_capex(view, recipe="sum.hyperscaler_cash_capex"),
    ),
    Recipe(
        name="sum.twelve_months",
        series_id="derived.us.electricity.generation_year",
        region="US",
        inputs=(MONTHLY,),
        formula="Sum of the months of a calendar year, only years with all twelve; GWh to TWh.",
        make=lambda view: generation_year(view, recipe="sum.twelve_months"),
    ),
    Recipe(
        name="sum.two_disk_makers",
        series_id="derived.world.hdd_exabytes",
        region="WORLD",
        inputs=VENDORS,
        formula="Seagate plus Western Digital, only quarters with both, back to the first gap of more than a year. "
        "Two makers, not the world: the rest is a stated share.",
        make=lambda view: two_vendor_exabytes(view, recipe="sum.two_disk_makers"),
    ),
    Recipe(
        name="steps.newest_vintage",
        series_id="derived.us.tracked_site_power",
        region="US",
        inputs=("site_vintages", "sites"),
        formula="Facility MW of tracked US sites at quarter end: the last step of each site on or before that day in "
        "the newest visible vintage; only quarters that ended by the vintage's day.",
        make=lambda view: tracked_power(view, region="US", recipe="steps.newest_vintage"),
    ),
)
"""Every derived series, in the order the panel makes them."""

SPLICES: dict[str, str] = {
    ONE_DEFINITION: "Several sources of one id that agree within 2 % wherever two speak; last published per period.",
    LAST_PUBLISHED: "Sources of one id that differ, none with 8 periods; last published per period, publishers mixed.",
}
"""The general splices any id may be read by; the rule is in :mod:`features.splices`."""
