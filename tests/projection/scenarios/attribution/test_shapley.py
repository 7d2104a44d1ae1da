"""Shapley values: what the four axioms demand, for every game."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from projection.scenarios.attribution.shapley import shapley

MOST = 6
GAMES = st.integers(1, MOST).flatmap(
    lambda players: arrays(np.float64, (1 << players, 2), elements=st.floats(-1e6, 1e6, allow_subnormal=False))
)


@given(GAMES)
def test_the_parts_sum_to_the_difference(values):
    difference = values[-1] - values[0]
    np.testing.assert_allclose(shapley(values).sum(axis=0), difference, atol=1e-14 * np.abs(values).max() * len(values))


@given(GAMES)
def test_a_player_who_changes_nothing_has_no_part_and_takes_none_away(values):
    with_idle = np.concatenate([values, values])
    parts = shapley(with_idle)
    assert (parts[-1] == 0).all()
    np.testing.assert_allclose(parts[:-1], shapley(values), atol=1e-9)


@given(GAMES, st.randoms(use_true_random=False))
def test_the_order_of_the_players_does_not_matter(values, random):
    players = len(values).bit_length() - 1
    order = random.sample(range(players), players)
    moved = [sum((number >> old & 1) << new for new, old in enumerate(order)) for number in range(len(values))]
    renamed = np.empty_like(values)
    renamed[moved] = values
    np.testing.assert_allclose(shapley(renamed), shapley(values)[order], atol=1e-7)


@given(GAMES, GAMES)
def test_parts_of_a_sum_are_the_sum_of_the_parts(first, second):
    if len(first) == len(second):
        np.testing.assert_allclose(shapley(first + second), shapley(first) + shapley(second), atol=1e-7)


def test_two_who_need_each_other_share_alike_and_the_third_gets_his_own():
    together = np.array([0.0, 0, 0, 6, 1, 1, 1, 7])
    assert shapley(together).tolist() == [3.0, 3.0, 1.0]
