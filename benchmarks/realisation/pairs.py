"""Pairs of editions of the site tracker: what a method said of the later one, and what it printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from data.catalogue.stages import rates
from features.sites.pipeline import Plan, Stage
from projection.base.streams import normals
from projection.sites.realisation import SiteShocks, printed
from training.core.scores import crps
from training.plans.realisation import Realisation, Scale

DRAWS = 4000
SEED = 1
LEVELS = tuple((np.arange(99) + 1) / 100)
BAND = (0.1, 0.5, 0.9)
METHODS = ("model", "face value", "flat haircut", "time shift", "measured rates")
MEASURED = {
    Stage.ANNOUNCED: "pjm.gen.completion",
    Stage.PERMITTED: "pjm.gen.build",
    Stage.CONSTRUCTION: "pjm.gen.build",
}
"""The rate measured in PJM that is nearest to each stage: of requests to connect, and of signed agreements."""
MOST_SHIFT = 400
"""Days a shift is looked for."""

Floats = NDArray[np.float64]
Editions = Mapping[date, Mapping[str, Plan]]


@dataclass(frozen=True)
class Pair:
    """One origin and target with every method's answer.

    Attributes:
        windows: windows between editions the fit had seen; 0 means priors only.
        total: what the target prints for the sites both hold, MW; face: the origin's plan for that day.
        band: the model's 10, 50 and 90 % points of the total, MW.
        site_crps: mean over sites by method, MW; total_error: CRPS (model) or absolute error of the total, MW.
    """

    origin: date
    target: date
    sites: int
    windows: int
    total: float
    face: float
    band: tuple[float, float, float]
    site_crps: Mapping[str, float]
    total_error: Mapping[str, float]

    @property
    def lead(self) -> int:
        """Days from the origin to the target."""
        return (self.target - self.origin).days

    @property
    def inside(self) -> bool:
        """Whether the 80 % band held the total."""
        return self.band[0] <= self.total <= self.band[2]


def sampled(fit: Realisation) -> dict[str, Floats]:
    """Every term's posterior drawn by name, shape (draw,), as the projection names them."""
    columns = {}
    for name, term in fit.terms.items():
        mean, sd = term.posterior.normal(term.scale)
        z = mean + sd * normals(SEED, f"term/{name}", DRAWS)
        columns[f"site_{name}"] = {Scale.LOG: np.exp(z), Scale.PLAIN: z, Scale.LOGIT: 1 / (1 + np.exp(-z))}[term.scale]
    columns["site_placeholder_spread"] = np.ones(DRAWS)
    return columns


def compare(editions: Editions, fit: Realisation, *, origin: date, target: date, learned: Sequence[date]) -> Pair:
    """One pair; ``learned`` are the editions that the fit and the plain methods may look at."""
    sites = sorted(set(editions[origin]) & set(editions[target]))
    plans = [editions[origin][site] for site in sites]
    truth = np.array([editions[target][site].level(target) for site in sites])
    model = printed(plans, sampled(fit), SiteShocks(SEED, DRAWS), region="tracked", edition=target)
    draws = np.array([model[site] for site in sites])
    face = np.array([plan.level(target) for plan in plans])
    shifted = timedelta(days=round(_shift(editions, learned) * (target - origin).days))
    points = {
        "face value": face,
        "flat haircut": face * _haircut(editions, learned),
        "time shift": np.array([plan.level(target - shifted) for plan in plans]),
        "measured rates": np.array([_at_measured_rates(plan, target) for plan in plans]),
    }
    site_crps = {"model": float(_crps(draws, truth).mean())}
    total_error = {"model": float(_crps(draws.sum(axis=0)[None, :], truth.sum(keepdims=True))[0])}
    for name, point in points.items():
        site_crps[name] = float(np.abs(point - truth).mean())
        total_error[name] = float(abs(point.sum() - truth.sum()))
    low, middle, high = np.quantile(draws.sum(axis=0), BAND)
    return Pair(
        origin=origin,
        target=target,
        sites=len(sites),
        windows=max(len(learned) - 1, 0),
        total=float(truth.sum()),
        face=float(face.sum()),
        band=(float(low), float(middle), float(high)),
        site_crps=site_crps,
        total_error=total_error,
    )


def pooled(pairs: Sequence[Pair]) -> dict[str, float]:
    """Mean site CRPS by method over pairs, every site counting once a pair, MW."""
    sites = sum(pair.sites for pair in pairs)
    return {name: sum(pair.site_crps[name] * pair.sites for pair in pairs) / sites for name in METHODS}


def _crps(draws: Floats, truth: Floats) -> Floats:
    """CRPS of draws (site, draw) on the percent levels, shape (site,)."""
    return crps(np.quantile(draws, LEVELS, axis=1).T, observed=truth, levels=LEVELS)


def _at_measured_rates(plan: Plan, day: date) -> float:
    """MW seen, and of what is planned by the day the share measured at its stage."""
    shares = dict(rates().select("rate_id", "value").iter_rows())
    return plan.seen_by(day) + sum(step.mw * shares[MEASURED[step.stage]] for step in plan.pending if step.day <= day)


def _totals(editions: Editions, learned: Sequence[date]) -> list[tuple[date, date, list[str], float]]:
    totals = []
    for earlier, later in combinations(sorted(learned), 2):
        sites = sorted(set(editions[earlier]) & set(editions[later]))
        totals.append((earlier, later, sites, sum(editions[later][site].level(later) for site in sites)))
    return totals


def _haircut(editions: Editions, learned: Sequence[date]) -> float:
    """Mean of printed over planned MW in the pairs that were seen; 1 before any."""
    ratios = [
        delivered / sum(editions[earlier][site].level(later) for site in sites)
        for earlier, later, sites, delivered in _totals(editions, learned)
    ]
    return float(np.mean(ratios)) if ratios else 1.0


def _shift(editions: Editions, learned: Sequence[date]) -> float:
    """Mean days of delay per day of lead that bring the plan to what was printed; 0 before any pair was seen."""
    rates = []
    for earlier, later, sites, delivered in _totals(editions, learned):
        plans = [editions[earlier][site] for site in sites]
        late = (
            d for d in range(MOST_SHIFT) if sum(plan.level(later - timedelta(days=d)) for plan in plans) <= delivered
        )
        rates.append(next(late, MOST_SHIFT) / (later - earlier).days)
    return float(np.mean(rates)) if rates else 0.0
