"""The page at ``/what-if``: what would happen instead, under levers and scenarios, beside what is forecast."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from data.base.layers import DemandConcept
from data.periods.period import Frequency
from features.view import View
from projection.edition.edition import Cell, Edition
from projection.edition.points import Point
from projection.scenarios import library
from projection.scenarios.levers import levers
from service.base.routes import Respond
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.charts.what_if import HEIGHT
from service.pages.frame.environment import query as spelt
from service.pages.frame.navigation import WHAT_IF
from service.pages.frame.respond import MEDIA_TYPE, POLICY, Head, render, respond_page
from service.pages.views import choices
from service.pages.views.what_if import required, takes
from service.pages.views.what_if.answer import Answer, answer_of, setting_words, years
from service.pages.views.what_if.cards import cards
from service.pages.views.what_if.controls import controls
from service.pages.views.what_if.query import EACH, LEAST, MOST, WhatIfPageQuery
from service.pages.views.what_if.work import Work, work_out
from service.pages.words import question

router = APIRouter(include_in_schema=False)


@router.get("/what-if")
async def what_if(request: Request, respond: Respond) -> Response:
    """The page; one that is not settled yet, or is refused, is not kept."""
    edition = respond.snapshot.required_edition()
    query = WhatIfPageQuery.of(request.query_params)
    library.document(query.scenario)
    published = respond.snapshot.as_of(edition.data_as_of)
    work = await work_out(request, edition, published, query)
    if work.settled and not work.fault:
        return await run_in_threadpool(
            respond_page, respond, query, WHAT_IF, edition, lambda: view(edition, published, query, work)
        )
    head, shown = await run_in_threadpool(view, edition, published, query, work)
    text = render(WHAT_IF.name, head, shown, edition=edition, public_url=respond.public_url, here=WHAT_IF.name)
    status = HTTPStatus.SERVICE_UNAVAILABLE if work.fault else HTTPStatus.OK
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return Response(text, status_code=status, media_type=MEDIA_TYPE, headers=headers)


def view(edition: Edition, published: View, query: WhatIfPageQuery, work: Work) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    outcome, point = work.outcome, work.point
    cell = outcome.base.cell
    answer = answer_of(outcome, query, point)
    chosen = query.chosen | ({"period": str(point.period.year)} if point is not None else {})
    setting = {name: chosen[name] for name in ("region", "layer", "scenario", "levers")}
    chart = chosen | ({"draws": "preview"} if outcome.state == "preview" else {})
    title = question(query.region, query.layer)
    sentence = _sentence(answer)
    return (
        Head(f"What if? {title} · Headroom", sentence[:300], f"v1/charts/what-if.png?{spelt(chosen)}"),
        {
            "question": title,
            "answer": answer,
            "sentence": sentence,
            "setting": setting_words(query),
            "outcome": outcome,
            "fault": work.fault,
            "missing": work.missing,
            "part": query.part,
            "is_base": query.is_base,
            "chosen": chosen,
            "api": setting,
            "body": json.dumps(_body(query)),
            "chart_parameters": chart,
            "size": (WIDTH, NARROW, HEIGHT + HEADING),
            "rows": _rows(edition, query, outcome.base.cell, chosen, point),
            "scale": outcome.scale,
            "gap": point is not None and point.gap is not None,
            "table": years(outcome, point),
            "groups": controls(query.settings, work.affecting),
            "cards": cards(edition, outcome, query, point) if query.part == "all" else [],
            "why": work.split,
            "why_asked": query.why == "yes",
            "ways": work.ways,
            "figures": required.choices(edition, published, query, point.period.year)
            if point is not None and query.part in {"all", "takes"}
            else [],
            "figure": query.figure,
            "required": work.required,
            "target": query.target or (takes.usual_target(point.p_short) if point and point.p_short else MOST),
            "target_asked": query.target is not None,
            "targets": (LEAST, MOST),
            "take": query.take,
            "beside": query.beside,
            "each": EACH,
            "levers": levers(),
            "cell": cell,
        },
    )


def _sentence(answer: Answer) -> str:
    """The answer in one sentence, as cards of links have it."""
    if answer.needed:
        return f"{answer.setting}{', ' if answer.setting else ''}{answer.needed}. {answer.note}"
    if not answer.here:
        return answer.note
    if not answer.setting:
        return f"As forecast, {answer.where} falls short in {answer.before} futures {answer.when}."
    rest = f"{answer.where} falls short in {answer.here} futures {answer.when}; as forecast in {answer.before}."
    return f"{answer.setting}, {rest}"


def _body(query: WhatIfPageQuery) -> dict[str, Any]:
    """What ``POST /v1/scenarios:evaluate`` is sent for the same."""
    body: dict[str, Any] = {"scenario": query.scenario, "levers": query.settings}
    return body | {"region": query.region, "layers": [query.layer.value]}


def _rows(
    edition: Edition, query: WhatIfPageQuery, cell: Cell, chosen: Mapping[str, Any], point: Point | None
) -> dict[str, Any]:
    by_wanted = DemandConcept.WANTED
    return {
        "layers": choices.layers(edition, chosen, region=query.region, demand=by_wanted),
        "regions": choices.regions(edition, chosen, layer=query.layer, demand=by_wanted),
        "periods": choices.periods(
            edition, chosen, cell, freq=Frequency.YEAR, marked=None if point is None else point.period
        ),
    }
