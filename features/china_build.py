"""China's build of solar, wind and reactors as the figures of a day tell it, GW of alternating current.

The energy administration counts solar in AC (its additions are connections to the grid); reactors are gross capacity at
the generator. Additions of a year that is not over are told as a sum from January: earlier years say how much of a year
such a sum is, by the exponent ``b`` of ``sum / year = (month / 12)^b``, above 1 where the year's end is busiest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

import polars as pl

from data.errors import NotFound
from data.periods import MONTHS_PER_YEAR, Frequency, Period
from features.generation_bases import Alternating
from features.view import View

SOLAR, WIND = "cn.solar.capacity_additions.nea", "cn.wind.capacity_additions.nea"
SOLAR_SO_FAR = "cn.solar.capacity_additions_ytd.nea"
STOCKS = ("cn.solar.capacity.nea", "cn.wind.capacity.nea")
TARGET = "cn.wind_solar.capacity_target.ndc"
PLAN = "cn.wind_solar.additions_plan.stategrid"
BUILDING = "cn.nuclear.under_construction.capacity.cnea"
UNITS_BUILDING = "cn.nuclear.under_construction.units.cnea"
OPERATING = "cn.nuclear.operating.capacity.cnea"
APPROVED = "cn.nuclear.approvals"
DECEMBER = 12


@dataclass(frozen=True)
class Reactors:
    """Reactors as last counted.

    Attributes:
        counted: the month both stocks were counted at the end of.
        building: capacity under construction; operating: capacity that runs.
        started: capacity whose building begins a year, from the earliest month with both stocks to the newest.
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


@dataclass(frozen=True)
class ChinaBuild:
    """What a day knows of China's build.

    Attributes:
        solar, wind: additions by year.
        solar_so_far: month of the newest sum from January and the sum; None when the newest year is told whole.
        shapes: the exponent of every year that tells one.
        planned: GW of solar and wind together that plans and targets ask for a year, by who says it.
        reactors: None where their stocks are not both known twice.
    """

    solar: Mapping[int, Alternating]
    wind: Mapping[int, Alternating]
    solar_so_far: tuple[Period, Alternating] | None
    shapes: tuple[float, ...]
    planned: Mapping[str, float]
    reactors: Reactors | None

    @classmethod
    def of(cls, view: View) -> "ChinaBuild":
        """Read the figures of the view's day; what it does not know is empty or None."""
        solar = _yearly(view, SOLAR)
        sums = {month: gw for month, gw in _monthly(view, SOLAR_SO_FAR).items() if month.start.month < DECEMBER}
        newest = max(sums, default=None)
        open_year = newest is not None and newest.start.year not in solar
        return cls(
            solar=solar,
            wind=_yearly(view, WIND),
            solar_so_far=(newest, sums[newest]) if newest is not None and open_year else None,
            shapes=_shapes(solar, sums),
            planned=_planned(view),
            reactors=_reactors(view),
        )


def changes(additions: Mapping[int, Alternating]) -> tuple[float, ...]:
    """Logarithms of a year's additions over those of the year before, where both are told."""
    return tuple(
        log(additions[year].value / additions[year - 1].value) for year in sorted(additions) if year - 1 in additions
    )


def _shapes(years: Mapping[int, Alternating], sums: Mapping[Period, Alternating]) -> tuple[float, ...]:
    """One exponent a year: the mean over its sums."""
    found: dict[int, list[float]] = {}
    for month, gw in sums.items():
        year = years.get(month.start.year)
        if year is not None and gw.value < year.value:
            exponent = log(gw.value / year.value) / log(month.start.month / MONTHS_PER_YEAR)
            found.setdefault(month.start.year, []).append(exponent)
    return tuple(sum(told) / len(told) for _, told in sorted(found.items()))


def _planned(view: View) -> dict[str, float]:
    """GW a year: the grid company's average, and the national target less what stands at the last year's end."""
    found = {}
    averages = view.planned(PLAN)
    if averages:
        found["stategrid"] = averages[max(averages)]
    stocks = [_monthly(view, series_id) for series_id in STOCKS]
    ends = set.intersection(*({month for month in stock if month.start.month == DECEMBER} for stock in stocks))
    for target, gw in view.planned(TARGET).items():
        if ends and target.start.year > max(ends).start.year:
            left = gw - sum(stock[max(ends)].value for stock in stocks)
            found["ndc"] = left / (target.start.year - max(ends).start.year)
    return found


def _reactors(view: View) -> Reactors | None:
    building, operating = _monthly(view, BUILDING), _monthly(view, OPERATING)
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


def _yearly(view: View, series_id: str) -> dict[int, Alternating]:
    try:
        series = view.read(series_id, freq=Frequency.YEAR)
    except NotFound:
        return {}
    return {period.start.year: Alternating.of(gw, series.unit) for period, gw in series.by_period().items()}


def _monthly(view: View, series_id: str) -> dict[Period, Alternating]:
    try:
        series = view.read(series_id, freq=Frequency.MONTH)
    except NotFound:
        return {}
    return {period: Alternating.of(gw, series.unit) for period, gw in series.by_period().items()}


def _numbers(view: View, series_id: str, freq: Frequency) -> dict[Period, float]:
    rows = view.rows.filter(
        (pl.col("series_id") == series_id) & (pl.col("freq") == freq.value) & pl.col("value").is_not_null()
    )
    return {Period(day, freq): value for day, value in rows.select("period", "value").iter_rows()}
