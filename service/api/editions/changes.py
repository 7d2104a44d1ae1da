"""``/v1/editions/{edition}/changes``: what changed since another edition, by cause, and what cells say now and then."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import Layer
from data.periods.timestamps import with_rfc3339
from data.store.store import Rule
from features.view import View
from projection.edition.edition import Edition
from projection.sharing.changes import Cause, CellEffect, Changes, Fact, SeriesChange, changes
from service.base.query import QueryModel, Text
from service.base.response import Number, ResponseModel
from service.base.routes import Respond, api_router, documented
from service.state import Snapshot

router = api_router("editions")


class ChangesQuery(QueryModel):
    """The edition compared with."""

    since: Annotated[
        str,
        Text(str),
        Field(description="The edition compared with, by its id in /v1/editions."),
    ]


class FactItem(ResponseModel):
    """A fact of the manifests that differs."""

    cause: Cause = Field(examples=["models"])
    name: str = Field(examples=["model_version"])
    before: Any = Field(description="Null where the edition does not state it.", examples=["m-20261022-0c1d2e3f4a"])
    after: Any = Field(examples=["m-20261122-5f6a7b8c9d"])


class RevisedFigureItem(ResponseModel):
    """A figure before and after."""

    period: date = Field(examples=["2026-04-01"])
    before: float | None = Field(examples=[412.0])
    after: float | None = Field(examples=[418.5])


class SeriesItem(ResponseModel):
    """Figures of a series, by one source, that were added or revised."""

    series_id: str = Field(examples=["us.electricity.netgen.total.eia"])
    freq: str = Field(examples=["M"])
    source_id: str = Field(examples=["eia_api"])
    added: int = Field(description="New figures less those that are known no more.", examples=[1])
    newest: date | None = Field(description="Period of the last one added.", examples=["2026-09-01"])
    revised: int = Field(description="Figures whose value changed.", examples=[3])
    largest: RevisedFigureItem | None = Field(description="The one that changed most, relative to what it was.")


class PairItem(ResponseModel):
    """A number in both editions; null where one does not carry it."""

    before: Number | None = Field(examples=[9.8])
    after: Number | None = Field(examples=[11.4])


class YearItem(ResponseModel):
    """A year: medians in the unit of the cell, and the chance of being short."""

    period: date = Field(examples=["2028-01-01"])
    demand: PairItem
    gap: PairItem
    p_short: PairItem


class CellItem(ResponseModel):
    """A cell of the base scenario, under what is wanted."""

    region: str = Field(examples=["US"])
    layer: Layer = Field(examples=[Layer.POWER])
    unit: str = Field(examples=["GW"])
    status: list[Literal["available", "partial", "unavailable"]] = Field(
        description="In both editions.", examples=[["available", "available"]]
    )
    points: list[YearItem]


class ChangesAnswer(ResponseModel):
    """What changed from one edition to another."""

    edition: str = Field(description="The one asked about.", examples=["e-20261122-0a1b2c3d4e"])
    since: str = Field(examples=["e-20261022-9f8e7d6c5b"])
    causes: list[Cause] = Field(
        description="What changed of what the editions were made from: figures (added), revisions (of figures known "
        "before), models (the champion), assumptions, code, draws (seed, number, scenarios). Empty where nothing did.",
        examples=[["figures", "models"]],
    )
    sole_cause: Cause | None = Field(
        description="The cause the effect on cells is due to; null where several changed. How they share it in a cell "
        "draws: headroom editions explain."
    )
    facts: list[FactItem] = Field(description="Facts of the manifests that differ.")
    series: list[SeriesItem] = Field(description="Series with figures added or revised, by id.")
    cells: list[CellItem] = Field(description="What both editions say, cell by cell.")
    notes: list[str] = Field(examples=[[]])


def answer(difference: Changes) -> ChangesAnswer:
    """The changes as they are sent."""
    return ChangesAnswer(
        edition=difference.after,
        since=difference.before,
        causes=list(difference.causes),
        sole_cause=difference.causes[0] if len(difference.causes) == 1 else None,
        facts=[_fact(cause, fact) for cause, facts in difference.facts.items() for fact in facts],
        series=[_series(one) for one in difference.series],
        cells=[_cell(cell) for cell in difference.cells],
        notes=list(difference.notes),
    )


def _fact(cause: Cause, fact: Fact) -> FactItem:
    return FactItem(cause=cause, name=fact.name, **with_rfc3339({"before": fact.before, "after": fact.after}))


def _series(one: SeriesChange) -> SeriesItem:
    return SeriesItem.of(one)


def _cell(cell: CellEffect) -> CellItem:
    return CellItem.of(cell, status=list(cell.status))


def view_of(snapshot: Snapshot, edition: Edition) -> View:
    """The figures an edition was made from, as they are known of its day."""
    return snapshot.as_of(edition.data_as_of, rule=Rule(edition.manifest.get("data_rule", Rule.STRICT)))


@router.get(
    "/v1/editions/{edition}/changes",
    response_model=ChangesAnswer,
    operation_id="getEditionChanges",
    summary="What changed since another edition",
    responses=documented("not_found", "artifact_corrupt"),
)
def edition_changes(edition: str, query: Annotated[ChangesQuery, Query()], respond: Respond) -> Response:
    """Figures, revisions, models, assumptions, code and draws that changed, and both values of every cell and year."""
    snapshot = respond.snapshot
    after = respond.named(snapshot.named.record(edition))
    before = snapshot.named.load(respond.record("since", query.since))
    views = {"earlier": view_of(snapshot, before), "later": view_of(snapshot, after)}
    return respond.answer(query, lambda: answer(changes(before, after, **views)))
