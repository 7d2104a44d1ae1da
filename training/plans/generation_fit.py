"""Realisation of generation plans, fitted on what was planned for a window and built in it.

By Little's law what is overdue at any time is the rate of building times the mean lateness ``m`` of a unit, whatever
the distribution of lateness (Little 1961, Operations Research 9:383). A plan holds what is overdue when its window
begins and what falls due in it; the window builds what falls due. So the share built in a window of ``L`` years is
``L / (L + m)``, times the share ever built: pairs of half years and years identify one ``m``, and what is carried over
is the rest of what is ever built. It holds while plans grow slowly against ``m``.

The logarithms of ``m`` are normal around a mean shared by the technologies, with a shock shared by a year. Given both
standard deviations the posterior is conjugate; they are integrated over a grid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from features.generation.pairs import Pair, pairs
from features.generation.plans import PLANNED_IN_YEARS, Technology
from features.view import View
from training.plans.generation_priors import (
    COMMON_SD,
    COMPLETION,
    DELAY,
    EVER_BUILT,
    PRIORS,
    completion,
    delay,
)
from training.plans.realisation import Band, Identified, Realisation, Scale, Term
from training.plans.realisation_fit import IDENTIFIED_SD, UNIDENTIFIED_SD

Floats = NDArray[np.float64]
YEAR_SD = 0.2
"""Log sd of a technology's own luck in a year, shared by its windows: windows of one year overlap."""
READING_SD = 0.2
"""Log sd of one reading: 30 GW of solar for 2024 in February 2025 became 30.8 a year later, a fifth of what is late."""
BETWEEN = Band(0.10, 0.50)
"""Log sd between the technologies' means, 80 %; judgement."""
LEAST_LATE = 0.01
"""A plan that was built whole is read as built but for this share: its lateness has no logarithm."""
QUEUE_BETWEEN_SD = 0.5
QUEUE_COHORT_SD = 0.35
"""Logit sd between technologies, and between the requests that were followed and those in the queue now; judgement."""
COMPLETED = {
    Technology.SOLAR: "us.interconnection_queue.completion_rate.solar.lbnl",
    Technology.BATTERY: "us.interconnection_queue.completion_rate.battery.lbnl",
    Technology.WIND: "us.interconnection_queue.completion_rate.wind.lbnl",
    Technology.GAS: "us.interconnection_queue.completion_rate.natural_gas.lbnl",
}
_NODES = np.linspace(-2.5, 2.5, 21)


@dataclass(frozen=True)
class Lateness:
    """What the pairs show of the logarithm of mean lateness, years.

    Attributes:
        mean: by technology of :data:`features.generation.plans.PLANNED_IN_YEARS`, shape (technology,).
        covariance: shape (technology, technology).
        common_mean, common_sd: of the logarithm of the sd shared by a year.
        counts: pairs each technology is part of.
        years: calendar years with evidence.
    """

    mean: Floats
    covariance: Floats
    common_mean: float
    common_sd: float
    counts: Mapping[Technology, int]
    years: int

    @property
    def correlation(self) -> Floats:
        """Of what is left uncertain between the technologies, shape (technology, technology)."""
        sd = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(sd, sd))


def with_generation(sites: Realisation, view: View) -> Realisation:
    """The model of a version: terms of sites, and those of generation plans as fitted on the view's day."""
    return replace(sites, terms=MappingProxyType({**sites.terms, **terms(view)}))


def terms(view: View) -> dict[str, Term]:
    """Every term of :data:`training.plans.generation_priors.PRIORS` fitted on the figures known on the view's day."""
    terms_by_name = {name: prior.unseen(name) for name, prior in PRIORS.items()}
    late = lateness(pairs(view))
    for place, kind in enumerate(PLANNED_IN_YEARS):
        count = late.counts[kind]
        if count:
            sd = float(np.sqrt(late.covariance[place, place]))
            terms_by_name[delay(kind)] = _term(
                delay(kind), (float(late.mean[place]), sd), count, "windows planned and built"
            )
    if late.years > 1:
        terms_by_name[COMMON_SD] = _term(
            COMMON_SD, (late.common_mean, late.common_sd), late.years, "years with such windows"
        )
    return terms_by_name | _queue(view)


def lateness(pairs: Sequence[Pair]) -> Lateness:
    """The posterior of mean lateness given pairs; the prior without any."""
    size = len(PLANNED_IN_YEARS)
    middle, spread = DELAY.normal(Scale.LOG)
    common, between = PRIORS[COMMON_SD].band.normal(Scale.LOG), BETWEEN.normal(Scale.LOG)
    design = np.array([[dict(pair.parts).get(kind, 0.0) for kind in PLANNED_IN_YEARS] for pair in pairs])
    design = design.reshape(len(pairs), size)
    observed = np.array([log_lateness(pair.share, pair.years) for pair in pairs])
    year = np.array([pair.year for pair in pairs])
    same_year = year[:, None] == year[None, :]
    same_plans = np.array([[one.year == two.year and one.parts == two.parts for two in pairs] for one in pairs])
    noise = same_plans.reshape(same_year.shape) * YEAR_SD**2 + np.eye(len(pairs)) * READING_SD**2
    weights, means, spreads, logs = [], [], [], []
    for share in _NODES:
        for apart in _NODES:
            sigma, tau = np.exp(common[0] + share * common[1]), np.exp(between[0] + apart * between[1])
            prior = spread**2 + np.eye(size) * tau**2
            residual = observed - design.sum(axis=1) * middle
            total = design @ prior @ design.T + same_year * sigma**2 + noise
            gain = np.linalg.solve(total, design @ prior).T if len(pairs) else np.zeros((size, 0))
            fit = (
                -0.5 * (residual @ np.linalg.solve(total, residual) + np.linalg.slogdet(total)[1]) if len(pairs) else 0
            )
            weights.append(fit - 0.5 * (share**2 + apart**2))
            means.append(middle + gain @ residual)
            spreads.append(prior - gain @ design @ prior)
            logs.append(common[0] + share * common[1])
    weight = np.exp(np.array(weights) - max(weights))
    weight /= weight.sum()
    mean = weight @ np.array(means)
    apart_from = np.array(means) - mean
    covariance = np.einsum("n,nij->ij", weight, np.array(spreads)) + (apart_from.T * weight) @ apart_from
    log_sd = float(weight @ np.array(logs))
    return Lateness(
        mean=np.asarray(mean),
        covariance=np.asarray(covariance),
        common_mean=log_sd,
        common_sd=float(np.sqrt(weight @ (np.array(logs) - log_sd) ** 2)),
        counts={kind: int((design[:, place] > 0).sum()) for place, kind in enumerate(PLANNED_IN_YEARS)},
        years=len(set(year.tolist())),
    )


def log_lateness(share: float, years: float) -> float:
    """Logarithm of the mean lateness that leaves this share of a window's plan built, at the median ever built."""
    ever = PRIORS[EVER_BUILT].band.middle(Scale.LOGIT)
    return float(np.log(years * (1 / min(share / ever, 1 - LEAST_LATE) - 1)))


def share_built(late: Floats | float, years: float, ever: Floats | float) -> Floats:
    """Share of a window's plan that is built in it, by mean lateness in years."""
    return np.asarray(ever * years / (years + np.asarray(late)))


def _queue(view: View) -> dict[str, Term]:
    """Completion of requests: technologies around a shared mean, the queue of today around what was followed."""
    shares = {kind: share for kind in PLANNED_IN_YEARS if (share := _completed(view, kind)) is not None}
    if not shares:
        return {}
    middle, spread = COMPLETION.normal(Scale.LOGIT)
    place = [PLANNED_IN_YEARS.index(kind) for kind in shares]
    observed = np.array([Scale.LOGIT.forward(share) for share in shares.values()])
    prior = spread**2 + np.eye(len(PLANNED_IN_YEARS)) * QUEUE_BETWEEN_SD**2
    total = prior[np.ix_(place, place)] + np.eye(len(place)) * QUEUE_COHORT_SD**2
    gain = np.linalg.solve(total, prior[place]).T
    mean = middle + gain @ (observed - middle)
    variance = np.diag(prior - gain @ prior[place]) + QUEUE_COHORT_SD**2
    return {
        completion(kind): _term(
            completion(kind), (float(mean[index]), float(np.sqrt(variance[index]))), 1,
            "completion rate of the technology's own requests",
        )
        for index, kind in enumerate(PLANNED_IN_YEARS)
        if kind in shares
    }  # fmt: skip


def _completed(view: View, kind: Technology) -> float | None:
    rows = view.rows_with_value(COMPLETED[kind]).sort("period")
    return None if rows.is_empty() else float(rows["value"][-1]) / 100


def _term(name: str, after: tuple[float, float], count: int, counted: str) -> Term:
    """A term with its posterior mean and sd on its scale."""
    prior = PRIORS[name]
    _, before = prior.band.normal(prior.scale)
    return prior.updated(name, after, count=count, counted=counted, identified=_identification(after[1] / before))


def _identification(narrowed: float) -> Identified:
    if narrowed < IDENTIFIED_SD:
        return Identified.YES
    return Identified.PARTLY if narrowed < UNIDENTIFIED_SD else Identified.NO
