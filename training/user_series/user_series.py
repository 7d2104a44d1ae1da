"""Forecasts of anyone's series: the members a public collection weighs best, and widths it taught.

A lone series has no past forecasts to learn weights or widths from, so both come from
:mod:`training.user_series.prior`. That its own few errors would improve on them was measured and not found. Every
answer says what was reduced and why.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.quantiles import FORECAST_LEVELS
from data.catalogue.definitions import support_of
from data.catalogue.support import Support
from data.periods.period import Frequency, Period
from features.user_series.user_series import UserSeries
from training.backtest.workers import Job, MemberForecast, Progress, cast_all
from training.core.calendar import HISTORY, Calendar
from training.core.growth import growth_class
from training.core.link import Link
from training.ensemble.calibration import LEAST_SCORES, LOG_CAP, TOO_FEW
from training.members.naive import seasonal_indices
from training.members.registry import member
from training.user_series.compounding import compounding
from training.user_series.prior import COVERAGES, Prior, scale_features
from training.user_series.suspects import without_suspects

Floats = NDArray[np.float64]
MEDIAN = 0.5
MIDDLE = FORECAST_LEVELS.index(MEDIAN)
TIMEOUT_SECONDS = 3600.0
COMPOUND = ("ets_log", "drift")
"""The members that continue a rate of growth; on logarithms where a series is positive."""
NO_SEASON = "too short to tell a season: forecast without one"
FEW_SEASONS = "too short for members to follow a season: the one that is plain is held as it was"
AFTER_TIME = f"the horizon passes the year {date.max.year}"
ONE_PROCESS = 24
"""Fewer series than this are fitted in this process: starting others takes longer."""
NOTHING = 1e-9
"""Parts of the mean size of a series with zeros below which a median is zero."""
SHARE = re.compile(
    r"(^|[^a-z])(share|utili[sz]ation|occupancy|vacancy|(load|capacity)[ _.-]factor|percent|pct)([ _.-]?rate)?[^a-z]*$",
    re.IGNORECASE,
)
"""Names of shares, whatever unit or number stands behind: Utilization (%), occupancy_rate, load factor 2."""
PERCENT = 100.0
NORMALS = np.array([NormalDist().inv_cdf((1 + share) / 2) for share in COVERAGES])


@dataclass(frozen=True, eq=False)
class UserForecast:
    """A forecast.

    Attributes:
        periods: the periods forecast, ``horizon`` of them; quantiles: ``(horizon, levels)``, ascending along levels.
        weights: the members that were pooled, with their weights.
        dropped: the members that were not, with the reason.
        method: how median and widths were made; n_scores: past forecasts behind the widths.
        reduced: what this series had to do without, and why.
    """

    series_id: str
    periods: tuple[Period, ...]
    quantiles: Floats
    weights: Mapping[str, float]
    dropped: Mapping[str, str]
    method: str
    n_scores: int
    reduced: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class UserForecasts:
    """Forecasts by place in the input; ``refused``: the reason, by place, where no member answered."""

    answered: Mapping[int, UserForecast]
    refused: Mapping[int, str]


def default_members(freq: Frequency) -> tuple[str, ...]:
    """The members a series of that frequency gets unless others are named."""
    return tuple(Prior.of(freq).weights)


def members_of(item: UserSeries) -> tuple[str, ...]:
    """The members that series gets: the default ones, and those that continue a rate where it compounds."""
    history, calendar, _ = _history(item, _link(item)[0].odds(item.values))
    more = COMPOUND if compounding(history, calendar) > 0 else ()
    return tuple(dict.fromkeys((*default_members(item.freq), *more)))


def silent(_count: int, _total: int) -> None:
    """Report no progress."""


def forecast(
    series: Sequence[UserSeries],
    *,
    horizon: int,
    levels: Sequence[float] = FORECAST_LEVELS,
    members: Sequence[str] | None = None,
    workers: int = 0,
    progress: Progress = silent,
) -> UserForecasts:
    """Forecast every series; nothing here is random, so the same input gives the same output.

    Args:
        series: histories; the gap-free tail of one with gaps is used.
        horizon: steps ahead.
        levels: ascending quantile levels.
        members: names of members to use instead of the default ones.
        workers: processes at most, in which a fit is bounded in time; with 0 this one fits, and waits for every fit.
        progress: called with the count of histories done and in all.

    Raises:
        InvalidParameter: a horizon below one, levels that do not ascend strictly between 0 and 1, no member named.
        NotFound: a member that does not exist.
        TrainingError: the pool of fits ran out of time.
    """
    _check(horizon, levels, members)
    refused = {place: AFTER_TIME for place, item in enumerate(series) if not _in_time(item, horizon)}
    tasks = {place: _Task.of(item) for place, item in enumerate(series) if place not in refused}
    jobs = [
        Job(
            (task.item.series_id, place),
            tuple(members or members_of(task.item)),
            task.link.odds(task.item.values),
            task.item.periods,
            horizon + task.cut,
            partial=True,
        )
        for place, task in tasks.items()
        if not task.constant
    ]
    processes = min(workers, 1 + len(jobs) // ONE_PROCESS)
    member_forecasts = cast_all(jobs, workers=processes, timeout=TIMEOUT_SECONDS, progress=progress)
    by_place: dict[int, list[MemberForecast]] = {place: [] for place in tasks}
    for item in member_forecasts:
        by_place[item.key[1]].append(item)
    answered: dict[int, UserForecast] = {}
    for place, forecasts in by_place.items():
        try:
            answered[place] = _answer(tasks[place], forecasts, steps=horizon + tasks[place].cut, levels=levels)
        except _Unanswered as reason:
            refused[place] = str(reason)
    return UserForecasts(answered, refused)


def _in_time(item: UserSeries, horizon: int) -> bool:
    last = item.periods[-1].start
    return last.year + horizon / item.freq.per_year < date.max.year


class _Unanswered(Exception):  # noqa: N818 - it never leaves this file: it carries the reason
    pass


@dataclass(frozen=True, eq=False)
class _Task:
    """A series as it is fitted.

    Attributes:
        item: without its suspect figures; cut: periods those at its end took with them.
        link: what the series can be.
        history, calendar: the part of its odds that counts.
        notes: what was done to it or left out, in words.
    """

    item: UserSeries
    cut: int
    link: Link
    history: Floats
    calendar: Calendar
    notes: tuple[str, ...]

    @classmethod
    def of(cls, series: UserSeries) -> Self:
        item, cut, notes = without_suspects(series)
        link, words = _link(item)
        history, calendar, reduced = _history(item, link.odds(item.values))
        return cls(item, cut, link, history, calendar, (*notes, *words, *reduced))

    @property
    def constant(self) -> bool:
        return bool(np.all(self.history == self.history[0]))


def combine(item: UserSeries, member_forecasts: Sequence[MemberForecast], *, levels: Sequence[float]) -> UserForecast:
    """One band from the members' answers to a series without suspects, at least one of which has every step."""
    steps = max(len(answer.quantiles) for answer in member_forecasts if answer.quantiles is not None)
    return _answer(_Task.of(item), member_forecasts, steps=steps, levels=levels)


def _answer(
    task: _Task, member_forecasts: Sequence[MemberForecast], *, steps: int, levels: Sequence[float]
) -> UserForecast:
    """One band from the members' answers, or the value of a constant history; raises :class:`_Unanswered`.

    ``steps`` count from the end of what was fitted, of which the first ``task.cut`` are not asked for.
    """
    item = task.item
    periods = tuple(item.periods[-1].shift(step) for step in range(task.cut + 1, steps + 1))
    if task.constant:
        flat = task.link.values(np.full((steps - task.cut, len(levels)), task.history[0]))
        notes = (*task.notes, "every value is the same: no width can be learned from it")
        return UserForecast(item.series_id, periods, flat, {}, {}, "constant", 0, notes)
    pooled = _pooled(task, member_forecasts, steps=steps)
    bands, method, count, notes = _band(task, pooled, levels=levels)
    inside = task.link.band(bands, median=pooled.median)[task.cut :]
    if not np.all(np.isfinite(inside)):
        raise _Unanswered("the band leaves the range of numbers")
    return UserForecast(
        item.series_id, periods, inside, pooled.weights[0], pooled.dropped, method, count, (*task.notes, *notes)
    )


@dataclass(frozen=True, eq=False)
class _Pooled:
    """What the members say together, in the space of the widths.

    Attributes:
        centre: their weighted mean, ``(steps,)``; median: the same as odds.
        features: of the scale of the widths, ``(steps, features)``.
        weights: by first step (from 0) of each stretch over which the same members are pooled.
        dropped: members that are not pooled at all, or not from some step on, with the reason.
        log: whether the space is that of logarithms; unit: what a value is divided by where it is not.
    """

    centre: Floats
    median: Floats
    features: Floats
    weights: Mapping[int, Mapping[str, float]]
    dropped: Mapping[str, str]
    prior: Prior
    rate: float
    log: bool
    unit: float


def _pooled(task: _Task, member_forecasts: Sequence[MemberForecast], *, steps: int) -> _Pooled:
    """Weighted means of the members' medians; the weight of a member that is lost moves from that step on.

    So the forecast of a step does not depend on how many more are asked for.
    """
    history, calendar = task.history, task.calendar
    prior = Prior.of(task.item.freq, points=history.size)
    rate = compounding(history, calendar)
    dropped = {}
    for answer in member_forecasts:
        if answer.reason is not None:
            place = "" if answer.quantiles is None else f" after step {len(answer.quantiles) - task.cut}"
            dropped[answer.member] = f"{answer.reason}{place}"
    log = bool(np.all(history > 0))
    unit = 1.0 if log else float(np.mean(np.abs(history)))
    # A quantity that was never negative is not forecast to be, by any member.
    least = 0.0 if np.all(history >= 0) else -np.inf
    paths = {
        answer.member: np.log(path) if log else np.maximum(path, least) / unit
        for answer in member_forecasts
        if answer.quantiles is not None
        for path in [answer.quantiles[:, MIDDLE]]
    }
    work = np.log(history) if log else history / unit
    ends = sorted({path.size for path in paths.values()})
    if not ends or ends[-1] < steps:
        reasons = "; ".join(str(answer.reason) for answer in member_forecasts)
        far = f"no member answers beyond step {ends[-1] - task.cut}" if ends and ends[-1] > task.cut else None
        raise _Unanswered(f"{far or 'no member answered'}: {reasons}")
    centres, features, weights = [], [], {}
    for start, end in pairwise([0, *ends]):
        pooled_names = [name for name, path in paths.items() if path.size >= end]
        weights[start] = _weights(prior, pooled_names, rate=rate)
        part = np.stack([paths[name][:end] for name in pooled_names])
        shares = np.asarray(list(weights[start].values()))
        centres.append(np.sum(shares[:, None] * part, axis=0)[start:])
        features.append(scale_features(work, calendar, medians=part)[start:])
    centre = np.concatenate(centres)
    if not log:
        # What is left of an optimiser's rounding is no quantity.
        centre = np.where(np.abs(centre) < NOTHING, 0.0, centre)
    median = np.exp(centre) if log else unit * centre
    return _Pooled(centre, median, np.concatenate(features), weights, dropped, prior, rate, log, unit)


def _band(task: _Task, pooled: _Pooled, *, levels: Sequence[float]) -> tuple[Floats, str, int, tuple[str, ...]]:
    """The band of the odds with widths from the prior, its method, the scores behind it and what was reduced."""
    history, prior, rate, centre = task.history, pooled.prior, pooled.rate, pooled.centre
    horizon, last = centre.size - task.cut, float(np.log(history[-1]) if pooled.log else history[-1] / pooled.unit)
    reduced = []
    if pooled.dropped:
        reduced.append(f"without {'; '.join(f'{name}: {pooled.dropped[name]}' for name in sorted(pooled.dropped))}")
    growth = growth_class(history, task.calendar)
    widths = prior.half_widths(pooled.features, growth=growth)
    if not pooled.log:
        reduced.append("a value is zero: forecast on the values, with widths learned on logarithms")
    elif float(widths.max()) > LOG_CAP:
        reduced.append("half-widths are capped at a factor of 100")
        widths = np.minimum(widths, LOG_CAP)
    bands = centre[:, None] + _offsets(widths, levels)
    if rate > 0:
        # What compounds may stop on the spot: on that side the widest band reaches back to the last level.
        back = np.maximum.accumulate(rate * np.abs(centre - last))
        reaching = np.column_stack([np.maximum(widths[:, 0], back), widths[:, 1:]])
        behind = np.sign(np.asarray(levels, dtype=np.float64) - MEDIAN)[None, :] == np.sign(last - centre)[:, None]
        bands = np.where(behind, centre[:, None] + _offsets(reaching, levels), bands)
    pool = prior.pool(growth)
    if prior.substitute_for is not None:
        reduced.append("half-yearly series have no public collection: what quarterly ones taught serves")
    own_pool = pooled.log and prior.substitute_for is None and horizon <= len(prior.ratios[pool])
    count = prior.counts[pool] if own_pool else 0
    if pooled.log and horizon > len(prior.ratios[pool]):
        reduced.append(f"past step {len(prior.ratios[pool])} no forecast was scored: widths grow like a random walk's")
    if count < LEAST_SCORES:
        reduced.append(TOO_FEW)
    length = ",short" if prior.short else ""
    method = f"weighted({','.join(pooled.weights[0])});prior({prior.freq.value},{pool}{length})"
    return np.exp(bands) if pooled.log else pooled.unit * bands, method, count, tuple(reduced)


def _check(horizon: int, levels: Sequence[float], members: Sequence[str] | None) -> None:
    if horizon < 1:
        raise InvalidParameter("horizon", f"{horizon} is not at least 1", allowed=[">= 1"])
    steps = np.diff([0.0, *levels, 1.0])
    if not len(levels) or np.any(steps <= 0):
        raise InvalidParameter("levels", "levels must ascend strictly between 0 and 1")
    if members is not None and not members:
        raise InvalidParameter("members", "none is named")
    for name in members or ():
        member(name)


def _weights(prior: Prior, names: Sequence[str], *, rate: float) -> dict[str, float]:
    """Weights of those that answered; a member the collection never weighed counts as an average one.

    The share ``rate`` goes to the members that continue a rate, where any of them answered.
    """
    usual = 1.0 / len(prior.weights)
    weights = {name: prior.weights.get(name, 0.0 if name in COMPOUND else usual) for name in names}
    total = sum(weights.values())
    shares = {name: weight / total if total > 0 else 1.0 / len(weights) for name, weight in weights.items()}
    members = [name for name in names if name in COMPOUND]
    if not members or not rate:
        return shares
    return {name: (1 - rate) * share + rate * (name in members) / len(members) for name, share in shares.items()}


def _link(item: UserSeries) -> tuple[Link, tuple[str, ...]]:
    """What a series can be, and the notice where only its name says so: a share stays a share.

    A file holds quantities, which are never negative, whatever their name.
    """
    support = support_of(item.series_id)
    link = Link.of(Support.NONNEGATIVE if support is Support.REAL else support, item.values)
    largest = float(np.max(item.values))
    if link.minimum == 0.0 and link.maximum is None and SHARE.search(item.series_id) and largest <= PERCENT:
        whole = 1.0 if largest <= 1.0 else PERCENT
        return replace(link, maximum=whole), (f"a share by its name: forecast between 0 and {whole:g}",)
    return link, ()


def _history(item: UserSeries, odds: Floats) -> tuple[Floats, Calendar, list[str]]:
    """The gap-free part of the odds that counts, its calendar, and what was left out."""
    whole = Calendar.of(item.periods)
    start, recent, tail = whole.begin(odds), whole.recent(), whole.tail()
    reduced = []
    if tail:
        reduced.append(f"periods are missing: the {len(odds) - tail} points after the last gap are used")
    if recent:
        reduced.append(f"only the last {HISTORY[item.freq]} periods are looked at")
    if start > recent and not np.any(odds[start:]):
        reduced.append(f"zero for the last {len(odds) - start} periods, longer than ever before: taken to have ended")
    elif start > recent:
        reduced.append(f"the {start - recent} zeros before it began are left out")
    start = max(start, tail)
    calendar = whole.take(start, len(whole.positions))
    season = calendar.season
    values = odds[start:]
    if season > 1 and calendar.span < max(2 * season + 3, season + 10) and not np.all(values == values[0]):
        indices = seasonal_indices(np.log(values) if np.all(values > 0) else values, calendar)
        reduced.append(FEW_SEASONS if np.any(indices) else NO_SEASON)
    return values, calendar, reduced


def _offsets(widths: Floats, levels: Sequence[float]) -> Floats:
    """Signed distances from the median at any levels: linear in the normal score between the coverages known."""
    scores = np.array([NormalDist().inv_cdf(float(level)) for level in levels])
    normals = np.concatenate([[0.0], NORMALS[::-1]])
    table = np.concatenate([np.zeros((len(widths), 1)), widths[:, ::-1]], axis=1)
    inside = np.stack([np.interp(np.abs(scores), normals, row) for row in table])
    # Beyond the widest coverage learned, the last width grows in proportion to the normal score.
    tail = np.maximum(np.abs(scores) / normals[-1], 1.0)
    return np.asarray(np.sign(scores)[None, :] * inside * tail[None, :])
