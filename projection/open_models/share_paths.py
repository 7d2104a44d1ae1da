"""Draws of shares by quarter from what training published of each proxy: the log-ratio model run on (log_ratios.py).

A quarter's share is the level at its middle month plus a third of the variance of what passes within a month (three
months are averaged); of a stock it is the level at the quarter's last month. Every part has named streams of its own,
so that shares of a proxy are the same whatever else is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Timing
from data.periods.period import Frequency, Period
from projection.base.streams import keys, normals_of, numbers
from training.artifact.published import ProxyModel

FloatArray = NDArray[np.floating[Any]]
MONTHS = 3
MIDDLE, END = 1, 2
"""Month of a quarter that its share is read at."""


def share_paths(proxy: ProxyModel, *, timing: Timing, quarters: Sequence[Period], seed: int, draws: int) -> FloatArray:
    """Shares of a proxy's parts, (quarter, part, draw); they sum to one.

    Args:
        proxy: the published state and how it moves.
        timing: a stock at the end of the quarter, or use in it.
        quarters: consecutive; the first is read no earlier than the proxy's last month.
        seed: of the named streams.
        draws: how many.
    """
    posterior, prefix = proxy.posterior, f"open_models/{proxy.name}"
    uniform = numbers(keys(seed, [f"{prefix}/point"])[0], 1, draws)[0]
    point = np.minimum(np.searchsorted(np.cumsum(posterior.weights), uniform), len(posterior.weights) - 1)
    level_sd, passing_sd, drift_sd, damping = posterior.parameters[point].T
    mean = np.pad(np.stack([posterior.level, posterior.drift]), ((0, 0), (0, 0), (0, 1)))[:, point].transpose(0, 2, 1)
    first, second = _shocks(seed, f"{prefix}/start", proxy.parts, draws)
    cov = posterior.cov[point]
    spread = _Factor.of(cov[:, 0, 0], cov[:, 0, 1], cov[:, 1, 1])
    level, drift = mean[0] + spread.first * first, mean[1] + spread.shared * first + spread.second * second
    read_at = END if timing is Timing.END else MIDDLE
    passing = 0.0 * passing_sd if timing is Timing.END else passing_sd / np.sqrt(MONTHS)
    last = Period(proxy.last, Frequency.MONTH)
    to_first = last.steps_to(Period(quarters[0].start, Frequency.MONTH).shift(read_at))
    paths = np.empty((len(quarters), len(proxy.parts), draws), dtype=np.float32)
    for row, quarter in enumerate(quarters):
        step = _Step.of(MONTHS if row else max(to_first, 0), level_sd=level_sd, drift_sd=drift_sd, damping=damping)
        name = f"{prefix}/{quarter.start}"
        first, second = _shocks(seed, name, proxy.parts, draws)
        level = level + step.reach * drift + step.noise.first * first
        drift = step.left * drift + step.noise.shared * first + step.noise.second * second
        size_logs = level + passing * normals_of(keys(seed, [f"{name}/passing/{part}" for part in proxy.parts]), draws)
        sizes = np.exp(size_logs - size_logs.max(axis=0))
        paths[row] = sizes / sizes.sum(axis=0)
    return paths


def _shocks(seed: int, name: str, parts: Sequence[str], draws: int) -> tuple[FloatArray, FloatArray]:
    """Two standard normals of every part, (part, draw) each."""
    streams = keys(seed, [f"{name}/{component}/{part}" for component in ("level", "drift") for part in parts])
    both = normals_of(streams, draws)
    return both[: len(parts)], both[len(parts) :]


@dataclass(frozen=True)
class _Factor:
    """Lower triangle of a covariance of two, (draw,) each: first 0; shared second."""

    first: FloatArray
    shared: FloatArray
    second: FloatArray

    @classmethod
    def of(cls, level: FloatArray, both: FloatArray, drift: FloatArray) -> "_Factor":
        first = np.sqrt(level)
        shared = np.divide(both, first, out=np.zeros_like(first), where=first > 0)
        return cls(first, shared, np.sqrt(np.maximum(drift - shared**2, 0.0)))


@dataclass(frozen=True)
class _Step:
    """Some months at once: what a drift adds to the level and what is left of it, with the noise of both."""

    reach: FloatArray
    left: FloatArray
    noise: _Factor

    @classmethod
    def of(cls, months: int, *, level_sd: FloatArray, drift_sd: FloatArray, damping: FloatArray) -> "_Step":
        none = np.zeros_like(damping)
        reach, left, level, both, drift = none, np.ones_like(damping), none, none, none
        for _ in range(months):
            level, both, drift = (
                level + 2 * both + drift + level_sd**2,
                damping * (both + drift),
                damping**2 * drift + drift_sd**2 * (1 - damping**2),
            )
            reach, left = reach + left, damping * left
        return cls(reach, left, _Factor.of(level, both, drift))
