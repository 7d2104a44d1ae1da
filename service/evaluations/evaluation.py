"""The work of ``POST /v1/scenarios:evaluate``: draws of cells under a scenario and under the base."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from projection.inputs.overrides import Scenario
from projection.scenarios.answers import compare
from projection.scenarios.evaluation import BaseDraws, Evaluated, joined, parts_of
from service.evaluations.question import Answer, EvaluationQuestion
from service.evaluations.work import periods_of, scenario_of


@dataclass(frozen=True)
class EvaluationWork:
    """See :class:`service.evaluations.work.Work`."""

    base: BaseDraws
    question: EvaluationQuestion
    scenario: Scenario

    @classmethod
    def of(cls, base: BaseDraws, question: EvaluationQuestion) -> Self:
        """For a question; raises :class:`InvalidParameter` for a scenario that may not be."""
        return cls(base, question, scenario_of(question.document, question.levers, base.model_inputs.assumptions))

    def parts(self) -> Iterator[Evaluated]:
        """Draws of the cells."""
        keys = [(self.question.region, layer) for layer in self.question.layers]
        return parts_of(self.base, self.scenario, keys, parts=self.base.parts)

    def answer(self, together: Sequence[Evaluated], *, preview: bool) -> Answer:
        """The cells compared."""
        del preview
        question, timeline = self.question, self.base.model_inputs.anchors.timeline
        periods = periods_of(timeline, question.freq, question.first, question.last)
        return [asdict(cell) for cell in compare(joined(together), timeline, demand=question.demand, periods=periods)]
