"""Plan realisation fitted on the editions of the site tracker: small posteriors, each shrunk to a named prior.

Windows between editions, not sites, are what is independent: a few windows carry every shared term. So each likelihood
has a factor shared by the sites of a window (:mod:`training.plans.jumps`), and what no window shows (a permit, a
cancellation, slip beyond the months that were watched) keeps its prior.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from features.sites.pipeline import Builder, editions
from features.view import View
from training.plans.jumps import (
    Gaussian,
    Moves,
    indices,
    log_likelihood,
    posterior,
    seen_likelihood,
    spread_likelihood,
)
from training.plans.realisation import Identified, Realisation, Term
from training.plans.realisation_priors import PRIORS
from training.plans.revisions import Chance, Revision, coverage, revisions

Floats = NDArray[np.float64]
DAYS_PER_YEAR = 365.25
LEAST_EDITIONS = 2
SLIP_TOLERANCE = 15.0
"""Days within which a plan counts as unmoved."""
SHARE_TOLERANCE = 0.02
"""Relative change within which MW count as unmoved."""
BUILDERS = (Builder.SELF_BUILD, Builder.NEWCOMER)
IDENTIFIED_SD = 0.7
"""A posterior narrower than this share of its prior is identified by the evidence."""
UNIDENTIFIED_SD = 0.95
UNIDENTIFIED_SHIFT = 0.25
"""One wider than this share, and moved by less than so many sd of the prior, is not."""


@dataclass(frozen=True)
class Evidence:
    """What a group of terms is fitted on."""

    terms: tuple[str, ...]
    log_likelihood: Callable[[Floats], float]
    counts: tuple[tuple[int, str], ...]


def fit(view: View) -> Realisation:
    """The terms fitted on the editions known on the view's day; priors only, and said so, before the second."""
    plans = editions(view)
    days = tuple(sorted(plans))
    newest = plans[days[-1]].values() if days else ()
    changes, chances = revisions(plans)
    enough = len(days) >= LEAST_EDITIONS
    terms = {name: prior.unseen(name) for name, prior in PRIORS.items()}
    for evidence in _evidence(changes, chances) if enough else ():
        terms |= _updated(evidence)
    return Realisation(
        as_of=view.as_of,
        editions=days,
        evidence_days=(days[-1] - days[0]).days if days else 0,
        reason=None if enough else f"{len(days)} edition of the tracker is known: every term is its prior",
        terms=MappingProxyType(terms),
        unseen_mw=round(sum(plan.counted_unseen() for plan in newest), 6),
        counted_mw=round(sum(plan.level(plan.edition) for plan in newest), 6),
        coverage=MappingProxyType(coverage(plans)),
    )


def _updated(evidence: Evidence) -> dict[str, Term]:
    priors = [PRIORS[name] for name in evidence.terms]
    moments = np.array([prior.band.normal(prior.scale) for prior in priors])
    before = Gaussian(moments[:, 0], moments[:, 1])
    after = posterior(before, evidence.log_likelihood)
    posteriors = {}
    for place, (name, prior) in enumerate(zip(evidence.terms, priors, strict=True)):
        count, counted = evidence.counts[place]
        identified = _identification(
            narrowed=float(after.sd[place] / before.sd[place]),
            shifted=float(abs(after.mean[place] - before.mean[place]) / before.sd[place]),
        )
        posteriors[name] = prior.updated(
            name,
            (float(after.mean[place]), float(after.sd[place])),
            count=count,
            counted=counted,
            identified=identified if count else Identified.NO,
        )
    return posteriors


def _identification(*, narrowed: float, shifted: float) -> Identified:
    """How far the evidence identifies a term, by what it did to the prior's width and place."""
    if narrowed < IDENTIFIED_SD:
        return Identified.YES
    return Identified.NO if narrowed > UNIDENTIFIED_SD and shifted < UNIDENTIFIED_SHIFT else Identified.PARTLY


def _evidence(changes: Sequence[Revision], chances: Sequence[Chance]) -> list[Evidence]:
    groups = [_looks(chances), _remeasured(changes), _slips(changes), _sizes(changes), _ramps(changes)]
    return [group for group in groups if group is not None]


def _looks(chances: Sequence[Chance]) -> Evidence | None:
    if not chances:
        return None
    events = np.array([chance.revised for chance in chances])
    years = np.array([chance.days / DAYS_PER_YEAR for chance in chances])
    window = indices([chance.later for chance in chances])

    def likelihood(theta: Floats) -> float:
        rate, common = np.exp(theta)
        return seen_likelihood(events, years, window, rate=float(rate), common_sd=float(common))

    counts = ((int(events.sum()), f"revisions of {len(chances)} sites in two editions"), _windows(window))
    return Evidence(("look_rate", "look_common_sd"), likelihood, counts)


def _remeasured(changes: Sequence[Revision]) -> Evidence | None:
    measures = [item for item in changes if item.remeasured is not None]
    change = [item.remeasured - 1.0 for item in measures if item.remeasured is not None]
    terms = ("remeasured_rate", "nowcast_factor", "nowcast_spread", "remeasured_common_sd")
    return _moves(
        terms, measures, change, [1.0] * len(measures), tolerance=SHARE_TOLERANCE, quantity="looks at running sites"
    )


def _sizes(changes: Sequence[Revision]) -> Evidence | None:
    sizes = [item for item in changes if item.size is not None]
    change = [item.size - 1.0 for item in sizes if item.size is not None]
    age = [item.age / DAYS_PER_YEAR for item in sizes]
    terms = ("resize_rate", "size_factor", "size_spread", "resize_common_sd")
    return _moves(terms, sizes, change, age, tolerance=SHARE_TOLERANCE, quantity="revised plans")


def _moves(
    terms: tuple[str, ...],
    changes: Sequence[Revision],
    change: Sequence[float],
    exposure: Sequence[float],
    *,
    tolerance: float,
    quantity: str,
) -> Evidence | None:
    """Terms (rate, factor, spread, shared sd) of a relative size that mostly stays at 1."""
    if not changes:
        return None
    moves = Moves(
        change=np.array(change),
        exposure=np.array(exposure),
        kind=np.zeros(len(changes), dtype=np.int64),
        window=indices([item.later for item in changes]),
        tolerance=tolerance,
    )

    def likelihood(theta: Floats) -> float:
        rate, sd, common = np.exp(theta[[0, 2, 3]])
        mean = float(theta[1]) - 1.0
        return log_likelihood(moves, rates=np.array([rate]), mean=mean, sd=float(sd), common_sd=float(common))

    moved = int((np.abs(moves.change) > tolerance).sum())
    counts = ((len(changes), quantity), (moved, "of them moved"), (moved, "of them moved"), _windows(moves.window))
    return Evidence(terms, likelihood, counts)


def _slips(changes: Sequence[Revision]) -> Evidence | None:
    slips = [item for item in changes if item.slip is not None]
    if not slips:
        return None
    moves = Moves(
        change=np.array([item.slip for item in slips], dtype=np.float64),
        exposure=np.array([item.age for item in slips], dtype=np.float64),
        kind=np.array([BUILDERS.index(item.builder) for item in slips], dtype=np.int64),
        window=indices([item.later for item in slips]),
        tolerance=SLIP_TOLERANCE,
    )

    def likelihood(theta: Floats) -> float:
        self_build, newcomer, days, sd, common = np.exp(theta)
        rates = np.array([self_build, newcomer]) / days
        return log_likelihood(moves, rates=rates, mean=float(days), sd=float(sd), common_sd=float(common))

    moved = int((np.abs(moves.change) > SLIP_TOLERANCE).sum())
    of = [(int((moves.kind == place).sum()), "revised plans") for place in range(len(BUILDERS))]
    counts = (*of, (moved, "of them moved"), (moved, "of them moved"), _windows(moves.window))
    terms = ("slip_rate_self_build", "slip_rate_newcomer", "slip_days", "slip_spread", "slip_common_sd")
    return Evidence(terms, likelihood, counts)


def _ramps(changes: Sequence[Revision]) -> Evidence | None:
    spans = [item.ramp for item in changes if item.ramp is not None]
    if not spans:
        return None
    width, gw = np.array(spans).T * np.array([[1.0], [1e-3]])

    def likelihood(theta: Floats) -> float:
        return spread_likelihood(width, gw, per_size=float(np.exp(theta[0])))

    return Evidence(("ramp_days_per_gw",), likelihood, ((len(spans), "steps planned as one"),))


def _windows(window: NDArray[np.int64]) -> tuple[int, str]:
    return int(window.max()) + 1, "windows between editions"
