"""The pool: one question is evaluated once, bounded in number and time, and stopped when nobody waits."""

import os
import sys
import time

import pytest

from data.base.errors import EvaluationUnavailable, InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency
from service.evaluations import pool as module
from service.evaluations.pool import EvaluationPool
from service.evaluations.question import EvaluationQuestion, Fault

WAIT = 120


def question(title="T", **override):
    document = {"title": title, "overrides": override}
    return EvaluationQuestion("e-1", document, {}, "US", (Layer.POWER,), DemandConcept.WANTED, Frequency.YEAR)


def slow(edition):
    """A source that takes for ever."""
    del edition
    time.sleep(600)


def dead(edition):
    """A source whose process dies."""
    del edition
    os._exit(3)


def broken(edition):
    """A source that has no such edition."""
    raise InvalidParameter("edition", f"{edition} is gone", allowed=["another"])


@pytest.fixture
def pools():
    running = []

    def begin(source, **bounds):
        running.append(EvaluationPool(source, **bounds))
        return running[-1]

    yield begin
    for one in running:
        one.close()


def test_without_a_source_nothing_is_evaluated(pools):
    with pytest.raises(EvaluationUnavailable, match="without what it takes"):
        pools(None).submit(question())


def test_a_fault_of_the_source_reaches_whoever_asked(pools):
    evaluation = pools(broken).submit(question())
    assert evaluation.finished.wait(WAIT)
    with pytest.raises(InvalidParameter, match="e-1 is gone") as caught:
        raise evaluation.fault.error()
    assert (caught.value.parameter, caught.value.allowed) == ("edition", ("another",))


def test_a_process_that_dies_is_said_and_replaced(pools):
    pool = pools(dead)
    for _ in range(2):
        evaluation = pool.submit(question())
        assert evaluation.finished.wait(WAIT)
        assert "died" in evaluation.fault.message


def test_no_question_is_lost_between_the_line_and_the_process(pools):
    pool = pools(broken)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for number in range(200):
            assert pool.submit(question(str(number))).finished.wait(WAIT), number
    finally:
        sys.setswitchinterval(usual)


def test_the_same_question_is_one_evaluation_and_too_many_are_refused(pools, monkeypatch):
    monkeypatch.setattr(module, "STARTING", 1.0)
    pool = pools(slow, limit=1.0)
    first = pool.submit(question("a"))
    assert pool.submit(question("a")) is first
    assert first.wanted == 2
    refused = 0
    for number in range(module.WAITING + 2):
        try:
            pool.submit(question(str(number)))
        except EvaluationUnavailable:
            refused += 1
    assert refused in {1, 2}
    assert first.finished.wait(WAIT)
    assert "longer than" in first.fault.message


def test_what_nobody_waits_for_is_forgotten(pools, monkeypatch):
    monkeypatch.setattr(module, "STARTING", 1.0)
    pool = pools(slow, limit=1.0)
    evaluation = pool.submit(question())
    assert pool.find(evaluation.question.name) is evaluation
    pool.release(evaluation)
    assert pool.find(evaluation.question.name) is None
    assert evaluation.finished.wait(WAIT)


def test_a_fault_keeps_what_may_be_corrected():
    assert isinstance(Fault("m").error(), EvaluationUnavailable)
    assert Fault.of(InvalidParameter("a.b", "is wrong", allowed=["x"])) == Fault("is wrong", "a.b", ("x",))
