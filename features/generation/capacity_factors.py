"""Capacity factors of fleets: net generation of twelve months over what the mean capacity could generate.

Both are EIA's of the utility scale: net generation by month, and net summer capacity at the end of the month before
those twelve and of the last of them. That new plants may run differently is an assumption of the projection.
"""

from collections.abc import Mapping
from datetime import timedelta

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Alternating, Net
from features.generation.plans import Technology
from features.view import View

FLEETS: Mapping[Technology, tuple[str, str]] = {
    Technology.SOLAR: ("us.electricity.netgen.solar_utility.eia", "us.solar_pv.capacity.eia"),
    Technology.WIND: ("us.electricity.netgen.wind.eia", "us.wind.capacity.eia"),
    Technology.NUCLEAR: ("us.electricity.netgen.nuclear.eia", "us.nuclear.capacity.eia"),
    Technology.GAS: ("us.electricity.netgen.natural_gas.eia", "us.natural_gas.capacity.eia"),
}
"""Series of net generation and of capacity."""
GIGA_PER_TERA = 1000


def capacity_factor(view: View, kind: Technology) -> float | None:
    """Share of the hours of the newest twelve months for which both figures are known; None where none are.

    Raises :class:`data.base.errors.UnitMismatch` should a capacity be a rating in direct current.
    """
    generation, capacity = FLEETS[kind]
    try:
        output = view.read(generation, freq=Frequency.MONTH)
        stock = view.read(capacity, freq=Frequency.MONTH)
    except NotFound:
        return None
    months, stocks = output.by_period(), stock.by_period()
    for last in sorted(stocks, reverse=True):
        before = last.shift(-MONTHS_PER_YEAR)
        year = [last.shift(-back) for back in range(MONTHS_PER_YEAR)]
        if before in stocks and all(month in months for month in year):
            mean = (Alternating.of(stocks[before], stock.unit) + Alternating.of(stocks[last], stock.unit)).times(0.5)
            energy = Net.of(sum(months[month] for month in year), output.unit)
            return energy.value * GIGA_PER_TERA / (mean.value * _hours(before, last))
    return None


def _hours(before: Period, last: Period) -> float:
    return (last.end - before.end) / timedelta(hours=1)
