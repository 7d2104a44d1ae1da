"""``POST /v1/scenarios:evaluate``: a scenario or settings of levers against the base, for one region."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter, NotFound
from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from data.periods.text import excerpt
from projection.cells.cells import REGIONS_ANSWERED, VERDICTS
from projection.inputs.assumptions import Assumptions
from projection.scenarios import library
from projection.scenarios.definition import BYTES, ScenarioDocument
from projection.scenarios.levers import scenario as of_levers
from projection.scenarios.resolution import resolve
from service.api.scenarios.setting import document_of
from service.base import body
from service.base.body import BodyModel
from service.base.query import span
from service.base.response import Band, Chance, Number, ResponseModel
from service.base.routes import BODY_PROBLEMS, NO_PARAMETERS, State, api_router, documented
from service.base.waiting import PREVIEW_DRAWS, evaluated, rests_on
from service.cache import JSON
from service.evaluations.pool import Evaluation, EvaluationPool
from service.evaluations.question import EvaluationQuestion

router = api_router("names")
PLACE = "/v1/scenarios/evaluations/"


class ComparedBand(ResponseModel):
    """A band under the scenario, under the base, and of the differences in the same draws."""

    value: Band = Field(examples=[{"0.1": 41.0, "0.5": 52.0, "0.9": 70.0}])
    base: Band = Field(examples=[{"0.1": 45.0, "0.5": 55.0, "0.9": 72.0}])
    difference: Band = Field(examples=[{"0.1": -6.0, "0.5": -3.0, "0.9": -0.5}])
    p_sign: Chance = Field(
        description="Share of draws whose difference has the sign of the median difference.", examples=[0.93]
    )


class ComparedNumber(ResponseModel):
    """A mean under the scenario and the base."""

    value: Number = Field(examples=[0.84])
    base: Number = Field(examples=[0.76])
    difference: Number = Field(examples=[0.08])
    p_sign: Chance = Field(description="How sure so many draws make the sign of the difference.", examples=[0.99])


class EvaluatedPoint(ResponseModel):
    """One period."""

    period: date = Field(examples=["2028-01-01"])
    demand: ComparedBand
    supply: ComparedBand | None
    gap: ComparedBand | None
    p_short: ComparedNumber | None
    expected_shortfall: ComparedNumber | None


class EvaluatedCell(ResponseModel):
    """One layer of the region."""

    region: str = Field(examples=["US"])
    layer: str = Field(examples=["power"])
    unit: str = Field(examples=["GW"])
    demand: str = Field(examples=["wanted"])
    affected: bool = Field(examples=[True])
    effect: str | None = Field(description="Said of a layer whose every draw is the base's.", examples=[None])
    points: list[EvaluatedPoint]


class EvaluationAnswer(ResponseModel):
    """An evaluation, whole or as far as it is."""

    evaluation: str = Field(
        description="Its name: the same question on the same edition has the same.",
        examples=["0a1b2c3d4e5f60718293a4b5"],
    )
    against: str = Field(description="The edition whose base it is compared with.", examples=["e-20261123-0a1b2c3d4e"])
    state: Literal["waiting", "preview", "done"] = Field(examples=["done"])
    draws: int | None = Field(
        description="How many draws the cells rest on; a preview rests on the first of them.", examples=[10_000]
    )
    cells: list[EvaluatedCell] | None


class EvaluationRequest(BodyModel):
    """What is asked: a scenario by name or as a document, levers, or both together."""

    scenario: str | None = Field(default=None, description="A name of /v1/scenarios.", examples=["us-shortfall"])
    document: dict[str, Any] | None = Field(default=None, description="A scenario as docs/scenarios.md has it.")
    levers: dict[str, float] = Field(default_factory=dict, description="Settings by name of /v1/levers.")
    region: str = Field(examples=["US"])
    layers: list[str] = Field(min_length=1, max_length=len(Layer), examples=[["power"]])
    demand: Literal["wanted", "bought"] = "wanted"
    freq: Literal["year", "quarter"] = "year"
    first: str | None = Field(default=None, alias="from", description="First period, as 2028 or 2028Q3.", min_length=1)
    last: str | None = Field(default=None, alias="to", description="Last period.", min_length=1)
    draws: Literal["preview", "full"] = Field(
        default="full", description=f"A preview is answered at once, from the first {PREVIEW_DRAWS:,} draws."
    )

    def question(self, edition: str) -> EvaluationQuestion:
        """The question, held against what ships; raises :class:`InvalidParameter` naming the path of a fault."""
        if self.scenario is not None and self.document is not None:
            raise InvalidParameter("document", "stands beside a scenario", allowed=["scenario or document, not both"])
        if self.region not in REGIONS_ANSWERED:
            raise InvalidParameter("region", f"{excerpt(self.region)} is not known", allowed=REGIONS_ANSWERED)
        layers = [_layer(place, name) for place, name in enumerate(self.layers)]
        for place, layer in enumerate(layers):
            status = VERDICTS.get((self.region, layer))
            if status is None or status.status is Status.UNAVAILABLE:
                reason = "" if status is None else f": {status.reason}"
                raise InvalidParameter(f"layers.{place}", f"{layer} of {self.region} is not answered{reason}")
        of_levers(self.levers)
        content = document_of(self.scenario) if self.scenario is not None else self.document or {"title": "Levers"}
        resolve(ScenarioDocument.read(content), library=library.documents(), assumptions=Assumptions.shipped())
        return EvaluationQuestion(
            edition=edition,
            document=content,
            levers=self.levers,
            region=self.region,
            layers=tuple(dict.fromkeys(layers)),
            demand=DemandConcept(self.demand),
            freq=Frequency.YEAR if self.freq == "year" else Frequency.QUARTER,
            first=None if self.first is None else span("from", self.first)[0].isoformat(),
            last=None if self.last is None else span("to", self.last)[1].isoformat(),
        )


def _layer(place: int, name: str) -> Layer:
    names = [layer.value for layer in Layer]
    if name not in names:
        raise InvalidParameter(f"layers.{place}", f"{excerpt(name)} is not known", allowed=names)
    return Layer(name)


def answer_of(evaluation: Evaluation) -> EvaluationAnswer:
    """The evaluation as far as it is; raises what kept it from an answer."""
    if evaluation.error is not None:
        raise evaluation.error
    question = evaluation.question
    cells = evaluation.preview if evaluation.answer is None else evaluation.answer
    return EvaluationAnswer.model_validate(
        {
            "evaluation": question.name,
            "against": question.base,
            "state": evaluation.state,
            "draws": rests_on(evaluation),
            "cells": cells,
        }
    )


def _answer(evaluation: Evaluation) -> Response:
    """The evaluation as it stands; 202 while there is more to come, with the place where it will be."""
    answer = answer_of(evaluation)
    headers = {"Cache-Control": "no-store", "Location": f"{PLACE}{answer.evaluation}"}
    done = evaluation.answer is not None
    return Response(answer.model_dump_json(), status_code=200 if done else 202, media_type=JSON, headers=headers)


@router.post(
    "/v1/scenarios:evaluate",
    response_model=EvaluationAnswer,
    operation_id="evaluateScenario",
    summary="What a scenario does to one region",
    responses=documented(*BODY_PROBLEMS, "edition_missing", "evaluation_unavailable", cached=False)
    | {202: {"model": EvaluationAnswer, "description": "Under way; Location says where it will be."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": EvaluationRequest.model_json_schema(by_alias=True)}},
        }
    },
    dependencies=NO_PARAMETERS,
)
async def evaluate(request: Request, state: State) -> Response:
    """Evaluate a scenario on the base's own random numbers: every difference is exact, draw by draw."""
    query = EvaluationRequest.read(await body.read(request, most=BYTES))
    edition = state.snapshot().required_edition()
    return _answer(await evaluated(request, query.question(edition.id), preview=query.draws == "preview"))


@router.get(
    "/v1/scenarios/evaluations/{name}",
    response_model=EvaluationAnswer,
    operation_id="getEvaluation",
    summary="An evaluation that was asked for",
    responses=documented("not_found", "evaluation_unavailable", cached=False),
    dependencies=NO_PARAMETERS,
)
async def get_evaluation(
    request: Request, name: Annotated[str, Path(description="The name the evaluation was answered with.")]
) -> Response:
    """Its state, and its cells as soon as there are any."""
    pool: EvaluationPool = request.app.state.evaluations
    evaluation = pool.find(name)
    if evaluation is None or not isinstance(evaluation.question, EvaluationQuestion):
        raise NotFound("evaluation", name, hint="ask again: only the last ones are remembered")
    return _answer(evaluation)
