"""Growth curves that end: logistic, Gompertz and Bass, with a ceiling that is given or estimated.

Fitted on logarithms of the level by least squares; the width is a random walk's from the curve's own one-step errors.
A ceiling may be a physical cap: a connected load, a site's grid allotment, a market's size. It is given in the unit of
the series and the curve never passes it.
"""

import math
from abc import abstractmethod

import numpy as np
from scipy.optimize import least_squares

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import NO_COVARIATES, Covariates, Floats, Member, Parameter, PathDistribution, Space
from training.members.naive import future_phase, seasonal_indices

ROOM = 100.0
"""An estimated ceiling is at most this many times the highest value seen: past it the curve is an exponential."""
LEAST_ROOM = 1.001


class _Curve(Member):
    space = Space.LOG
    minimum = 8
    gaps = True
    takes = frozenset({"cap"})

    @staticmethod
    @abstractmethod
    def shape(years: Floats, speed: float, place: float) -> Floats:
        """Log of the share of the ceiling reached, below 0, after ``years`` from the first point."""

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        season = calendar.season
        seasonal = seasonal_indices(values, calendar)
        level = values - seasonal[calendar.grid % season]
        years = calendar.grid / season
        highest = float(np.max(level))
        ceiling = covariates.cap
        if ceiling is not None and ceiling <= highest:
            raise FitFailed(self.name, "the history passes the given ceiling")
        low, high = highest + math.log(LEAST_ROOM), highest + math.log(ROOM)

        def residuals(guess: Floats) -> Floats:
            top = ceiling if ceiling is not None else guess[2]
            return np.asarray(top + self.shape(years, math.exp(guess[0]), guess[1]) - level)

        best = None
        for speed in (0.1, 0.4, 1.0):
            start = [math.log(speed), float(years[-1])] + ([] if ceiling is not None else [highest + 1.0])
            floor = [math.log(1e-3), -50.0] + ([] if ceiling is not None else [low])
            roof = [math.log(10.0), 200.0] + ([] if ceiling is not None else [high])
            solution = least_squares(residuals, start, bounds=(floor, roof), max_nfev=500)
            if solution.success and (best is None or solution.cost < best.cost):
                best = solution
        if best is None:
            raise FitFailed(self.name, "least squares did not converge from three starts")
        top = ceiling if ceiling is not None else float(best.x[2])
        speed, place = math.exp(best.x[0]), float(best.x[1])
        errors = level - (top + self.shape(years, speed, place))
        elapsed = np.diff(calendar.grid)
        sigma = float(np.sqrt(np.mean(np.diff(errors) ** 2 / elapsed)))

        def path(steps: int) -> tuple[Floats, Floats]:
            ahead = np.arange(1.0, steps + 1)
            curve = top + self.shape(years[-1] + ahead / season, speed, place)
            # The path starts where the history ended and returns to the curve at the pace of the growth itself.
            gap = errors[-1] * np.exp(-speed * ahead / season)
            location = np.minimum(curve + gap, top) + seasonal[future_phase(calendar, steps)]
            return location, sigma * np.sqrt(ahead)

        parameters: dict[str, Parameter] = {
            "room": math.exp(top - highest),  # the ceiling over the highest value seen
            "given": ceiling is not None,
            "speed": speed,
            "place": place,
            "sigma": sigma,
        }
        return PathDistribution(path, parameters)


class Logistic(_Curve):
    """Verhulst's curve: ``K / (1 + exp(-r (t - t0)))``."""

    name = "logistic"
    family = "saturation"

    @staticmethod
    def shape(years: Floats, speed: float, place: float) -> Floats:
        """Log of ``1 / (1 + exp(-r (t - t0)))``."""
        return np.asarray(-np.logaddexp(0.0, -speed * (years - place)))


class Gompertz(_Curve):
    """``K exp(-exp(-r (t - t0)))``: growth fades from the start."""

    name = "gompertz"
    family = "saturation"

    @staticmethod
    def shape(years: Floats, speed: float, place: float) -> Floats:
        """Log of ``exp(-exp(-r (t - t0)))``."""
        return np.asarray(-np.exp(np.minimum(-speed * (years - place), 50.0)))


class Bass(_Curve):
    """Bass (1969): cumulative adoption with innovation ``p = q / (exp(q t0) - 1)`` and imitation ``q``."""

    name = "bass"
    family = "saturation"

    @staticmethod
    def shape(years: Floats, speed: float, place: float) -> Floats:
        """Log of the share that has adopted."""
        # One point before the first, adoption starts; place is the time of the peak in years.
        since = years + 1.0
        peak = max(place, 0.0) + 1.0
        ratio = math.exp(min(speed * peak, 50.0))  # q / p
        rate = speed * (1 + 1 / ratio)
        fade = np.exp(-rate * since)
        return np.asarray(np.log1p(-fade) - np.log1p(ratio * fade))
