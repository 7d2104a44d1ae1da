"""What a scoreboard says as a whole: who was how far off, which way projections are revised, how far they lie apart.

Everything is in logarithms, so that terawatt-hours and gigawatts may be counted together.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from statistics import fmean, median, stdev

from data.base.units import convert
from projection.scoreboard.entries import DAYS, Entry
from projection.scoreboard.judging import ScoredProjection, State

UNCHANGED = 1e-3
"""Logarithm within which a projection counts as repeated."""
LIKE_MONTHS = 18
"""How far apart two publishers' projections may have been published to be laid side by side."""
MIDDLE = frozenset({"", "base"})
"""Scenarios that stand for a publisher's middle."""
EDITION = re.compile(r"(edition_|v)\d{4}")
"""A scenario that names the edition of a publication, and no case of it."""
TWO = 2


class Lead(StrEnum):
    """Years from publication to the end of the period."""

    UNDER_1 = "under_1"
    TO_2 = "1_to_2"
    TO_5 = "2_to_5"
    OVER_5 = "over_5"

    @classmethod
    def of(cls, years: float) -> "Lead":
        """The class of a horizon.

        >>> Lead.of(1.5).value
        '1_to_2'
        """
        ends = ((1.0, cls.UNDER_1), (2.0, cls.TO_2), (5.0, cls.TO_5))
        return next((lead for end, lead in ends if years < end), cls.OVER_5)


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The scored projections of a publisher for a region at a lead.

    Attributes:
        n: scored projections; n_ranges: those with a range.
        bias: mean log error: positive is too high. error: median absolute log error.
        crps: mean CRPS of the logarithm; None where no entry has one.
        coverage: share of ranges that held the later figure; None without a range.
    """

    by: str
    lead: Lead
    region: str
    n: int
    n_ranges: int
    bias: float
    error: float
    crps: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Revisions:
    """How a publisher changed its projections of one quantity, period and scenario from one publication to the next.

    Attributes:
        n: revisions, repetitions included; up, down, unchanged: of them.
        mean: mean log of the later over the earlier.
        closer: share of the revisions of scored projections that moved nearer to what came; None without any.
    """

    by: str
    region: str
    n: int
    up: int
    down: int
    unchanged: int
    mean: float
    closer: float | None


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How far the newest projections of several publishers lie apart for one quantity and period.

    Attributes:
        low, high: least and largest, in ``unit``. log_sd: standard deviation of their logarithms.
        publishers: who projected, ascending by what they said.
    """

    quantity: str
    region: str
    freq: str
    period: date
    unit: str
    publishers: tuple[str, ...]
    low: float
    high: float
    log_sd: float


def group_scores(outcomes: Iterable[ScoredProjection]) -> tuple[GroupScore, ...]:
    """Scores by publisher, lead and region, in that order."""
    groups: dict[tuple[str, str, Lead], list[ScoredProjection]] = {}
    for item in outcomes:
        if item.state is State.SCORED:
            entry = item.entry
            groups.setdefault((entry.by, entry.region, Lead.of(entry.horizon)), []).append(item)
    order = list(Lead)
    return tuple(
        _group(by, lead, region, items)
        for (by, region, lead), items in sorted(groups.items(), key=lambda one: (*one[0][:2], order.index(one[0][2])))
    )


def _group(by: str, lead: Lead, region: str, items: Sequence[ScoredProjection]) -> GroupScore:
    errors = [item.log_error for item in items if item.log_error is not None]
    ranges = [item.inside for item in items if item.inside is not None]
    scores = [item.crps for item in items if item.crps is not None]
    return GroupScore(
        by=by,
        lead=lead,
        region=region,
        n=len(items),
        n_ranges=len(ranges),
        bias=fmean(errors),
        error=median(abs(error) for error in errors),
        crps=fmean(scores) if scores else None,
        coverage=fmean(ranges) if ranges else None,
    )


def revisions(outcomes: Iterable[ScoredProjection]) -> tuple[Revisions, ...]:
    """Revisions by publisher and region; a publisher that never projected the same thing twice has none."""
    chains: dict[tuple[str, str, str, str, object], list[ScoredProjection]] = {}
    for item in outcomes:
        entry = item.entry
        if entry.middle is not None:
            key = (entry.by, entry.region, entry.series_id, _case(entry), entry.period)
            chains.setdefault(key, []).append(item)
    moves: dict[tuple[str, str], list[tuple[float, bool | None]]] = {}
    for (by, region, *_), chain in chains.items():
        # Two figures of one day are two readings of one publication, not a revision.
        days = [list(same)[-1] for _, same in groupby(sorted(chain, key=_published), key=_published)]
        moves.setdefault((by, region), []).extend(_move(earlier, later) for earlier, later in pairwise(days))
    return tuple(_revisions(by, region, steps) for (by, region), steps in sorted(moves.items()) if steps)


def _case(entry: Entry) -> str:
    """The scenario of an entry, empty where it only names the edition."""
    return "" if EDITION.fullmatch(entry.scenario) else entry.scenario


def _published(item: ScoredProjection) -> date:
    return item.entry.published


def _move(earlier: ScoredProjection, later: ScoredProjection) -> tuple[float, bool | None]:
    """Log of the later over the earlier projection, and whether it came nearer to what came."""
    step = math.log(_middle(later.entry, later.entry.unit) / _middle(earlier.entry, later.entry.unit))
    if earlier.log_error is None or later.log_error is None or abs(step) <= UNCHANGED:
        return step, None
    return step, abs(later.log_error) < abs(earlier.log_error)


def _middle(entry: Entry, unit: str) -> float:
    middle = entry.middle
    if middle is None:
        raise ValueError(f"{entry.series_id} of {entry.source_id} has no positive middle")
    return convert(middle, entry.unit, unit)


def _revisions(by: str, region: str, steps: Sequence[tuple[float, bool | None]]) -> Revisions:
    changes = [change for change, _ in steps]
    nearer = [closer for _, closer in steps if closer is not None]
    up, down = sum(change > UNCHANGED for change in changes), sum(change < -UNCHANGED for change in changes)
    return Revisions(
        by=by,
        region=region,
        n=len(changes),
        up=up,
        down=down,
        unchanged=len(changes) - up - down,
        mean=fmean(changes),
        closer=fmean(nearer) if nearer else None,
    )


def dispersion(outcomes: Iterable[ScoredProjection]) -> tuple[Dispersion, ...]:
    """Spread of like projections, where at least two publishers have one, by quantity and period.

    Like are the newest projections in the middle scenario of one quantity and period that were published within
    :data:`LIKE_MONTHS` of the newest of them.
    """
    slices: dict[tuple[str, str, str, date], dict[str, Entry]] = {}
    for item in outcomes:
        entry = item.entry
        if _case(entry) not in MIDDLE or entry.middle is None:
            continue
        key = (item.quantity, entry.region, entry.period.freq.value, entry.period.start)
        newest = slices.setdefault(key, {})
        if entry.by not in newest or entry.published >= newest[entry.by].published:
            newest[entry.by] = entry
    return tuple(one for key, newest in sorted(slices.items()) if (one := _dispersion(key, newest)) is not None)


def _dispersion(key: tuple[str, str, str, date], newest: dict[str, Entry]) -> Dispersion | None:
    last = max(entry.published for entry in newest.values())
    since = last - timedelta(days=LIKE_MONTHS * DAYS / 12)
    like = [entry for entry in newest.values() if entry.published >= since]
    if len(like) < TWO:
        return None
    unit = like[0].unit
    values = sorted((_middle(entry, unit), entry.by) for entry in like)
    quantity, region, freq, period = key
    return Dispersion(
        quantity=quantity,
        region=region,
        freq=freq,
        period=period,
        unit=unit,
        publishers=tuple(by for _, by in values),
        low=values[0][0],
        high=values[-1][0],
        log_sd=stdev(math.log(value) for value, _ in values),
    )
