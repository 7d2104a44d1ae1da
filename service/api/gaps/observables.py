"""``/v1/observables``: what is measured of quantities the draws hold, and how it moved them."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from projection.edition.edition import Edition
from service.base.query import EditionQuery
from service.base.response import Band, Chance, Number, Recalling, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented

router = api_router("gaps")
WITHOUT = "Editions made before draws were weighed keep nothing of it: project again to have it."


class Shift(ResponseModel):
    """A chance of a shortage before and with one observable alone."""

    prior: Chance = Field(examples=[0.615])
    with_it_alone: Chance = Field(examples=[0.725])


class ObservableItem(ResponseModel):
    """One figure, the quantity it is of, and what it did."""

    name: str = Field(examples=["us_vacant_share"])
    quantity: str = Field(
        description="vacant_share: share of halls that are built and connected and that nothing fills. forecast_peak: "
        "what an operator would forecast of data centers' peak, GW, if the draw were to come. tracked_additions: GW "
        "that the site tracker would have seen added over the base year. excess_demand: logarithm of accelerators "
        "wanted over those that chips and halls let be used.",
        examples=["vacant_share"],
    )
    region: str = Field(examples=["US"])
    series_id: str = Field(examples=["us.datacenter.primary_markets.vacancy"])
    day: date = Field(description="The day the figure holds on.", examples=["2026-06-30"])
    value: Number = Field(
        description="On the quantity's scale; of a direction the logarithm of the change.", examples=[0.014]
    )
    form: Literal["level", "log", "change", "direction"] = Field(
        description="What is compared: the value with an error of it (level) or of its logarithm (log), the change "
        "over the base year likewise (change), or only whether it rose since (direction).",
        examples=["level"],
    )
    error: Number = Field(description="Standard deviation between figure and quantity.", examples=[0.04])
    why: str = Field(description="Why the error is as wide as it is.", examples=["leased where the quantity is filled"])
    beside: str = Field(
        description="Other figures of the same thing, and the one role each has.",
        examples=["its half-years of the base year are the prior of us_vacancy"],
    )
    used: bool = Field(
        description="Whether it weighed: one that the draws do not reach is told and left out.", examples=[True]
    )
    effective_sample_alone: int = Field(
        description="Effective number of draws of the prior under it alone.", examples=[12567]
    )
    prior: Band = Field(description="Quantity by quantile level before.", examples=[{"0.5": 0.069}])
    posterior: Band = Field(description="The same in the draws of the edition.", examples=[{"0.5": 0.046}])
    p_short: dict[str, dict[str, Shift]] = Field(
        description="By region and year, the chance that power is short of what is wanted.",
        examples=[{"US": {"2028": {"prior": 0.615, "with_it_alone": 0.725}}}],
    )


class UnmetPart(ResponseModel):
    """A third of the draws, by the share of what is wanted that goes unmet whatever halls there are."""

    unmet_share: Chance = Field(description="Median share in this third.", examples=[0.04])
    p_short: Chance = Field(examples=[0.77])


class ShortageChance(ResponseModel):
    """The chance that power is short of what is wanted at a year's end."""

    prior: Chance = Field(examples=[0.615])
    posterior: Chance = Field(
        description="Of the draws of the edition, and so what /v1/gaps says of the year.", examples=[0.732]
    )
    by_unmet_share: list[UnmetPart] = Field(description="By thirds of the draws, the least unmet first.")
    by_evidence_of_unmet: dict[str, Chance] = Field(
        description="Among the draws that follow each piece of evidence of unmet demand outside China.",
        examples=[{"backlog": 0.73, "orders": 0.73, "queues": 0.73, "publishers": 0.73}],
    )
    with_nothing_unmet: Chance = Field(
        description="The same if nothing were unmet beyond what buyers take where halls are not full.", examples=[0.67]
    )


class OtherFigures(ResponseModel):
    """Figures of the same quantities that weigh nothing, since they have another role already."""

    about: str = Field(examples=["electricity of data centers in a year, United States, by publisher"])
    role: Literal["prior", "input"] = Field(
        description="prior: an assumption rests on them. input: the model reads them.", examples=["input"]
    )
    series: list[str] = Field(examples=[["us.datacenter.electricity"]])
    read_by: str = Field(description="The file that reads them.", examples=["features/nowcast/levels.toml"])
    why: str = Field(examples=["the nowcast weighs each with an offset of its own"])


class Observables(ResponseModel):
    """What the draws of an edition were weighed by."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    data_as_of: date = Field(examples=["2026-11-22"])
    recalled: Recalling
    reason: str | None = Field(description="Why nothing is told.", examples=[None])
    prior_draws: int | None = Field(description="Draws that were weighed.", examples=[20000])
    effective_sample: int | None = Field(description="Kish's effective number of them.", examples=[7894])
    items: list[ObservableItem]
    p_short: dict[str, dict[str, ShortageChance]] = Field(
        description="By region and year.",
        examples=[
            {
                "US": {
                    "2028": {
                        "prior": 0.615,
                        "posterior": 0.722,
                        "by_unmet_share": [
                            {"unmet_share": 0.02, "p_short": 0.68},
                            {"unmet_share": 0.04, "p_short": 0.7},
                            {"unmet_share": 0.07, "p_short": 0.78},
                        ],
                        "by_evidence_of_unmet": {"backlog": 0.73, "orders": 0.72, "queues": 0.71, "publishers": 0.73},
                        "with_nothing_unmet": 0.66,
                    }
                }
            }
        ],
    )
    other_figures: list[OtherFigures] = Field(description="Every figure has one role; these have another.")


def answer(edition: Edition) -> Observables:
    """What an edition keeps of it.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    nothing: dict[str, Any] = {"prior_draws": None, "effective_sample": None, "p_short": {}, "other_figures": []}
    document = edition.conditioning
    return Observables.of(
        document or nothing,
        edition,
        edition=edition.id,
        data_as_of=edition.data_as_of,
        reason=None if document else WITHOUT,
        items=document["observables"] if document else [],
    )


@router.get(
    "/v1/observables",
    response_model=Observables,
    operation_id="getObservables",
    summary="What is measured, and how it moved the draws",
    responses=documented(*EDITION_PROBLEMS),
)
def observables(query: Annotated[EditionQuery, Query()], respond: Respond) -> Response:
    """Figures that draws were weighed by, each before and after, and what they did to the chance of a shortage."""
    edition = respond.edition(query)
    return respond.answer(query, lambda: answer(edition))
