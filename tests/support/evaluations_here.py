"""Evaluates in the process of a test what a pool would in another."""

from functools import cache

from benchmarks.engine_inputs import made_model_inputs
from data.base.errors import HeadroomError
from projection.scenarios.evaluation import BaseDraws
from service.evaluations.pool import Evaluation
from service.evaluations.process import FULL, PREVIEW
from service.evaluations.question import Fault
from service.evaluations.worker import Evaluator

DRAWS = 100


@cache
def few_draws(edition: str) -> BaseDraws:
    """A base of few draws, of whatever edition; made once for all tests."""
    del edition
    return BaseDraws(made_model_inputs(), seed=3, draws=DRAWS)


class PoolHere:
    """Stands where an evaluation pool does; answers come as far as ``upto``: nothing, preview or full."""

    def __init__(self, upto: str) -> None:
        self.evaluator = Evaluator(few_draws)
        self.upto = upto
        self.questions: dict[str, Evaluation] = {}

    def submit(self, question):
        """The evaluation of a question, answered at once."""
        evaluation = self.questions.setdefault(question.name, Evaluation(question))
        if self.upto != "nothing" and not evaluation.finished.is_set():
            try:
                self.evaluator.answer(question, _Answers(evaluation, self.upto))
            except HeadroomError as error:
                evaluation.end(fault=Fault.of(error))
        return evaluation

    def find(self, name):
        """The evaluation of a name, or None."""
        return self.questions.get(name)

    def close(self) -> None:
        """Nothing runs."""


class _Answers:
    """The end of a connection that an answer is sent to."""

    def __init__(self, evaluation, upto) -> None:
        self.evaluation, self.upto = evaluation, upto

    def send(self, message) -> None:
        kind, content = message
        if kind == PREVIEW:
            self.evaluation.preview = content
        elif kind == FULL and self.upto == "full":
            self.evaluation.end(answer=content)

    def poll(self) -> bool:
        return False
