"""Reactors in operation and under construction by the latest count, in GW at the generator.

By Little's law, the time to build a reactor is the capacity under construction divided by the capacity begun each year.
China's association counts both stocks, so the capacity begun is the growth of their sum; the world's agency publishes
the number of reactors begun.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Alternating
from features.view import View

BUILDING = "cn.nuclear.under_construction.capacity.cnea"
UNITS_BUILDING = "cn.nuclear.under_construction.units.cnea"
OPERATING = "cn.nuclear.operating.capacity.cnea"
APPROVED = "cn.nuclear.approvals"
WORLD_BUILDING = "world.nuclear.under_construction.capacity.iea"
WORLD_UNITS_BUILDING = "world.nuclear.under_construction.units.iea"
WORLD_OPERATING = "world.nuclear.capacity.iea"
WORLD_STARTS = "world.nuclear.construction_starts.iea"


@dataclass(frozen=True)
class Reactors:
    """Reactors as last counted.

    Attributes:
        counted: the month at whose end those under construction were counted.
        building: capacity under construction; operating: capacity that runs.
        started: capacity whose building begins a year.
        approved: capacity approved a year, units times the mean size of those building; None when no approval is known.
    """

    counted: Period
    building: Alternating
    operating: Alternating
    started: float
    approved: float | None

    @property
    def years(self) -> float:
        """Years of starts that are under construction: by Little's law how long building one takes."""
        return self.building.value / self.started


def chinese(view: View) -> Reactors | None:
    """China's; None where both stocks are not known of two months."""
    building, operating = capacities(view, BUILDING), capacities(view, OPERATING)
    both = sorted(building.keys() & operating.keys())
    if len(both) < 2:  # noqa: PLR2004 - a rate has a beginning and an end
        return None
    first, last = both[0], both[-1]
    grown = (building[last] + operating[last]).value - (building[first] + operating[first]).value
    units = _numbers(view, UNITS_BUILDING, Frequency.MONTH).get(last)
    approvals = _numbers(view, APPROVED, Frequency.YEAR)
    approved = None
    if units and approvals:
        approved = building[last].value / units * sum(approvals.values()) / len(approvals)
    return Reactors(
        counted=last,
        building=building[last],
        operating=operating[last],
        started=grown / (first.steps_to(last) / MONTHS_PER_YEAR),
        approved=approved,
    )


def worldwide(view: View) -> Reactors | None:
    """The world's, China's among them; None where a stock or the starts are not known."""
    building, units = capacities(view, WORLD_BUILDING), _numbers(view, WORLD_UNITS_BUILDING, Frequency.MONTH)
    operating, starts = _numbers(view, WORLD_OPERATING, Frequency.YEAR), _numbers(view, WORLD_STARTS, Frequency.YEAR)
    if not (building and operating and starts) or max(building) not in units:
        return None
    last = max(building)
    return Reactors(
        counted=last,
        building=building[last],
        operating=Alternating(operating[max(operating)]),
        started=building[last].value / units[last] * sum(starts.values()) / len(starts),
        approved=None,
    )


def capacities(view: View, series_id: str) -> Mapping[Period, Alternating]:
    """A stock by month; empty when the day knows none."""
    try:
        series = view.read(series_id, freq=Frequency.MONTH)
    except NotFound:
        return {}
    return {period: Alternating.of(gw, series.unit) for period, gw in series.by_period().items()}


def _numbers(view: View, series_id: str, freq: Frequency) -> dict[Period, float]:
    rows = view.rows_with_value(series_id).filter(pl.col("freq") == freq.value)
    return {Period(day, freq): value for day, value in rows.select("period", "value").iter_rows()}
