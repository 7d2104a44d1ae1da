"""``/v1/scoreboard``: what was projected, by others and by us, and how far off it turned out to be.

It is read from the last scoring: a request judges nothing.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BeforeValidator, Field

from data.base.layers import Layer
from data.store.recalls import Recall
from projection.scoreboard.board import Board
from projection.scoreboard.judging import ScoredProjection, State
from projection.scoreboard.own_entries import BY as OURS
from service.api.figures.series import SERIES_REGIONS
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit, page
from service.base.query import QueryModel, Text, choice, one_of, whole_number
from service.base.response import Number, Recalled, ResponseModel
from service.base.routes import Respond, api_router, documented, get_table
from service.base.tables import TableQuery, attributed_by, table

NO_RECALLS: Mapping[str, Recall | None] = MappingProxyType({})
FIRST_YEAR, LAST_YEAR = 1900, 2100
router = api_router("figures")


class BoardQuery(QueryModel):
    """Filters of the scoreboard."""

    region: Annotated[
        str | None,
        one_of("region", SERIES_REGIONS),
        Field(description="Only projections of this region, in any case.", examples=["US"]),
    ] = None
    layer: Annotated[
        Layer | None,
        one_of("layer", list(Layer)),
        Field(description="Only projections of this layer.", examples=[Layer.ENERGY]),
    ] = None
    year: Annotated[
        int | None,
        whole_number("year", FIRST_YEAR, LAST_YEAR),
        Field(description="Only projections of this year, or of parts of it.", examples=[2025]),
    ] = None
    by: Annotated[
        str | None,
        Text(str),
        Field(
            description="Only projections of this publisher, in any case; Headroom for our own.", examples=["Headroom"]
        ),
    ] = None
    edition: Annotated[
        str | None,
        Text(str),
        Field(description="Only what this edition of ours says, by its id in /v1/editions."),
    ] = None


class ScoreQuery(BoardQuery, TableQuery):
    """Filters of the list."""

    state: Annotated[
        str | None,
        one_of("state", list(State)),
        Field(
            description="scored: a later figure is known; pending: the period is not over; unmatched: it is over and "
            "none of the same definition is known."
        ),
    ] = None
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


class LaterFigure(ResponseModel):
    """What was published afterwards, in the unit of the projection: a bracket where publishers disagree."""

    series_id: str
    low: Number
    middle: Number = Field(description="Geometric middle of the bracket.")
    high: Number
    sources: list[str]
    last_published: date


Words = Annotated[str | None, BeforeValidator(lambda text: text or None)]
"""Words; null where there are none."""


class ScoreItem(ResponseModel):
    """A projection and what became of it."""

    by: str = Field(description="Who forecast; Headroom for an edition of ours.", examples=["Gartner"])
    source_id: str = Field(description="Where the figure stands; of ours, the edition.", examples=["gartner2025"])
    series_id: str = Field(examples=["world.datacenter.electricity"])
    region: str = Field(examples=["WORLD"])
    layer: Literal["compute", "power", "energy", "firm", "storage"] | None = Field(examples=["energy"])
    unit: str = Field(examples=["TWh"])
    freq: str = Field(examples=["A"])
    period: date = Field(examples=["2025-01-01"])
    scenario: str = Field(examples=["base"])
    published: date = Field(examples=["2025-11-30"])
    horizon_years: Number = Field(description="From publication to the end of the period.", examples=[0.1])
    point: Number | None = Field(description="Null where only a range was printed.", examples=[448.0])
    low: Number | None = Field(description="Of the printed range; of ours, of the 80 % band.")
    high: Number | None
    kind: Literal["projection", "plan"] = Field(examples=["projection"])
    derived: Words = Field(description="How the figure was computed, where it was not printed.")
    state: Literal["scored", "pending", "unmatched"] = Field(examples=["scored"])
    quantity: str = Field(
        description="Series whose later figures decide; projections that share it are of one quantity.",
        examples=["world.datacenter.electricity"],
    )
    basis: Words = Field(description="Why the later figure is the same quantity.", examples=["same series"])
    later: LaterFigure | None = Field(
        examples=[
            {
                "series_id": "world.datacenter.electricity",
                "low": 447.0,
                "middle": 465.6,
                "high": 485.0,
                "sources": ["gartner2026", "iea_kq2026"],
                "last_published": "2026-06-30",
            }
        ]
    )
    log_error: Number | None = Field(
        description="Log of the projection over the later middle; positive is too high.", examples=[-0.0386]
    )
    inside: bool | None = Field(description="Whether the range, or our 80 % band, held the later middle.")
    crps_log: Number | None = Field(
        description="CRPS of the logarithm, from the quantiles of ours; of a point it is the absolute log error.",
        examples=[0.0386],
    )
    recalled: Annotated[
        Recalled | None,
        Field(
            description="Null, or that this edition of ours was recalled, why, and what stands instead. It counts in "
            "every score all the same: what was said was said.",
        ),
    ] = None


AsOf = Annotated[
    date | None,
    Field(
        description="Day whose figures and projections were scored; null before the first scoring.",
        examples=["2026-11-24"],
    ),
]


class ScoreList(ResponseModel):
    """A page of ``/v1/scoreboard``."""

    as_of: AsOf
    counts: dict[str, int] = Field(
        description="Of everything that fits the filters, by state.",
        examples=[{"scored": 1, "pending": 0, "unmatched": 0}],
    )
    items: list[ScoreItem]
    next: str | None
    skipped: list[str] = Field(description="Editions of ours that could not be read, with the reason.", examples=[[]])


def _key(item: ScoredProjection) -> tuple[str, ...]:
    entry = item.entry
    days = (entry.period.start.isoformat(), entry.period.freq.value, entry.published.isoformat())
    return (entry.series_id, *days, entry.by, entry.source_id, entry.scenario)


def chosen(board: Board | None, query: BoardQuery) -> list[ScoredProjection]:
    """The outcomes that fit the filters both paths have.

    Raises :class:`InvalidParameter` for an unknown publisher or edition.
    """
    outcomes = () if board is None else board.outcomes
    by = None
    if query.by is not None:
        by = choice("by", query.by, sorted({OURS, *(item.entry.by for item in outcomes)}))
    edition = None
    if query.edition is not None:
        ours = {item.entry.source_id for item in outcomes if item.entry.by == OURS}
        edition = choice("edition", query.edition, sorted(ours, reverse=True))
    return [
        item
        for item in outcomes
        if query.region in {None, item.entry.region}
        and query.layer in {None, item.entry.layer}
        and query.year in {None, item.entry.period.start.year}
        and by in {None, item.entry.by}
        and edition in {None, item.entry.source_id}
    ]


def answer(board: Board | None, query: ScoreQuery, *, recalls: Mapping[str, Recall | None] = NO_RECALLS) -> ScoreList:
    """A page of outcomes by series, period and day of publication; raises :class:`InvalidParameter`.

    ``recalls`` has the recall of every edition of ours that was recalled.
    """
    outcomes = [item for item in chosen(board, query) if query.state in {None, item.state}]
    items, following = page(
        sorted(outcomes, key=_key),
        key=_key,
        query=f"scoreboard?{query.region}&{query.layer}&{query.year}&{query.by and query.by.lower()}&{query.edition}"
        f"&{query.state}",
        cursor=query.cursor,
        limit=query.limit,
    )
    counts = Counter(item.state for item in outcomes)
    return ScoreList(
        as_of=board.as_of if board else None,
        counts={state.value: counts[state] for state in State},
        items=[_item(outcome, recalls) for outcome in items],
        next=following,
        skipped=list(board.skipped) if board else [],
    )


def _item(outcome: ScoredProjection, recalls: Mapping[str, Recall | None]) -> ScoreItem:
    entry = outcome.entry
    recall = recalls.get(entry.source_id) if entry.by == OURS else None
    return ScoreItem.of(
        entry,
        outcome,
        freq=entry.period.freq,
        period=entry.period.start,
        horizon_years=entry.horizon,
        crps_log=outcome.crps,
        recalled=recall and Recalled.of(recall),
    )


@get_table(
    router,
    "/v1/scoreboard",
    response_model=ScoreList,
    operation_id="listScores",
    summary="Projections and what became of them",
    responses=documented(tables=True),
)
def list_scores(query: Annotated[ScoreQuery, Query()], respond: Respond) -> Response:
    """Every published projection and every edition of ours, scored as soon as a later figure is known."""
    board = respond.snapshot.data.board
    recalls = {record.id: record.recalled for record in respond.snapshot.recorded}
    return respond.table(
        query,
        lambda question: answer(board, question, recalls=recalls),
        lambda scores: attributed_by(table(scores.items, ScoreItem), "source_id"),
    )
