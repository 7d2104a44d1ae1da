"""Dependence of the drivers: how their past forecast errors moved together, and how they lasted along a path.

Errors are read as normal scores of the calibrated PIT, so that a wide band and a narrow one speak one language. Series
of different frequency meet by calendar year: scores are averaged over the target periods of a year, for one year of
origin. Few joint scores say little, so a pair's correlation is shrunk towards zero by ``n / (n + SHRINK)``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency, Period

SHRINK = 20.0
LEAST_JOINT = 4
PERSISTENCE_PRIOR = 20.0
PIT_EDGE = 0.01
SAFE_EIGENVALUE = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dependence:
    """What is published as ``correlation.json``."""

    series: tuple[str, ...]
    matrix: Floats
    counts: NDArray[np.int64]
    persistence: Mapping[str, float]
    persistence_pool: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values; ``shrinkage`` is the identity's weight at the median number of joint scores ``n``."""
        off = self.counts[np.triu_indices(len(self.series), k=1)]
        joint = int(np.median(off)) if off.size else 0
        return {
            "series": list(self.series),
            "matrix": [[round(float(value), 12) for value in row] for row in self.matrix],
            "persistence": {name: round(value, 12) for name, value in self.persistence.items()},
            "persistence_pool": round(self.persistence_pool, 12),
            "shrinkage": round(SHRINK / (joint + SHRINK), 12),
            "n": joint,
            "counts": [[int(value) for value in row] for row in self.counts],
        }


def normal_score(pit: float) -> float:
    """Normal quantile of a PIT, held inside the outermost percent: the tails of a quantile forecast are not known."""
    return NormalDist().inv_cdf(min(max(pit, PIT_EDGE), 1 - PIT_EDGE))


def dependence(residuals: Sequence[Mapping[str, Any]], *, drivers: Sequence[str]) -> Dependence:
    """From residual rows (series_id, freq, origin, step, pit) of the drivers."""
    names = tuple(sorted(drivers))
    cells: dict[str, dict[tuple[int, int], list[float]]] = {name: {} for name in names}
    paths: dict[str, dict[date, dict[int, float]]] = {name: {} for name in names}
    for row in residuals:
        if row["series_id"] not in cells:
            continue
        score = normal_score(row["pit"])
        target = Period(row["origin"], Frequency(row["freq"])).shift(row["step"]).start
        cells[row["series_id"]].setdefault((row["origin"].year, target.year), []).append(score)
        paths[row["series_id"]].setdefault(row["origin"], {})[row["step"]] = score
    means = {name: {key: float(np.mean(values)) for key, values in cell.items()} for name, cell in cells.items()}
    size = len(names)
    matrix, counts = np.eye(size), np.zeros((size, size), dtype=np.int64)
    for i in range(size):
        counts[i, i] = len(means[names[i]])
        for j in range(i):
            joint = sorted(means[names[i]].keys() & means[names[j]].keys())
            counts[i, j] = counts[j, i] = len(joint)
            if len(joint) >= LEAST_JOINT:
                left = np.array([means[names[i]][key] for key in joint])
                right = np.array([means[names[j]][key] for key in joint])
                matrix[i, j] = matrix[j, i] = _shrunk_correlation(left, right)
    lasting, pool = _persistence(paths)
    return Dependence(names, positive(matrix), counts, lasting, pool)


def persistence(residuals: Sequence[Mapping[str, Any]]) -> tuple[dict[str, float], float]:
    """Correlation of normal scores of neighbouring steps by series, shrunk to that of all the rows, and the latter."""
    paths: dict[str, dict[date, dict[int, float]]] = {}
    for row in residuals:
        paths.setdefault(row["series_id"], {}).setdefault(row["origin"], {})[row["step"]] = normal_score(row["pit"])
    return _persistence(paths)


def _persistence(paths: Mapping[str, Mapping[date, Mapping[int, float]]]) -> tuple[dict[str, float], float]:
    correlations = {name: _successive(path) for name, path in paths.items()}
    pairs = np.concatenate(list(correlations.values())) if correlations else np.empty((0, 2))
    pool = _around_zero(pairs[:, 0], pairs[:, 1])
    lasting = {}
    for name, cell in correlations.items():
        weight = len(cell) / (len(cell) + PERSISTENCE_PRIOR)
        lasting[name] = weight * _around_zero(cell[:, 0], cell[:, 1]) + (1 - weight) * pool
    return lasting, pool


def positive(matrix: Floats) -> Floats:
    """The nearest correlation matrix by eigenvalue clipping, unit diagonal, positive definite for a Cholesky factor."""
    if matrix.size == 0:
        return matrix
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    fixed = vectors @ np.diag(np.maximum(values, SAFE_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    correlation = fixed / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    return np.asarray((correlation + correlation.T) / 2)


def _shrunk_correlation(left: Floats, right: Floats) -> float:
    return _around_zero(left, right) * left.size / (left.size + SHRINK)


def _around_zero(left: Floats, right: Floats) -> float:
    """Correlation about zero: a calibrated score has mean zero, and a mean of few origins would hide bias."""
    size = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return float(np.sum(left * right) / size) if size > 0 else 0.0


def _successive(paths: Mapping[date, Mapping[int, float]]) -> Floats:
    """Pairs of scores of neighbouring steps of one origin, shape ``(n, 2)``."""
    pairs = [(path[step], path[step + 1]) for path in paths.values() for step in sorted(path) if step + 1 in path]
    return np.asarray(pairs, dtype=np.float64).reshape(-1, 2)
