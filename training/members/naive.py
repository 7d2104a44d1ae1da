"""Baselines in plain numpy. Each works on elapsed time, so missing periods are no obstacle."""

import math

import numpy as np
from scipy.special import fdtrc

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import Floats, Member, PathDistribution, Pool, Space

TEST_90 = 1.645  # one-sided normal quantile of the M4 seasonality test
SURE = 0.01  # largest p-value at which two or three seasons are enough to see one


def seasonal_indices(values: Floats, calendar: Calendar) -> Floats:
    """Additive seasonal indices by position modulo the season, summing to zero, shape ``(season,)``.

    Zeros when there is no season, fewer than two full ones, or the autocorrelation at the seasonal lag does not
    pass the test of the M4 competition; histories too short for that test see :func:`_few_seasons`. Missing periods
    are joined by straight lines for the moving average only.
    """
    season = calendar.season
    none = np.zeros(season)
    if season == 1 or calendar.span < 2 * season:
        return none
    if calendar.span < max(3 * season, season + 10):
        return _few_seasons(values, calendar)
    grid = np.arange(calendar.span)
    whole = np.interp(grid, calendar.grid, values)
    # A trend hides seasonality from the autocorrelation and fakes it too: test the detrended series.
    flat = whole - np.polyval(np.polyfit(grid, whole, 1), grid)
    if float(np.var(flat)) <= 1e-12:  # noqa: PLR2004 - a straight line up to rounding
        return none
    centred = flat - flat.mean()
    acf = np.array([np.sum(centred[lag:] * centred[:-lag]) for lag in range(1, season + 1)]) / np.sum(centred**2)
    if acf[-1] <= TEST_90 * math.sqrt((1 + 2 * float(np.sum(acf[:-1] ** 2))) / whole.size):
        return none
    weights = np.ones(season + 1) / season
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    else:
        weights = np.ones(season) / season
    half = weights.size // 2
    trend = np.convolve(whole, weights, mode="valid")
    inside = (calendar.grid >= half) & (calendar.grid < calendar.span - half)
    rest = values[inside] - trend[calendar.grid[inside] - half]
    phase = calendar.grid[inside] % season
    if np.unique(phase).size < season:
        return none
    indices = np.array([np.mean(rest[phase == index]) for index in range(season)])
    return np.asarray(indices - indices.mean())


def _few_seasons(values: Floats, calendar: Calendar) -> Floats:
    """Indices of two or three seasons where an F test on the changes leaves no doubt, zeros elsewhere.

    The autocorrelation of so few points says nothing. The changes of a walk are independent, those of noise less so:
    testing changes by the position of the season refuses both. Positions with one change say nothing, or a single jump
    would be a season. The indices are those of a straight line with a level for each position.
    """
    season, none = calendar.season, np.zeros(calendar.season)
    if calendar.gaps:
        return none
    phase = calendar.grid % season
    several = np.bincount(phase[1:], minlength=season)[phase[1:]] > 1
    changes, place = np.diff(values)[several], phase[1:][several]
    places = np.unique(place)
    free = changes.size - places.size
    if free < 1 or places.size < 2:  # noqa: PLR2004 - two positions are the least that can differ
        return none
    means = {index: changes[place == index].mean() for index in places}
    rest = float(np.sum((changes - np.array([means[index] for index in place])) ** 2))
    between = float(np.sum((changes - changes.mean()) ** 2)) - rest
    tiny = float(np.finfo(float).eps) * max(float(np.sum(changes**2)), 1.0)
    ratio = between / (places.size - 1) / ((rest + tiny) / free)
    if between <= tiny or float(fdtrc(places.size - 1, free, ratio)) > SURE:
        return none
    table = np.column_stack([calendar.grid, *(phase == index for index in range(season))]).astype(np.float64)
    levels = np.linalg.lstsq(table, values, rcond=None)[0][1:]
    return np.asarray(levels - levels.mean())


def future_phase(calendar: Calendar, steps: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Position modulo the season of the next steps."""
    return (calendar.positions[-1] + 1 + np.arange(steps)) % calendar.season


def walk_sigma(level: Floats, calendar: Calendar) -> float:
    """Standard deviation of a random walk with drift over one step, from changes over the elapsed steps."""
    elapsed = np.diff(calendar.grid).astype(np.float64)
    changes = np.diff(level)
    drift = float(np.sum(changes) / np.sum(elapsed))
    return float(np.sqrt(np.sum((changes - drift * elapsed) ** 2 / elapsed) / max(changes.size - 1, 1)))


class Naive2(Member):
    """The last seasonally adjusted value, with the season put back."""

    name = "naive2"
    family = "naive"
    pool = Pool.EVERY
    space = Space.AUTO
    minimum = 4
    gaps = True

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        seasonal = seasonal_indices(values, calendar)
        level = values - seasonal[calendar.grid % calendar.season]
        elapsed = np.diff(calendar.grid)
        sigma = float(np.sqrt(np.mean(np.diff(level) ** 2 / elapsed)))

        def path(steps: int) -> tuple[Floats, Floats]:
            location = level[-1] + seasonal[future_phase(calendar, steps)]
            return location, sigma * np.sqrt(np.arange(1.0, steps + 1))

        return PathDistribution(path, {"sigma": sigma, "seasonal": bool(np.any(seasonal))})


class Drift(Member):
    """A straight line from the first to the last seasonally adjusted value, on actual elapsed time."""

    name = "drift"
    family = "drift"
    pool = Pool.EVERY
    space = Space.AUTO
    minimum = 4
    gaps = True
    undamped = True

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        seasonal = seasonal_indices(values, calendar)
        level = values - seasonal[calendar.grid % calendar.season]
        slope = float(level[-1] - level[0]) / calendar.positions[-1]
        sigma = walk_sigma(level, calendar)

        def path(steps: int) -> tuple[Floats, Floats]:
            ahead = np.arange(1.0, steps + 1)
            location = level[-1] + slope * ahead + seasonal[future_phase(calendar, steps)]
            # The slope is estimated from the same walk: variance h (1 + h / span).
            return location, sigma * np.sqrt(ahead * (1 + ahead / calendar.span))

        return PathDistribution(path, {"slope": slope, "sigma": sigma, "seasonal": bool(np.any(seasonal))})


class SeasonalGrowth(Member):
    """The same season a year ago plus the latest growth over a year; yearly: the mean of the last three steps."""

    name = "seasonal_growth"
    family = "seasonal_growth"
    pool = Pool.EVERY
    space = Space.AUTO
    minimum = 5
    gaps = True
    undamped = True

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        season = calendar.season
        grid = calendar.on_grid(values)
        if grid.size < 2 * season:
            raise FitFailed(self.name, f"needs two seasons, {2 * season} steps")
        yearly = grid[season:] - grid[:-season]
        latest = yearly[-max(season, 3) :]
        if not np.all(np.isfinite(grid[-season:])) or not np.all(np.isfinite(latest[-season:])):
            raise FitFailed(self.name, "a period of the last two seasons is missing")
        growth = float(np.nanmean(latest if season == 1 else latest[-season:]))
        finite = yearly[np.isfinite(yearly)]
        sigma = float(np.std(finite)) if finite.size > 1 else abs(growth)

        def path(steps: int) -> tuple[Floats, Floats]:
            ahead = np.arange(steps)
            years = ahead // season + 1
            return grid[-season:][ahead % season] + growth * years, sigma * np.sqrt(years)

        return PathDistribution(path, {"growth": growth, "sigma": sigma})
