"""China's additions of solar, wind and reactors as known on a day, in GW of alternating current.

The energy administration counts solar in AC (its additions are connections to the grid). Additions of the running year
are published as a sum since January, in some months; in others they are what the capacity that stands has grown by
since December, as rounded as that is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log

from data.base.errors import NotFound
from data.periods.period import Frequency
from features.generation.bases import Alternating
from features.generation.reactors import Reactors, capacities, chinese
from features.running_year import RunningYear, running_year
from features.view import View

SOLAR, WIND = "cn.solar.capacity_additions.nea", "cn.wind.capacity_additions.nea"
STOCKS = {SOLAR: "cn.solar.capacity.nea", WIND: "cn.wind.capacity.nea"}
SUMS = {SOLAR: "cn.solar.capacity_additions_ytd.nea", WIND: "cn.wind.capacity_additions_ytd.nea"}
TARGET = "cn.wind_solar.capacity_target.ndc"
PLAN = "cn.wind_solar.additions_plan.stategrid"
DECEMBER = 12


@dataclass(frozen=True)
class ChinaBuild:
    """What a day knows of China's build.

    Attributes:
        solar, wind: additions by year.
        running_solar, running_wind: the year that has begun; None where its sums are not known.
        planned: GW of solar and wind together that plans and targets ask for a year, by who says it.
        reactors: None where their stocks are not both known twice.
    """

    solar: Mapping[int, Alternating]
    wind: Mapping[int, Alternating]
    running_solar: RunningYear | None
    running_wind: RunningYear | None
    planned: Mapping[str, float]
    reactors: Reactors | None

    @classmethod
    def of(cls, view: View) -> "ChinaBuild":
        """Read the figures of the view's day; what it does not know is empty or None."""
        solar, wind = _yearly(view, SOLAR), _yearly(view, WIND)
        return cls(
            solar=solar,
            wind=wind,
            running_solar=_running(view, SOLAR, solar),
            running_wind=_running(view, WIND, wind),
            planned=_planned(view),
            reactors=chinese(view),
        )


def changes(additions: Mapping[int, Alternating]) -> tuple[float, ...]:
    """Logarithms of a year's additions over those of the year before, where both are known."""
    return tuple(
        log(additions[year].value / additions[year - 1].value) for year in sorted(additions) if year - 1 in additions
    )


def running_build(view: View, series_id: str) -> RunningYear | None:
    """The year of yearly additions that has begun: sums as printed, else growth of what stands since December.

    None where no sum is known, and for any series but ``SOLAR`` and ``WIND``.
    """
    return _running(view, series_id, _yearly(view, series_id)) if series_id in SUMS else None


def _running(view: View, series_id: str, additions: Mapping[int, Alternating]) -> RunningYear | None:
    stands = capacities(view, STOCKS[series_id])
    december = {month.start.year: gw for month, gw in stands.items() if month.start.month == DECEMBER}
    grown = {
        month: gw.value - december[month.start.year - 1].value
        for month, gw in stands.items()
        if month.start.year - 1 in december
    }
    printed = {month: gw.value for month, gw in capacities(view, SUMS[series_id]).items()}
    return running_year({year: gw.value for year, gw in additions.items()}, grown | printed)


def _planned(view: View) -> dict[str, float]:
    """GW a year: the grid company's average, and the national target less what stands at the last year's end."""
    rates = {}
    averages = view.planned(PLAN)
    if averages:
        rates["stategrid"] = averages[max(averages)]
    stocks = [capacities(view, series_id) for series_id in STOCKS.values()]
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
