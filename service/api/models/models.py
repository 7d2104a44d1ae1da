"""``/v1/models/promotions``: who was champion when, and why."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.periods.timestamps import with_rfc3339
from data.store.ledger import Decision, Promotion
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit, page
from service.base.query import QueryModel, one_of
from service.base.response import ResponseModel, Stamp
from service.base.routes import Respond, api_router, documented

LAST = 10**12
"""More than any number of a line: keys count down from it, so that the newest line comes first."""

router = api_router("models")


class PromotionQuery(QueryModel):
    """A filter of the decisions."""

    kind: Annotated[str | None, one_of("kind", list(Decision)), Field(description="Only decisions of this kind.")] = (
        None
    )
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


class PromotionItem(ResponseModel):
    """One decision about the champion, as the append-only ledger holds it."""

    id: int = Field(examples=[3])
    created: Stamp = Field(examples=["2026-11-23T11:41:00Z"])
    kind: Literal["promote", "rollback", "keep"] = Field(examples=["keep"])
    champion: str = Field(description="The champion after the decision.", examples=["m-20261122-5f6a7b8c9d"])
    previous: str | None = Field(
        description="The champion before it; null for the first.", examples=["m-20261122-5f6a7b8c9d"]
    )
    candidate: str | None = Field(
        description="The version the decision was about; with keep, the one that was kept out.",
        examples=["m-20261123-0a1b2c3d4e"],
    )
    actor: str = Field(description="Who decided: a person's name, or gate.", examples=["gate"])
    reason: str = Field(
        examples=[
            "the gate keeps it out: sharpness, strict: 80 % bands are 1.31 times as wide as the champion's",
        ]
    )
    manifest_sha256: str | None = Field(
        description="Of the candidate's manifest, which holds every file's hash.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    evidence: dict[str, Any] = Field(
        description="What the decision rests on: the gate's checks, or scores.",
        examples=[{"gate": {"passed": False, "checks": [{"name": "sharpness, strict", "passed": False}]}}],
    )


class PromotionList(ResponseModel):
    """A page of decisions, newest first."""

    items: list[PromotionItem]
    next: str | None


def _key(line: Promotion) -> tuple[str, ...]:
    return (f"{LAST - line.id:012d}",)


def promotions(lines: Sequence[Promotion], query: PromotionQuery) -> PromotionList:
    """A page of decisions, newest first; raises :class:`data.base.errors.InvalidParameter`."""
    items, following = page(
        sorted((line for line in lines if query.kind in {None, line.kind}), key=_key),
        key=_key,
        query=f"promotions?{query.kind or ''}",
        cursor=query.cursor,
        limit=query.limit,
    )
    return PromotionList(items=[PromotionItem(**with_rfc3339(line.public_fields())) for line in items], next=following)


@router.get(
    "/v1/models/promotions",
    response_model=PromotionList,
    operation_id="listPromotions",
    summary="Decisions about the champion",
    responses=documented(),
)
def list_promotions(query: Annotated[PromotionQuery, Query()], respond: Respond) -> Response:
    """The promotion ledger, newest first: promotions, rollbacks, challengers kept out, and why."""
    lines = respond.snapshot.data.promotions
    return respond.answer(query, lambda: promotions(lines, query))
