"""Requests are counted in memory, by window, and by the servers of one database together."""

from hypothesis import given
from hypothesis import strategies as st

from service.access import budgets
from service.access.budgets import Budgets

NOON = 1_800_000_000.0


def test_a_budget_is_used_up_and_full_again_in_the_next_window():
    now = [NOON]
    counted = Budgets(clock=lambda: now[0])
    answers = [counted.take("a", budget="reads", limit=3) for _ in range(5)]
    assert [one.left for one in answers] == [2, 1, 0, 0, 0]
    assert [one.over for one in answers] == [False, False, False, True, True]
    assert not counted.take("b", budget="reads", limit=3).over
    assert not counted.take("a", budget="evaluations", limit=3).over
    now[0] += answers[-1].seconds
    assert counted.take("a", budget="reads", limit=3).left == 2


def test_headers_are_those_of_the_draft():
    remaining = Budgets(clock=lambda: NOON).take("a", budget="reads", limit=3)
    assert dict(remaining.headers) == {b"ratelimit-policy": b'"reads";q=3;w=60', b"ratelimit": b'"reads";r=2;t=61'}


def test_servers_of_one_database_hold_one_limit(access_database):
    here, there = (Budgets(clock=lambda: NOON) for _ in range(2))
    for one in (here, there):
        for _ in range(4):
            assert not one.take("a", budget="reads", limit=10).over
    for one in (here, there, here):
        one.settle(access_database)
    assert here.take("a", budget="reads", limit=10).left == 1
    assert there.take("a", budget="reads", limit=10).left == 1
    for one in (here, there, here, there):
        one.settle(access_database)
    assert here.take("a", budget="reads", limit=10).over
    assert there.take("a", budget="reads", limit=10).over


def test_many_callers_take_no_more_than_a_bound(monkeypatch):
    monkeypatch.setattr(budgets, "CALLERS", 10)
    counted = Budgets(clock=lambda: NOON)
    left = [counted.take(str(number), budget="reads", limit=5).left for number in range(14)]
    assert left == [4] * 11 + [3, 2, 1]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 50)), max_size=60), st.integers(1, 9))
def test_no_caller_passes_its_limit_within_a_window(requests, limit):
    now = [NOON]
    counted = Budgets(clock=lambda: now[0])
    passed = {}
    for caller, pause in requests:
        now[0] += pause
        place = caller, int(now[0] // 60)
        passed[place] = passed.get(place, 0) + (not counted.take(caller, budget="reads", limit=limit).over)
    assert all(number <= limit for number in passed.values())
