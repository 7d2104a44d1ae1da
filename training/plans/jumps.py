"""Jumps: a quantity that mostly stays and sometimes moves, and the posterior of how often and by how much.

Over an exposure e the number of moves is Poisson with mean ``rate * e * frailty`` and each is normal (mean, sd): a
compound Poisson variable. The frailty is shared by all that was observed in one window (lognormal, mean 1), so that
windows differ by more than chance: a publisher audits in campaigns, and what delays one site delays others.

Posterior by Laplace's approximation about its mode (MacKay 2003, chapter 27), on the scales the priors are normal on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, logsumexp, ndtr

from data.base.errors import TrainingError

Floats = NDArray[np.float64]
MOST_MOVES = 8
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(11)
LOG_WEIGHTS = np.log(WEIGHTS / WEIGHTS.sum())
STEP = 1e-3
"""Step of the numerical second derivative, in standard deviations of the prior."""


@dataclass(frozen=True)
class Moves:
    """Observations of one quantity.

    Attributes:
        change: what it changed by, shape (n,); within ``tolerance`` of zero it stayed.
        exposure: time or looks it was exposed for, shape (n,), positive.
        kind: index of the rate that holds for each, shape (n,).
        window: index of the window each was observed in, shape (n,).
    """

    change: Floats
    exposure: Floats
    kind: NDArray[np.int64]
    window: NDArray[np.int64]
    tolerance: float


@dataclass(frozen=True)
class Gaussian:
    """Independent normals on the scales of the parameters, shape (parameter,)."""

    mean: Floats
    sd: Floats


def posterior(prior: Gaussian, log_likelihood: Callable[[Floats], float]) -> Gaussian:
    """Mode and marginal standard deviations of prior times likelihood; raises :class:`TrainingError` without a mode."""

    # In units of the prior: one is a large change of every parameter.
    def cost(z: Floats) -> float:
        return float(0.5 * (z**2).sum() - log_likelihood(prior.mean + prior.sd * z))

    optimum = minimize(cost, np.zeros_like(prior.mean), method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-4})
    mode = np.asarray(minimize(cost, optimum.x, method="BFGS").x, dtype=np.float64)
    curvature = hessian(cost, mode)
    try:
        np.linalg.cholesky(curvature)
    except np.linalg.LinAlgError:
        raise TrainingError(
            "plan realisation: the posterior does not bend down on every side of its mode",
            remedy="look at the newest site vintage: a term has no evidence and no proper prior",
        ) from None
    return Gaussian(prior.mean + prior.sd * mode, prior.sd * np.sqrt(np.diag(np.linalg.inv(curvature))))


def hessian(function: Callable[[Floats], float], at: Floats) -> Floats:
    """Matrix of second derivatives by central differences, shape (parameter, parameter)."""
    size = at.size
    steps = STEP * np.eye(size)
    matrix = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            plus, minus = steps[i] + steps[j], steps[i] - steps[j]
            mixed = function(at + plus) - function(at + minus) - function(at - minus) + function(at - plus)
            matrix[i, j] = matrix[j, i] = mixed / (4 * STEP * STEP)
    return matrix


def log_likelihood(moves: Moves, *, rates: Floats, mean: float, sd: float, common_sd: float) -> float:
    """Log likelihood of the moves; rates per unit of exposure, shape (kind,), and the frailty's log sd."""
    expected = (rates[moves.kind] * moves.exposure)[:, None] * frailty(common_sd)[None, :]
    count = np.arange(1, MOST_MOVES + 1)
    log_count = count * np.log(expected)[..., None] - expected[..., None] - gammaln(count + 1)
    middle, spread = count * mean, sd * np.sqrt(count)
    change = moves.change[:, None]
    moved = -0.5 * ((change - middle) / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
    inside = ndtr((moves.tolerance - middle) / spread) - ndtr((-moves.tolerance - middle) / spread)
    stayed = np.abs(moves.change) <= moves.tolerance
    by_count = np.where(stayed[:, None], np.log(np.maximum(inside, 1e-300))[None, :], moved)
    terms = logsumexp(log_count + by_count[:, None, :], axis=2)
    terms = np.where(stayed[:, None], np.logaddexp(terms, -expected), terms)
    return over_windows(terms, moves.window)


def over_windows(terms: Floats, window: NDArray[np.int64]) -> float:
    """Sum over windows of the log mean over the frailty; ``terms`` are log likelihoods, shape (n, node)."""
    return float(sum(logsumexp(terms[window == one].sum(axis=0) + LOG_WEIGHTS) for one in np.unique(window)))


def frailty(log_sd: float) -> Floats:
    """Values of the shared factor at the quadrature nodes; its mean is 1."""
    return np.asarray(np.exp(log_sd * NODES - 0.5 * log_sd**2))


def seen_likelihood(
    events: NDArray[np.bool_], exposure: Floats, window: NDArray[np.int64], *, rate: float, common_sd: float
) -> float:
    """Log likelihood of whether something happened at least once over each exposure."""
    expected = rate * exposure[:, None] * frailty(common_sd)[None, :]
    happened = np.log(-np.expm1(-np.maximum(expected, 1e-300)))
    return over_windows(np.where(events[:, None], happened, -expected), window)


def spread_likelihood(width: Floats, size: Floats, *, per_size: float) -> float:
    """Log likelihood of widths, exponential with a mean in proportion to size (both shape (n,))."""
    expected = per_size * size
    return float((-np.log(expected) - width / expected).sum())


def indices(labels: Sequence[object]) -> NDArray[np.int64]:
    """Position of each label among the distinct ones, in order of appearance, shape (n,)."""
    order = {label: place for place, label in enumerate(dict.fromkeys(labels))}
    return np.array([order[label] for label in labels], dtype=np.int64)
