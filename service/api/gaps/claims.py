"""``/v1/claims``: sentences about the world, each with the verdict of the edition and those of editions before it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import NotFound
from projection.claims.evaluation import DOCUMENT
from projection.claims.history import Judgement
from projection.edition.edition import Edition
from service.base.paging import PageQuery, page
from service.base.query import EditionQuery
from service.base.response import EditionHead, Number, ResponseModel, Stamp
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import ATTRIBUTION, TableQuery, attribution, beside, table

router = api_router("claims")
NOT_IN_EDITION = "The edition was projected before claims were judged with one: project again to have them."
VerdictName = Literal["holds", "does not hold", "undecided"]


class ClaimsQuery(PageQuery, EditionQuery, TableQuery):
    """A page of the claims of an edition."""


class ClaimReading(ResponseModel):
    """One number that speaks to a claim."""

    title: str = Field(examples=["Facility power is short of what is wanted at the end of 2028"])
    value: Number | None = Field(
        description="A probability or a measured value; null where nothing carries it.", examples=[0.7563]
    )
    unit: str | None = Field(examples=["probability"])
    verdict: VerdictName = Field(examples=["undecided"])
    counts: bool = Field(description="Whether it enters the verdict of the claim.", examples=[True])
    at_most: bool = Field(description="Whether it is an upper bound: it can refute and not prove.", examples=[False])
    rule: dict[str, Number] = Field(
        description="Bounds of the value, each included: it holds inside `holds_from` and `holds_to`, does not from "
        "`fails_from` or to `fails_to`, and is undecided between.",
        examples=[{"holds_from": 0.8, "fails_to": 0.2}],
    )
    query: dict[str, Any] = Field(
        description="What was read, as the claim's file states it.",
        examples=[{"kind": "level", "yardstick": "power_headroom", "region": "US", "period": "2028Q4"}],
    )
    reason: str | None = Field(description="Why there is no value, or why it proves nothing.", examples=[None])
    detail: dict[str, Any] = Field(
        description="What the value was read off: the band of the quantity, the events of a joint chance with the "
        "chance of the others without each, or the figures.",
        examples=[{"quantity": "Power headroom", "unit": "GW", "band": {"0.1": -38.9, "0.5": -11.3, "0.9": 8.4}}],
    )
    sources: list[str] = Field(examples=[["epoch_2026_08"]])


class ClaimItem(ResponseModel):
    """A sentence with its verdict."""

    id: str = Field(examples=["us-too-few-data-centers"])
    topic: str = Field(examples=["US supply"])
    sentence: str = Field(examples=["The US builds too few data centers for the demand of 2028."])
    verdict: VerdictName = Field(examples=["undecided"])
    as_of: date = Field(description="The day whose figures were known.", examples=["2026-11-22"])
    combine: Literal["all", "agree"] = Field(
        description="How readings become a verdict: the sentence says all of them, or they measure one thing and have "
        "to agree.",
        examples=["all"],
    )
    readings: list[ClaimReading]
    do_not_misread: str = Field(examples=["Short of what buyers want, not of what they can use."])
    decided_by: str = Field(
        description="The figure that would decide it where it is undecided.", examples=["Orders refused or delayed."]
    )
    command: str = Field(
        description="Judges it again from the edition's draws and the figures of its day.",
        examples=["headroom claims us-too-few-data-centers --edition e-20261122-0a1b2c3d4e --again --json"],
    )


class ClaimList(EditionHead):
    """A page of claims in their order."""

    reason: str | None = Field(description="Why there are none.", examples=[None])
    items: list[ClaimItem]
    next: str | None


class PastReading(ResponseModel):
    """A reading as an edition judged it."""

    title: str = Field(examples=["Facility power is short of what is wanted at the end of 2028"])
    value: Number | None = Field(examples=[0.74])
    unit: str | None = Field(examples=["probability"])
    verdict: VerdictName = Field(examples=["undecided"])


class PastVerdict(ResponseModel):
    """What one edition said of a claim."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    data_as_of: date = Field(examples=["2026-11-22"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    past_day: bool = Field(description="Made later for a past day; it was never served.", examples=[False])
    rule: Literal["strict", "available"] = Field(
        description="How figures counted as known; `available` is a pseudo-vintage.", examples=["strict"]
    )
    same_definition: bool = Field(description="Whether the claim was defined as it is now.", examples=[True])
    verdict: VerdictName = Field(examples=["undecided"])
    readings: list[PastReading]


class ClaimAnswer(EditionHead, ClaimItem):
    """A claim, and its verdicts by the day whose figures were known."""

    history: list[PastVerdict] = Field(description="Of every edition that judged it, past days among them, ascending.")


def judged(edition: Edition) -> Sequence[dict[str, Any]]:
    """Claims as the edition judged them; none in one made before. Raises :class:`ArtifactCorrupt`."""
    if DOCUMENT not in edition.manifest["files"]:
        return []
    claims: list[dict[str, Any]] = edition.document(DOCUMENT)["claims"]
    return claims


def listed(edition: Edition, query: ClaimsQuery) -> ClaimList:
    """A page of claims; raises :class:`data.base.errors.InvalidParameter` and :class:`ArtifactCorrupt`."""
    claims = judged(edition)
    items, following = page(
        claims,
        key=lambda claim: (f"{claim['order']:06d}",),
        query=f"claims of {edition.id}",
        cursor=query.cursor,
        limit=query.limit,
    )
    reason = None if claims else NOT_IN_EDITION
    return ClaimList.of(
        edition, edition=edition.id, reason=reason, items=[ClaimItem.of(item) for item in items], next=following
    )


def rows(answer: ClaimList) -> pl.DataFrame:
    """A row a claim; what it rests on is its attribution."""
    lines = [attribution(source for reading in item.readings for source in reading.sources) for item in answer.items]
    frame = beside(table(answer.items, ClaimItem), edition=answer.edition, issued=answer.issued)
    return frame.with_columns(pl.Series(ATTRIBUTION, lines, dtype=pl.String))


def answer(edition: Edition, name: str, history: Sequence[Judgement]) -> ClaimAnswer:
    """One claim.

    Raises:
        NotFound: the edition judged no claim of that name.
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    claims = {claim["id"]: claim for claim in judged(edition)}
    if name not in claims:
        raise NotFound("claim", name, allowed=list(claims), hint="" if claims else NOT_IN_EDITION)
    claim = claims[name]
    past = [PastVerdict.of(one, same_definition=one.definition_sha256 == claim["definition_sha256"]) for one in history]
    return ClaimAnswer.of(claim, edition, edition=edition.id, history=past)


@get_table(
    router,
    "/v1/claims",
    response_model=ClaimList,
    operation_id="listClaims",
    summary="Claims with their verdicts",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_claims(query: Annotated[ClaimsQuery, Query()], respond: Respond) -> Response:
    """Sentences that are said about data centers, each judged when the edition was issued."""
    edition = respond.edition(query)
    return respond.table(query, lambda question: listed(edition, question), rows)


@router.get(
    "/v1/claims/{claim}",
    response_model=ClaimAnswer,
    operation_id="getClaim",
    summary="One claim, and its verdicts over editions",
    responses=documented("not_found", *EDITION_PROBLEMS),
)
def claim(claim: str, query: Annotated[EditionQuery, Query()], respond: Respond) -> Response:
    """The number of every reading, the rule, what decides it, and what editions before said."""
    edition = respond.edition(query)
    return respond.answer(query, lambda: answer(edition, claim, respond.snapshot.claim_history(claim)))
