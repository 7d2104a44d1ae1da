import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import InvalidParameter
from data.quantiles import FORECAST_LEVELS
from training import scores

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
