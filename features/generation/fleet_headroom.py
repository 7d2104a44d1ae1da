"""What gas and coal plants that stand could make beyond their last twelve months, from what the fleets have made.

The figures are EIA's of the utility scale: net generation by month and net summer capacity. A month's capacity factor
is over the capacity counted nearest to its end, at most a year away, so a year before the first count is the earliest
month read. Wind, sun, water and reactors run as they can and have no headroom.

Three readings of a fleet's best, each as a year of today's fleet less what it made in the last twelve months:

* the best twelve months: a year's demand, fuel and repairs all had their share;
* the best of each calendar month: repairs keep their season;
* the best three months in a row, all year: nothing is left for planned repairs, so no year reaches it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Alternating, Net
from features.view import View

FLEETS = ("natural_gas", "coal")
MONTHS_IN_A_ROW = 3
GIGA_PER_TERA = 1000


@dataclass(frozen=True, slots=True)
class FleetHeadroom:
    """TWh a year beyond the last twelve months, of all fleets together; each at least the one before it.

    Attributes:
        by_year: at the best twelve months of each fleet.
        by_calendar_month: at the best of each calendar month.
        by_best_months: at the best three months in a row.
        last: the month the last twelve end with.
    """

    by_year: float
    by_calendar_month: float
    by_best_months: float
    last: Period


def fleet_headroom(view: View) -> FleetHeadroom | None:
    """The headroom as the figures of the day have it; None where a fleet's generation or capacity is not known.

    Raises :class:`data.base.errors.UnitMismatch` should a capacity be a rating in direct current.
    """
    fleets = []
    for fleet in FLEETS:
        try:
            output = view.read(f"us.electricity.netgen.{fleet}.eia", freq=Frequency.MONTH)
            stock = view.read(f"us.{fleet}.capacity.eia", freq=Frequency.MONTH)
        except NotFound:
            return None
        generation = {month: Net.of(value, output.unit) for month, value in output.by_period().items()}
        counts = {month: Alternating.of(value, stock.unit) for month, value in stock.by_period().items()}
        fleets.append((generation, counts))
    last = Period(min(max(month.start for month in generation) for generation, _ in fleets), Frequency.MONTH)
    by_year, by_calendar_month, by_best_months = 0.0, 0.0, 0.0
    for generation, counts in fleets:
        readings = _readings(generation, counts, last)
        if readings is None:
            return None
        by_year += readings[0]
        by_calendar_month += readings[1]
        by_best_months += readings[2]
    return FleetHeadroom(by_year, by_calendar_month, by_best_months, last)


def _readings(
    generation: Mapping[Period, Net], counts: Mapping[Period, Alternating], last: Period
) -> tuple[float, float, float] | None:
    """The three readings of one fleet, TWh; None where the twelve months or their capacity are not known."""
    factors = {
        month: energy.value / most for month, energy in generation.items() if (most := _most(month, counts)) is not None
    }
    year = [last.shift(-back) for back in range(MONTHS_PER_YEAR)]
    if not all(month in factors for month in year):
        return None
    today = counts[max(counts, key=lambda month: month.start)].value
    used = sum(generation[month].value for month in year)
    full = sum(_hours(month) for month in year) * today / GIGA_PER_TERA
    by_month = sum(
        max(factor for month, factor in factors.items() if month.start.month == place.start.month)
        * _hours(place)
        * today
        / GIGA_PER_TERA
        for place in year
    )
    by_year = _best(factors, generation, MONTHS_PER_YEAR) * full
    by_best_months = _best(factors, generation, MONTHS_IN_A_ROW) * full
    # Months differ in length and capacity, so that the order of the readings is not exact by itself.
    by_year = max(by_year, used)
    by_month = max(by_month, by_year)
    return by_year - used, by_month - used, max(by_best_months, by_month) - used


def _best(factors: Mapping[Period, float], generation: Mapping[Period, Net], length: int) -> float:
    """Highest capacity factor of so many months in a row."""
    runs = ([month.shift(-back) for back in range(length)] for month in factors)
    return max(
        sum(generation[month].value for month in run) / sum(generation[month].value / factors[month] for month in run)
        for run in runs
        if all(month in factors for month in run)
    )


def _most(month: Period, counts: Mapping[Period, Alternating]) -> float | None:
    """TWh the fleet could make in a month at the capacity counted nearest to its end."""
    near = min(counts, key=lambda count: abs(month.steps_to(count)))
    if abs(month.steps_to(near)) > MONTHS_PER_YEAR:
        return None
    return counts[near].value * _hours(month) / GIGA_PER_TERA


def _hours(month: Period) -> float:
    return (month.end - month.shift(-1).end) / timedelta(hours=1)
