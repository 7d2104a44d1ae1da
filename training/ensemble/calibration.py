"""Bands that mean what they say: pooled, normalised conformal widths around an untouched median.

Native bands of every library cover too little (44-79 % where 80 % is claimed), so widths come from past errors. At
step ``h``, with ``g`` the logarithm (or, where values are not positive, the value over the series' mean step):

* ``s = exp((ln s_native + mean_pool ln s_native) / 2)``, the half-shrunk scale, ``s_native = (g q90 - g q10) / 2.563``;
* ``r = |g y - g q50| / s`` at the backtest origins of the pool (same frequency and growth class), steps h-1 to h+1;
* ``Q(level)``: the ``ceil((n + 1) c)``-th smallest ``r``, ``c`` the central coverage the level belongs to; short
  histories miss by two to four times as much of their scale as long ones, so each have a pool where there are scores
  enough, and ``Q`` of the short is half shrunk to that of both together;
* half-width ``w = (s Q)^b w_native^(1-b)``; ``b`` is 3/4, and 1 for fast growers, whose native widths mislead most;
* the width never shrinks with the horizon: what is not known about a step is not known about a later one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency
from training.core.growth import Growth

Floats = NDArray[np.float64]
Cell = tuple[Frequency, Growth, bool]
"""Frequency, growth class, and whether histories are short."""
LEVELS = np.asarray(FORECAST_LEVELS, dtype=np.float64)
MIDDLE = LEVELS.size // 2
COVERAGES = tuple(round(1.0 - 2.0 * float(level), 6) for level in LEVELS[:MIDDLE])
"""Central coverages, widest first, matching the levels below the median."""
I10, I90 = int(np.argmin(np.abs(LEVELS - 0.1))), int(np.argmin(np.abs(LEVELS - 0.9)))
TO_SIGMA = 2.5631031310892007

BLEND = {Growth.FAST: 1.0, Growth.SLOW: 0.75, Growth.RAW: 0.75}
LEAST_SCORES = 30
"""Fewer (series, origin) pairs than this and the pool borrows; served from fewer, no 80 % is claimed."""
LEAST_OF_CLASS = 20
"""A growth class over all frequencies is kept apart down to this: strangers' errors are worse than few of its own."""
SIGMA_FLOOR = 0.2  # of the pool's: a short lucky history does not make a series certain
LOG_CAP = math.log(100.0)
"""No half-width beyond a factor of 100: past it a band says only that nothing is known."""

TOO_FEW = "too few scores to claim 80 %"


@dataclass(frozen=True, eq=False)
class Score:
    """One past forecast of the ensemble: native scale and absolute error per scored step.

    ``factor`` is what its half-widths are multiplied by for a reason of its own; ``short`` whether its history is.
    """

    series_id: str
    freq: Frequency
    growth: Growth
    steps: NDArray[np.int64]
    sigma: Floats
    error: Floats
    factor: float = 1.0
    short: bool = False


@dataclass(frozen=True)
class Pool:
    """Conformal quantiles of one pool.

    Attributes:
        name: e.g. ``Q,fast`` or ``Q,fast,short``; n_scores: (series, origin) pairs; n_series: distinct series.
        ratios: per scored step, ``Q`` by coverage, shape ``(steps, coverages)``; the last row serves later steps.
    """

    name: str
    n_scores: int
    n_series: int
    ratios: tuple[tuple[float, ...], ...]

    def at(self, horizon: int) -> Floats:
        """``Q`` for steps 1 to ``horizon``, shape ``(horizon, coverages)``."""
        table = np.asarray(self.ratios)
        return np.asarray(table[np.minimum(np.arange(horizon), len(self.ratios) - 1)])


@dataclass(frozen=True, eq=False)
class Band:
    """A calibrated band and how it came about."""

    quantiles: Floats
    method: str
    n_scores: int
    reduced: tuple[str, ...]


def native(quantiles: Floats, *, growth: Growth, unit_scale: float) -> tuple[Floats, Floats, Floats]:
    """Centre, standard deviation and half-widths (lower levels, widest first) in the pool's space."""
    space = quantiles / unit_scale if growth is Growth.RAW else np.log(quantiles)
    centre = space[:, MIDDLE]
    half = (space[:, :MIDDLE:-1] - space[:, :MIDDLE]) / 2.0
    return centre, (space[:, I90] - space[:, I10]) / TO_SIGMA, half


def score(
    series_id: str,
    quantiles: Floats,
    *,
    freq: Frequency,
    growth: Growth,
    unit_scale: float,
    steps: NDArray[np.int64],
    targets: Floats,
    factor: float = 1.0,
    short: bool = False,
) -> Score | None:
    """The errors of one past forecast; steps with a target that has no logarithm are left out (None when all are)."""
    scorable = np.ones(targets.size, dtype=bool) if growth is Growth.RAW else targets > 0
    if not scorable.any():
        return None
    chosen, actuals = steps[scorable], targets[scorable]
    centre, sigma, _ = native(quantiles, growth=growth, unit_scale=unit_scale)
    truth = actuals / unit_scale if growth is Growth.RAW else np.log(actuals)
    return Score(series_id, freq, growth, chosen, sigma[chosen - 1], np.abs(truth - centre[chosen - 1]), factor, short)


@dataclass(frozen=True, eq=False)
class Calibrator:
    """Everything needed to turn a native band into a calibrated one; serialises to JSON."""

    log_sigma: Mapping[str, tuple[float, ...]]
    """``FREQ,class`` -> mean log native standard deviation per published step."""
    pools: Mapping[str, Pool]
    borrowed: Mapping[str, str] = field(default_factory=dict)
    """``FREQ,class`` -> pool served from, in words, where it is not its own."""

    @classmethod
    def of(
        cls,
        scores: Sequence[Score],
        *,
        sigmas: Mapping[str, Mapping[str, Floats]],
        without: str | None = None,
        cells: Sequence[Cell] | None = None,
    ) -> "Calibrator":
        """Pool the scores.

        ``sigmas``: ``FREQ,class`` -> native standard deviations by series over the published steps. ``without``: a
        series left out, to judge it by the others. ``cells``: the pools to build, all by default.
        """
        log_sigma = mean_log_sigma(sigmas)
        usable = [item for item in scores if item.series_id != without]
        pools: dict[str, Pool] = {}
        borrowed: dict[str, str] = {}
        for freq, growth, short in cells or list(product(Frequency, Growth, (False, True))):
            name = pool_name(freq, growth, short=short)
            label, group = _widened(usable, freq=freq, growth=growth, short=short)
            if group:
                pools[name] = _pool(label, group, log_sigma)
                if short and label == name:
                    cell = [item for item in usable if item.freq is freq and item.growth is growth]
                    pools[name] = _half_shrunk(pools[name], _pool(label, cell, log_sigma))
                if label != name:
                    borrowed[name] = label
        return cls(log_sigma, pools, borrowed)

    def apply(
        self,
        quantiles: Floats,
        *,
        freq: Frequency,
        growth: Growth,
        unit_scale: float,
        constant: bool,
        factor: float = 1.0,
        short: bool = False,
    ) -> Band:
        """Calibrate a native band of shape ``(horizon, FORECAST_LEVELS)``; the median is returned unchanged.

        ``factor`` multiplies half-widths, as it did the past forecasts' that widths were learned from; ``short`` says
        whether the history is.
        """
        if quantiles.ndim != 2 or quantiles.shape[1] != LEVELS.size:  # noqa: PLR2004 - rows are steps, columns levels
            raise InvalidParameter("quantiles", f"shape {quantiles.shape} has not the published levels")
        name = pool_name(freq, growth, short=short)
        pool = self.pools.get(name)
        reduced: list[str] = []
        if constant:
            flat = np.repeat(quantiles[:, MIDDLE : MIDDLE + 1], LEVELS.size, axis=1)
            return Band(flat, "constant", 0, ("every value is the same: no width can be learned from it",))
        centre, sigma, half = native(quantiles, growth=growth, unit_scale=unit_scale)
        horizon = centre.size
        shrunk, floor = half_shrunk(sigma, self.log_sigma.get(cell_name(freq, growth)), horizon)
        normal = half / np.maximum(sigma, 1e-12)[:, None]
        half_widths = np.maximum(half, floor[:, None] * np.where(np.isfinite(normal), np.maximum(normal, 0.1), 0.1))
        if pool is None:
            width, count, label = half_widths, 0, "none"
            reduced.append("no past errors of any series: the members' own widths are shown")
        else:
            blend = BLEND[growth]
            width = (shrunk[:, None] * pool.at(horizon)) ** blend * half_widths ** (1.0 - blend)
            count, label = pool.n_scores, pool.name
            if name in self.borrowed:
                reduced.append(f"fewer than {LEAST_SCORES} past forecasts in {name}: widths are borrowed from {label}")
        if count < LEAST_SCORES:
            reduced.append(TOO_FEW)
        width = factor * width
        # Not isotonic regression: averaging neighbours would narrow a later step, and the reason is one-sided.
        width = np.maximum.accumulate(width, axis=0)
        width = np.maximum.accumulate(width[:, ::-1], axis=1)[:, ::-1]
        if growth is not Growth.RAW and float(width.max()) > LOG_CAP:
            width = np.minimum(width, LOG_CAP)
            reduced.append("half-widths are capped at a factor of 100")
        offsets = np.concatenate([-width, np.zeros((horizon, 1)), width[:, ::-1]], axis=1)
        if growth is Growth.RAW:
            bands = quantiles[:, MIDDLE : MIDDLE + 1] + offsets * unit_scale
        else:
            bands = quantiles[:, MIDDLE : MIDDLE + 1] * np.exp(offsets)
        return Band(np.asarray(bands), f"conformal({label})", count, tuple(reduced))

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "levels": [float(level) for level in LEVELS],
            "coverages": list(COVERAGES),
            "blend": {growth.value: share for growth, share in BLEND.items()},
            "log_sigma": {name: list(values) for name, values in self.log_sigma.items()},
            "pools": {
                name: {
                    "pool": pool.name,
                    "n_scores": pool.n_scores,
                    "n_series": pool.n_series,
                    "ratios": [list(row) for row in pool.ratios],
                }
                for name, pool in self.pools.items()
            },
            "borrowed": dict(self.borrowed),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibrator":
        """Inverse of :meth:`to_json`."""
        return cls(
            log_sigma={name: tuple(values) for name, values in content["log_sigma"].items()},
            pools={
                name: Pool(
                    item["pool"], item["n_scores"], item["n_series"], tuple(tuple(row) for row in item["ratios"])
                )
                for name, item in content["pools"].items()
            },
            borrowed=dict(content["borrowed"]),
        )


def cell_name(freq: Frequency, growth: Growth) -> str:
    """``Q,fast``."""
    return f"{freq.value},{growth.value}"


def pool_name(freq: Frequency, growth: Growth, *, short: bool) -> str:
    """``Q,fast``, and ``Q,fast,short`` of short histories."""
    return f"{cell_name(freq, growth)},short" if short else cell_name(freq, growth)


def _widened(scores: Sequence[Score], *, freq: Frequency, growth: Growth, short: bool) -> tuple[str, list[Score]]:
    """The narrowest pool with enough scores: histories as short or long, the cell, the class, everything.

    Errors are in units of their own half-shrunk scale, which is what makes pools of different series comparable.
    """
    of_class = [item for item in scores if item.growth is growth]
    of_cell = [item for item in of_class if item.freq is freq]
    alike = [item for item in of_cell if item.short is short]
    if len(alike) >= LEAST_SCORES:
        return pool_name(freq, growth, short=short), alike
    if len(of_cell) >= LEAST_SCORES:
        return cell_name(freq, growth), of_cell
    if len(of_class) >= LEAST_OF_CLASS:
        return f"*,{growth.value}", of_class
    return "*,*", list(scores)


def mean_log_sigma(sigmas: Mapping[str, Mapping[str, Floats]]) -> dict[str, tuple[float, ...]]:
    """``FREQ,class`` -> mean log native standard deviation per step, from those of its series."""
    return {
        name: tuple(np.mean([_logged(sigma) for sigma in rows.values()], axis=0).tolist())
        for name, rows in sigmas.items()
        if rows
    }


def _logged(sigma: Floats) -> Floats:
    return np.log(np.maximum(sigma, 1e-4))


def half_shrunk(sigma: Floats, log_pool: Sequence[float] | None, horizon: int) -> tuple[Floats, Floats]:
    """The half-shrunk scale and the floor under the native one, per step; a pool shorter than asked is held."""
    if not log_pool:
        return np.maximum(sigma, 1e-4), np.full(horizon, 1e-4)
    pool = np.asarray(log_pool)[np.minimum(np.arange(horizon), len(log_pool) - 1)]
    floor = SIGMA_FLOOR * np.exp(pool)
    return np.exp((np.log(np.maximum(sigma, floor)) + pool) / 2.0), floor


def _pool(label: str, group: Sequence[Score], log_sigma: Mapping[str, tuple[float, ...]]) -> Pool:
    """Conformal quantiles per step, neighbours pooled; the table ends where too few pairs reach."""
    ratios, steps, numbers = [], [], []
    for number, item in enumerate(group):
        last = int(item.steps.max())
        sigma = np.interp(np.arange(1, last + 1), item.steps, item.sigma)
        shrunk, _ = half_shrunk(sigma, log_sigma.get(cell_name(item.freq, item.growth)), last)
        ratios.append(item.error / (item.factor * shrunk[item.steps - 1]))
        steps.append(item.steps)
        numbers.append(np.full(item.steps.size, number))
    ratio, step, pair = np.concatenate(ratios), np.concatenate(steps), np.concatenate(numbers)
    table = []
    for horizon in range(1, int(step.max()) + 1):
        near = np.abs(step - horizon) <= 1
        if horizon > 1 and np.unique(pair[near]).size < min(LEAST_SCORES, len(group)):
            break
        table.append(tuple(_conformal(ratio[near], coverage) for coverage in COVERAGES))
    return Pool(label, len(group), len({item.series_id for item in group}), tuple(table))


def _half_shrunk(pool: Pool, cell: Pool) -> Pool:
    """The pool with each quantile half shrunk, on logarithms, to that of histories of every length."""
    steps = max(len(pool.ratios), len(cell.ratios))
    tables = [np.asarray(one.ratios)[np.minimum(np.arange(steps), len(one.ratios) - 1)] for one in (pool, cell)]
    return replace(pool, ratios=tuple(map(tuple, np.sqrt(tables[0] * tables[1]).tolist())))


def _conformal(ratios: Floats, coverage: float) -> float:
    """The ``ceil((n + 1) c)``-th smallest, the largest where that is beyond the sample (Vovk et al. 2005)."""
    ordered = np.sort(ratios)
    rank = min(math.ceil((ordered.size + 1) * coverage), ordered.size)
    return float(ordered[rank - 1])
