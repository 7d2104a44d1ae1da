"""``/v1/observables``: what is measured of quantities the draws hold, and how it moved them."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from service.base.query import EditionQuery
from service.base.response import Recalled, Recalling, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented

router = api_router("gaps")
WITHOUT = "Editions made before draws were weighed keep nothing of it: project again to have it."


class Shift(ResponseModel):
    """A chance of a shortage before and with one observable alone."""

    prior: float = Field(examples=[0.615])
    with_it_alone: float = Field(examples=[0.725])


class ObservableItem(ResponseModel):
    """One figure, the quantity it is of, and what it did."""

    name: str = Field(examples=["us_vacant_share"])
    quantity: str = Field(
        description="vacant_share: share of halls that are built and connected and that nothing fills. forecast_peak: "
        "what an operator would forecast of data centers' peak, GW, if the draw were to come.",
        examples=["vacant_share"],
    )
    region: str = Field(examples=["US"])
    series_id: str = Field(examples=["us.datacenter.primary_markets.vacancy"])
    day: str = Field(description="The day the figure holds on.", examples=["2026-06-30"])
    value: float = Field(examples=[0.014])
    error: float = Field(description="Standard deviation between figure and quantity.", examples=[0.04])
    log: bool = Field(description="Whether the error is of logarithms.", examples=[False])
    why: str = Field(description="Why the error is as wide as it is.", examples=["leased where the quantity is filled"])
    beside: str = Field(description="Other figures of the same thing, and the one role each has.", examples=["..."])
    used: bool = Field(
        description="Whether it weighed: one that the draws do not reach is told and left out.", examples=[True]
    )
    effective_sample_alone: int = Field(
        description="Effective number of draws of the prior under it alone.", examples=[12567]
    )
    prior: dict[str, float] = Field(description="Quantity by quantile level before.", examples=[{"0.5": 0.069}])
    posterior: dict[str, float] = Field(description="The same with all that weighed.", examples=[{"0.5": 0.046}])
    p_short: dict[str, Shift] = Field(
        description="By year, the chance that US power is short of what is wanted.",
        examples=[{"2028": {"prior": 0.615, "with_it_alone": 0.725}}],
    )


class Chance(ResponseModel):
    """The chance that US power is short of what is wanted, at a year's end."""

    prior: float = Field(examples=[0.615])
    posterior: float = Field(examples=[0.732])
    by_evidence_of_unmet: dict[str, float] = Field(
        description="The same among the draws that follow each piece of evidence of unmet demand.",
        examples=[{"backlog": 0.73, "orders": 0.73, "queues": 0.73, "publishers": 0.73}],
    )
    with_nothing_unmet: float = Field(
        description="The same if nothing were unmet beyond what buyers take where halls are not full.", examples=[0.67]
    )


class Observables(ResponseModel):
    """What the draws of an edition were weighed by."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    data_as_of: str = Field(examples=["2026-11-22"])
    recalled: Recalling
    reason: str | None = Field(description="Why nothing is told.", examples=[None])
    prior_draws: int | None = Field(description="Draws that were weighed.", examples=[20000])
    effective_sample: int | None = Field(description="Kish's effective number of them.", examples=[7894])
    items: list[ObservableItem]
    p_short: dict[str, Chance] = Field(
        description="By year.",
        examples=[
            {
                "2028": {
                    "prior": 0.615,
                    "posterior": 0.732,
                    "by_evidence_of_unmet": {"backlog": 0.73, "orders": 0.73, "queues": 0.73, "publishers": 0.73},
                    "with_nothing_unmet": 0.67,
                }
            }
        ],
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

    def answer() -> dict[str, Any]:
        document = edition.conditioning or {}
        return {
            "edition": edition.id,
            "data_as_of": edition.data_as_of.isoformat(),
            "recalled": edition.recalled and Recalled.of(edition.recalled).model_dump(),
            "reason": None if document else WITHOUT,
            "prior_draws": document.get("prior_draws"),
            "effective_sample": document.get("effective_sample"),
            "items": document.get("observables", []),
            "p_short": document.get("p_short", {}),
        }

    return respond.answer(query, answer)
