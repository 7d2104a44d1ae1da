"""``/v1/levers/reach``: which levers move a cell at all."""

from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import Layer
from projection.edition.differences import NOT_AFFECTED
from projection.scenarios import levers
from service.api.scenarios.what_if import CellQuery, check_answered
from service.base.response import ResponseModel
from service.base.routes import State, api_router, documented
from service.base.waiting import as_it_stands, evaluated
from service.evaluations.question import ReachQuestion

router = api_router("names")


class LeverReach(ResponseModel):
    """One lever."""

    lever: str = Field(examples=["huawei-output"])
    effect: str | None = Field(
        description="Said of a lever that changes no draw of what is wanted or supplied at either end of its range.",
        examples=[NOT_AFFECTED],
    )


class ReachAnswer(ResponseModel):
    """Which levers move a cell."""

    base_edition: str = Field(description="The edition whose base it rests on.", examples=["e-20261123-0a1b2c3d4e"])
    region: str = Field(examples=["US"])
    layer: Layer = Field(examples=[Layer.POWER])
    state: Literal["waiting", "preview", "done"] = Field(examples=["done"])
    levers: list[LeverReach] | None = Field(description="Every lever, as soon as it is known.")


@router.get(
    "/v1/levers/reach",
    response_model=ReachAnswer,
    operation_id="getLeverReach",
    summary="Which levers move a cell",
    responses=documented("edition_missing", "evaluation_unavailable", cached=False)
    | {202: {"model": ReachAnswer, "description": "Under way; the same address answers when it is done."}},
)
async def reach(request: Request, query: Annotated[CellQuery, Query()], state: State) -> Response:
    """Say of every lever whether an end of its tested range changes what is wanted or supplied in any draw."""
    edition = state.snapshot().required_edition()
    check_answered(query.region, query.layer)
    evaluation = await evaluated(request, ReachQuestion(edition.id, query.region, query.layer))
    content = evaluation.answer
    answer = ReachAnswer(
        base_edition=edition.id,
        region=query.region,
        layer=query.layer,
        state=evaluation.state,
        levers=None
        if content is None
        else [
            LeverReach(lever=name, effect=None if name in content[0]["levers"] else NOT_AFFECTED)
            for name in levers.levers()
        ],
    )
    return as_it_stands(answer, f"reach?{request.url.query}", done=content is not None)
