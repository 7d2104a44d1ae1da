"""Errors the nowcast would have made: every published level, nowcast from what was known the day before, or earlier.

:func:`hindcast` asks on the eve of a level's publication, :func:`running_hindcast` while the level's year was running.
Publication days of indicators are mostly days of retrieval, so the rule of the view is ``available``: indicators are
shown by their release lags, with today's revised values. Levels are strict: figures of the edition in question and of
later ones are hidden.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from data.base.errors import NotFound
from data.store.store import Rule
from features.nowcast.levels import Level, levels
from features.nowcast.nowcast import nowcast
from features.view import View

BANDS = (0.5, 0.8)
"""Central bands whose coverage is counted."""


@dataclass(frozen=True, slots=True)
class NowcastError:
    """One published level and what was said of it the day before.

    Attributes:
        nowcast, carried, grown: log of the figure over what was said: by the nowcast's median, by the last known level,
            and by that level grown at the last known rate.
        rank: share of the nowcast's draws below the figure.
        width: half-width of the nowcast's 80 % band in logs.
        crps: continuous ranked probability score of the nowcast's draws, in logs.
        levels: figures known the day before.
        ahead: the year is the last known one or later; an earlier one is history revised.
    """

    region: str
    edition: str
    year: int
    day: date
    twh: float
    nowcast: float
    carried: float
    grown: float
    rank: float
    width: float
    crps: float
    levels: int
    ahead: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Errors over several levels: mean absolute log error by method, coverage by band, mean CRPS of the nowcast.

    The CRPS of a point is its absolute error, so ``crps`` compares with ``carried`` and ``grown``.
    """

    count: int
    nowcast: float
    carried: float
    grown: float
    crps: float
    coverage: dict[float, float]


def hindcast(view: View, region: str) -> tuple[NowcastError, ...]:
    """Every level of a region known on a day whose eve had two levels or more, by publication; NotFound elsewhere."""
    return _errors(view, region, lambda target: target.known_day - timedelta(days=1))


def running_hindcast(view: View, region: str) -> tuple[NowcastError, ...]:
    """Every level nowcast on the view's day and month of the level's own year, where two levels were known by then."""
    day = view.as_of
    return _errors(
        view,
        region,
        # The last day of a month may be later than that of another year's February.
        lambda target: min(
            target.known_day - timedelta(days=1),
            target.year.start.replace(month=day.month) + timedelta(days=day.day - 1),
        ),
        running=True,
    )


def _errors(
    view: View, region: str, day_before: Callable[[Level], date], *, running: bool = False
) -> tuple[NowcastError, ...]:
    available = view.at(view.as_of, rule=Rule.AVAILABLE)
    targets = levels(available, region)
    errors = []
    for target in sorted(targets, key=lambda level: (level.known_day, level.edition.name, level.year)):
        eve = available.at(day_before(target))
        if not running and target.year.end > eve.as_of:
            continue
        try:
            draws = np.log(nowcast(eve, region).edition(target, stream=f"hindcast.{target.edition.name}"))
        except NotFound:
            continue
        errors.append(_error(region, target, draws, levels(eve, region)))
    return tuple(errors)


def summary(errors: tuple[NowcastError, ...]) -> Summary:
    """The errors of several levels together; raises :class:`NotFound` when there are none."""
    if not errors:
        raise NotFound("level", "hindcast", hint="no level had two others before it")
    ranks = np.array([one.rank for one in errors])
    return Summary(
        count=len(errors),
        nowcast=float(np.mean([abs(one.nowcast) for one in errors])),
        carried=float(np.mean([abs(one.carried) for one in errors])),
        grown=float(np.mean([abs(one.grown) for one in errors])),
        crps=float(np.mean([one.crps for one in errors])),
        coverage={band: float(np.mean(np.abs(ranks - 0.5) <= band / 2)) for band in BANDS},
    )


def _error(
    region: str, target: Level, draws: np.ndarray[tuple[int, ...], np.dtype[np.float64]], evidence: tuple[Level, ...]
) -> NowcastError:
    last = max(evidence, key=lambda level: (level.year, level.known_day, level.edition.name))
    low, middle, high = np.quantile(draws, (0.1, 0.5, 0.9))
    ordered = np.sort(draws)
    count = len(ordered)
    # E|X - y| - E|X - X'| / 2, the second from the order statistics.
    spread = float((ordered * (2 * np.arange(1, count + 1) - count - 1)).sum()) / count**2
    return NowcastError(
        region=region,
        edition=target.edition.name,
        year=target.year.start.year,
        day=target.known_day,
        twh=float(np.exp(target.log)),
        nowcast=target.log - float(middle),
        carried=target.log - last.log,
        grown=target.log - last.log - _growth(evidence, last) * last.year.steps_to(target.year),
        rank=float((draws < target.log).mean()),
        width=float(high - low) / 2,
        crps=float(np.abs(draws - target.log).mean()) - spread,
        levels=len(evidence),
        ahead=target.year >= last.year,
    )


def _growth(evidence: tuple[Level, ...], last: Level) -> float:
    # Yearly log growth between the two last years of the newest edition that prints two; 0 when none does.
    editions: dict[str, list[Level]] = {}
    for level in evidence:
        editions.setdefault(level.edition.name, []).append(level)
    pairs = [sorted(group, key=lambda level: level.year)[-2:] for group in editions.values() if len(group) > 1]
    pairs = [pair for pair in pairs if pair[0].year < pair[1].year and pair[1].year <= last.year]
    if not pairs:
        return 0.0
    before, after = max(pairs, key=lambda pair: (pair[1].known_day, pair[1].year))
    return (after.log - before.log) / before.year.steps_to(after.year)
