"""Dependence from few residuals: shrunk, and always usable as a Cholesky factor."""

from datetime import date
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.ensemble.dependence import dependence, positive


def rows(name, z, *, freq="A"):
    """One origin a year, steps one to five; z has shape (origin, step)."""
    return [
        {
            "series_id": name,
            "freq": freq,
            "origin": date(2000 + number, 1, 1),
            "step": step + 1,
            "pit": NormalDist().cdf(float(value)),
        }
        for number, path in enumerate(z)
        for step, value in enumerate(path)
    ]


def test_common_errors_correlate_but_less_than_they_seem_to():
    z = np.random.default_rng(1).normal(size=(4, 5))
    correlation = dependence(rows("a", z) + rows("b", z), drivers=["a", "b"])
    assert correlation.series == ("a", "b")
    assert correlation.matrix[0, 1] == pytest.approx(20 / 40)
    assert correlation.to_json()["n"] == 20


def test_series_that_never_meet_are_independent():
    z = np.random.default_rng(1).normal(size=(4, 5))
    later = [row | {"origin": row["origin"].replace(year=row["origin"].year + 50)} for row in rows("b", z)]
    correlation = dependence(rows("a", z) + later, drivers=["a", "b", "c"])
    assert np.allclose(correlation.matrix, np.eye(3))


def test_lasting_errors_persist_and_a_series_without_scores_takes_the_pool():
    level = np.random.default_rng(2).normal(size=(8, 1))
    correlation = dependence(rows("a", np.tile(level, (1, 5))), drivers=["a", "b"])
    assert correlation.persistence["a"] > 0.9
    assert correlation.persistence["b"] == correlation.persistence_pool


def test_no_residuals_at_all_means_independence():
    correlation = dependence([], drivers=["a", "b"])
    assert np.array_equal(correlation.matrix, np.eye(2))
    assert correlation.persistence == {"a": 0.0, "b": 0.0}


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 8))
def test_any_symmetric_matrix_becomes_a_correlation(seed, size):
    raw = np.random.default_rng(seed).uniform(-1, 1, size=(size, size))
    matrix = positive((raw + raw.T) / 2 + np.eye(size))
    assert np.allclose(np.diag(matrix), 1.0)
    assert np.array_equal(matrix, matrix.T)
    np.linalg.cholesky(matrix)
