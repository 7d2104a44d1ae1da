"""Shares as a local level with damped drift on the additive log-ratio scale, by the Kalman filter.

Each part's log size has a level that walks, a drift that fades and a passing move of the month:

    level' = level + drift + level_sd e1        drift' = damping drift + drift_sd sqrt(1 - damping^2) e2
    seen   = level + passing_sd e3              shares = softmax(seen)

Only ratios are seen, so the filter runs on logarithms over the last part. Shocks of all parts have one variance and are
independent, which makes every covariance a 2 x 2 matrix times ``I + 11'``: one scalar filter serves all ratios, and the
choice of the last part changes nothing (Aitchison 1986, chapter 4; Harvey 1989, chapters 3 and 8).

Parameters are not estimated but integrated over: a grid of equally likely points of the prior, each weighted by its
likelihood. With seven months the prior decides most of the width, and with one month all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from data.periods.period import Period
from training.open_models.state import Posterior
from training.plans.realisation import Band, Scale

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """An 80 % band of a positive parameter, lognormal, and what it rests on; ``points`` of the grid stand for it."""

    title: str
    unit: str
    band: Band
    points: int
    reason: str

    def grid(self) -> Floats:
        """Equally likely values: the middles of as many slices of the prior."""
        mean, sd = self.band.normal(Scale.LOG)
        return np.asarray(np.exp(mean + sd * ndtri((np.arange(self.points) + 0.5) / self.points)))


PRIORS: dict[str, Prior] = {
    "level_sd": Prior(
        "Walk of a part's log size", "sd per month", Band(0.03, 0.25), 5,
        "0.03 moves a ratio of two countries by 15 % a year (one sd), 0.25 by a factor of three: from the share of a "
        "mature market to 2025, when Chinese bases went from few to over 40 % of new models within about a year",
    ),
    "passing_sd": Prior(
        "What passes within a month", "sd per month", Band(0.03, 0.30), 5,
        "free trials, launches and discounts move single months of a router by some percent up to a third and go again",
    ),
    "drift_sd": Prior(
        "Drift of a part's log size", "sd per month", Band(0.02, 0.15), 5,
        "0.02 is a quarter a year, 0.15 a factor of six if it lasted: China's downloads over the US's went from one in "
        "summer 2025 to 1.6 in March 2026 (ATOM), 0.06 a month of a slow stock",
    ),
    "half_life": Prior(
        "Months until a drift has halved", "months", Band(2.0, 12.0), 2,
        "a lead has lasted between one generation of models (a quarter) and two years; no figure shows it",
    ),
}  # fmt: skip
"""Named priors, per month and part; judgement, since so few months cannot identify them."""


def log_ratios(shares: Floats) -> Floats:
    """Logarithms over the last part, (month, ratio), of shares (month, part), all positive."""
    logs = np.log(shares)
    return np.asarray(logs[:, :-1] - logs[:, -1:], dtype=np.float64)


def shares_of(logs: Floats) -> Floats:
    """Shares that sum to one of log sizes on the last axis, whatever constant they share."""
    sizes = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(sizes / sizes.sum(axis=-1, keepdims=True), dtype=np.float64)


def grid() -> Floats:
    """Equally likely points of the prior, (point, parameter), in the order of ``PARAMETERS`` of open_models.py."""
    values = [PRIORS[name].grid() for name in ("level_sd", "passing_sd", "drift_sd", "half_life")]
    points = np.array(list(product(*values)))
    points[:, 3] = np.exp2(-1.0 / points[:, 3])
    return points


def posterior(shares: Floats, months: Sequence[Period]) -> Posterior:
    """Filter the months through every point of the prior's grid and weight the points by their likelihood.

    The first month sets the level, with the passing move as its error (a diffuse prior); before it the drift is zero
    on average with its stationary variance. Months that are missing are stepped over.

    Args:
        shares: (month, part), positive, summing to one.
        months: ascending, one a row.
    """
    ratios, points = log_ratios(shares), grid()
    level_sd, passing_sd, drift_sd, damping = points.T
    count, width = len(points), ratios.shape[1]
    passing = passing_sd**2
    state = _State(
        level=np.repeat(ratios[:1], count, axis=0),
        drift=np.zeros((count, width)),
        cov=np.zeros((count, 2, 2)),
    )
    state.cov[:, 0, 0], state.cov[:, 1, 1] = passing, drift_sd**2
    log_likelihood = np.zeros(count)
    for row in range(1, len(months)):
        for _ in range(months[row - 1].steps_to(months[row])):
            state = _ahead(state, level_sd=level_sd, drift_sd=drift_sd, damping=damping)
        state, gained = _updated(state, ratios[row], passing)
        log_likelihood += gained
    weights = np.exp(log_likelihood - log_likelihood.max())
    return Posterior(weights / weights.sum(), points, state.level, state.drift, state.cov)


@dataclass(frozen=True)
class _State:
    level: Floats
    drift: Floats
    cov: Floats


def _ahead(state: _State, *, level_sd: Floats, drift_sd: Floats, damping: Floats) -> _State:
    level, shared, drift = state.cov[:, 0, 0], state.cov[:, 0, 1], state.cov[:, 1, 1]
    cov = np.empty_like(state.cov)
    cov[:, 0, 0] = level + 2 * shared + drift + level_sd**2
    cov[:, 0, 1] = cov[:, 1, 0] = damping * (shared + drift)
    cov[:, 1, 1] = damping**2 * drift + drift_sd**2 * (1 - damping**2)
    return _State(state.level + state.drift, damping[:, None] * state.drift, cov)


def _updated(state: _State, observation: Floats, passing: Floats) -> tuple[_State, Floats]:
    """The state after a month was seen, and the logarithm of its density up to a constant, (point,)."""
    miss = observation[None, :] - state.level
    width = miss.shape[1]
    variance = state.cov[:, 0, 0] + passing
    # The inverse of I + 11' is I - 11' / (ratios + 1).
    square = (miss**2).sum(axis=1) - miss.sum(axis=1) ** 2 / (width + 1)
    gain = state.cov[:, :, 0] / variance[:, None]
    cov = state.cov - gain[:, :, None] * state.cov[:, None, 0, :]
    after = _State(state.level + gain[:, :1] * miss, state.drift + gain[:, 1:] * miss, cov)
    return after, -0.5 * (width * np.log(variance) + square / variance)


def predicted(
    posterior: Posterior, *, ahead: int, draws: int, rng: np.random.Generator, passing: bool = True
) -> Floats:
    """Draws of the shares seen so many months after the last, (draw, part), for scoring."""
    point = rng.choice(len(posterior.weights), size=draws, p=posterior.weights)
    level_sd, passing_sd, drift_sd, damping = posterior.parameters[point].T
    parts = posterior.level.shape[1] + 1
    spread = np.linalg.cholesky(posterior.cov[point] + 1e-12 * np.eye(2))
    noise = rng.standard_normal((draws, 2, parts))
    shock = spread @ noise
    level = np.pad(posterior.level[point], ((0, 0), (0, 1))) + shock[:, 0]
    drift = np.pad(posterior.drift[point], ((0, 0), (0, 1))) + shock[:, 1]
    for _ in range(ahead):
        level = level + drift + level_sd[:, None] * rng.standard_normal((draws, parts))
        fresh = (drift_sd * np.sqrt(1 - damping**2))[:, None] * rng.standard_normal((draws, parts))
        drift = damping[:, None] * drift + fresh
    if passing:
        level = level + passing_sd[:, None] * rng.standard_normal((draws, parts))
    return shares_of(level)
