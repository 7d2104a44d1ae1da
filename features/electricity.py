"""Yearly electricity from monthly figures."""

from data.errors import NotFound
from data.periods import MONTHS_PER_YEAR, Frequency, Period
from features.series import ModelSeries, derive
from features.view import View

MONTHLY = "us.electricity.netgen.total.eia"


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
        raise NotFound("series", "derived.us.electricity.generation_year", hint="no year has twelve months that day")
    return derive(
        "derived.us.electricity.generation_year",
        region="US",
        unit="TWh",
        values=values,
        inputs=(months,),
        recipe=recipe,
    )
