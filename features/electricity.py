"""US electricity by month: net generation, by year too where a year is whole, and sales."""

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Net
from features.series import ModelSeries, derive
from features.view import View

MONTHLY = "us.electricity.netgen.total.eia"
YEARLY = "derived.us.electricity.generation_year"


SALES = ("us.electricity.sales.residential.eia", "us.electricity.sales.industrial.eia")
"""Sales that hold next to no data centers: those are metered as commercial."""


def net_months(view: View, *, since: int) -> dict[Period, Net]:
    """Net generation of every printed month from a calendar year on; empty when the day knows none."""
    return {period: Net(twh) for period, twh in months_in_twh(view, MONTHLY, since=since).items()}


def months_in_twh(view: View, series_id: str, *, since: int) -> dict[Period, float]:
    """Every printed month of a series of energy from a calendar year on, TWh; empty when the day knows none."""
    try:
        months = view.read(series_id, freq=Frequency.MONTH).to_unit("TWh")
    except NotFound:
        return {}
    return {period: value for period, value in months.by_period().items() if period.start.year >= since}


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
