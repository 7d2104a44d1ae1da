"""Scores against Naive2, with an interval on each: OWA, relative CRPS, coverage.

* sMAPE and MASE as the M4 competition defined them; OWA is the mean of both over Naive2's, over the sample.
* CRPS is the mean of twice the pinball loss over seven levels, in units of the MASE denominator; relative to Naive2
  with its native Gaussian band.
* Coverage is the share of points inside the central 50, 80 and 95 % band.

Intervals: 95 %, series drawn with replacement.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from benchmarks.collections import FAST, Case
from data.base.quantiles import DEFAULT_LEVELS, FORECAST_LEVELS
from data.periods.period import Frequency
from training.core import scores

Floats = NDArray[np.float64]
LEVELS = [float(level) for level in FORECAST_LEVELS]
SEVEN = [LEVELS.index(float(level)) for level in DEFAULT_LEVELS]
MIDDLE = LEVELS.index(0.5)
TEST_90 = 1.645
DRAWS = 1000
SEED = 20261123
COLUMNS = ("smape", "mase", "crps", "cover50", "cover80", "cover95")


def multiplicative_season(values: Floats, *, season: int) -> Floats:
    """Seasonal factors of the M4 benchmarks, mean one, shape ``(season,)``; ones where the test finds no season."""
    if season == 1 or values.size < 3 * season:
        return np.ones(season)
    centred = values - values.mean()
    spread = float(np.sum(centred**2))
    if spread <= 0:
        return np.ones(season)
    acf = np.array([float(np.sum(centred[lag:] * centred[:-lag])) for lag in range(1, season + 1)]) / spread
    if abs(acf[-1]) <= TEST_90 * np.sqrt((1 + 2 * float(np.sum(acf[:-1] ** 2))) / values.size):
        return np.ones(season)
    weights = np.ones(season + 1) / season
    weights[[0, -1]] /= 2
    trend = np.convolve(values, weights, mode="valid")
    half = season // 2
    ratio = values[half : half + trend.size] / trend
    phase = (half + np.arange(trend.size)) % season
    seasonal_index = np.array([np.mean(ratio[phase == index]) for index in range(season)])
    return np.asarray(seasonal_index / seasonal_index.mean())


def naive2(case: Case) -> Floats:
    """Naive2 of the M4 competition with the Gaussian band of its random walk, shape ``(horizon, levels)``."""
    season = case.freq.per_year
    factors = multiplicative_season(case.history, season=season)
    phases = np.arange(case.history.size + case.future.size) % season
    level = case.history / factors[phases[: case.history.size]]
    sigma = float(np.sqrt(np.mean(np.diff(level) ** 2)))
    ahead = np.sqrt(np.arange(1.0, case.future.size + 1))
    normal = np.array([NormalDist().inv_cdf(quantile) for quantile in LEVELS])
    bands = level[-1] + sigma * ahead[:, None] * normal[None, :]
    return np.asarray(bands * factors[phases[case.history.size :]][:, None])


def graded(case: Case, quantiles: Floats) -> Floats:
    """Scores of one forecast in the order of ``COLUMNS``, each the mean over the horizon."""
    truth, median = case.future, quantiles[:, MIDDLE]
    scale = scores.mase_scale(case.history, season=case.freq.per_year)
    seven = quantiles[:, SEVEN]
    loss = scores.crps(seven, observed=truth, levels=[LEVELS[index] for index in SEVEN])
    inside = [
        scores.covered(quantiles, observed=truth, levels=LEVELS, share=share).mean() for share in (0.5, 0.8, 0.95)
    ]
    return np.array(
        [
            scores.smape(median, observed=truth).mean(),
            float(np.mean(np.abs(truth - median))) / scale,
            float(np.mean(loss)) / scale,
            *inside,
        ]
    )


@dataclass(frozen=True)
class Figure:
    """A score with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Grade:
    """Scores of one group of series; coverage in percent."""

    group: str
    n: int
    smape: Figure
    mase: Figure
    owa: Figure
    rel_crps: Figure
    cover50: Figure
    cover80: Figure
    cover95: Figure


def groups(cases: Sequence[Case]) -> dict[str, NDArray[np.bool_]]:
    """Which cases count where: the main set in all and by frequency, fast growers of both sets."""
    main = np.array([case.set == "main" for case in cases])
    by_group = {"all": main}
    for freq, name in ((Frequency.YEAR, "yearly"), (Frequency.QUARTER, "quarterly"), (Frequency.MONTH, "monthly")):
        by_group[name] = main & np.array([case.freq is freq for case in cases])
    return by_group | {"fast growers": np.array([case.growth > FAST for case in cases])}


def grades(cases: Sequence[Case], forecasts: Sequence[Floats]) -> dict[str, Grade]:
    """Grade of every group that has a case."""
    case_scores = np.array([graded(case, bands) for case, bands in zip(cases, forecasts, strict=True)])
    base = np.array([graded(case, naive2(case)) for case in cases])
    # A history without any seasonal change has no scale; it counts where none is needed.
    case_scores[~np.isfinite(case_scores)] = np.nan
    return {
        name: _grade(name, case_scores[mask], base[mask])
        for name, mask in groups(cases).items()
        if int(np.sum(mask)) > 0
    }


def _grade(name: str, scores: Floats, base: Floats) -> Grade:
    rng = np.random.default_rng(SEED)
    draws = rng.integers(0, len(scores), size=(DRAWS, len(scores)))

    def owa(mine: Floats, theirs: Floats) -> float:
        return float(0.5 * (mine[0] / theirs[0] + mine[1] / theirs[1]))

    measures: Mapping[str, Callable[[Floats, Floats], float]] = {
        "smape": lambda mine, _: float(mine[0]),
        "mase": lambda mine, _: float(mine[1]),
        "owa": owa,
        "rel_crps": lambda mine, theirs: float(mine[2] / theirs[2]),
        "cover50": lambda mine, _: float(100 * mine[3]),
        "cover80": lambda mine, _: float(100 * mine[4]),
        "cover95": lambda mine, _: float(100 * mine[5]),
    }
    means = [(np.nanmean(scores[rows], axis=0), np.nanmean(base[rows], axis=0)) for rows in draws]
    whole = (np.nanmean(scores, axis=0), np.nanmean(base, axis=0))
    figures = {}
    for key, measure in measures.items():
        spread = [measure(mine, theirs) for mine, theirs in means]
        low, high = np.quantile(spread, [0.025, 0.975])
        figures[key] = Figure(measure(*whole), float(low), float(high))
    return Grade(group=name, n=len(scores), **figures)
