"""How much more electricity China uses in the year that has begun, from its months.

The energy administration prints consumption since January and its growth over the same months of the year before. A
year's growth of generation differs from that: months are still to come, and generation is another count. Both are in
the error, read off earlier years whose sums are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log1p

from data.base.errors import NotFound
from data.periods.period import Frequency, Period
from features.running_year import near_month
from features.view import View

GENERATION = "cn.electricity.generation.total.owid"
SUMS = "cn.electricity.consumption_ytd.total.nea"
GROWTH = "cn.electricity.consumption_growth_ytd.total.nea"


@dataclass(frozen=True)
class RunningGrowth:
    """Growth of consumption since January over the same months of the year before.

    Attributes:
        month: the last month it holds; growth: its logarithm.
        errors: log growth of generation of earlier years less that of their consumption by about the same month.
    """

    month: Period
    growth: float
    errors: tuple[float, ...]


def china_running_growth(view: View, year: int) -> RunningGrowth | None:
    """Of a year whose generation is not printed yet and that of the year before is; None where its months are not."""
    years = {period.start.year: value for period, value in _values(view, GENERATION, Frequency.YEAR).items()}
    growths = _growths(view)
    months = [month for month in growths if month.start.year == year]
    if not months or year in years or year - 1 not in years:
        return None
    newest = max(months)
    errors = []
    for past in sorted(years):
        month = near_month(growths, past, newest)
        if past - 1 in years and month is not None:
            errors.append(log(years[past] / years[past - 1]) - growths[month])
    return RunningGrowth(newest, growths[newest], tuple(errors))


def _growths(view: View) -> dict[Period, float]:
    """Log growth since January by month: as printed, else of two sums that end in the same month."""
    sums = _values(view, SUMS, Frequency.MONTH)
    of_sums = {month: log(value / sums[month.shift(-12)]) for month, value in sums.items() if month.shift(-12) in sums}
    return of_sums | {month: log1p(percent / 100) for month, percent in _values(view, GROWTH, Frequency.MONTH).items()}


def _values(view: View, series_id: str, freq: Frequency) -> Mapping[Period, float]:
    try:
        return view.read(series_id, freq=freq).by_period()
    except NotFound:
        return {}
