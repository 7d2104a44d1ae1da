"""What is worked out for a view of the page: the outcome, which levers matter, why, and what a target takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request

from data.base.errors import EvaluationUnavailable
from data.base.layers import Status
from data.periods.period import Frequency, Period
from features.view import View
from projection.edition.edition import Edition
from projection.edition.points import Point
from projection.scenarios.levers import levers
from service.api.gaps.gaps import GapQuery, read_gap
from service.api.scenarios.attribution import AttributedCell
from service.api.scenarios.solve import SolvedItem
from service.base.waiting import evaluated
from service.evaluations.question import ReachQuestion
from service.pages.headline import pick
from service.pages.outcome import Outcome, outcome_of
from service.pages.views.what_if import required as requirements
from service.pages.views.what_if import takes, why
from service.pages.views.what_if.query import EACH, WhatIfPageQuery

PATIENCE = 2.0
"""Seconds a page waits for what it cannot do without."""
LONG = 20.0
"""Seconds it waits for what is asked for by itself."""
MOMENT = 0.15
"""Seconds it waits for what it can do without."""


@dataclass(frozen=True)
class Work:
    """What there is to show.

    Attributes:
        outcome: of the setting.
        point: of base in the year asked about; None where the cell does not answer.
        affecting: levers that affect the layer; None where that is not known yet.
        split: where the difference comes from; None where that is not asked for, or not answered yet.
        ways: to the target; None where none is asked for, or not all are answered yet.
        required: for the published figure that is asked about; None where none is, or it is not answered yet.
        settled: whether all of it is there.
        fault: why the setting is not answered; blank where it is.
        missing: why what is beside it could not be worked out; blank where it could.
    """

    outcome: Outcome
    point: Point | None
    affecting: Sequence[str] | None = None
    split: why.Why | None = None
    ways: Sequence[takes.Take] | None = None
    required: Sequence[str] | None = None
    settled: bool = True
    fault: str = ""
    missing: str = ""


async def work_out(request: Request, edition: Edition, view: View, query: WhatIfPageQuery) -> Work:
    """Everything that a view needs, as far as it comes while a request waits.

    ``view`` holds what was known of others on the day of the edition.

    Raises:
        InvalidParameter: an unknown scenario or lever, or a target of a cell that has no gap.
    """
    fault = ""
    try:
        outcome = await outcome_of(request, edition, query, preview=query.draws == "preview", patience=PATIENCE)
    except EvaluationUnavailable as error:
        base = read_gap(edition, GapQuery.model_validate({"region": query.region, "layer": query.layer}))
        outcome, fault = Outcome(base, (), state="waiting"), str(error)
    point = pick(outcome.base, day=query.period)
    if point is None or fault:
        return Work(outcome, point, settled=not fault, fault=fault)
    try:
        affecting = await _affecting(request, edition, query)
        whole = outcome.base.cell.status is Status.AVAILABLE
        split = await _why(request, edition, query, point) if query.why == "yes" and whole else None
        ways = None
        if query.target is not None and whole and affecting is not None:
            ways = await _ways(request, edition, query, point, affecting)
        required = None if query.figure is None else await _required(request, edition, view, query, point)
    except EvaluationUnavailable as error:
        return Work(outcome, point, settled=False, missing=str(error))
    waiting = any(
        (
            query.why == "yes" and whole and split is None,
            query.target is not None and whole and ways is None,
            query.figure is not None and required is None,
        )
    )
    settled = outcome.state == "done" and affecting is not None and not waiting
    return Work(outcome, point, affecting, split, ways, required, settled)


async def _affecting(request: Request, edition: Edition, query: WhatIfPageQuery) -> list[str] | None:
    """Levers that affect the layer; what is asked about a target has to know them."""
    patience = MOMENT if query.target is None else PATIENCE
    reach = await evaluated(request, ReachQuestion(edition.id, query.region, query.layer), patience=patience)
    return None if reach.answer is None else list(reach.answer[0]["levers"])


async def _why(request: Request, edition: Edition, query: WhatIfPageQuery, point: Point) -> why.Why | None:
    about = why.question_of(query, edition.id, point.period.year)
    evaluation = await evaluated(request, about, patience=LONG)
    if evaluation.answer is None:
        return None
    return why.why_of(AttributedCell.model_validate(evaluation.answer[0]), point.period)


async def _ways(
    request: Request, edition: Edition, query: WhatIfPageQuery, point: Point, affecting: Sequence[str]
) -> list[takes.Take] | None:
    period = Period(point.period, Frequency.YEAR)
    ways: list[takes.Take] = []
    for names in takes.names_of(query, [name for name in levers() if name in affecting]):
        evaluation = await evaluated(request, takes.question_of(query, edition, period, names), patience=LONG)
        if evaluation.answer is None:
            return None
        ways += takes.takes_of(SolvedItem.model_validate(evaluation.answer[0]), query)
    return sorted(ways, key=lambda way: way.parameters is None) if query.take == EACH else ways


async def _required(
    request: Request, edition: Edition, view: View, query: WhatIfPageQuery, point: Point
) -> list[str] | None:
    question = requirements.question_of(edition, view, query, point.period.year)
    evaluation = await evaluated(request, question, patience=LONG)
    return None if evaluation.answer is None else requirements.sentences_of(evaluation.answer[0])
