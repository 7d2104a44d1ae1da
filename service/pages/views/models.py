"""Models: which version forecasts single series today, what the gate says of it, and who was champion when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.store.ledger import Decision
from service.api.models.gate_checks import checks
from service.api.models.models import PromotionItem, PromotionQuery, promotions
from service.base.paging import PageQuery
from service.base.routes import Respond
from service.pages.frame.navigation import MODELS
from service.pages.frame.respond import Head, respond_page
from service.state import ServedData

DECISION = {Decision.PROMOTE: "Made champion", Decision.ROLLBACK: "Gone back to", Decision.KEEP: "Kept as champion"}
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A decision about the champion as text."""

    day: date
    decision: str
    champion: str
    candidate: str
    actor: str
    reason: str


@router.get("/models")
def models(query: Annotated[PageQuery, Query()], respond: Respond) -> Response:
    """The champion and its history."""
    snapshot = respond.snapshot
    return respond_page(respond, query, MODELS, snapshot.edition, lambda: view(snapshot.data, query))


def view(data: ServedData, query: PageQuery) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    published = data.published
    gate = [] if isinstance(published, str) else checks(data.promotions, version=published.version)
    failed = sum(not check.passed for check in gate)
    if isinstance(published, str):
        lead = f"No model serves: {published}"
    elif gate:
        lead = f"{published.version} forecasts today. It met {len(gate) - failed} of {len(gate)} checks."
    else:
        lead = f"{published.version} forecasts today. No check of it stands in this home's history."
    history = promotions(data.promotions, PromotionQuery(limit=query.limit, cursor=query.cursor))
    shown = {
        "lead": lead,
        "data_as_of": None if isinstance(published, str) else published.data_as_of,
        "gate": gate,
        "history": [_line(item) for item in history.items],
        "next": history.next,
    }
    return Head("The model behind single series · Headroom", lead), shown


def _line(item: PromotionItem) -> Line:
    decision = DECISION[Decision(item.kind)]
    return Line(item.created.date(), decision, item.champion, item.candidate or "", item.actor, item.reason)
