"""``/v1/coverage``: every cell, whether it is answered, why not, and for which periods."""

from datetime import date
from typing import Annotated, Literal

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Cell, Edition
from service.base.query import EditionQuery, one_of
from service.base.response import EditionHead, ResponseModel
from service.base.response import Status as StatusName
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import ATTRIBUTION, TableQuery, attribution, beside, table

router = api_router("gaps")


class CoverageQuery(EditionQuery, TableQuery):
    """Filters of the cells."""

    region: Annotated[
        str | None, one_of("region", REGIONS_ANSWERED), Field(description="Only cells of this region.", examples=["US"])
    ] = None
    layer: Annotated[
        Layer | None, one_of("layer", list(Layer)), Field(description="Only cells of this layer.", examples=["power"])
    ] = None
    demand: Annotated[
        DemandConcept | None,
        one_of("demand", list(DemandConcept)),
        Field(description="Only this reading of demand.", examples=["wanted"]),
    ] = None
    status: Annotated[str | None, one_of("status", list(Status)), Field(description="Only cells of this status.")] = (
        None
    )


class CellSpan(ResponseModel):
    """First and last period at one frequency, by first day."""

    first: date = Field(examples=["2026-01-01"])
    last: date = Field(examples=["2035-01-01"])


class CoverageItem(ResponseModel):
    """One cell of the base scenario; others have the same."""

    region: str = Field(examples=["US"])
    layer: str = Field(examples=["power"])
    demand: Literal["wanted", "bought", "contracted", "requested"] = Field(examples=["wanted"])
    status: StatusName = Field(examples=["available"])
    confidence: Literal["supported", "weak"] | None = Field(examples=["weak"])
    reason: str | None = Field(description="Why it is partial or unavailable; null otherwise.")
    unit: str = Field(examples=["GW"])
    unit_kind: str = Field(examples=["facility_peak"])
    timing: Literal["end", "average", "total"] = Field(examples=["end"])
    years: CellSpan | None = Field(
        description="Years it is answered for.", examples=[{"first": "2026-01-01", "last": "2035-01-01"}]
    )
    quarters: CellSpan | None = Field(
        description="Quarters it is answered for.", examples=[{"first": "2026-01-01", "last": "2030-10-01"}]
    )
    sources: list[str] = Field(examples=[["Epoch AI, Frontier Data Centers (CC BY 4.0)"]])


class Coverage(EditionHead):
    """Answer of ``/v1/coverage``."""

    items: list[CoverageItem]


def coverage(edition: Edition, query: CoverageQuery) -> Coverage:
    """The cells that fit the filters: by region, layer and reading of demand."""
    cells = (
        edition.cell(region, layer, demand=demand)
        for region in REGIONS_ANSWERED
        for layer in Layer
        for demand in DemandConcept
        if query.region in {None, region} and query.layer in {None, layer} and query.demand in {None, demand}
    )
    items = [_item(edition, cell) for cell in cells if query.status in {None, cell.status}]
    return Coverage.of(edition, edition=edition.id, items=items)


def _item(edition: Edition, cell: Cell) -> CoverageItem:
    spans = {}
    for name, freq in (("years", Frequency.YEAR), ("quarters", Frequency.QUARTER)):
        periods = edition.periods(cell, freq)
        spans[name] = CellSpan(first=periods[0].start, last=periods[-1].start) if periods else None
    return CoverageItem.of(cell, spans, demand=cell.demand_concept)


def rows(answer: Coverage) -> pl.DataFrame:
    """A row a cell."""
    frame = beside(table(answer.items, CoverageItem), edition=answer.edition, issued=answer.issued)
    lines = [attribution(item.sources) for item in answer.items]
    return frame.drop("sources").with_columns(pl.Series(ATTRIBUTION, lines, dtype=pl.String))


@get_table(
    router,
    "/v1/coverage",
    response_model=Coverage,
    operation_id="listCoverage",
    summary="Which cells are answered",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def list_coverage(query: Annotated[CoverageQuery, Query()], respond: Respond) -> Response:
    """Every region, layer and reading of demand with its status, the reason, and the periods there are."""
    edition = respond.edition(query)
    return respond.table(query, lambda question: coverage(edition, question), rows)
