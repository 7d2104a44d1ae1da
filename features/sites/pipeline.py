"""The site pipeline: what the tracker last observed at each site, and what is planned after that.

An edition of the tracker lists steps of every site. A step dated before the edition's own day is not always seen: when
a planned date passes and nobody has looked again, the edition counts the step as running by its date alone. The site
was *looked at* where a row appears that no earlier edition had as a plan. Every step after the last look is a plan,
whatever its date.

The tracker names some sites anew. A later edition's parts are joined under the earlier name, so that a split is neither
a cancellation nor a new site.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from data.periods.period import Frequency, Period
from features.sites.sites import located, tracked, tracker_facts
from features.view import View

CONSTRUCTION_DAYS = 730
"""A building due within this of its edition is taken to be under construction: 1 GW takes 1 to 3.6 years (Epoch AI)."""

_SPANS = ((12, 182), (3, 45), (1, 15))
# Months a boundary closes, and half that span in days.


class Stage(StrEnum):
    """How far a planned step has come."""

    CONSTRUCTION = "under_construction"
    PERMITTED = "permitted"
    ANNOUNCED = "announced"


class Builder(StrEnum):
    """Who builds: a hyperscaler for itself, or anyone else (newcomers, colocation)."""

    SELF_BUILD = "self_build"
    NEWCOMER = "newcomer"


@dataclass(frozen=True)
class Step:
    """A change of a site's facility power.

    Attributes:
        mw: MW added at the meter; negative where power is taken away.
        halfwidth: days on either side that a date on a calendar boundary stands for.
    """

    day: date
    mw: float
    stage: Stage
    halfwidth: int


@dataclass(frozen=True)
class Plan:
    """One site as one edition has it.

    Attributes:
        edition: day of the edition.
        revised: the edition that last changed anything of the site; the plan is as old as that.
        looked: day of the last look at the site.
        verified_steps: (day, MW added) up to the last look.
        pending: steps after the last look, by date; the edition counts those before its day as running.
    """

    site: str
    builder: Builder
    edition: date
    revised: date
    looked: date
    verified_steps: tuple[tuple[date, float], ...]
    pending: tuple[Step, ...]

    @property
    def verified(self) -> float:
        """MW seen at the last look."""
        return sum(mw for _, mw in self.verified_steps)

    @property
    def final(self) -> float:
        """MW when every step is delivered."""
        return self.verified + sum(step.mw for step in self.pending)

    def level(self, day: date) -> float:
        """MW the edition counts as running on a day: the plan at face value."""
        return self.seen_by(day) + sum(step.mw for step in self.pending if step.day <= day)

    def seen_by(self, day: date) -> float:
        """MW seen and dated by a day."""
        return sum(mw for at, mw in self.verified_steps if at <= day)

    def counted_unseen(self) -> float:
        """MW the edition counts as running because their date has passed, not because anyone looked."""
        return sum(step.mw for step in self.pending if step.day <= self.edition)


def editions(view: View) -> dict[date, dict[str, Plan]]:
    """Plans by edition and site, for every edition known on the view's day, oldest first."""
    operators = {
        name: operator
        for name, operator in tracked().unique("site", maintain_order=True).select("site", "operator").iter_rows()
        if operator is not None
    }
    by_vintage: dict[date, dict[str, list[tuple[date, float]]]] = {}
    rows = view.site_vintages.filter(pl.col("facility_mw").is_not_null()).sort("vintage", "site", "date")
    for vintage, site, day, level in rows.select("vintage", "site", "date", "facility_mw").iter_rows():
        by_vintage.setdefault(vintage, {}).setdefault(site, []).append((day, level))
    plans_by_edition: dict[date, dict[str, Plan]] = {}
    planned: dict[str, set[tuple[date, float]]] = {}
    before: dict[str, Plan] = {}
    part_of = tracker_facts().part_of
    for edition, by_site in by_vintage.items():
        families: dict[str, list[str]] = {}
        for site in by_site:
            families.setdefault(part_of.get(site, site), []).append(site)
        plans = {}
        for family, parts in families.items():
            looked = max(_last_look(by_site[part], edition, planned.get(part, set())) for part in parts)
            steps = sorted(step for part in parts for step in _increments(by_site[part]))
            plans[family] = _plan(family, steps, edition, looked, operators, before.get(family))
        for site, levels in by_site.items():
            planned.setdefault(site, set()).update(row for row in levels if row[0] > edition)
        plans_by_edition[edition] = before = plans
    return plans_by_edition


def current(view: View, region: str) -> tuple[Plan, ...]:
    """Plans of a region in the newest edition known on the day, by site; empty before the first edition."""
    by_vintage = editions(view)
    if not by_vintage:
        return ()
    part_of = tracker_facts().part_of
    here = {part_of.get(site, site) for site in located(region)}
    return tuple(plan for site, plan in sorted(by_vintage[max(by_vintage)].items()) if site in here)


def placeholder_halfwidth(day: date) -> int:
    """Half the span, in days, that a date on a calendar boundary stands for; 0 for an ordinary date."""
    first, last = day.day == 1, day == Period.containing(day, Frequency.MONTH).end
    if not (first or last):
        return 0
    # The month that ends at the boundary: December for a year, March, June or September for a quarter.
    month = day.month if last else (day.month - 2) % 12 + 1
    return next(half for months, half in _SPANS if month % months == 0)


def _last_look(levels: Iterable[tuple[date, float]], edition: date, planned: set[tuple[date, float]]) -> date:
    past = [row for row in levels if row[0] <= edition]
    looked = [day for day, level in past if (day, level) not in planned]
    # A site of which only plans are listed has not been looked at: its plan is as old as the edition.
    return max(looked, default=edition if not past else min(day for day, _ in past))


def _increments(levels: Iterable[tuple[date, float]]) -> list[tuple[date, float]]:
    steps, last = [], 0.0
    for day, level in levels:
        steps.append((day, level - last))
        last = level
    return steps


def _plan(
    site: str,
    steps: list[tuple[date, float]],
    edition: date,
    looked: date,
    operators: Mapping[str, str],
    before: Plan | None,
) -> Plan:
    work_seen = any(day <= looked for day, _ in steps)
    plan = Plan(
        site=site,
        builder=Builder.SELF_BUILD if operators.get(site) in tracker_facts().self_build else Builder.NEWCOMER,
        edition=edition,
        revised=edition,
        looked=looked,
        verified_steps=tuple((day, mw) for day, mw in steps if day <= looked and mw != 0),
        pending=tuple(
            Step(day, mw, _stage(day, edition, work_seen=work_seen), placeholder_halfwidth(day))
            for day, mw in steps
            if day > looked and mw != 0
        ),
    )
    if before is None or not _same(plan, before):
        return plan
    return Plan(site, plan.builder, edition, before.revised, looked, plan.verified_steps, plan.pending)


def _same(plan: Plan, before: Plan) -> bool:
    """Nothing but the edition's day differs."""
    planned = [[(step.day, step.mw) for step in item.pending] for item in (plan, before)]
    return plan.looked == before.looked and plan.verified_steps == before.verified_steps and planned[0] == planned[1]


def _stage(day: date, edition: date, *, work_seen: bool) -> Stage:
    """No edition states a permit: work that was seen and a date near enough to be under construction stand for it."""
    if not work_seen:
        return Stage.ANNOUNCED
    return Stage.CONSTRUCTION if (day - edition).days <= CONSTRUCTION_DAYS else Stage.PERMITTED
