"""``/v1/leads``: two regions on one yardstick, with the chance that the first is ahead."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated, Literal

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.quantiles import Quantile
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.leads.leads import KINDS, Lead, lead
from service.base.query import DEFAULT, EditionQuery, From, Levels, To, levels, one_of
from service.base.response import Band, Chance, EditionHead, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import TableQuery, attributed, beside, table
from service.state import Snapshot

router = api_router("claims")
BAND = {"0.1": 2.1e7, "0.5": 2.7e7, "0.9": 3.6e7}


class LeadsQuery(EditionQuery, TableQuery):
    """A question about the lead of one region over another."""

    region: Annotated[
        str,
        one_of("region", REGIONS_ANSWERED),
        Field(description="The region whose lead is asked for, in any case.", examples=["US"]),
    ] = "US"
    against: Annotated[
        str, one_of("against", REGIONS_ANSWERED), Field(description="The other region.", examples=["CN"])
    ] = "CN"
    kind: Annotated[
        str | None,
        one_of("kind", KINDS),
        Field(description="One yardstick; all of them by default.", examples=["installed_h100e"]),
    ] = None
    first: From = None
    last: To = None
    quantiles: Levels = DEFAULT


class LeadFigure(ResponseModel):
    """One counted figure of a region."""

    region: str = Field(examples=["CN"])
    basis: str = Field(description="What it counts, and who.", examples=["begun, not only approved"])
    series: str = Field(examples=["cn.nuclear.under_construction.units.cnea"])
    period: str = Field(examples=["2025-04"])
    value: Number = Field(examples=[28.0])
    low: Number | None
    high: Number | None
    unit: str = Field(examples=["count"])
    kind: str = Field(description="Counted (actual) or estimated.", examples=["actual"])
    source: str = Field(examples=["cnea"])
    published: date | None = Field(examples=["2025-04-27"])


class LeadPointItem(ResponseModel):
    """One period; every band is read off the same draws."""

    period: date = Field(description="First day of the period.", examples=["2028-10-01"])
    region: Band = Field(examples=[BAND])
    against: Band = Field(examples=[BAND])
    difference: Band = Field(description="Region less the other, draw by draw.", examples=[BAND])
    ratio: Band | None = Field(
        description="Region over the other, draw by draw; null where it is no natural reading, or where the other is "
        "not positive in every draw.",
        examples=[{"0.1": 6.0, "0.5": 9.9, "0.9": 16.0}],
    )
    p_ahead: Chance = Field(description="Share of draws in which the region has more.", examples=[0.99])


class MeasuredLead(ResponseModel):
    """The figures last counted; of each region the first is compared, the others count another thing."""

    region: list[LeadFigure]
    against: list[LeadFigure]
    difference: Number = Field(examples=[-28.0])
    ratio: Number | None = Field(description="Null where the other's figure is zero.", examples=[0.0])


class LeadItem(ResponseModel):
    """One yardstick."""

    kind: str = Field(examples=["installed_h100e"])
    title: str = Field(examples=["Installed compute"])
    definition: str = Field(examples=["Accelerators in use at the end of the quarter."])
    unit: str = Field(examples=["H100e"])
    freq: Literal["A", "Q"] | None = Field(description="Of points; null where it is counted.", examples=["Q"])
    status: Literal["available", "unavailable"] = Field(examples=["available"])
    reason: str | None = Field(description="Why there is no answer.", examples=[None])
    points: list[LeadPointItem]
    measured: MeasuredLead | None = Field(description="Instead of points where it is counted.")
    sources: list[str] = Field(examples=[["epoch_chip_sales_2026_10"]])


class LeadsAnswer(EditionHead):
    """Answer of ``/v1/leads``: base draws of the edition, and figures known on its day."""

    region: str = Field(examples=["US"])
    against: str = Field(examples=["CN"])
    items: list[LeadItem]


def answer(edition: Edition, snapshot: Snapshot, query: LeadsQuery) -> LeadsAnswer:
    """Every yardstick asked for.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
        DrawsRemoved: regions are compared draw by draw, and the edition's draws are not kept any more.
    """

    def each() -> Iterator[Lead]:
        view = snapshot.as_of(edition.data_as_of)
        for kind in KINDS if query.kind is None else (query.kind,):
            yield lead(
                edition,
                view,
                kind,
                region=query.region,
                against=query.against,
                first=query.first,
                last=query.last,
                levels=levels(query.quantiles),
            )

    return LeadsAnswer.of(edition, query, edition=edition.id, items=[LeadItem.of(item) for item in each()])


def rows(answer: LeadsAnswer, chosen: Sequence[Quantile]) -> pl.DataFrame:
    """A row a period of each yardstick; one that is counted, or has no answer, has one row."""
    bands = ("region", "against", "difference", "ratio")
    frames = []
    for item in answer.items:
        points = table(item.points, LeadPointItem, bands=bands, levels=chosen)
        about = table([item], LeadItem).drop("points", "sources")
        whole = about.join(points, how="cross") if item.points else _without(about, points)
        frames.append(attributed(whole, item.sources))
    head = {name: getattr(answer, name) for name in ("edition", "issued", "data_as_of", "region", "against")}
    return beside(pl.concat(frames), **head)


def _without(about: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    return about.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in points.schema.items())


@get_table(
    router,
    "/v1/leads",
    response_model=LeadsAnswer,
    operation_id="getLeads",
    summary="Two regions on one yardstick",
    responses=documented(*EDITION_PROBLEMS, "draws_removed", tables=True),
)
def leads(query: Annotated[LeadsQuery, Query()], respond: Respond) -> Response:
    """Compute, power, buildout, generation, reactors and use of open models, with the chance of being ahead."""
    edition = respond.edition(query)
    return respond.table(
        query,
        lambda question: answer(edition, respond.snapshot, question),
        lambda document: rows(document, levels(query.quantiles)),
    )
