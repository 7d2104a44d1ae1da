"""Two publishers' series joined on their overlap, with the error of the join kept.

The base series stays as published. The other is shifted, on the log scale, by the mean difference over the periods that
both have, and only fills periods missing from the base. The variance of an added value, by the base's definition, is

    s² (1 + 1/n + d) + the variance the overlap itself carries + the variance the other series carries

with n overlapping periods, d years from the added period to the nearest of them, and s the spread of the differences:
(1 + 1/n) is the error of predicting one more difference from n, and d lets the difference between two definitions
wander by one spread a year. s² is (m·s0² + sum of squares) / (m + n - 1), because one or two overlaps cannot show a
spread: s0 = 0.08 is the log spread of four publishers on one year (United States 2023: 147, 152, 154 and 176 TWh), and
it weighs as much as m = 2 overlaps.
"""

from dataclasses import replace

import numpy as np

from data.base.errors import InvalidParameter, NotFound
from data.periods.period import MONTHS_PER_YEAR, Period
from features.series import ModelSeries, derive

PRIOR_SD = 0.08
"""Log spread of publishers of one figure before their overlap is seen."""
PRIOR_WEIGHT = 2
"""Overlapping periods the prior spread is worth."""
Z80 = 1.2815515655446004
"""Standard deviations from the middle of a normal to its 10th and 90th percentile."""


def join(base: ModelSeries, other: ModelSeries, *, series_id: str, recipe: str) -> ModelSeries:
    """The base with the periods it lacks filled from the other, moved to the base's level.

    ``variance`` is 0 in periods of the base (or what it carried), and the error above elsewhere; ``low`` and ``high``
    are the 10th and 90th percentile of added values, NaN elsewhere.

    Raises:
        InvalidParameter: frequencies differ, or a value is not positive.
        NotFound: no period is printed by both.
        UnitMismatch: units of different dimension.
    """
    if base.freq is not other.freq:
        raise InvalidParameter("freq", f"{base.series_id} is {base.freq}, {other.series_id} is {other.freq}")
    moved = other.to_unit(base.unit)
    if not ((base.values > 0).all() and (moved.values > 0).all()):
        raise InvalidParameter("values", f"{base.series_id} and {other.series_id} are joined by their logarithms")
    mine, theirs = base.by_period(), moved.by_period()
    shared = sorted(set(mine) & set(theirs))
    if not shared:
        raise NotFound("overlap", f"{base.series_id} and {other.series_id}", hint="no period is printed by both")
    apart = np.log([mine[period] / theirs[period] for period in shared])
    spread = (PRIOR_WEIGHT * PRIOR_SD**2 + float(((apart - apart.mean()) ** 2).sum())) / (
        PRIOR_WEIGHT + len(shared) - 1
    )
    variances = dict(zip(base.periods, (base.splice_sd**2).tolist(), strict=True))
    carried = dict(zip(other.periods, (other.splice_sd**2).tolist(), strict=True))
    # The mean difference is as wrong as the overlap is: errors made by one earlier join are shared, so they are not
    # divided by their number.
    behind = max(variances[period] for period in shared)
    values, variance = dict(mine), dict(variances)
    for period in set(theirs) - set(mine):
        values[period] = theirs[period] * float(np.exp(apart.mean()))
        years = min(_years(period, common) for common in shared)
        variance[period] = spread * (1 + 1 / len(shared) + years) + behind + carried[period]
    joined = derive(
        series_id,
        region=base.region,
        unit=base.unit,
        values=values,
        inputs=(base, other),
        recipe=recipe,
        variance=variance,
    )
    wide = np.where(joined.splice_sd > 0, np.exp(Z80 * joined.splice_sd), np.nan)
    if np.isnan(wide).all():
        return joined
    return replace(joined, low=joined.values / wide, high=joined.values * wide)


def chain(base: ModelSeries, *others: ModelSeries, series_id: str, recipe: str) -> ModelSeries:
    """The others joined one after the other, each on what the chain so far prints; errors add along the chain."""
    series = base
    for other in others:
        series = join(series, other, series_id=series_id, recipe=recipe)
    return series


def _years(one: Period, two: Period) -> float:
    return abs(one.steps_to(two)) * one.freq.months / MONTHS_PER_YEAR
