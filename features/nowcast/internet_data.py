"""Electricity of China's internet data services in a year: months as counted, and an estimate of the others.

The energy administration counts the class since 2026, as months and as sums since January, beside growth on the year;
months of the year before follow (:mod:`features.flows`). Data centers of companies for themselves are in other classes,
so that the class is a floor under the country's data centers.

Months without a figure lie on a straight line of logarithms through what was counted in the year and the one before,
fitted by least squares, a sum weighing as many months as it holds. The class has no earlier years: the error is what
the same recipe, from sums over the same months, had for commercial sales of states in every year of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.flows import joined
from features.nowcast.indicators import STATE_SALES
from features.series import FloatArray, ModelSeries
from features.view import View

SERIES = "cn.electricity.consumption_month.internet_data_services.nea"
WIDER = "cn.electricity.consumption_growth.it_services.nea"
"""Growth on the year, percent, of the wider class: information transmission, software and IT services."""
SPAN = 2 * MONTHS_PER_YEAR
"""Months of the year and the one before."""
LEAST_SUMS = 3
"""Fewest sums a line is fitted through."""
STEPS = 12
"""Gauss-Newton steps of the fit: it is nearly linear and settles in five."""


@dataclass(frozen=True, eq=False)
class InternetData:
    """What the class used in one calendar year and the one before.

    Attributes:
        counted: TWh of the months with a figure; months: how many those are, 1 to 12.
        rest: median TWh of the other months, 0 where there are none; rest_sd: standard deviation of its logarithm.
        errors: how many past years of other series the deviation is read off.
        before: TWh of the year before, its months without a figure by the line.
        slowest: least log growth printed of the wider class in a year; None where none is.
    """

    counted: float
    months: int
    rest: float
    rest_sd: float
    errors: int
    before: float
    slowest: float | None

    @property
    def twh(self) -> float:
        """The year's median."""
        return self.counted + self.rest

    @property
    def other_growth(self) -> tuple[float, float] | None:
        """80 % band of the log growth of data centers in other classes; None where nothing is printed beside.

        Between the slowest year of the wider class, which holds them and much else, and the class itself.
        """
        own_growth = float(np.log(self.twh / self.before))
        return None if self.slowest is None or self.slowest >= own_growth else (self.slowest, own_growth)


def internet_data(view: View, year: int) -> InternetData | None:
    """The class in a calendar year; None where no month of it or of the year before is known on the view's day."""
    first = Period(date(year - 1, 1, 1), Frequency.MONTH)
    try:
        series = joined(view, SERIES).to_unit("TWh")
    except NotFound:
        return None
    sums = _sums(series, first)
    covered = np.zeros(SPAN, dtype=bool)
    for months, _ in sums:
        covered[months] = True
    of_years = covered.reshape(2, MONTHS_PER_YEAR).sum(axis=1)
    if len(sums) < LEAST_SUMS or not of_years.all():
        return None
    shape = np.zeros((len(sums), SPAN))
    for row, (months, _) in enumerate(sums):
        shape[row, months] = 1.0
    estimate = _line(shape, np.array([[twh for _, twh in sums]]))[0]
    absent = np.flatnonzero(~covered)
    before, rest = absent[absent < MONTHS_PER_YEAR], absent[absent >= MONTHS_PER_YEAR]
    errors = _past_errors(view, shape, rest)
    if rest.size and not errors.size:
        return None
    counted_before = sum(twh for months, twh in sums if months.start < MONTHS_PER_YEAR)
    return InternetData(
        counted=float(sum(twh for _, twh in sums)) - counted_before,
        months=int(of_years[1]),
        rest=float(estimate[rest].sum()),
        rest_sd=float(np.sqrt(np.mean(errors**2))) if rest.size else 0.0,
        errors=len(errors),
        before=float(counted_before + estimate[before].sum()),
        slowest=_slowest(view),
    )


def _slowest(view: View) -> float | None:
    try:
        percent = view.read(WIDER, freq=Frequency.YEAR).values
    except NotFound:
        return None
    return float(np.log1p(percent / 100).min())


def _sums(series: ModelSeries, first: Period) -> list[tuple[slice, float]]:
    """Disjoint sums over months counted from ``first``: spans, and single months outside them."""
    spans = [
        (slice(first.steps_to(one.first), first.steps_to(one.last) + 1), one.value)
        for one in series.sums
        if first <= one.first and first.steps_to(one.last) < SPAN
    ]
    inside = {month for months, _ in spans for month in range(months.start, months.stop)}
    singles = [
        (slice(place, place + 1), twh)
        for period, twh in series.by_period().items()
        if 0 <= (place := first.steps_to(period)) < SPAN and place not in inside
    ]
    # A span over the turn of the year tells neither year's months apart.
    return [one for one in (*spans, *singles) if not one[0].start < MONTHS_PER_YEAR < one[0].stop]


def _line(shape: FloatArray, sums: FloatArray) -> FloatArray:
    """Months by the line of logarithms that fits sums, (series, month).

    Args:
        shape: which months a sum holds, 1 or 0, (sum, month).
        sums: positive, (series, sum).
    """
    months = np.arange(SPAN)
    weights = shape.sum(axis=1)
    level, slope = np.log(sums.sum(axis=1) / weights.sum()), np.zeros(len(sums))
    for _ in range(STEPS):
        line = np.exp(level[:, None] + slope[:, None] * months)
        fitted = line @ shape.T
        # Derivative of the logarithm of a sum: by the level 1, by the slope the mean month.
        middle = (line * months) @ shape.T / fitted
        apart = np.log(sums / fitted)
        mean = (middle * weights).sum(axis=1, keepdims=True) / weights.sum()
        around = middle - mean
        step = (weights * around * apart).sum(axis=1) / (weights * around**2).sum(axis=1)
        level += (weights * apart).sum(axis=1) / weights.sum() - step * mean[:, 0]
        slope += step
    return np.asarray(np.exp(level[:, None] + slope[:, None] * months))


def _past_errors(view: View, shape: FloatArray, absent: NDArray[np.intp]) -> FloatArray:
    """Logarithms of what the absent months of past years brought over what the line says of them, (state and year,)."""
    pairs: list[FloatArray] = []
    for name in STATE_SALES:
        try:
            months = view.read(name, freq=Frequency.MONTH).by_period()
        except NotFound:
            continue
        pairs += _two_years(months)
    if not pairs or not len(absent):
        return np.empty(0)
    table = np.stack(pairs)
    line = _line(shape, table @ shape.T)
    return np.asarray(np.log(table[:, absent].sum(axis=1) / line[:, absent].sum(axis=1)))


def _two_years(months: dict[Period, float]) -> Sequence[FloatArray]:
    years = sorted({period.start.year for period in months})
    tables = []
    for year in years[1:]:
        first = Period(date(year - 1, 1, 1), Frequency.MONTH)
        values = [months.get(first.shift(step), 0.0) for step in range(SPAN)]
        if min(values) > 0:
            tables.append(np.array(values))
    return tables
