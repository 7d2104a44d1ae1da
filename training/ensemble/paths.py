"""Paths of a forecast, drawn from its calibrated bands.

Between steps the draws are joined by a Gaussian copula with autocorrelation ``phi ** distance`` (a first-order
autoregression of normal scores); ``phi`` is how normal scores of neighbouring steps moved together in past forecasts of
the series' frequency and growth class, its own counted in by their number
(:func:`training.ensemble.dependence.persistence`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np

from data.base.quantiles import FORECAST_LEVELS
from features.nowcast.nowcast import generator
from training.backtest.backtest import Trial
from training.ensemble.assessment import Assessment, Floats, PooledForecast, residual_rows
from training.ensemble.calibration import cell_name
from training.ensemble.dependence import persistence

DRAWS = 4_000
OUTERMOST = 0.995
"""Levels beyond those published are continued in a straight line of normal scores up to here, and no further."""
LARGEST_PHI = 0.99

Phi = Callable[[Trial], float]


def serial_correlation(assessment: Assessment) -> Phi:
    """Autocorrelation of normal scores along a path, by series, shrunk to that of its frequency and growth class."""
    classes: dict[str, list[Mapping[str, Any]]] = {}
    for row in residual_rows(assessment.answers):
        classes.setdefault(f"{row['freq']},{row['growth']}", []).append(row)
    lasting = {name: persistence(rows) for name, rows in classes.items()}

    def phi(item: Trial) -> float:
        series_phi, pool = lasting.get(cell_name(item.freq, item.growth), ({}, 0.0))
        return float(np.clip(series_phi.get(item.series_id, pool), -LARGEST_PHI, LARGEST_PHI))

    return phi


def stream(name: str, item: Trial) -> np.random.Generator:
    """Random numbers of that name for one forecast."""
    rule = "now" if item.origin is None else item.origin.rule
    return generator(f"{name}.{item.series_id}.{rule}.{item.last.label}")


def paths_of(answer: PooledForecast, quantiles: Floats, phi: Phi) -> Floats:
    """Paths with the quantiles given by step, shape ``(DRAWS, horizon)``: always the same numbers for one forecast."""
    rng = stream("accumulation", answer.trial)
    lasting = phi(answer.trial)
    scores = rng.standard_normal((DRAWS, len(quantiles)))
    for step in range(1, scores.shape[1]):
        scores[:, step] = lasting * scores[:, step - 1] + np.sqrt(1 - lasting**2) * scores[:, step]
    return np.stack([at_scores(row, scores[:, step]) for step, row in enumerate(quantiles)], axis=1)


def along(answer: PooledForecast, paths: Floats, reason: str) -> PooledForecast:
    """The forecast with the quantiles of paths, shape ``(DRAWS, horizon)``, and why they differ from its own."""
    band = replace(
        answer.band,
        quantiles=np.quantile(paths, FORECAST_LEVELS, axis=0).T,
        method=f"{answer.band.method};{reason}",
    )
    return replace(answer, band=band)


def at_scores(quantiles: Floats, scores: Floats) -> Floats:
    """Values of a quantile forecast at normal scores: straight lines between levels, of logarithms where positive.

    ``quantiles`` at the published levels, shape ``(levels,)``; what is nowhere negative stays so.
    """
    normal = NormalDist()
    level_scores = np.array([normal.inv_cdf(float(level)) for level in FORECAST_LEVELS])
    edge = normal.inv_cdf(OUTERMOST)
    positive = bool(np.all(quantiles > 0))
    values = np.log(quantiles) if positive else quantiles
    low = values[0] + (values[1] - values[0]) / (level_scores[1] - level_scores[0]) * (-edge - level_scores[0])
    high = values[-1] + (values[-1] - values[-2]) / (level_scores[-1] - level_scores[-2]) * (edge - level_scores[-1])
    at_levels = np.interp(scores, [-edge, *level_scores, edge], [low, *values, high])
    if positive:
        return np.asarray(np.exp(at_levels))
    return np.asarray(np.maximum(at_levels, 0.0) if quantiles[0] >= 0 else at_levels)
