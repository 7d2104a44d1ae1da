"""The work of ``GET /v1/attribution``: draws of every coalition of groups, and the tornado at the end."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Self

from projection.scenarios.attribution.answers import attribute
from projection.scenarios.attribution.coalitions import Cell, CoalitionDraws, Difference, parts_of
from projection.scenarios.attribution.tornado import tornado
from projection.scenarios.evaluation import BaseDraws
from service.evaluations.question import Answer, AttributionQuestion
from service.evaluations.work import periods_of, scenario_of


@dataclass(frozen=True)
class AttributionWork:
    """See :class:`service.evaluations.work.Work`."""

    base: BaseDraws
    question: AttributionQuestion
    difference: Difference
    cell: Cell

    @classmethod
    def of(cls, base: BaseDraws, question: AttributionQuestion) -> Self:
        """For a question; raises :class:`InvalidParameter` for a scenario or a cell that may not be."""
        assumptions = base.model_inputs.assumptions
        scenario = scenario_of(question.scenario, question.levers, assumptions)
        difference = Difference(scenario, scenario_of(question.against, {}, assumptions))
        timeline = base.model_inputs.anchors.timeline
        periods = periods_of(timeline, question.freq, question.first, question.last)
        return cls(
            base, question, difference, Cell.of(base, (question.region, question.layer), question.demand, periods)
        )

    def parts(self) -> Iterator[CoalitionDraws]:
        """Draws of every coalition."""
        return parts_of(self.base, self.difference, self.cell, parts=self.base.parts)

    def answer(self, together: Sequence[CoalitionDraws], *, preview: bool) -> Answer:
        """The parts of the groups; those of single assumptions, which rest on the draws of a preview, come last."""
        count = 0 if preview else self.question.assumptions
        bars = tornado(self.base, self.cell, count=count) if count else None
        return [asdict(attribute(self.cell, self.difference, CoalitionDraws.joined(together), bars))]
