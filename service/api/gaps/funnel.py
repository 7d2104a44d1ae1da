"""``/v1/funnel``: projects of a region by stage, each counted once, and what of them is ever energised."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.edition.names import FUNNEL
from service.base.query import EditionQuery, one_of
from service.base.response import Band, Chance, EditionHead, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented

router = api_router("funnel")
NOT_IN_EDITION = "The edition was made before funnels were part of one."
BAND = {"0.1": 1.3, "0.5": 30.5, "0.9": 83.6}


class FunnelQuery(EditionQuery):
    """The region whose funnel is asked for."""

    region: Annotated[
        str,
        one_of("region", REGIONS_ANSWERED),
        Field(description="A region of /v1/regions, in any case.", examples=["US"]),
    ]


class FunnelItem(ResponseModel):
    """What a utility or a grid counts."""

    name: str = Field(examples=["utilities.committed"])
    gw: Number = Field(description="As printed, of the kind beside.", examples=[99.0])
    kind: Literal["average", "peak", "nameplate", "requested"] = Field(examples=["requested"])
    source: str = Field(examples=["wm2025q4"])
    published: date = Field(examples=["2025-12-31"])


class MeasuredRate(ResponseModel):
    """A flat measured rate, as a competitor."""

    rate: str = Field(description="Of realisation_rates.csv.", examples=["pjm.gen.completion"])
    cohort: str = Field(
        description="What it was measured of.", examples=["generation, entered 2010-2017: entered queue to in service"]
    )
    share: Chance = Field(examples=[0.228])
    energised: Band = Field(description="The rate times the stage's GW in every draw.", examples=[BAND])


class FunnelStageItem(ResponseModel):
    """One stage; a project stands at the furthest it has reached, and a site with each part at its own."""

    stage: Literal[
        "announced", "proposed", "requested", "permitted", "contracted", "under_construction", "energised"
    ] = Field(examples=["proposed"])
    counted_by: Literal["sites", "grids"] = Field(
        description="Trackers of sites, or utilities and grids, which count the same projects: the two are not added.",
        examples=["sites"],
    )
    projects: int | None = Field(
        description="With a part at the stage, each once; null where grids count.", examples=[209]
    )
    without_size: int | None = Field(description="Of them, those without a figure.", examples=[100])
    printed_gw: Number | None = Field(
        description="As printed; null where several kinds of gigawatts are, which cannot be added.", examples=[98.5]
    )
    items: list[FunnelItem] = Field(description="What grids count; empty where sites are counted.", examples=[[]])
    gw: Band = Field(description="GW of facility power at the stage, dormant projects included.", examples=[BAND])
    dormant: Band = Field(description="Of it, what is stopped or dead without its tracker saying so.", examples=[BAND])
    energised: Band = Field(description="Of it, what is ever energised.", examples=[BAND])
    measured: MeasuredRate | None = Field(description="Null where no rate is measured.")


class FunnelTotal(ResponseModel):
    """All stages that trackers of sites count."""

    gw: Band = Field(examples=[BAND])
    energised: Band = Field(examples=[BAND])
    printed_gw: Number = Field(examples=[237.6])
    projects: int = Field(examples=[881])


class FunnelCount(ResponseModel):
    """Listings that are not counted."""

    projects: int = Field(examples=[81])
    printed_gw: Number = Field(examples=[38.2])


class FunnelAnswer(EditionHead):
    """The funnel of a region in an edition."""

    region: str = Field(examples=["US"])
    unit: Literal["GW"] = Field(examples=["GW"])
    status: Literal["available", "unavailable"] = Field(examples=["available"])
    reason: str | None = Field(description="Why there is none; null where there is one.", examples=[None])
    trackers: dict[str, date] = Field(
        description="Day of the edition each tracker was read in.", examples=[{"epoch_sites": "2026-10-01"}]
    )
    stages: list[FunnelStageItem] = Field(description="In the order of the funnel; empty where unavailable.")
    missing: list[str] = Field(description="Stages nobody counts in the region on that day.", examples=[[]])
    total: FunnelTotal | None
    duplicates: FunnelCount | None = Field(description="Further listings of projects that are counted.")
    not_placed: FunnelCount | None = Field(description="In counties the grid shares, or in none listed.")
    notes: list[str] = Field(examples=[["Requests are read from an unlabelled chart of the operator."]])
    attribution: list[str] = Field(
        description="To be printed beside the figures.", examples=[["Source: Epoch AI, AI Data Centers, CC BY 4.0"]]
    )


def answer(edition: Edition, query: FunnelQuery) -> FunnelAnswer:
    """The funnel; unavailable with the reason where the edition does not carry one.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    kept_funnels = edition.document(FUNNEL) if FUNNEL in edition.manifest["files"] else {}
    funnel = kept_funnels.get("regions", {}).get(query.region)
    nothing: dict[str, Any] = {"stages": [], "missing": [], "trackers": {}, "notes": [], "attribution": []}
    nothing |= dict.fromkeys(("total", "duplicates", "not_placed"))
    reason = None if funnel else kept_funnels.get("reasons", {}).get(query.region, NOT_IN_EDITION)
    names = FunnelAnswer.model_fields.keys()
    return FunnelAnswer.of(
        edition,
        query,
        edition=edition.id,
        unit="GW",
        status="available" if funnel else "unavailable",
        reason=reason,
        **{name: value for name, value in (funnel or nothing).items() if name in names},
    )


@router.get(
    "/v1/funnel",
    response_model=FunnelAnswer,
    operation_id="getFunnel",
    summary="Projects by stage, each counted once",
    responses=documented(*EDITION_PROBLEMS),
)
def funnel(query: Annotated[FunnelQuery, Query()], respond: Respond) -> Response:
    """GW from announced to energised, what of it is dormant and what is ever energised, beside measured rates."""
    edition = respond.edition(query)
    return respond.answer(query, lambda: answer(edition, query))
