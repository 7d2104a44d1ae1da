"""What the process that evaluates does for a kind of question, and what several kinds need."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from data.periods.period import Frequency, Period
from projection.base.timeline import Timeline
from projection.inputs.assumptions import Assumptions
from projection.inputs.overrides import Scenario
from projection.scenarios import library
from projection.scenarios.definition import ScenarioDocument
from projection.scenarios.resolution import with_levers
from service.evaluations.question import Answer

Part = TypeVar("Part")


class Work(Protocol[Part]):
    """One question being answered, some draws after the other."""

    def parts(self) -> Iterator[Part]:
        """What comes of the draws, part after part."""
        ...

    def answer(self, together: Sequence[Part], *, preview: bool) -> Answer:
        """The answer that rests on the parts so far; ``preview`` says that more will come."""
        ...


def scenario_of(document: Mapping[str, Any], levers: Mapping[str, float], assumptions: Assumptions) -> Scenario:
    """A document with settings of levers; raises :class:`InvalidParameter` naming the path of a fault."""
    return with_levers(
        ScenarioDocument.read(dict(document)), levers, library=library.documents(), assumptions=assumptions
    )


def periods_of(timeline: Timeline, freq: Frequency, first: str | None, last: str | None) -> list[Period]:
    """Years or quarters of the timeline that begin or end between two days."""
    periods = timeline.years if freq is Frequency.YEAR else timeline.quarters
    return [
        period
        for period in periods
        if (first is None or period.end >= date.fromisoformat(first))
        and (last is None or period.start <= date.fromisoformat(last))
    ]
