import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.base.errors import ProjectionError
from projection.base.order_statistics import quantiles, quantiles_by_column

LEVELS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)


@settings(deadline=None, max_examples=60)
@example(draws=[0.0, 1e-40, 3e-42], levels=[0.5, 1.0])
@example(draws=[0.0, -3.0], levels=[0.99999])
@example(draws=[-3e38, 3e38, 1.0], levels=[0.0, 0.7])
@given(
    draws=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=300),
    levels=st.lists(st.floats(0, 1), min_size=1, max_size=9),
)
def test_quantiles_are_those_of_numpy_exactly(draws, levels):
    given_draws = np.array(draws, dtype=np.float32)
    doubles = given_draws.astype(np.float64)
    expected = np.quantile(doubles, sorted(levels))
    assert np.allclose(quantiles(given_draws, sorted(levels)), expected, rtol=1e-12, atol=1e-12 * np.ptp(doubles))


@settings(deadline=None, max_examples=40)
@given(
    columns=st.integers(1, 20).flatmap(
        lambda rows: st.lists(st.lists(st.floats(-1e300, 1e300), min_size=rows, max_size=rows), min_size=1, max_size=4)
    ),
    levels=st.lists(st.floats(0, 1), min_size=1, max_size=5),
)
def test_quantiles_by_column_are_those_of_numpy(columns, levels):
    draws = np.array(columns).T
    expected = np.quantile(draws, levels, axis=0).T
    assert np.allclose(quantiles_by_column(draws, levels), expected, rtol=1e-12, atol=1e-12 * np.abs(draws).max())


@pytest.mark.parametrize("shape", ["normal", "heavy", "equal", "two"])
def test_any_shape_of_many_draws(shape):
    rng = np.random.default_rng(1)
    draws = {
        "normal": rng.standard_normal(50_000),
        "heavy": rng.standard_cauchy(50_000),
        "equal": np.full(50_000, 3.0),
        "two": rng.integers(0, 2, 50_000),
    }[shape].astype(np.float32)
    assert np.array_equal(quantiles(draws, LEVELS), np.quantile(draws.astype(np.float64), LEVELS))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_draw_without_a_rank_is_told(value):
    with pytest.raises(ProjectionError, match="not finite"):
        quantiles(np.array([1.0, value, 2.0], dtype=np.float32), LEVELS)
