"""Models: which version forecasts single series today, what was checked of it, how it fares, and who came before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from data.store.drift_checks import DriftCheck
from data.store.ledger import GATE, Decision
from service.api.models.gate_checks import judged
from service.api.models.models import PromotionItem, PromotionQuery, promotions
from service.base.paging import PageQuery
from service.base.routes import Respond, State
from service.pages.frame.navigation import MODELS
from service.pages.frame.respond import Head, respond_page
from service.pages.views.models.gate_words import CheckText, drift_finding, gate_check, met
from service.pages.words import day_text
from service.state import ServedData
from training.artifact.published import Published

DECISION = {Decision.PROMOTE: "Made champion", Decision.ROLLBACK: "Gone back to", Decision.KEEP: "Kept as champion"}
STRICT, REVISED = "strict", "pseudo_vintage"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Line:
    """A decision about the champion as text; ``checks`` is what it rests on."""

    day: date
    decision: str
    champion: str
    candidate: str
    actor: str
    reason: str
    checks: Sequence[CheckText]


@dataclass(frozen=True, slots=True)
class Lately:
    """How the version fares on figures that came after its training, as it was last looked at."""

    day: date
    advice: str
    findings: Sequence[CheckText]


@router.get("/models")
def models(query: Annotated[PageQuery, Query()], respond: Respond, state: State) -> Response:
    """The champion and its history."""
    snapshot, trainings = respond.snapshot, state.inputs.trainings
    return respond_page(
        respond,
        query,
        MODELS,
        snapshot.edition,
        lambda: view(snapshot.data, query, today=snapshot.today, trainings=trainings),
    )


def view(data: ServedData, query: PageQuery, *, today: date, trainings: str) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows.

    Args:
        data: the champion, and the decisions about it.
        query: which of them.
        today: the day ages are counted to.
        trainings: where runs of training are looked at.
    """
    published = None if isinstance(data.published, str) else data.published
    line = judged(data.promotions, published.version) if published else None
    checks = _gate(line.evidence) if line else []
    lead = _lead(data, checks)
    history = promotions(data.promotions, PromotionQuery(limit=query.limit, cursor=query.cursor))
    shown = {
        "lead": lead,
        "published": published,
        "trained": _trained(published, today) if published else "",
        "gate": [gate_check(check) for check in checks],
        "past_year": _past_year(data) if published else [],
        "lately": _lately(data.drift) if data.drift else None,
        "history": [_line(item) for item in history.items],
        "next": history.next,
        "trainings": trainings,
    }
    return Head("The model behind single series · Headroom", lead), shown


def _gate(evidence: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    checks: list[Mapping[str, Any]] = evidence.get("gate", {}).get("checks", [])
    return checks


def _lead(data: ServedData, checks: Sequence[Mapping[str, Any]]) -> str:
    if isinstance(data.published, str):
        return f"No model serves: {data.published}"
    standing = met(checks) or "This home has no record of its checks."
    return f"The champion is {data.published.version}. {standing}"


def _trained(published: Published, today: date) -> str:
    day = datetime.fromisoformat(published.manifest["created"]).date()
    age = (today - day).days
    when = "today" if age == 0 else f"{age:,} {'day' if age == 1 else 'days'} ago"
    return f"It was trained on {day_text(day)} ({when}) on figures known on {day_text(published.data_as_of)}."


def _past_year(data: ServedData) -> list[tuple[str, str]]:
    """What ranges held of the forecasts that the last year decided, by the term of which of them are counted."""
    sentences = []
    for rule, term in ((STRICT, "strict"), (REVISED, "revised_past")):
        number, share = data.coverage_of_last_year.get(("series", rule), (0, None))
        if number and share is not None:
            words = f"{number:,} forecasts were decided by a figure of the last year; the range meant for 80 % held "
            sentences.append((term, f"{words}{100 * share:.0f} %."))
    return sentences


def _lately(check: DriftCheck) -> Lately:
    advice = "It should be trained again." if check.advised else "Nothing advises to train it again."
    return Lately(check.created.date(), advice, [drift_finding(one) for one in check.report["findings"]])


def _line(item: PromotionItem) -> Line:
    decision = DECISION[Decision(item.kind)]
    checks = _gate(item.evidence)
    by_gate = item.actor == GATE
    reason = met(checks) if by_gate and checks else item.reason
    if by_gate and item.previous is None:
        reason = f"The first version: nothing stood before it. {met(checks)}".strip()
    actor = "by rule" if by_gate else item.actor
    texts = [gate_check(check) for check in checks]
    return Line(item.created.date(), decision, item.champion, item.candidate or "", actor, reason, texts)
