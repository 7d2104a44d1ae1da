"""Revisions: what a new edition of the site tracker changed about the plans of the one before.

Terms are measured apart, on the same mass. What was seen at the earlier look is compared with what the later edition
says of that day (re-measurement). What was pending then is compared as a whole: how much of it is left (size), when it
arrives on average (slip), over how long (ramp). MW that a later edition adds after the old plan is full are an
expansion, and sites it did not hold before are coverage: neither is delivery of the old plan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from features.sites.pipeline import Builder, Plan

Dated = Sequence[tuple[date, float]]
UNIFORM_WIDTH = 12**0.5
"""Width of a uniform distribution over its standard deviation."""


@dataclass(frozen=True)
class Revision:
    """One site that an edition changed, against the edition before.

    Attributes:
        age: days from the edition the old plan dates from to the new edition.
        remeasured: new over old view of the MW seen at the earlier look; None where nothing was seen running.
        size: new over old final MW, the new one counted until the old plan is full; None where there was no plan.
        slip: days by which the pending MW arrive later on average; None where nothing was pending before or after.
        ramp: (days, MW): span over which what was one step arrives now; None where it was more than one.
    """

    site: str
    builder: Builder
    earlier: date
    later: date
    age: int
    remeasured: float | None
    size: float | None
    slip: float | None
    ramp: tuple[float, float] | None


@dataclass(frozen=True)
class Chance:
    """A site both editions hold: whether the later one changed it, over how many days."""

    later: date
    days: int
    revised: bool


def revisions(editions: Mapping[date, Mapping[str, Plan]]) -> tuple[list[Revision], list[Chance]]:
    """Every revision and every chance of one between successive editions."""
    changes, chances = [], []
    for earlier, later in pairwise(sorted(editions)):
        for site, old in sorted(editions[earlier].items()):
            new = editions[later].get(site)
            if new is None:
                continue
            changed = new.revised == later
            chances.append(Chance(later, (later - earlier).days, changed))
            if changed:
                changes.append(revision(old, new))
    return changes, chances


def revision(old: Plan, new: Plan) -> Revision:
    """What a later edition changed of one site."""
    day = old.looked
    then = new.level(day)
    due = [(step.day, step.mw) for step in old.pending]
    arrives = _until_full(new, after=day, start=then, full=old.final)
    left, total = sum(mw for _, mw in arrives), sum(mw for _, mw in due)
    slip, ramp = None, None
    if left > 0 and total > 0:
        # Where less is left than was planned, the late phases were dropped: what is left did not move forward.
        planned = _first(due, left) if left < total else due
        slip = _mean_day(arrives) - _mean_day(planned)
        if len(due) == 1:
            ramp = (UNIFORM_WIDTH * _spread(arrives), left)
    return Revision(
        site=old.site,
        builder=old.builder,
        earlier=old.edition,
        later=new.edition,
        age=(new.edition - old.revised).days,
        remeasured=then / old.verified if old.verified > 0 else None,
        size=(then + left) / old.final if due and old.final > 0 else None,
        slip=slip,
        ramp=ramp,
    )


def coverage(editions: Mapping[date, Mapping[str, Plan]]) -> dict[date, float]:
    """MW that sites new in an edition already ran on the day of the edition before, by edition."""
    return {
        later: sum(plan.level(earlier) for site, plan in editions[later].items() if site not in editions[earlier])
        for earlier, later in pairwise(sorted(editions))
    }


def _until_full(new: Plan, *, after: date, start: float, full: float) -> list[tuple[date, float]]:
    """Steps after a day, to the one that fills the old plan; the whole of that one is its size, the rest expansion."""
    level, days = start, []
    steps = [*new.verified_steps, *((step.day, step.mw) for step in new.pending)]
    for day, mw in sorted(steps):
        if day <= after:
            continue
        if level >= full:
            break
        days.append((day, mw))
        level += mw
    return days


def _first(steps: Dated, mw: float) -> list[tuple[date, float]]:
    """The first MW of a plan, its last step cut."""
    days, left = [], mw
    for day, step in steps:
        days.append((day, min(step, left)))
        left -= step
        if left <= 0:
            break
    return days


def _mean_day(steps: Iterable[tuple[date, float]]) -> float:
    days, mw = _arrays(steps)
    return float((days * mw).sum() / mw.sum())


def _spread(steps: Iterable[tuple[date, float]]) -> float:
    days, mw = _arrays(steps)
    middle = (days * mw).sum() / mw.sum()
    return float(np.sqrt(max((mw * (days - middle) ** 2).sum() / mw.sum(), 0.0)))


def _arrays(steps: Iterable[tuple[date, float]]) -> tuple[np.ndarray, np.ndarray]:
    rows = list(steps)
    return np.array([day.toordinal() for day, _ in rows], dtype=float), np.array([mw for _, mw in rows])
