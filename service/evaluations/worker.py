"""The process that evaluates: it holds the base of the edition it was last asked about, and answers part after part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any

from projection.scenarios.evaluation import PART, BaseDraws
from service.evaluations.attribution import AttributionWork
from service.evaluations.evaluation import EvaluationWork
from service.evaluations.inverse import RequirementsWork, SolveWork
from service.evaluations.process import FULL, PREVIEW, PROGRESS, answer_questions
from service.evaluations.question import (
    AttributionQuestion,
    EditionQuestion,
    EvaluationQuestion,
    ReachQuestion,
    RequirementsQuestion,
    SolveQuestion,
    Source,
)
from service.evaluations.reach import ReachWork
from service.evaluations.work import Work

WORK: Mapping[type[EditionQuestion], Callable[[BaseDraws, Any], Work[Any]]] = MappingProxyType(
    {
        EvaluationQuestion: EvaluationWork.of,
        AttributionQuestion: AttributionWork.of,
        SolveQuestion: SolveWork.of,
        ReachQuestion: ReachWork.of,
        RequirementsQuestion: RequirementsWork.of,
    }
)
"""What answers a kind of question."""


@dataclass
class Evaluator:
    """Answers questions of one edition at a time; its base is made ready when it is first asked about."""

    source: Source
    _base: dict[str, BaseDraws] = field(default_factory=dict)

    def base(self, edition: str) -> BaseDraws:
        """The base of an edition."""
        if edition not in self._base:
            self._base.clear()
            self._base[edition] = self.source(edition)
        return self._base[edition]

    def answer(self, question: EditionQuestion, connection: Connection) -> None:
        """Send a preview, then the full answer; stop between parts where the other end says so."""
        base = self.base(question.edition)
        work = WORK[type(question)](base, question)
        together: list[Any] = []
        for part in work.parts():
            together.append(part)
            if len(together) == 1:
                connection.send((PREVIEW, work.answer(together, preview=True)))
            else:
                connection.send((PROGRESS, None))
            if connection.poll():
                connection.recv()
                break
        connection.send((FULL, (min(len(together) * PART, base.draws), work.answer(together, preview=False))))


def run(connection: Connection, source: Source) -> None:
    """Answer questions until the other end closes."""
    answer_questions(connection, Evaluator(source).answer)
