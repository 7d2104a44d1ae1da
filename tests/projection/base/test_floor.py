import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from widths import log_sd

from projection.base.floor import floor_sd, widen


@pytest.mark.parametrize(("years", "times"), [(0.5, 1.14), (1, 1.20), (2, 1.38), (3, 1.59), (4, 1.85), (5, 2.15)])
def test_floor_matches_the_published_table_of_expert_errors(years, times):
    assert np.exp(1.2815515655446004 * floor_sd(np.array([years]))[0]) == pytest.approx(times, abs=0.035)


def test_floor_grows_with_the_square_root_after_five_years():
    five, ten = floor_sd(np.array([5.0, 10.0]))
    assert ten == pytest.approx(five * np.sqrt(2))


@settings(deadline=None, max_examples=40)
@given(sd=st.floats(0.01, 1.5), years=st.floats(0.1, 10.0), seed=st.integers(0, 2**32 - 1))
def test_widened_paths_are_never_below_the_floor_and_keep_median_and_ranks(sd, years, seed):
    draws = np.exp(3 + sd * np.random.default_rng(seed).standard_normal(2001)).astype(np.float32)
    factor, binds = widen(draws, years)
    wide = draws * factor
    floor = floor_sd(np.array([years]))[0]
    assert log_sd(wide[:, None])[0] >= floor * (1 - 1e-5)
    assert np.median(wide) == pytest.approx(np.median(draws), rel=1e-5)
    order = np.argsort(draws)
    assert (np.diff(wide[order]) >= -1e-5 * wide[order][1:]).all()
    assert binds == (log_sd(draws[:, None])[0] < floor)


def test_a_skewed_band_cannot_hide_a_narrow_side():
    z = np.random.default_rng(3).standard_normal(4000)
    skewed = np.exp(np.where(z > 0, 2.0 * z, 0.05 * z)).astype(np.float32)
    factor, binds = widen(skewed, 3.0)
    low, middle, high = np.quantile(np.log(skewed * factor), (0.1, 0.5, 0.9))
    needed = 1.2815515655446004 * floor_sd(np.array([3.0]))[0]
    assert binds
    assert middle - low >= needed * (1 - 1e-5)
    assert high - middle >= needed
