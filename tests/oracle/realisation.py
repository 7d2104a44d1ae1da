"""Plans realised: MW of planned sites by draw and day, from the published terms of plan realisation.

Every site is as an audit would find it; its plan slips with the plan's age at the due date.

A site's shocks come from its own named stream, so that it keeps its numbers when other sites enter or leave. Shocks
shared by the sites of a region make sums honestly wide: 100 equal sites at 50 % each have a relative sd of 10 % when
independent and of 46 % with an intraclass correlation of 0.2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr

from features.sites.pipeline import Builder, Plan, Stage

FloatArray = NDArray[np.float64]
DAYS_PER_YEAR = 365.25
MOST_MOVES = 400
"""Moves of one site are counted to here: more than any rate gives in ten years, so that a count always ends."""
RAMP_PARTS = (-0.375, -0.125, 0.125, 0.375)
"""Middles of the quarters of a ramp, as shares of its span: a step arrives in four equal parts."""
SMALL = 1e-12


class SiteShocks(Protocol):
    """Random numbers of the sites of a region, the product's own by position."""

    draws: int
    remeasured: bool
    moving: bool

    def shared(self, region: str, what: str) -> FloatArray:
        """Standard normals shared by the sites of a region, shape (draw,)."""

    def of(self, site: str, what: str) -> np.random.Generator:
        """The site's own numbers for one purpose."""


@dataclass(frozen=True)
class _Region:
    """Values shared by the sites of a region, shape (draw,) each."""

    remeasured: FloatArray
    slips: FloatArray
    resizes: FloatArray
    built: Mapping[Stage, FloatArray]


@dataclass(frozen=True)
class _Site:
    """What happens to one site, shape (draw,) each."""

    nowcast: FloatArray
    regained: FloatArray
    """Factor on every pending MW, so that the site ends at its new size from its new start."""


def arriving(
    plans: Sequence[Plan],
    values: Mapping[str, FloatArray],
    shocks: SiteShocks,
    *,
    region: str,
    days: Sequence[date],
    evidence_days: int,
    since: date | None = None,
) -> FloatArray:
    """MW that really run on each day, shape (draw, day); days ascend.

    Args:
        plans: sites of one region as one edition has them.
        values: terms by name (``site_`` and the term), shape (draw,) each.
        shocks: the random numbers.
        region: names the shared shocks.
        days: when; a step that arrives on a day is running on it.
        evidence_days: plan age up to which slip was watched; beyond it the prior's rates hold.
        since: count only what arrives after this day; all that runs when None.
    """
    shared = _shared(values, shocks, region)
    out = _Arrivals.on(days, draws=shocks.draws, since=since)
    for plan in plans:
        age = (max((step.day for step in plan.pending), default=plan.looked) - plan.revised).days
        site = _site(plan, values, shocks, shared, age=np.minimum(age, evidence_days))
        for day, mw in plan.seen:
            out.add_on(day, mw * site.nowcast)
        fate = _fate(plan, shocks) if shocks.moving else None
        for place, step in enumerate(plan.pending):
            lead = max((step.day - plan.revised).days, 0)
            near, far = min(lead, evidence_days), max(lead - evidence_days, 0)
            late = _slip(plan, values, shocks, shared, near=near, far=far)
            chance = shared.built[step.stage]
            built = chance if fate is None else (fate < chance).astype(float)
            _arrive(out, plan, place, late, step.mw * site.regained * built, values, shocks)
    return out.cumulative()


def moves(expected: FloatArray, uniform: FloatArray) -> FloatArray:
    """Poisson counts with the given means by inverting uniforms, shape (draw,): never fewer at a higher mean."""
    count = np.zeros_like(expected)
    term = np.exp(-expected)
    # Only draws that have not reached their uniform yet are followed: most stop at once.
    left = np.flatnonzero(uniform > term)
    term, mean, wanted = term[left], expected[left], uniform[left]
    below = term.copy()
    for number in range(1, MOST_MOVES + 1):
        if not left.size:
            break
        count[left] = number
        term = term * mean / number
        below = below + term
        on = wanted > below
        left, term, mean, wanted, below = left[on], term[on], mean[on], wanted[on], below[on]
    return count


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
    return np.asarray(np.where(free, betaincinv(inside * size, (1 - inside) * size, u), share))


def _frailty(
    term: str, values: Mapping[str, FloatArray], shocks: SiteShocks, region: str, *, random: bool
) -> FloatArray:
    """A lognormal factor with mean 1 on a rate, shared by the sites of a region, shape (draw,); 1 where held."""
    if not random:
        return np.ones(shocks.draws)
    log_sd = values[f"site_{term}_common_sd"]
    return np.exp(log_sd * shocks.shared(region, term) - 0.5 * log_sd**2)


def _shared(values: Mapping[str, FloatArray], shocks: SiteShocks, region: str) -> _Region:
    cancel = shocks.shared(region, "cancel")
    correlation = values["site_ever_built_correlation"]
    shares = {
        Stage.CONSTRUCTION: values["site_ever_built_construction"],
        Stage.PERMITTED: values["site_ever_built_permitted"],
        Stage.ANNOUNCED: values["site_ever_built_announced"],
    }
    return _Region(
        remeasured=_frailty("remeasured", values, shocks, region, random=shocks.remeasured),
        slips=_frailty("slip", values, shocks, region, random=shocks.moving),
        resizes=_frailty("resize", values, shocks, region, random=shocks.moving),
        built={
            stage: common_chance(share, correlation, cancel) if shocks.moving else share
            for stage, share in shares.items()
        },
    )


def _site(
    plan: Plan,
    values: Mapping[str, FloatArray],
    shocks: SiteShocks,
    shared: _Region,
    *,
    age: NDArray[np.int64] | np.int64,
) -> _Site:
    expected = values["site_remeasured_rate"] * shared.remeasured
    mean, spread = values["site_nowcast_factor"] - 1, values["site_nowcast_spread"]
    nowcast = 1 + _jump(expected, mean, spread, shocks, plan.site, "remeasured", random=shocks.remeasured)
    expected = values["site_resize_rate"] * age / DAYS_PER_YEAR * shared.resizes
    mean, spread = values["site_size_factor"] - 1, values["site_size_spread"]
    size = 1 + _jump(expected, mean, spread, shocks, plan.site, "size", random=shocks.moving)
    nowcast, size = np.maximum(nowcast, 0.0), np.maximum(size, 0.0)
    left = plan.final - plan.verified
    # What was counted too early comes with the rest: the site still ends at its size.
    regained = np.maximum(size * plan.final - nowcast * plan.verified, 0.0) / left if left > 0 else np.ones_like(size)
    return _Site(nowcast=nowcast, regained=regained)


def _jump(
    expected: FloatArray,
    mean: FloatArray,
    spread: FloatArray,
    shocks: SiteShocks,
    site: str,
    what: str,
    *,
    random: bool,
) -> FloatArray:
    """A compound Poisson sum of normal moves, shape (draw,); its mean where held."""
    if not random:
        return expected * mean
    rng = shocks.of(site, what)
    count = moves(expected, rng.random(shocks.draws))
    return count * mean + np.sqrt(count) * spread * rng.standard_normal(shocks.draws)


def _slip(
    plan: Plan, values: Mapping[str, FloatArray], shocks: SiteShocks, shared: _Region, *, near: int, far: int
) -> FloatArray:
    """Days a site's step comes late, shape (draw,); steps of one site share their numbers and slip with their lead."""
    who = "self_build" if plan.builder is Builder.SELF_BUILD else "newcomer"
    drift = values[f"site_slip_rate_{who}"] * near + values[f"site_slip_rate_far_{who}"] * far
    days = values["site_slip_days"]
    expected = drift / np.maximum(days, SMALL) * shared.slips
    return _jump(expected, days, values["site_slip_spread"], shocks, plan.site, "slip", random=shocks.moving)


def _fate(plan: Plan, shocks: SiteShocks) -> FloatArray:
    """One uniform number a site: it is built at a stage if the number is below that stage's chance."""
    return shocks.of(plan.site, "fate").random(shocks.draws)


def _arrive(
    out: "_Arrivals",
    plan: Plan,
    place: int,
    late: FloatArray,
    mw: FloatArray,
    values: Mapping[str, FloatArray],
    shocks: SiteShocks,
) -> None:
    """Add a step in the parts of its ramp, on its date as spread and slipped, never before the last look."""
    step = plan.pending[place]
    day = step.day.toordinal() + late
    if step.halfwidth and shocks.moving:
        within = shocks.of(plan.site, f"placeholder/{place}").uniform(-1.0, 1.0, shocks.draws)
        day = day + within * step.halfwidth * values["site_placeholder_spread"]
    span = values["site_ramp_days_per_gw"] * abs(step.mw) / 1000
    earliest = plan.looked.toordinal() + 1.0
    for part in RAMP_PARTS:
        out.add(np.maximum(day + part * span, earliest), mw / len(RAMP_PARTS))


@dataclass(frozen=True)
class _Arrivals:
    """MW by the first of the days on which they run, shape (draw, day + 1); the last column never runs in time."""

    ends: FloatArray
    mw: FloatArray
    rows: NDArray[np.int64]
    since: float | None

    @classmethod
    def on(cls, days: Sequence[date], *, draws: int, since: date | None) -> "_Arrivals":
        ends = np.array([float(day.toordinal()) for day in days])
        return cls(
            ends,
            np.zeros((draws, len(days) + 1)),
            np.arange(draws),
            None if since is None else float(since.toordinal()),
        )

    def add(self, arrival: FloatArray, mw: FloatArray) -> None:
        """Count MW from their day of arrival on, both (draw,)."""
        if self.since is not None:
            mw = np.where(arrival > self.since, mw, 0.0)
        self.mw[self.rows, np.searchsorted(self.ends, arrival, side="left")] += mw

    def add_on(self, day: date, mw: FloatArray) -> None:
        """Count MW, (draw,), from a day that is the same in every draw."""
        if self.since is None or day.toordinal() > self.since:
            self.mw[:, np.searchsorted(self.ends, day.toordinal(), side="left")] += mw

    def cumulative(self) -> FloatArray:
        """MW running on each day, shape (draw, day)."""
        return np.asarray(np.cumsum(self.mw[:, :-1], axis=1))
