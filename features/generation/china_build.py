"""China's additions of solar, wind and reactors as known on a day, in GW of alternating current.

The energy administration counts solar in AC (its additions are connections to the grid). Additions of the running year
are published as a sum since January. What share of a year such a sum is follows from earlier years by the exponent
``b`` of ``sum / year = (month / 12)^b``, which is above 1 where most is added near the end of the year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Alternating
from features.generation.reactors import Reactors, capacities, chinese
from features.view import View

SOLAR, WIND = "cn.solar.capacity_additions.nea", "cn.wind.capacity_additions.nea"
SOLAR_SO_FAR = "cn.solar.capacity_additions_ytd.nea"
STOCKS = ("cn.solar.capacity.nea", "cn.wind.capacity.nea")
TARGET = "cn.wind_solar.capacity_target.ndc"
PLAN = "cn.wind_solar.additions_plan.stategrid"
DECEMBER = 12


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
        sums = {month: gw for month, gw in capacities(view, SOLAR_SO_FAR).items() if month.start.month < DECEMBER}
        newest = max(sums, default=None)
        open_year = newest is not None and newest.start.year not in solar
        return cls(
            solar=solar,
            wind=_yearly(view, WIND),
            solar_so_far=(newest, sums[newest]) if newest is not None and open_year else None,
            shapes=_shapes(solar, sums),
            planned=_planned(view),
            reactors=chinese(view),
        )


def changes(additions: Mapping[int, Alternating]) -> tuple[float, ...]:
    """Logarithms of a year's additions over those of the year before, where both are told."""
    return tuple(
        log(additions[year].value / additions[year - 1].value) for year in sorted(additions) if year - 1 in additions
    )


def _shapes(years: Mapping[int, Alternating], sums: Mapping[Period, Alternating]) -> tuple[float, ...]:
    """One exponent a year: the mean over its sums."""
    by_year: dict[int, list[float]] = {}
    for month, gw in sums.items():
        year = years.get(month.start.year)
        if year is not None and gw.value < year.value:
            exponent = log(gw.value / year.value) / log(month.start.month / MONTHS_PER_YEAR)
            by_year.setdefault(month.start.year, []).append(exponent)
    return tuple(sum(exponents) / len(exponents) for _, exponents in sorted(by_year.items()))


def _planned(view: View) -> dict[str, float]:
    """GW a year: the grid company's average, and the national target less what stands at the last year's end."""
    rates = {}
    averages = view.planned(PLAN)
    if averages:
        rates["stategrid"] = averages[max(averages)]
    stocks = [capacities(view, series_id) for series_id in STOCKS]
    ends = set.intersection(*({month for month in stock if month.start.month == DECEMBER} for stock in stocks))
    for target, gw in view.planned(TARGET).items():
        if ends and target.start.year > max(ends).start.year:
            left = gw - sum(stock[max(ends)].value for stock in stocks)
            rates["ndc"] = left / (target.start.year - max(ends).start.year)
    return rates


def _yearly(view: View, series_id: str) -> dict[int, Alternating]:
    try:
        series = view.read(series_id, freq=Frequency.YEAR)
    except NotFound:
        return {}
    return {period.start.year: Alternating.of(gw, series.unit) for period, gw in series.by_period().items()}
