"""The search: the nearest step that reaches a goal, on few draws and settled on all of them."""

from dataclasses import dataclass

from hypothesis import assume, given
from hypothesis import strategies as st

from projection.inverse.search import STEPS, Place, Way, search, settle

LEVELS = st.floats(-0.99, 0.99)


@dataclass(frozen=True)
class AtMost:
    level: float

    def meets(self, value):
        return value <= self.level

    def distance(self, value):
        return value - self.level


def ways(neutral=1.0, low=0.0, high=3.0):
    return [Way(neutral, end) for end in (low, high) if end != neutral]


def falling(bend):
    """A function that falls over its whole range, from 1 to -1."""
    return lambda setting: 1 - 2 * (setting / 3) ** bend


@given(bend=st.floats(0.3, 3.0), level=LEVELS)
def test_of_a_monotone_outcome_the_answer_is_the_least_change(bend, level):
    value, goal = falling(bend), AtMost(level)
    reach = search(value, ways(), goal)
    assert reach.monotone
    if goal.meets(value(1.0)):
        assert reach.nearest.step == 0
        return
    place = reach.nearest
    assert place.way.end == 3.0
    assert goal.meets(value(place.setting))
    assert not goal.meets(value(place.way.at(place.step - 1)))


@given(bend=st.floats(0.3, 3.0), level=LEVELS, offset=st.floats(-0.2, 0.2))
def test_what_the_first_draws_say_is_settled_on_all(bend, level, offset):
    value, goal = falling(bend), AtMost(level)
    preview = search(lambda setting: value(setting) + offset, ways(), goal)
    reach = settle(value, preview, goal)
    exact = search(value, ways(), goal)
    # Where the first draws reach it nowhere, only their best is looked at.
    assume(preview.nearest is not None or exact.nearest is None)
    assert (reach.nearest is None) == (exact.nearest is None)
    if exact.nearest is not None and exact.nearest.step > 0:
        assert reach.nearest == exact.nearest


def test_where_no_setting_reaches_it_the_best_is_said():
    reach = search(falling(1.0), ways(), AtMost(-2.0))
    assert reach.nearest is None
    assert reach.best.setting == 3.0
    assert settle(falling(1.0), reach, AtMost(-2.0)) == reach


def test_a_best_that_reaches_it_on_all_draws_alone_is_walked_back_from():
    preview = search(lambda setting: falling(1.0)(setting) + 0.1, ways(), AtMost(-0.95))
    assert preview.nearest is None
    settled = settle(falling(1.0), preview, AtMost(-0.95))
    assert settled.nearest == search(falling(1.0), ways(), AtMost(-0.95)).nearest


def test_the_first_draws_alone_do_not_reach_it_for_all():
    preview = search(lambda setting: falling(1.0)(setting) - 0.1, ways(), AtMost(-1.05))
    assert preview.nearest is not None
    settled = settle(falling(1.0), preview, AtMost(-1.05))
    assert (settled.nearest, settled.best.setting) == (None, 3.0)


def test_an_outcome_that_turns_is_scanned_for_the_nearest_of_several():
    def valley(setting):
        return min(abs(setting - 1.6), abs(setting - 2.8))

    reach = search(valley, ways(), AtMost(0.05))
    assert not reach.monotone
    assert 1.5 < reach.nearest.setting < 1.6
    # An end that is met lies further away than a valley that is met.
    assert reach.nearest.step < STEPS * 2.8 / 3
    narrow = search(lambda setting: 0.0 if 1.5 < setting < 1.58 else abs(setting - 2), ways(), AtMost(0.0))
    assert 1.5 < narrow.nearest.setting < 1.58


def test_a_way_ends_at_its_end_to_the_last_bit():
    way = Way(0.1, 0.3, 7)
    assert way.at(7) == 0.3
    assert way.at(0) == 0.1
    assert Place(way, 7).setting == 0.3
