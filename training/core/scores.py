"""Scores of quantile forecasts: proper ones first. numpy only, so every room above may score.

Shapes: ``quantiles`` is ``(..., L)`` with levels on the last axis, ``observed`` is ``(...)``; scores are ``(...)`` in
the unit of the observation unless said otherwise. Formulas are checked against scoringrules in the tests.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.base.errors import InvalidParameter

Floats = NDArray[np.float64]
MEDIAN = 0.5
SAME_LEVEL = 1e-9  # two levels closer than this are one level written twice


def _checked(quantiles: Floats, observed: Floats, levels: Sequence[float]) -> tuple[Floats, Floats, Floats]:
    """The three arrays, shapes agreeing; raises :class:`InvalidParameter`."""
    taus = np.asarray(levels, dtype=np.float64)
    bands = np.asarray(quantiles, dtype=np.float64)
    truth = np.asarray(observed, dtype=np.float64)
    if taus.ndim != 1 or taus.size == 0 or np.any(np.diff(taus) <= 0) or taus[0] <= 0 or taus[-1] >= 1:
        raise InvalidParameter("levels", "levels must be ascending and strictly between 0 and 1")
    if bands.shape != (*truth.shape, taus.size):
        raise InvalidParameter("quantiles", f"shape {bands.shape} does not match {(*truth.shape, taus.size)}")
    return bands, truth, taus


def pinball(quantiles: Floats, *, observed: Floats, levels: Sequence[float]) -> Floats:
    """Pinball loss per level, shape ``(..., L)``: ``(y - q)(tau - 1{y < q})`` (Koenker and Bassett 1978)."""
    bands, truth, taus = _checked(quantiles, observed, levels)
    miss = truth[..., None] - bands
    return np.asarray(miss * (taus - (miss < 0)), dtype=np.float64)


def crps(quantiles: Floats, *, observed: Floats, levels: Sequence[float]) -> Floats:
    """CRPS from quantiles: the mean of twice the pinball loss (Laio and Tamea 2007).

    >>> float(crps(np.array([9.0, 10.0, 11.0]), observed=np.array(10.0), levels=(0.1, 0.5, 0.9)))
    0.13333333333333333
    """
    return np.asarray(2.0 * pinball(quantiles, observed=observed, levels=levels).mean(axis=-1), dtype=np.float64)


def _pairs(taus: Floats) -> list[tuple[int, int, float]]:
    """Index of lower and upper level and alpha of every central interval; raises when levels are not symmetric."""
    count = taus.size // 2
    pairs = [(i, taus.size - 1 - i, 2.0 * float(taus[i])) for i in range(count)]
    if any(abs(taus[low] + taus[high] - 1.0) > SAME_LEVEL for low, high, _ in pairs):
        raise InvalidParameter("levels", "levels must be symmetric about 0.5")
    return pairs


def interval_score(lower: Floats, upper: Floats, *, observed: Floats, alpha: float) -> Floats:
    """Interval score of the central ``1 - alpha`` interval (Gneiting and Raftery 2007, equation 43)."""
    below = np.maximum(lower - observed, 0.0)
    above = np.maximum(observed - upper, 0.0)
    return np.asarray((upper - lower) + 2.0 / alpha * (below + above), dtype=np.float64)


def wis(quantiles: Floats, *, observed: Floats, levels: Sequence[float]) -> Floats:
    """Weighted interval score (Bracher et al. 2021); levels symmetric and with 0.5, else :class:`InvalidParameter`."""
    bands, truth, taus = _checked(quantiles, observed, levels)
    middle = taus.size // 2
    if taus.size % 2 == 0 or abs(taus[middle] - MEDIAN) > SAME_LEVEL:
        raise InvalidParameter("levels", "the weighted interval score needs the median")
    total = 0.5 * np.abs(truth - bands[..., middle])
    pairs = _pairs(taus)
    for low, high, alpha in pairs:
        total = total + alpha / 2.0 * interval_score(bands[..., low], bands[..., high], observed=truth, alpha=alpha)
    return np.asarray(total / (len(pairs) + 0.5), dtype=np.float64)


def covered(quantiles: Floats, *, observed: Floats, levels: Sequence[float], share: float) -> NDArray[np.bool_]:
    """Whether the central interval of that share holds the observation, shape ``(...)``.

    Raises :class:`InvalidParameter` when the two levels of the share are not among the levels.
    """
    bands, truth, taus = _checked(quantiles, observed, levels)
    ends = []
    for bound in ((1.0 - share) / 2.0, (1.0 + share) / 2.0):
        index = int(np.argmin(np.abs(taus - bound)))
        if abs(taus[index] - bound) > SAME_LEVEL:
            raise InvalidParameter("share", f"level {bound:g} is not among the forecast's levels")
        ends.append(index)
    return np.asarray((truth >= bands[..., ends[0]]) & (truth <= bands[..., ends[1]]), dtype=np.bool_)


def pit(quantiles: Floats, *, observed: Floats, levels: Sequence[float]) -> Floats:
    """Probability integral transform read off the quantiles, in (0, 1).

    Linear between levels; beyond the outermost level the distance in units of the outer spacing decays geometrically,
    so that a value far outside tends to 0 or 1 without reaching it.
    """
    bands, truth, taus = _checked(quantiles, observed, levels)
    flat = bands.reshape(-1, taus.size)
    pits = np.empty(flat.shape[0])
    for row, (band, value) in enumerate(zip(flat, truth.reshape(-1), strict=True)):
        if value < band[0]:
            pits[row] = taus[0] * _tail(band[0] - value, band[-1] - band[0])
        elif value > band[-1]:
            pits[row] = 1.0 - (1.0 - taus[-1]) * _tail(value - band[-1], band[-1] - band[0])
        else:
            # A flat stretch (a degenerate band) is read at its middle: both one-sided readings averaged.
            left = int(np.searchsorted(band, value, side="left"))
            right = int(np.searchsorted(band, value, side="right"))
            pits[row] = 0.5 * (taus[left] + taus[right - 1]) if right > left else float(np.interp(value, band, taus))
    return pits.reshape(truth.shape)


def _tail(distance: float, spread: float) -> float:
    """Share of the outer tail left beyond ``distance``: halves every tenth of the whole spread."""
    if spread <= 0.0:
        return 0.5
    return float(max(0.5 ** (10.0 * distance / spread), 1e-3))


def smape(median: Floats, *, observed: Floats) -> Floats:
    """Symmetric absolute percentage error, 0 to 200 (M4 definition); two zeros score 0."""
    spread = np.abs(median) + np.abs(observed)
    error = 200.0 * np.abs(median - observed)
    return np.asarray(np.divide(error, spread, out=np.zeros_like(error), where=spread > 0), dtype=np.float64)


def mase_scale(history: Floats, *, season: int) -> float:
    """In-sample mean absolute seasonal difference (Hyndman and Koehler 2006); NaN when there is none or it is zero.

    Falls back to the first difference when the history is no longer than one season, as the M4 organisers did.
    """
    lag = season if history.size > season else 1
    if history.size <= lag:
        return float("nan")
    scale = float(np.mean(np.abs(history[lag:] - history[:-lag])))
    return scale if scale > 0 else float("nan")


def energy_score(draws: Floats, *, observed: Floats) -> float:
    """Energy score of an ensemble (Gneiting and Raftery 2007, equation 22).

    Mean distance to the truth less half the mean distance between members. Draws are ``(n, d)`` and the truth ``(d,)``;
    with one dimension it is the CRPS, with one member a distance.

    >>> energy_score(np.array([[0.0], [2.0]]), observed=np.array([1.0]))
    0.5
    """
    if draws.ndim != 2 or draws.shape[1:] != observed.shape or not draws.size:  # noqa: PLR2004 - members by dimension
        raise InvalidParameter("draws", f"shape {draws.shape} does not match {observed.shape}")
    miss = np.linalg.norm(draws - observed, axis=1).mean()
    between = np.linalg.norm(draws[:, None, :] - draws[None, :, :], axis=2).mean()
    return float(miss - 0.5 * between)
