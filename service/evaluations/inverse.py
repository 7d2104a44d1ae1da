"""The work of ``GET /v1/solve`` and ``GET /v1/requirements``: searched on the first draws, settled on all."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from projection.inverse.levers import Solver
from projection.inverse.published import PublishedNumber
from projection.inverse.requirements import Requirements, RequirementSearch
from projection.inverse.wording import of_requirements
from projection.scenarios.evaluation import BaseDraws
from service.evaluations.question import Answer, RequirementsQuestion, SolveQuestion
from service.evaluations.work import scenario_of


@dataclass(frozen=True)
class SolveWork:
    """See :class:`service.evaluations.work.Work`."""

    base: BaseDraws
    solver: Solver

    @classmethod
    def of(cls, base: BaseDraws, question: SolveQuestion) -> Self:
        """For a question; raises :class:`InvalidParameter` where the scenario and a lever do not go together."""
        scenario = scenario_of(question.scenario, {}, base.model_inputs.assumptions)
        return cls(base, Solver(base, scenario, question.target, question.levers))

    def parts(self) -> Iterator[int]:
        """Parts of the draws, each ready."""
        return ready(self.base)

    def answer(self, together: Sequence[int], *, preview: bool) -> Answer:
        """Of the first part, or of all."""
        del preview
        return [asdict(self.solver.whole() if len(together) == self.base.parts > 1 else self.solver.preview())]


@dataclass(frozen=True)
class RequirementsWork:
    """See :class:`service.evaluations.work.Work`."""

    base: BaseDraws
    number: PublishedNumber
    search: RequirementSearch

    @classmethod
    def of(cls, base: BaseDraws, question: RequirementsQuestion) -> Self:
        """For a question."""
        return cls(base, question.number, RequirementSearch(base, question.number))

    def parts(self) -> Iterator[int]:
        """Parts of the draws, each ready."""
        return ready(self.base)

    def answer(self, together: Sequence[int], *, preview: bool) -> Answer:
        """Of the first part, or of all."""
        del preview
        whole = len(together) == self.base.parts > 1
        answer: Requirements = self.search.whole() if whole else self.search.preview()
        return [asdict(answer) | {"sentences": list(of_requirements(self.number, answer))}]


def ready(base: BaseDraws) -> Iterator[int]:
    """Parts of the base, as their numbers are drawn."""
    for place in range(base.parts):
        base.part(place)
        yield place
