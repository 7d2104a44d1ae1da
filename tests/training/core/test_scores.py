from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy_scores import scoringrules

from data.base.errors import InvalidParameter
from data.base.quantiles import FORECAST_LEVELS
from training.core import scores

LEVELS = [float(level) for level in FORECAST_LEVELS]


def bands(seed, count=40):
    rng = np.random.default_rng(seed)
    return np.sort(rng.normal(size=(count, len(LEVELS))), axis=1), rng.normal(size=count)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_pinball_and_crps_are_those_of_an_independent_package(seed):
    quantiles, observed = bands(seed)
    ours = scores.pinball(quantiles, observed=observed, levels=LEVELS)
    theirs = np.stack([scoringrules.quantile_score(observed, quantiles[:, i], q) for i, q in enumerate(LEVELS)], axis=1)
    assert np.allclose(ours, theirs)
    assert np.allclose(scores.crps(quantiles, observed=observed, levels=LEVELS), 2 * theirs.mean(axis=1))


def test_coverage_counts_what_is_inside():
    quantiles = np.tile(np.array(LEVELS), (3, 1))
    inside = scores.covered(quantiles, observed=np.array([0.05, 0.5, 0.95]), levels=LEVELS, share=0.8)
    assert inside.tolist() == [False, True, False]


def test_shapes_that_do_not_match_are_refused():
    with pytest.raises(InvalidParameter):
        scores.crps(np.zeros((3, 4)), observed=np.zeros(3), levels=LEVELS)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32 - 1))
def test_interval_scores_are_those_of_an_independent_package(seed):
    quantiles, observed = bands(seed)
    lower, upper = quantiles[:, 1], quantiles[:, 7]
    ours = scores.interval_score(lower, upper, observed=observed, alpha=0.1)
    assert np.allclose(ours, scoringrules.interval_score(observed, lower, upper, 0.1))
    # The package's own weighted score adds half the median where the definition has half its absolute error, so the sum
    # is made here of its interval scores.
    total = 0.5 * np.abs(observed - quantiles[:, 4])
    for place, alpha in enumerate((0.05, 0.1, 0.2, 0.5)):
        total += alpha / 2 * scoringrules.interval_score(observed, quantiles[:, place], quantiles[:, 8 - place], alpha)
    assert np.allclose(scores.wis(quantiles, observed=observed, levels=LEVELS), total / 4.5)
    assert np.allclose(total / 4.5, scores.crps(quantiles, observed=observed, levels=LEVELS))


def test_pit_of_draws_from_the_forecast_is_uniform_and_stays_inside():
    z = np.random.default_rng(3).standard_normal(4000)
    quantiles = np.tile([NormalDist().inv_cdf(level) for level in LEVELS], (4000, 1))
    pits = scores.pit(quantiles, observed=z, levels=LEVELS)
    assert ((pits > 0) & (pits < 1)).all()
    counts = np.histogram(pits, bins=[0, 0.05, 0.25, 0.5, 0.75, 0.95, 1])[0] / 4000
    assert np.allclose(counts, [0.05, 0.2, 0.25, 0.25, 0.2, 0.05], atol=0.02)


def test_pit_of_a_band_without_width_says_only_the_side():
    flat = np.full((3, len(LEVELS)), 5.0)
    below, on, above = scores.pit(flat, observed=np.array([4.0, 5.0, 6.0]), levels=LEVELS)
    assert below < 0.05
    assert on == pytest.approx(0.5)
    assert above > 0.95


def test_smape_and_mase_by_hand():
    assert scores.smape(np.array([1.0, 0.0]), observed=np.array([3.0, 0.0])).tolist() == [100.0, 0.0]
    assert scores.mase_scale(np.array([1.0, 2.0, 4.0]), season=1) == 1.5
    assert scores.mase_scale(np.array([1.0, 2.0, 4.0]), season=4) == 1.5
    assert np.isnan(scores.mase_scale(np.array([2.0, 2.0, 2.0]), season=1))


@pytest.mark.parametrize("levels", [[0.1, 0.6, 0.9], [0.1, 0.9], [0.9, 0.5, 0.1], [0.0, 0.5, 1.0]])
def test_levels_without_median_or_symmetry_have_no_weighted_interval_score(levels):
    with pytest.raises(InvalidParameter):
        scores.wis(np.zeros((2, len(levels))), observed=np.zeros(2), levels=levels)


def test_coverage_of_a_share_without_its_levels_is_refused():
    with pytest.raises(InvalidParameter):
        scores.covered(np.zeros((1, 9)), observed=np.zeros(1), levels=LEVELS, share=0.66)
