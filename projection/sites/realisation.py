"""Plans realised: MW of planned sites by draw and day, from the published terms of plan realisation.

Two questions, one model. *What arrives*: every site is as an audit would find it; its plan slips with the plan's age at
the due date. *What a later edition will say*: sites that are audited by then show it, all others still show the plan.

A site's shocks come from its own named stream, so that it keeps its numbers when other sites enter or leave. Days are
kept to the hour, so sites are computed in double precision. Shocks shared by the sites of a region widen sums: 100
equal sites at 50 % each have a relative sd of 10 % when independent and of 46 % with an intraclass correlation of 0.2.
"""

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from features.sites.pipeline import Builder, Plan, Stage
from projection.base.streams import keys, normals, numbers, to_normals
from projection.inputs.assumption_values import Values, value_of

FloatArray = NDArray[np.float64]
SMALL = 1e-12
STAGES = (Stage.CONSTRUCTION, Stage.PERMITTED, Stage.ANNOUNCED)
Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True)
class SiteShocks:
    """Random numbers of the sites of a region.

    Attributes:
        draws: how many; first: the first of them, the others follow.
        positions: the draws among those that follow which are meant, ascending, perhaps some more than once; None for
            all.
        remeasured: whether the re-measurement of the past is random; else every site has its expected value.
        moving: the same for everything that is still to come.
    """

    seed: int
    draws: int
    first: int = 0
    remeasured: bool = True
    moving: bool = True
    positions: NDArray[np.int64] | None = None

    def at(self, positions: NDArray[np.int64]) -> "SiteShocks":
        """The numbers of some of the draws."""
        return replace(self, draws=len(positions), positions=positions)

    def shared(self, region: str, quantity: str) -> FloatArray:
        """Standard normals shared by the sites of a region, shape (draw,)."""
        z = normals(self.seed, f"sites/{region}/{quantity}", self._span, first=self.first).astype(np.float64)
        return z if self.positions is None else z[self.positions]

    @property
    def _span(self) -> int:
        """How many draws hold all that are meant."""
        return self.draws if self.positions is None else int(self.positions[-1]) + 1

    def of(self, plan: Plan) -> NDArray[np.float32]:
        """The site's own numbers, (number, draw), by the rows of :mod:`projection.sites.arrivals`.

        For re-measurement, size and slip a uniform that counts the moves and a normal that sizes them; uniforms for
        whether it is built, whether it is looked at and, one a step, where in its span a placeholder's date falls.
        """
        from projection.sites.arrivals import DEVIATES, FATE, PLACEHOLDERS

        stream = keys(self.seed, [f"site/{plan.site}"])[0]
        deviates = numbers(stream, PLACEHOLDERS + len(plan.pending), self._span, first=self.first)
        to_normals(deviates[DEVIATES:FATE].reshape(-1))
        return deviates if self.positions is None else np.ascontiguousarray(deviates[:, self.positions])


@dataclass(frozen=True)
class _Region:
    """Terms of a region's sites.

    Attributes:
        terms: by who builds, (term, draw), rows as in :mod:`projection.sites.arrivals`.
        chances: chance to be built by stage, (stage, draw).
    """

    terms: Mapping[Builder, FloatArray]
    chances: FloatArray


def arriving(
    plans: Sequence[Plan],
    values: Values,
    shocks: SiteShocks,
    *,
    region: str,
    days: Sequence[date],
    evidence_days: int,
    since: date | None = None,
) -> NDArray[np.float32]:
    """MW that really run on each day, shape (draw, day): those of one group of :func:`arriving_by`."""
    groups = {None: plans}
    return arriving_by(groups, values, shocks, region=region, days=days, evidence_days=evidence_days, since=since)[None]


def arriving_by(
    groups: Mapping[Group, Sequence[Plan]],
    values: Values,
    shocks: SiteShocks,
    *,
    region: str,
    days: Sequence[date],
    evidence_days: int,
    since: date | None = None,
) -> dict[Group, NDArray[np.float32]]:
    """MW that really run on each day, shape (draw, day), by group of plans; days ascend.

    Args:
        groups: sites of one region as one edition has them.
        values: terms by name (``site_`` and the term), shape (draw,) each.
        shocks: the random numbers.
        region: names the shared shocks.
        days: when; a step that arrives on a day is running on it.
        evidence_days: plan age up to which slip was watched; beyond it the prior's rates hold.
        since: count only what arrives after this day; all that runs when None.
    """
    stages = {step.stage for plans in groups.values() for plan in plans for step in plan.pending}
    shared = _region(_doubles(values), shocks, region, stages)
    by_group = {}
    for group, plans in groups.items():
        arrivals = _Arrivals.on(days, draws=shocks.draws, since=since)
        for plan in plans:
            if not plan.pending and not arrivals.counts(plan):
                continue
            due = max((step.day for step in plan.pending), default=plan.looked)
            age = min((due - plan.revised).days, evidence_days)
            leads = [max((step.day - plan.revised).days, 0) for step in plan.pending]
            near = [min(lead, evidence_days) for lead in leads]
            far = [max(lead - evidence_days, 0) for lead in leads]
            arrivals.add(plan, shared, shocks, age=age, near=near, far=far, sightings=plan.verified_steps)
        by_group[group] = arrivals.cumulative()
    return by_group


def printed(
    plans: Sequence[Plan],
    values: Values,
    shocks: SiteShocks,
    *,
    region: str,
    edition: date,
) -> dict[str, FloatArray]:
    """MW a later edition will count as running on its own day, by site, shape (draw,).

    A site that is not audited by then shows its plan. One that is shows what the audit found; dates that pass after it
    count as running again. Nothing is cancelled here: an edition that watched for months held no cancellation.
    """
    from projection.sites.arrivals import DAYS_PER_YEAR, LOOK

    terms = _doubles(values)
    campaign = _frailty("look", terms, shocks, region, random=shocks.moving)
    # Every step it holds is built.
    shared = _region(terms, shocks, region, set())
    shared = _Region(shared.terms, np.ones_like(shared.chances))
    site_rows = {}
    for plan in plans:
        years = (edition - plan.edition).days / DAYS_PER_YEAR
        age = (edition - plan.revised).days
        chance = -np.expm1(-terms["site_look_rate"] * years * campaign)
        looked = shocks.of(plan)[LOOK] < chance
        arrivals = _Arrivals.on([edition], draws=shocks.draws, since=None)
        steps = len(plan.pending)
        sightings = ((plan.looked, plan.verified),)
        arrivals.add(plan, shared, shocks, age=age, near=[age] * steps, far=[0] * steps, sightings=sightings)
        site_rows[plan.site] = np.where(looked, arrivals.cumulative()[:, 0], plan.level(edition))
    return site_rows


def moves(expected: FloatArray, uniform: FloatArray) -> FloatArray:
    """Poisson counts with the given means by inverting uniforms, shape (draw,): never fewer at a higher mean."""
    from projection.sites.arrivals import counts

    monthly = np.empty_like(expected)
    counts(expected, uniform, monthly)
    return monthly


def common_chance(share: FloatArray, correlation: FloatArray, z: FloatArray) -> FloatArray:
    """A region's own share built, shape (draw,): Beta with that mean and intraclass correlation, read at normals z.

    Sites built independently with this chance have the share as their mean and the correlation between any two
    (the beta-binomial; Skellam 1948). A share of 0 or 1 and a correlation of 0 leave nothing to share.
    """
    free = (share > SMALL) & (share < 1 - SMALL) & (correlation > SMALL)
    size = np.where(free, 1 / np.maximum(correlation, SMALL) - 1, 1.0)
    inside = np.where(free, share, 0.5)
    # The normal distribution function, kept off 0 and 1 where the Beta's quantile has no value.
    u = np.clip(ndtr(z), 1e-9, 1 - 1e-9)
    # In single precision it takes half the time and errs by less than 1e-5 of a chance.
    first, second, at = (part.astype(np.float32) for part in (inside * size, (1 - inside) * size, u))
    return np.asarray(np.where(free, betaincinv(first, second, at), share))


def _frailty(
    term: str, values: Mapping[str, FloatArray], shocks: SiteShocks, region: str, *, random: bool
) -> FloatArray:
    """A lognormal factor with mean 1 on a rate, shared by the sites of a region, shape (draw,); 1 where held."""
    if not random:
        return np.ones(shocks.draws)
    log_sd = values[f"site_{term}_common_sd"]
    return np.exp(log_sd * shocks.shared(region, term) - 0.5 * log_sd**2)


def _doubles(values: Values) -> dict[str, FloatArray]:
    """The terms of sites alone, in double precision."""
    names = [name for name in values if name.startswith("site_")]
    return {name: value_of(values, name).astype(np.float64) for name in names}


def _region(values: Mapping[str, FloatArray], shocks: SiteShocks, region: str, stages: AbstractSet[Stage]) -> _Region:
    from projection.sites.arrivals import DAYS_PER_YEAR

    cancel = shocks.shared(region, "cancel")
    correlation = values["site_ever_built_correlation"]
    slips = _frailty("slip", values, shocks, region, random=shocks.moving)
    slips = slips / np.maximum(values["site_slip_days"], SMALL)
    shares = [values[f"site_ever_built_{name}"] for name in ("construction", "permitted", "announced")]
    remeasured = _frailty("remeasured", values, shocks, region, random=shocks.remeasured)
    resizes = _frailty("resize", values, shocks, region, random=shocks.moving)
    terms = {}
    for builder in Builder:
        who = "self_build" if builder is Builder.SELF_BUILD else "newcomer"
        terms[builder] = np.stack(
            [
                values["site_remeasured_rate"] * remeasured,
                values["site_nowcast_factor"] - 1,
                values["site_nowcast_spread"],
                values["site_resize_rate"] * resizes / DAYS_PER_YEAR,
                values["site_size_factor"] - 1,
                values["site_size_spread"],
                values[f"site_slip_rate_{who}"] * slips,
                values[f"site_slip_rate_far_{who}"] * slips,
                values["site_slip_days"],
                values["site_slip_spread"],
                values["site_placeholder_spread"],
                values["site_ramp_days_per_gw"],
            ]
        )
    chances = np.stack(shares)
    if shocks.moving:
        for place, stage in enumerate(STAGES):
            if stage in stages:
                chances[place] = common_chance(shares[place], correlation, cancel)
    return _Region(terms, chances)


@dataclass(frozen=True)
class _Arrivals:
    """MW by the first of the days on which they run, shape (day + 1, draw); the last row never runs in time.

    Attributes:
        places: that row for every day from the first of the days on, one more for all later ones.
        first: the first of the days, as an ordinal.
        since: what arrives by this day is not counted.
    """

    mw: FloatArray
    places: NDArray[np.int64]
    first: int
    since: float

    @classmethod
    def on(cls, days: Sequence[date], *, draws: int, since: date | None) -> "_Arrivals":
        ends = np.array([day.toordinal() for day in days])
        all_days = np.arange(ends[0], ends[-1] + 2)
        return cls(
            np.zeros((len(days) + 1, draws)),
            np.searchsorted(ends, all_days, side="left"),
            int(ends[0]),
            -np.inf if since is None else float(since.toordinal()),
        )

    def add(
        self,
        plan: Plan,
        shared: _Region,
        shocks: SiteShocks,
        *,
        age: int,
        near: Sequence[int],
        far: Sequence[int],
        sightings: Sequence[tuple[date, float]],
    ) -> None:
        """Count what was seen of a site and what arrives of its plan, never before the last look at it.

        ``age`` is the plan's in days; ``near`` and ``far`` are days of each step's lead within and beyond what was
        watched.
        """
        from projection.sites.arrivals import realise

        steps = [
            (step.day.toordinal(), step.mw, near[place], far[place], step.halfwidth, STAGES.index(step.stage))
            for place, step in enumerate(plan.pending)
        ]
        realise(
            shared.terms[plan.builder],
            shared.chances,
            shocks.of(plan),
            np.array(steps, dtype=float).reshape(-1, 6),
            np.array([(day.toordinal(), mw) for day, mw in sightings], dtype=float).reshape(-1, 2),
            float(age),
            float(plan.verified),
            float(plan.final),
            plan.looked.toordinal() + 1.0,
            self.since,
            self.places,
            self.first,
            shocks.remeasured,
            shocks.moving,
            self.mw,
        )

    def counts(self, plan: Plan) -> bool:
        """Whether anything that was seen of a site is counted."""
        return any(day.toordinal() > self.since for day, _ in plan.verified_steps)

    def cumulative(self) -> NDArray[np.float32]:
        """MW running on each day, shape (draw, day)."""
        return np.cumsum(self.mw[:-1], axis=0).astype(np.float32).T
