"""How wrong grid operators' peak forecasts were: errors of past editions by horizon, as a term for those still open.

``grids.toml`` names the editions whose later summers stand beside them, today ERCOT's alone. They differ in what they
count:

* organic: economy, weather and trend alone, as every edition before 2024;
* submitted: customers' requests as utilities handed them in, signed letters included;
* adjusted: the same after the operator cut them down.

From the organic editions comes how far a peak strays from its forecast; from the submitted ones, how much of a growth
made of requests arrives. Of an operator that vets requests no edition has met its summers yet; how far its editions of
one year lie apart is counted instead, as revisions that are still to come.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from data.base.errors import NotFound
from data.periods.period import Frequency
from features.grids.definitions import GRIDS, Counts, Edition, SubmittedForecast
from features.series import FloatArray
from features.view import View

LAST_SUMMER_MONTH = 9
LEAST_ORGANIC = 8
"""Organic pairs below which no spread is fitted: two terms and their own noise."""
LEAST_SUBMITTED = 3
LEAST_REVISIONS = 8
LEAST_ADDED = 1.0
"""GW or TWh; where an edition adds less, a ratio to it says nothing."""
LONGEST_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """One forecast of one summer and what came.

    Attributes:
        series_id: of the peaks that came, one to a grid.
        edition: that forecast it.
        summer: calendar year of the summer.
        ahead: summers from the edition's day to it, the first that was still to come being 1.
        forecast, actual: peak, GW.
        known_year: last summer whose peak the edition could know.
        known_peak: its peak, GW.
    """

    series_id: str
    edition: Edition
    summer: int
    ahead: int
    forecast: float
    actual: float
    known_year: int
    known_peak: float

    @property
    def log_error(self) -> float:
        """Logarithm of the actual over the forecast; positive where the forecast was too low."""
        return float(np.log(self.actual / self.forecast))


@dataclass(frozen=True, slots=True)
class Spread:
    """Spread of log(actual / forecast): variance level_sd^2 + (growth_sd x summers ahead)^2, about zero.

    It is the root mean square and not the spread about a mean: the sign of the bias followed the regime (too high after
    2013, too low since 2021), so it is width and no correction. ``bias`` is the least-squares drift a summer, printed
    beside it.
    """

    level_sd: float
    growth_sd: float
    bias: float
    pairs: int
    summers: int

    def at(self, ahead: float) -> float:
        """Standard deviation of the logarithm so many summers ahead."""
        return float(np.hypot(self.level_sd, self.growth_sd * ahead))


@dataclass(frozen=True, slots=True)
class Realised:
    """Growth of the peak that came over the growth that was submitted: ratio of sums, with the weather's part of it."""

    share: float
    sd: float
    pairs: int
    summers: int


@dataclass(frozen=True, slots=True)
class Revisions:
    """How far the next edition moves what one adds so many years ahead, as the logarithm of the ratio.

    Its variance is level_sd^2 + (growth_sd x years ahead)^2, the mean square about zero as that of :class:`Spread`,
    since most revisions so far were upwards with the boom.
    """

    level_sd: float
    growth_sd: float
    pairs: int
    editions: int

    def at(self, ahead: ArrayLike) -> FloatArray:
        """Standard deviation of the logarithm, of all editions until the year itself, taken to move apart from another.

        The sum of the variances at 1, 2, ... years ahead, between whole years by the same polynomial.
        """
        ahead = np.maximum(np.asarray(ahead, dtype=np.float64), 0.0)
        squares = ahead * (ahead + 1) * (2 * ahead + 1) / 6
        return np.asarray(np.sqrt(self.level_sd**2 * ahead + self.growth_sd**2 * squares))


def revisions(by_operator: Iterable[Mapping[int, Mapping[int, float]]]) -> Revisions | None:
    """The revisions of operators' editions: what each adds by year, by its own year; None where too few are known."""
    ahead, errors, later_editions = [], [], 0
    for editions in by_operator:
        for year, edition in editions.items():
            later = editions.get(year + 1, {})
            moved = [
                (target - year, np.log(later[target] / added))
                for target, added in edition.items()
                if target in later and year < target <= year + LONGEST_AHEAD
                if min(added, later[target]) >= LEAST_ADDED
            ]
            later_editions += bool(moved)
            ahead += [distance for distance, _ in moved]
            errors += [error for _, error in moved]
    if len(errors) < LEAST_REVISIONS:
        return None
    level, growth = _least_squares(np.array(ahead, dtype=float), np.array(errors))
    return Revisions(level, growth, len(errors), later_editions)


def all_pairs(view: View) -> tuple[Pair, ...]:
    """The pairs of every grid whose past editions are named."""
    forecasts = [grid.forecast for grid in GRIDS if isinstance(grid.forecast, SubmittedForecast)]
    return tuple(pair for forecast in forecasts for pair in pairs(view, forecast))


def pairs(view: View, forecast: SubmittedForecast) -> tuple[Pair, ...]:
    """Every past forecast with its actual known on the day, by edition and summer; empty before there is any."""
    actual = peaks(view, forecast)
    results = []
    for edition in forecast.editions:
        rows = view.rows_with_value(forecast.errors + edition.name)
        next_summer = edition.issued.year + (edition.issued.month >= LAST_SUMMER_MONTH)
        # A summer still running when the edition appeared was neither known nor to be foretold: July 2024.
        first = next_summer + (edition.issued.month in {7, 8})
        known_year = last_summer(edition.issued)
        for day, percent in rows.sort("period").select("period", "value").rows():
            if day.year < first or day.year not in actual or known_year not in actual:
                continue
            results.append(
                Pair(
                    forecast.actual,
                    edition,
                    day.year,
                    day.year - first + 1,
                    actual[day.year] * (1 + percent / 100),
                    actual[day.year],
                    known_year,
                    actual[known_year],
                )
            )
    return tuple(results)


def peaks(view: View, forecast: SubmittedForecast) -> dict[int, float]:
    """Peaks that came, GW by year, as far as the day knows them."""
    try:
        series = view.read(forecast.actual, freq=Frequency.YEAR).to_unit("GW")
    except NotFound:
        return {}
    return {period.start.year: float(value) for period, value in series.by_period().items()}


def last_summer(day: date) -> int:
    """The last year whose summer peak is known on a day.

    >>> last_summer(date(2025, 4, 7)), last_summer(date(2025, 10, 1))
    (2024, 2025)
    """
    return day.year - (day.month < LAST_SUMMER_MONTH)


def spread(load_pairs: tuple[Pair, ...]) -> Spread | None:
    """The spread of organic editions, by least squares on squared errors; None where too few are known."""
    organic = [pair for pair in load_pairs if pair.edition.counts is Counts.ORGANIC]
    if len(organic) < LEAST_ORGANIC:
        return None
    ahead = np.array([pair.ahead for pair in organic], dtype=float)
    errors = np.array([pair.log_error for pair in organic])
    level, growth = _least_squares(ahead, errors)
    return Spread(
        level_sd=level,
        growth_sd=growth,
        bias=float((ahead * errors).sum() / (ahead * ahead).sum()),
        pairs=len(organic),
        summers=len({pair.summer for pair in organic}),
    )


def realised(load_pairs: tuple[Pair, ...], errors: Spread) -> Realised | None:
    """How much of submitted growth came; None where too few editions met a summer.

    The peaks of two editions are those of the same summers, so the weather's error is counted once for each summer:
    its coefficient is how often the summer stands as target less how often as starting point.
    """
    submitted = [pair for pair in load_pairs if pair.edition.counts is Counts.SUBMITTED]
    if len(submitted) < LEAST_SUBMITTED:
        return None
    growth = sum(pair.forecast - pair.known_peak for pair in submitted)
    came = sum(pair.actual - pair.known_peak for pair in submitted)
    weight: dict[tuple[str, int], float] = defaultdict(float)
    for pair in submitted:
        weight[pair.series_id, pair.summer] += pair.actual
        weight[pair.series_id, pair.known_year] -= pair.known_peak
    weather = errors.level_sd * float(np.sqrt(sum(value**2 for value in weight.values())))
    summers = {pair.summer for pair in submitted}
    return Realised(share=came / growth, sd=weather / growth, pairs=len(submitted), summers=len(summers))


def organic_growth(load_pairs: tuple[Pair, ...]) -> float | None:
    """Growth of the peak in the newest organic edition with two summers beside it, GW a year; None without one."""
    by_edition: dict[date, list[Pair]] = {}
    for pair in load_pairs:
        if pair.edition.counts is Counts.ORGANIC:
            by_edition.setdefault(pair.edition.issued, []).append(pair)
    paths = [path for _, path in sorted(by_edition.items()) if len(path) > 1]
    if not paths:
        return None
    first, last = paths[-1][0], paths[-1][-1]
    return (last.forecast - first.forecast) / (last.summer - first.summer)


def _least_squares(ahead: FloatArray, errors: FloatArray) -> tuple[float, float]:
    table = np.stack([np.ones_like(ahead), ahead**2], axis=1)
    level, growth = np.linalg.lstsq(table, errors**2, rcond=None)[0]
    return float(np.sqrt(max(level, 0.0))), float(np.sqrt(max(growth, 0.0)))
