"""US net generation by month and, where a year is whole, by year."""

from data.errors import NotFound
from data.periods import MONTHS_PER_YEAR, Frequency, Period
from features.generation_bases import Net
from features.series import ModelSeries, derive
from features.view import View

MONTHLY = "us.electricity.netgen.total.eia"
YEARLY = "derived.us.electricity.generation_year"


def net_months(view: View, *, since: int) -> dict[Period, Net]:
    """Net generation of every printed month from a calendar year on; empty when the day knows none."""
    try:
        months = view.read(MONTHLY, freq=Frequency.MONTH)
    except NotFound:
        return {}
    known = months.by_period().items()
    return {period: Net.of(value, months.unit) for period, value in known if period.start.year >= since}


def generation_year(view: View, *, recipe: str) -> ModelSeries:
    """US net generation, TWh a calendar year, only years with all twelve months; raises :class:`NotFound`.

    The months are EIA's net generation of all sectors under one id in three retrievals that meet without overlap
    (Monthly Energy Review table 7.2a to 2000, then the electricity data browser); GWh become TWh.
    """
    months = view.read(MONTHLY, freq=Frequency.MONTH).to_unit("TWh")
    years: dict[Period, list[float]] = {}
    for period, value in months.by_period().items():
        years.setdefault(Period.containing(period.start, Frequency.YEAR), []).append(value)
    values = {year: sum(parts) for year, parts in years.items() if len(parts) == MONTHS_PER_YEAR}
    if not values:
        raise NotFound("series", YEARLY, hint="no year has twelve months that day")
    return derive(
        YEARLY,
        region="US",
        unit="TWh",
        values=values,
        inputs=(months,),
        recipe=recipe,
    )
