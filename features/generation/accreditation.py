"""What a gigawatt counts for in a capacity market, and what the market asks for a gigawatt of peak, by their operators.

Both are of one accounting and belong together. PJM rates classes of plants by what they add in the hours of risk, most
of them in winter (effective load carrying capability), and so asks for less than the peak: its requirement is the
forecast peak times the forecast pool requirement. MISO rates by season and asks for more than the summer's peak. No
other operator's ratings by class, nor MISO's, are among the figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data.base.units import convert
from data.periods.period import Frequency, Period
from features.view import View

CLASSES: Mapping[str, tuple[str, ...]] = {
    "solar": ("solar_tracking",),
    "battery": ("storage_4h",),
    "wind": ("onshore_wind",),
    "gas": ("gas_combined_cycle", "gas_combustion_turbine", "gas_combustion_turbine_dual_fuel"),
    "nuclear": ("nuclear",),
    "retired": ("coal", "steam"),
}
"""PJM's classes by what is added and retired. Plans state neither the kind of gas plant nor hours of storage, of which
four are the fewest that are rated."""
RATINGS = ("us-pjm.elcc.{}.final", "us-pjm.elcc.{}.prelim2024")
"""Set for auctions, and expected for later years: the one edition that says how ratings move as the fleet does."""
PERCENT = 100
POOL_REQUIREMENT = "us-pjm.capacity_auction.forecast_pool_requirement"


@dataclass(frozen=True, slots=True)
class Requirement:
    """Accredited capacity an operator requires of a peak: two series of one unit."""

    capacity: str
    peak: str


MISO = Requirement("us-miso.capacity_auction.requirement_summer", "us-miso.load.summer_peak_forecast")


def class_ratings(view: View) -> dict[str, tuple[float, ...]]:
    """Accredited share of a gigawatt by what is added or retired: one number a class, delivery year and edition."""
    return {
        kind: tuple(
            value / PERCENT
            for name in names
            for series in RATINGS
            for value in _by_period(view, series.format(name), "percent").values()
        )
        for kind, names in CLASSES.items()
    }


def pjm_margins(view: View) -> tuple[float, ...]:
    """What PJM requires beyond a forecast peak, as a share of it, by delivery year; negative in its accounting."""
    return tuple(value - 1 for _, value in sorted(_by_period(view, POOL_REQUIREMENT, "ratio").items()))


def operators_margins(view: View) -> tuple[float, ...]:
    """The newest of every operator known on the day: PJM's, then MISO's."""
    capacity, peak = (_by_period(view, series, "GW") for series in (MISO.capacity, MISO.peak))
    both = sorted(capacity.keys() & peak.keys())
    return pjm_margins(view)[-1:] + tuple(capacity[year] / peak[year] - 1 for year in both[-1:])


def _by_period(view: View, series_id: str, unit: str) -> dict[Period, float]:
    """Values as last published, whatever their kind: ratings and requirements are set ahead."""
    published = pl.col("published").fill_null(view.compiled)
    rows = view.rows_with_value(series_id).sort("period", published, "source_id")
    last = rows.unique("period", keep="last", maintain_order=True).select("period", "freq", "value", "unit")
    return {Period(day, Frequency(freq)): convert(value, printed, unit) for day, freq, value, printed in last.rows()}
