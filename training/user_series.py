"""Forecasts of anyone's series: the members a public collection weighs best, and widths it taught.

A lone series has no past forecasts to learn weights or widths from, so both come from :mod:`training.prior`. That its
own few errors would improve on them was measured and not found. Every answer says what was reduced and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from data.errors import InvalidParameter
from data.periods import Frequency, Period
from data.quantiles import FORECAST_LEVELS
from features.user_series import UserSeries
from training.calendar import HISTORY, Calendar
from training.calibration import LEAST_SCORES, LOG_CAP, TOO_FEW
from training.compounding import compounding
from training.growth import growth_class
from training.members.naive import seasonal_indices
from training.prior import COVERAGES, Prior, scale_features
from training.registry import member
from training.workers import Cast, Job, Progress, cast_all

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
NORMALS = np.array([NormalDist().inv_cdf((1 + share) / 2) for share in COVERAGES])


@dataclass(frozen=True, eq=False)
class Answer:
    """A forecast.

    Attributes:
        periods: the periods forecast, ``horizon`` of them; quantiles: ``(horizon, levels)``, ascending along levels.
        weights: the members that spoke, with their weights.
        dropped: the members that did not, with the reason.
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
class Answers:
    """Forecasts by place in the input; ``refused``: the reason, by place, where no member answered."""

    answered: Mapping[int, Answer]
    refused: Mapping[int, str]


def default_members(freq: Frequency) -> tuple[str, ...]:
    """The members a series of that frequency gets unless others are named."""
    return tuple(Prior.of(freq).weights)


def members_of(item: UserSeries) -> tuple[str, ...]:
    """The members that series gets: the default ones, and those that continue a rate where it compounds."""
    history, calendar, _ = _history(item)
    more = COMPOUND if compounding(history, calendar) > 0 else ()
    return tuple(dict.fromkeys((*default_members(item.freq), *more)))


def silent(_done: int, _total: int) -> None:
    """No progress told."""


def forecast(
    series: Sequence[UserSeries],
    *,
    horizon: int,
    levels: Sequence[float] = FORECAST_LEVELS,
    members: Sequence[str] | None = None,
    workers: int = 2,
    progress: Progress = silent,
) -> Answers:
    """Forecast every series; nothing here is random, so the same input gives the same output.

    Args:
        series: histories; the gap-free tail of one with gaps is used.
        horizon: steps ahead.
        levels: ascending quantile levels.
        members: names of members to use instead of the default ones.
        workers: processes; few series are fitted in this one.
        progress: told of histories done and in all.

    Raises:
        InvalidParameter: a horizon below one, levels that do not ascend strictly between 0 and 1, no member named.
        NotFound: a member that does not exist.
        TrainingError: the pool of fits ran out of time.
    """
    _check(horizon, levels, members)
    refused = {place: AFTER_TIME for place, item in enumerate(series) if not _in_time(item, horizon)}
    jobs = [
        Job((item.series_id, place), tuple(members or members_of(item)), item.values, item.periods, horizon)
        for place, item in enumerate(series)
        if place not in refused
    ]
    processes = workers if len(jobs) >= ONE_PROCESS else 1
    casts = cast_all(jobs, workers=processes, timeout=TIMEOUT_SECONDS, progress=progress)
    by_place: dict[int, list[Cast]] = {job.key[1]: [] for job in jobs}
    for item in casts:
        by_place[item.key[1]].append(item)
    answered: dict[int, Answer] = {}
    for place, found in by_place.items():
        if any(item.quantiles is not None for item in found):
            answer = combine(series[place], found, levels=levels)
            if np.all(np.isfinite(answer.quantiles)):
                answered[place] = answer
            else:
                refused[place] = "the band leaves the range of numbers"
        else:
            refused[place] = "no member answered: " + "; ".join(str(item.reason) for item in found)
    return Answers(answered, refused)


def _in_time(item: UserSeries, horizon: int) -> bool:
    last = item.periods[-1].start
    return last.year + horizon / item.freq.per_year < date.max.year


def combine(item: UserSeries, casts: Sequence[Cast], *, levels: Sequence[float]) -> Answer:
    """One band from the members' answers, at least one of which gave quantiles."""
    history, calendar, reduced = _history(item)
    prior = Prior.of(item.freq, points=history.size)
    medians = {cast.member: cast.quantiles[:, MIDDLE] for cast in casts if cast.quantiles is not None}
    dropped = {cast.member: str(cast.reason) for cast in casts if cast.quantiles is None}
    rate = compounding(history, calendar)
    weights = _weights(prior, tuple(medians), rate=rate)
    if dropped:
        reduced.append(f"without {'; '.join(f'{name}: {dropped[name]}' for name in sorted(dropped))}")
    horizon = next(iter(medians.values())).size
    periods = tuple(item.periods[-1].shift(step) for step in range(1, horizon + 1))
    log = bool(np.all(history > 0)) and all(np.all(path > 0) for path in medians.values())
    # A quantity that was never negative is not forecast to be, by any member.
    least = 0.0 if np.all(history >= 0) else -np.inf
    unit = 1.0 if log else float(np.mean(np.abs(history)))
    paths = np.stack([np.log(path) if log else np.maximum(path, least) / unit for path in medians.values()])
    centre = np.asarray(list(weights.values())) @ paths

    if np.all(history == history[0]):
        reduced.append("every value is the same: no width can be learned from it")
        flat = np.full((horizon, len(levels)), history[0])
        return Answer(item.series_id, periods, flat, weights, dropped, "constant", 0, tuple(reduced))

    growth = growth_class(history, calendar)
    work = np.log(history) if log else history / unit
    widths = prior.half_widths(scale_features(work, calendar, medians=paths), growth=growth)
    if not log:
        reduced.append("a value is zero: forecast on the values, with widths learned on logarithms")
    elif float(widths.max()) > LOG_CAP:
        reduced.append("half-widths are capped at a factor of 100")
        widths = np.minimum(widths, LOG_CAP)
    bands = centre[:, None] + _offsets(widths, levels)
    if rate > 0:
        # What compounds may stop on the spot: on that side the widest band reaches back to the last level.
        back = np.maximum.accumulate(rate * np.abs(centre - work[-1]))
        reaching = np.column_stack([np.maximum(widths[:, 0], back), widths[:, 1:]])
        behind = np.sign(np.asarray(levels, dtype=np.float64) - MEDIAN)[None, :] == np.sign(work[-1] - centre)[:, None]
        bands = np.where(behind, centre[:, None] + _offsets(reaching, levels), bands)
    quantiles = np.exp(bands) if log else np.maximum(unit * bands, least)
    pool = prior.pool(growth)
    if prior.borrowed is not None:
        reduced.append("half-yearly series have no public collection: what quarterly ones taught serves")
    own_pool = log and prior.borrowed is None and horizon <= len(prior.ratios[pool])
    count = prior.counts[pool] if own_pool else 0
    if log and horizon > len(prior.ratios[pool]):
        reduced.append(f"past step {len(prior.ratios[pool])} no forecast was scored: widths grow like a random walk's")
    if count < LEAST_SCORES:
        reduced.append(TOO_FEW)
    length = ",short" if prior.short else ""
    method = f"weighted({','.join(weights)});prior({prior.freq.value},{pool}{length})"
    return Answer(item.series_id, periods, np.asarray(quantiles), weights, dropped, method, count, tuple(reduced))


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
    found = {name: prior.weights.get(name, 0.0 if name in COMPOUND else usual) for name in names}
    total = sum(found.values())
    shares = {name: weight / total if total > 0 else 1.0 / len(found) for name, weight in found.items()}
    own = [name for name in names if name in COMPOUND]
    if not own or not rate:
        return shares
    return {name: (1 - rate) * share + rate * (name in own) / len(own) for name, share in shares.items()}


def _history(item: UserSeries) -> tuple[Floats, Calendar, list[str]]:
    """The gap-free part that counts, its calendar, and what was left out."""
    whole = Calendar.of(item.periods)
    start = max(whole.recent(), whole.tail())
    reduced = []
    if whole.tail():
        reduced.append(f"periods are missing: the {len(item.values) - whole.tail()} points after the last gap are used")
    if whole.recent():
        reduced.append(f"only the last {HISTORY[item.freq]} periods are looked at")
    calendar = whole.take(start, len(whole.positions))
    season = calendar.season
    values = item.values[start:]
    if season > 1 and calendar.span < max(2 * season + 3, season + 10):
        told = seasonal_indices(np.log(values) if np.all(values > 0) else values, calendar)
        reduced.append(FEW_SEASONS if np.any(told) else NO_SEASON)
    return values, calendar, reduced


def _offsets(widths: Floats, levels: Sequence[float]) -> Floats:
    """Signed distances from the median at any levels: linear in the normal score between the coverages known."""
    scores = np.array([NormalDist().inv_cdf(float(level)) for level in levels])
    known = np.concatenate([[0.0], NORMALS[::-1]])
    table = np.concatenate([np.zeros((len(widths), 1)), widths[:, ::-1]], axis=1)
    inside = np.stack([np.interp(np.abs(scores), known, row) for row in table])
    # Beyond the widest coverage learned, the last width grows in proportion to the normal score.
    tail = np.maximum(np.abs(scores) / known[-1], 1.0)
    return np.asarray(np.sign(scores)[None, :] * inside * tail[None, :])
