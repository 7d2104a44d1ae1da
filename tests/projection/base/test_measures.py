"""What is read off the draws of a gap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from projection.base import measures


def test_a_gap_is_short_by_a_year_at_least_as_often_as_in_it():
    gap = np.random.default_rng(1).normal(size=(500, 6))
    by, alone = measures.p_short_by(gap), measures.p_above(gap, 0.0)
    assert (by >= alone).all()
    assert (np.diff(by) >= 0).all()
    assert measures.p_above(gap, 1e9).tolist() == [0.0] * 6


def test_the_share_of_the_plan_that_may_be_late_opens_the_gap_exactly():
    demand, supply = np.array([[10.0], [10.0], [10.0]]), np.array([[12.0], [9.0], [40.0]])
    additions = np.array([[8.0], [8.0], [8.0]])
    share = measures.late_share(demand, supply, additions)
    assert share[:, 0].tolist() == [0.25, 0.0, 1.0]
    assert (demand - (supply - share * additions))[0, 0] == pytest.approx(0.0)


@given(arrays(np.float64, (15, 2), elements=st.integers(-3, 3).map(float)))
def test_the_share_of_a_sign_is_that_of_the_median_difference(differences):
    sign = np.sign(np.median(differences, axis=0))
    expected = (np.sign(differences) == sign).mean(axis=0)
    assert measures.sign_shared(differences).tolist() == expected.tolist()


@given(arrays(np.bool_, 40), arrays(np.bool_, 40))
def test_a_difference_of_chances_is_that_of_ones_and_zeros(draws, base):
    of_chances = measures.mean_and_sign(draws, base)
    assert of_chances == pytest.approx(measures.mean_and_sign(draws.astype(float), base.astype(float)), abs=1e-9)
    assert of_chances[0] == pytest.approx(draws.mean() - base.mean())
    assert 0.5 <= of_chances[1] <= 1.0
