"""The process that evaluates: a preview, word of every further part, and the whole; an end where nobody waits."""

import threading
from multiprocessing import Pipe

import pytest

from benchmarks.engine_inputs import made_model_inputs
from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency
from projection.scenarios.evaluation import BaseDraws
from service.evaluations.process import FAULT, FULL, PREVIEW, PROGRESS
from service.evaluations.question import AttributionQuestion, EvaluationQuestion
from service.evaluations.worker import Evaluator, run

DRAWS, PART = 100, 40
SCENARIO = {"title": "Late", "compose": ["on-site-power-late"]}
QUESTIONS = {
    "evaluation": EvaluationQuestion(
        "e-1", SCENARIO, {}, "US", (Layer.FIRM,), DemandConcept.WANTED, Frequency.YEAR, "2028-01-01", "2028-12-31"
    ),
    "attribution": AttributionQuestion(
        "e-1", SCENARIO, {"title": "Base"}, {}, "US", Layer.FIRM, DemandConcept.WANTED, Frequency.YEAR, 1, "2028-01-01"
    ),
}


class Connection:
    """Collects what is sent; after some messages nobody waits any more."""

    def __init__(self, wanted):
        self.sent, self.wanted = [], wanted

    def send(self, message):
        self.sent.append(message)

    def poll(self):
        return len(self.sent) >= self.wanted

    def recv(self):
        """The word that nobody waits."""


@pytest.fixture
def answered(monkeypatch):
    monkeypatch.setattr("projection.scenarios.evaluation.PART", PART)
    monkeypatch.setattr("service.evaluations.worker.PART", PART)

    def answer(question, wanted):
        connection = Connection(wanted)
        Evaluator(lambda _: BaseDraws(made_model_inputs(), seed=3, draws=DRAWS)).answer(question, connection)
        return connection.sent

    return answer


@pytest.mark.parametrize("kind", list(QUESTIONS))
def test_a_preview_word_of_every_part_and_the_whole_are_sent(answered, kind):
    messages = answered(QUESTIONS[kind], wanted=99)
    assert [name for name, _ in messages] == [PREVIEW, PROGRESS, PROGRESS, FULL]
    draws, cells = messages[-1][1]
    assert draws == DRAWS
    assert cells[0]["points"]


def test_what_nobody_waits_for_ends_after_the_part_under_way(answered):
    messages = answered(QUESTIONS["attribution"], wanted=2)
    assert [name for name, _ in messages] == [PREVIEW, PROGRESS, FULL]
    draws, cells = messages[-1][1]
    assert draws == cells[0]["draws"] == 2 * PART


def test_questions_of_two_kinds_never_share_a_name():
    names = {question.name for question in QUESTIONS.values()}
    assert len(names) == len(QUESTIONS)


def test_word_that_nobody_waits_is_no_question_when_it_comes_late():
    def gone(edition):
        raise InvalidParameter("edition", f"{edition} is gone")

    here, there = Pipe()
    process = threading.Thread(target=run, args=(there, gone), daemon=True)
    process.start()
    here.send(None)
    here.send(QUESTIONS["evaluation"])
    assert here.poll(60)
    kind, fault = here.recv()
    assert (kind, fault.parameter) == (FAULT, "edition")
    here.close()
    process.join(60)
    assert not process.is_alive()
