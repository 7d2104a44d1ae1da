"""The forecaster contract: what every member promises, and the checks none of them can skip.

A member believes in a path: a location and a standard deviation per step, Gaussian in its own space (the values, or
their logarithm). Everything else is done here, once: the space, the unit, the damping of undamped growth, widths that
never shrink with the horizon, and the bounds outside which a forecast is a failed fit.
"""

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from data.base.errors import FitFailed, HeadroomError, InvalidParameter, TooFewObservations
from features.series import SpanSum
from training.core.calendar import Calendar

Floats = NDArray[np.float64]
Parameter = float | int | str | bool | None | list[float]

FLOOR = 1e-3
"""Least quantile of a positive series as a share of its median: a raw-space band may reach below zero."""

DECIMALS = 10
"""Decimals of a history normalised to unit level."""

LARGEST = 1e300
"""Values beyond it leave no room for sums and bands among the numbers of the machine."""


class Space(StrEnum):
    """Where a member lives."""

    RAW = "raw"
    LOG = "log"
    AUTO = "auto"  # log where every value is positive, raw otherwise


@dataclass(frozen=True, slots=True)
class PathDistribution:
    """A member's path in its own space, normalised to unit level.

    Attributes:
        path: steps -> (location, standard deviation), each of shape ``(steps,)``.
        parameters: what was estimated, as JSON values.
    """

    path: Callable[[int], tuple[Floats, Floats]]
    parameters: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class Covariates:
    """What may stand beside a history, in the member's space.

    Attributes:
        drivers: series that move with it, over the history and as far ahead as they are known, shape
            ``(points + ahead, drivers)``; None where there are none.
        cap: a level it cannot pass; None where none is known.
        pace: growth a step of its peers (:mod:`training.backtest.peers`); None without any.
        sums: means over spans of periods that are not known one by one: the positions of first and last on the grid of
            the history, which may lie outside it, and the mean.
    """

    drivers: Floats | None = None
    cap: float | None = None
    pace: float | None = None
    sums: tuple[tuple[int, int, float], ...] = ()
    log: bool = False
    """Whether ``sums`` are logarithms of means."""


NO_COVARIATES = Covariates()


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fit: quantiles in the unit of the series."""

    member: str
    parameters: Mapping[str, Parameter]
    _belief: PathDistribution
    _log: bool
    _damps: bool
    _history: Floats  # on the grid of the calendar, NaN in gaps, in the normalised space
    _season: int
    _scale: float

    def quantiles(self, horizon: int, *, levels: Sequence[float]) -> Floats:
        """Quantiles of steps 1 to ``horizon``, shape ``(horizon, levels)``, ascending along levels.

        Raises :class:`FitFailed` when the path leaves its sanity bounds.
        """
        values, fault = self.reach(horizon, levels=levels)
        if fault is not None:
            raise fault
        return values

    def reach(self, horizon: int, *, levels: Sequence[float]) -> tuple[Floats, FitFailed | None]:
        """Quantiles of the steps before the first that leaves its sanity bounds, and the fault that ends them there.

        The quantiles of a step do not depend on how many more are asked for.
        """
        location, sigma, fault = self._path(horizon)
        normals = np.asarray([NormalDist().inv_cdf(float(level)) for level in levels])
        return self._unit(location[:, None] + sigma[:, None] * normals[None, :], location[:, None]), fault

    def draws(self, horizon: int, *, count: int, rng: np.random.Generator) -> Floats:
        """Paths over steps 1 to ``horizon``, shape ``(count, horizon)``, the same for the same generator.

        Each step is distributed as :meth:`quantiles` says. Between steps the uncertainty that is added is independent
        of what was there before, as in a walk: variances grow, and the draws of two steps share the earlier one's.
        Raises :class:`FitFailed` when the path leaves its sanity bounds.
        """
        if count < 1:
            raise InvalidParameter("count", f"{count} is not at least 1", allowed=[">= 1"])
        location, sigma, fault = self._path(horizon)
        if fault is not None:
            raise fault
        added = np.sqrt(np.diff(sigma**2, prepend=0.0))
        paths = location + np.cumsum(added * rng.standard_normal((count, horizon)), axis=1)
        return self._unit(paths, location)

    def _path(self, horizon: int) -> tuple[Floats, Floats, FitFailed | None]:
        """Location and standard deviation per step in the member's space, as far as they can be trusted."""
        if horizon < 1:
            raise InvalidParameter("horizon", f"{horizon} is not at least 1", allowed=[">= 1"])
        with fitting(self.member):
            location, sigma = self._belief.path(horizon)
        if location.shape != (horizon,) or sigma.shape != (horizon,):
            raise FitFailed(self.member, "the path has the wrong length")
        lost = ~(np.isfinite(location) & np.isfinite(sigma) & (sigma >= 0))
        location, sigma, fault = self._before(lost, location, sigma, None, "the path is not finite")
        if self._damps:
            location = damped(location, history=self._history, season=self._season)
        for boundary, lost in _outside(location, sigma, history=self._history).items():
            if not np.any(lost):
                continue
            place = f"{boundary} leaves its sanity bounds at step {int(np.argmax(lost)) + 1}"
            location, sigma, fault = self._before(lost[: location.size], location, sigma, fault, place)
        if not self._log and np.nanmin(self._history) > 0:
            reason = "the median of a positive series is not positive"
            location, sigma, fault = self._before(location <= 0, location, sigma, fault, reason)
        # Uncertainty about a later step is never less than about an earlier one; simulated bands of some libraries say
        # otherwise, which is noise.
        return location, np.maximum.accumulate(sigma), fault

    def _before(
        self, lost: NDArray[np.bool_], location: Floats, sigma: Floats, fault: FitFailed | None, reason: str
    ) -> tuple[Floats, Floats, FitFailed | None]:
        """What stands before the first lost step, with the reason, or everything with the fault there was."""
        if not np.any(lost):
            return location, sigma, fault
        first_lost = int(np.argmax(lost))
        return location[:first_lost], sigma[:first_lost], FitFailed(self.member, reason)

    def _unit(self, values: Floats, location: Floats) -> Floats:
        """From the member's space to the unit of the series; a positive series stays positive."""
        if self._log:
            return np.asarray(np.exp(np.clip(values, -50.0, 50.0)) * self._scale)
        if np.nanmin(self._history) > 0:
            values = np.maximum(values, FLOOR * location)
        return np.asarray(values * self._scale)


class Pool(StrEnum):
    """Which series a member is fitted to by itself."""

    EVERY = "every"  # milliseconds a fit
    DRIVERS = "drivers"  # drivers, and where growth of peers is known
    PEERS = "peers"  # only where growth of peers is known
    SPARSE = "sparse"  # only where most months are missing; there no other member is pooled
    NAMED = "named"  # only where somebody names it


class Member(ABC):
    """A forecasting model. A new one is a class with these lines and one line that names it (docs/members.md).

    Attributes:
        name: identifier; family: members of one family are much alike, so an ensemble pools at most one of them.
        space: where it works; minimum: fewest points; gaps: whether missing periods inside are allowed.
        undamped: its growth does not fade by itself, so on logarithms it is faded here at long horizons.
        takes: the covariates it can use, ``drivers``, ``cap``, ``pace`` or ``sums``.
        pool: the series it is fitted to by itself.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    space: ClassVar[Space]
    minimum: ClassVar[int]
    gaps: ClassVar[bool] = False
    undamped: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset()
    pool: ClassVar[Pool] = Pool.NAMED

    @abstractmethod
    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        """Fit in the member's space; raises :class:`FitFailed`."""

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        """Fit with covariates, for members that take any; raises :class:`FitFailed`."""
        del covariates
        return self._distribution(values, calendar)

    def fit(
        self,
        values: Floats,
        calendar: Calendar,
        *,
        drivers: Floats | None = None,
        cap: float | None = None,
        pace: float | None = None,
        sums: Sequence[SpanSum] = (),
    ) -> Fitted:
        """Fit to the observed points, shape ``(n,)``, whose times ``calendar`` gives. The input is never changed.

        ``drivers``, shape ``(n + ahead, k)`` and positive where the member works on logarithms, ``cap``, in the unit of
        the series, ``pace``, log growth a step, and ``sums``, over periods of the calendar's grid, are for members that
        take them.

        Raises :class:`TooFewObservations` below the stated minimum, :class:`FitFailed` when the member does not apply
        to this series, did not converge, or broke inside its library, and :class:`InvalidParameter` for an aid it does
        not take or cannot read.
        """
        points = np.array(values, dtype=np.float64)
        if points.shape != (len(calendar.positions),):
            raise InvalidParameter("values", f"{points.shape} points for {len(calendar.positions)} periods")
        if points.size < self.minimum:
            raise TooFewObservations(self.name, points.size, self.minimum)
        if not np.all(np.isfinite(points)):
            raise FitFailed(self.name, "a value is not finite")
        if np.max(np.abs(points)) > LARGEST:
            raise FitFailed(self.name, f"a value is beyond {LARGEST:g}")
        if calendar.gaps and not self.gaps:
            raise FitFailed(self.name, "periods are missing inside and this member needs a regular series")
        positive = bool(np.all(points > 0))
        if self.space is Space.LOG and not positive:
            raise FitFailed(self.name, "values are not all positive and this member works on logarithms")
        log = positive and self.space is not Space.RAW
        scale = math.exp(float(np.mean(np.log(points)))) if log else float(np.mean(np.abs(points))) or 1.0
        # Rounded, so that a change of unit leaves nothing for an optimiser to stumble over but the unit.
        work = np.round(np.log(points / scale) if log else points / scale, DECIMALS)
        history = calendar.on_grid(work)
        work.setflags(write=False)
        covariates = self._aids(points.size, drivers, cap, pace, log=log, scale=scale)
        spans = self._spans(sums, calendar, log=log, scale=scale)
        if spans:
            covariates = replace(covariates, sums=spans, log=log)
        with fitting(self.name):
            distribution = (
                self._distribution(work, calendar)
                if covariates is NO_COVARIATES
                else self._distribution_with(work, calendar, covariates)
            )
        parameters: dict[str, Parameter] = {"space": "log" if log else "raw", "points": points.size}
        return Fitted(
            self.name,
            parameters | dict(distribution.parameters),
            distribution,
            _log=log,
            _damps=self.undamped and log,
            _history=history,
            _season=calendar.season,
            _scale=scale,
        )

    def _spans(
        self, sums: Sequence[SpanSum], calendar: Calendar, *, log: bool, scale: float
    ) -> tuple[tuple[int, int, float], ...]:
        """Means over spans, in the member's space; raises :class:`InvalidParameter` where it takes none."""
        if sums and "sums" not in self.takes:
            raise InvalidParameter("sums", f"{self.name} takes none")
        spans = []
        for one in sums:
            first, last = calendar.first.steps_to(one.first), calendar.first.steps_to(one.last)
            mean = one.value / (last - first + 1) / scale
            if not log or mean > 0:
                spans.append((first, last, math.log(mean) if log else mean))
        return tuple(spans)

    def _aids(
        self, points: int, drivers: Floats | None, cap: float | None, pace: float | None, *, log: bool, scale: float
    ) -> Covariates:
        """Covariates in the member's space; raises :class:`InvalidParameter`."""
        if drivers is None and cap is None and pace is None:
            return NO_COVARIATES
        for aid_name, aid in (("drivers", drivers), ("cap", cap), ("pace", pace)):
            if aid is not None and aid_name not in self.takes:
                raise InvalidParameter(aid_name, f"{self.name} takes none")
        table = None if drivers is None else np.array(drivers, dtype=np.float64)
        if table is not None:
            if table.ndim != 2 or len(table) < points or not np.all(np.isfinite(table)):  # noqa: PLR2004 - rows, columns
                raise InvalidParameter("drivers", f"shape {table.shape} does not cover {points} points with figures")
            if log and np.any(table <= 0):
                raise InvalidParameter("drivers", "values are not all positive and this member works on logarithms")
            # Deviations from their own mean: the constant belongs to the series.
            table = np.log(table) if log else table / (np.mean(np.abs(table), axis=0) + np.finfo(float).tiny)
            table = table - table[:points].mean(axis=0)
        if cap is not None and not (math.isfinite(cap) and cap > 0):
            raise InvalidParameter("cap", f"{cap:g} is not a positive number")
        if pace is not None and not math.isfinite(pace):
            raise InvalidParameter("pace", f"{pace} is not a number")
        ceiling = None if cap is None else math.log(cap / scale) if log else cap / scale
        return Covariates(table, ceiling, pace)


@contextmanager
def fitting(name: str) -> Iterator[None]:
    """Turn whatever a library raises of its own into :class:`FitFailed`, and keep its warnings quiet."""
    try:
        with quiet():
            yield
    # A library that cannot be imported is a fault of the installation, not of the series: it ends the training.
    except (HeadroomError, ImportError):
        raise
    # The libraries underneath raise whatever their optimiser ran into, down to bare Exception: a failed fit with a
    # reason. The conformance suite holds every member to the reasons it may give, so a mistake of ours shows there.
    except Exception as error:
        reason = str(error).strip().splitlines()[0:1]
        raise FitFailed(name, f"{type(error).__name__}: {reason[0] if reason else 'no message'}") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the libraries' warnings from the reader's screen; what they warn of is checked afterwards.

    Convergence is read from the result, and paths that are not finite are refused. Recorded as well as ignored: some
    libraries put filters of their own in front when they are imported, which is here.
    """
    with warnings.catch_warnings(record=True), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def damped(location: Floats, *, history: Floats, season: int) -> Floats:
    """A log path whose growth fades beyond a third of the history, shape as given.

    Up to ``start = max(season, span / 3)`` the path is the member's own; a history shorter than two seasons has shown
    none to keep, and ``season`` is one step there. After it the change over one season is multiplied by
    ``0.5 ** ((h - start) / start)``: growth halves every ``start`` steps, so what is added in all is bounded by
    ``start / ln 2`` steps of it. Working on changes over a season keeps the seasonal shape. Undamped log trends won on
    our fast growers at the horizons that could be scored, and exploded on economic series beyond.
    """
    season = season if history.size >= 2 * season else 1
    start = max(season, math.ceil(history.size / 3))
    if location.size <= start:
        return location
    before = _filled(history)[-season:]
    joined = np.concatenate([before, location])
    path = joined.copy()
    for step in range(start, location.size):
        index = step + season
        fade = 0.5 ** ((step + 1 - start) / start)
        path[index] = path[index - season] + fade * (joined[index] - joined[index - season])
    return np.asarray(path[season:])


def _filled(history: Floats) -> Floats:
    """History with gaps joined by straight lines."""
    observed = np.flatnonzero(np.isfinite(history))
    return np.interp(np.arange(history.size), observed, history[observed])


def _outside(location: Floats, sigma: Floats, *, history: Floats) -> dict[str, NDArray[np.bool_]]:
    """Steps at which the median or the width leaves history faster than history ever moved.

    Bound at step h: the range of the history times (1 + 3 h / span), plus six random-walk standard deviations, plus
    5 % of the level. A straight continuation of any trend stays inside; a runaway optimiser does not.
    """
    values = _filled(history)
    steps = np.arange(1, location.size + 1)
    changes = np.diff(values)
    spread = float(np.max(values) - np.min(values))
    level = float(np.mean(np.abs(values)))
    bound = (
        spread * (1 + 3 * steps / values.size) + 6 * float(np.std(changes)) * np.sqrt(steps) + 0.05 * max(level, 0.1)
    )
    return {"the median": np.abs(location - values[-1]) > bound, "the standard deviation": sigma > bound}
