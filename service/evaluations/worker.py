"""The process that evaluates: it holds the base of the edition it was last asked about, and answers part after part."""

from dataclasses import asdict, dataclass, field
from datetime import date
from multiprocessing.connection import Connection

from data.base.errors import HeadroomError
from data.base.processes import end_with_parent
from data.periods.period import Frequency, Period
from projection.scenarios import library
from projection.scenarios.answers import compare
from projection.scenarios.definition import ScenarioDocument
from projection.scenarios.evaluation import PART, BaseDraws, Evaluated, joined, parts_of
from projection.scenarios.levers import scenario as of_levers
from projection.scenarios.resolution import OWN, check_sizes, compose, resolve
from service.evaluations.question import Answer, Fault, Question, Source

PREVIEW, FULL, FAULT = "preview", "full", "fault"


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

    def answer(self, question: Question, connection: Connection) -> None:
        """Send a preview, then the full answer; stop between parts where the other end says so."""
        base = self.base(question.edition)
        assumptions = base.model_inputs.assumptions
        document = ScenarioDocument.read(dict(question.document))
        of_document = resolve(document, library=library.documents(), assumptions=assumptions)
        scenario = compose(OWN, [of_document, of_levers(question.levers)])
        check_sizes(scenario, assumptions)
        keys = [(question.region, layer) for layer in question.layers]
        together: list[Evaluated] = []
        for part in parts_of(base, scenario, keys, parts=base.parts):
            together.append(part)
            if len(together) == 1:
                connection.send((PREVIEW, self._cells(question, together)))
            if connection.poll():
                connection.recv()
                break
        connection.send((FULL, (min(len(together) * PART, base.draws), self._cells(question, together))))

    def _cells(self, question: Question, together: list[Evaluated]) -> Answer:
        timeline = self._base[question.edition].model_inputs.anchors.timeline
        periods = timeline.years if question.freq is Frequency.YEAR else timeline.quarters
        asked_for = [period for period in periods if _within(period, question)]
        cells = compare(joined(together), timeline, demand=question.demand, periods=asked_for)
        return [asdict(cell) for cell in cells]


def _within(period: Period, question: Question) -> bool:
    after = question.first is None or period.end >= date.fromisoformat(question.first)
    return after and (question.last is None or period.start <= date.fromisoformat(question.last))


def run(connection: Connection, source: Source) -> None:
    """Answer questions until the other end closes."""
    end_with_parent()
    evaluator = Evaluator(source)
    while True:
        try:
            question = connection.recv()
        except EOFError:
            return
        try:
            evaluator.answer(question, connection)
        except HeadroomError as error:
            connection.send((FAULT, Fault.of(error)))
