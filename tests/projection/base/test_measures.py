"""What is read off the draws of a gap."""

import numpy as np
import pytest

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
