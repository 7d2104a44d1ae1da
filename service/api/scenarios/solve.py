"""``/v1/solve``: the least change of a lever that brings a gap to a target, and the frontier of two levers."""

from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from projection.inputs.overrides import BASE
from projection.inverse.outcomes import CONCEPTS, Measure, Target
from projection.inverse.questions import chosen
from projection.scenarios import levers
from service.api.scenarios.setting import document_of
from service.base.query import PERIOD_FORMS, QueryModel, Text, one_of, year_or_quarter
from service.base.response import Number, ResponseModel
from service.base.routes import State, api_router, documented
from service.base.waiting import as_it_stands, evaluated, rests_on
from service.evaluations.pool import Evaluation
from service.evaluations.question import SolveQuestion

router = api_router("names", repeated=["lever"])
SENTENCE = (
    "To bring the chance of a shortage of US power by the end of 2028 from 74 to 20 in 100, models would have to need "
    "0.647 times the accelerators that are expected from 2029 on (tested: 0.4 to 1.5)."
)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidParameter(name, f"{text!r} is not a number", allowed=["0.2"]) from None


class SolveQuery(QueryModel):
    """A question what it takes."""

    region: Annotated[str, one_of("region", REGIONS_ANSWERED), Field(description="In any case.", examples=["US"])]
    layer: Annotated[
        Layer, one_of("layer", list(Layer)), Field(description="One with a supply.", examples=[Layer.POWER])
    ]
    period: Annotated[str, Text(str), Field(description="A year or a quarter.", examples=list(PERIOD_FORMS))]
    lever: Annotated[
        list[str],
        Field(
            description="A name of /v1/levers, or two separated by commas for the frontier: the second for settings of "
            "the first. The parameter may also be repeated.",
            examples=[["efficiency"]],
        ),
    ]
    p_short: Annotated[
        float | None,
        Text(lambda text: _number("p_short", text), {"type": "number", "minimum": 0, "maximum": 1}),
        Field(description="The most the chance of a shortage is to be; this or gap.", examples=[0.2]),
    ] = None
    gap: Annotated[
        float | None,
        Text(lambda text: _number("gap", text), {"type": "number"}),
        Field(description="The most the median gap is to be, in the unit of the layer."),
    ] = None
    demand: Annotated[
        DemandConcept,
        one_of("demand", CONCEPTS),
        Field(description="What supply is compared with.", examples=[DemandConcept.WANTED]),
    ] = DemandConcept.WANTED
    scenario: Annotated[
        str, Text(str), Field(description="A name of /v1/scenarios that one starts from.", examples=["base"])
    ] = BASE.name

    @property
    def levers(self) -> tuple[str, ...]:
        """One lever or two; raises :class:`InvalidParameter` for what is none."""
        return chosen([name for text in self.lever for name in text.split(",")])

    @model_validator(mode="after")
    def _one_target(self) -> "SolveQuery":
        if (self.p_short is None) == (self.gap is None):
            count = "neither is given" if self.gap is None else "both are given"
            raise InvalidParameter("p_short", f"{count}: a question has one target", allowed=["p_short", "gap"])
        _ = self.levers
        return self

    def question(self, edition: Edition) -> SolveQuestion:
        """The question, held against an edition; raises :class:`InvalidParameter` for a fault."""
        content = document_of(self.scenario)
        measure, level = (Measure.GAP, self.gap) if self.p_short is None else (Measure.P_SHORT, self.p_short)
        period = year_or_quarter("period", self.period)
        target = Target.of(edition, self.region, self.layer, period, self.demand, measure=measure, level=level or 0.0)
        return SolveQuestion(edition.id, content, target, self.levers)


class SolutionItem(ResponseModel):
    """The least change of one lever."""

    lever: str = Field(examples=["efficiency"])
    unit: str = Field(examples=[levers.levers()["efficiency"].unit])
    neutral: Number = Field(description="The setting that does nothing.", examples=[1.0])
    least: Number = Field(description="Least setting that was tested.", examples=[0.4])
    most: Number = Field(description="Most.", examples=[1.5])
    status: Literal["met", "reached", "not_reachable", "not_affected"] = Field(
        description="met: without a change. not_reachable: by no setting within the tested range. not_affected: the "
        "lever moves no draw of the cell.",
        examples=["reached"],
    )
    start: Number = Field(description="The measure at the neutral setting.", examples=[0.7371])
    setting: Number | None = Field(
        description="Nearest to the neutral one, it meets the target; null where none does.", examples=[0.647265625]
    )
    outcome: Number | None = Field(description="The measure there.", examples=[0.1996])
    best_setting: Number | None = Field(description="Where the measure comes nearest, if none meets the target.")
    best_outcome: Number | None = Field(description="The measure there.")
    monotone: bool = Field(
        description="Whether the measure goes one way over the range; where not, settings were scanned.",
        examples=[True],
    )
    tolerance: Number = Field(
        description="A setting nearer to the neutral one by this does not meet the target.", examples=[0.001171875]
    )
    sentence: str = Field(examples=[SENTENCE])


class FrontierPointItem(ResponseModel):
    """A setting of the first lever, and the least change of the second beside it."""

    setting: Number = Field(examples=[0.5])
    solution: SolutionItem
    sentence: str = Field(examples=["With permitting at 0.5: to bring the chance of a shortage ..."])


class FrontierItem(ResponseModel):
    """Pairs of settings that meet the target."""

    first: str = Field(description="Set over its tested range.", examples=["permitting"])
    second: str = Field(description="Solved at each setting.", examples=["efficiency"])
    points: list[FrontierPointItem]


class SolvedItem(ResponseModel):
    """The answer, and the question that it answers."""

    region: str = Field(examples=["US"])
    layer: Layer = Field(examples=[Layer.POWER])
    demand: DemandConcept = Field(examples=[DemandConcept.WANTED])
    period: str = Field(examples=["2028"])
    measure: Measure = Field(examples=[Measure.P_SHORT])
    target: Number = Field(description="The most it is to be.", examples=[0.2])
    unit: str = Field(examples=["1"])
    draws: int = Field(description="How many it rests on.", examples=[10_000])
    solution: SolutionItem | None = Field(description="Of one lever.")
    frontier: FrontierItem | None = Field(description="Of two.")


class SolveAnswer(ResponseModel):
    """What it takes, whole or as far as it is."""

    base_edition: str = Field(description="The edition whose base it rests on.", examples=["e-20261123-0a1b2c3d4e"])
    scenario: str = Field(description="What one starts from.", examples=["base"])
    state: Literal["waiting", "preview", "done"] = Field(examples=["done"])
    draws: int | None = Field(description="How many draws there are so far.", examples=[10_000])
    solved: SolvedItem | None


def _answer(evaluation: Evaluation, query: SolveQuery, address: str) -> Response:
    """The answer as it stands; 202 while there is more to come: the same address answers it then."""
    content = evaluation.preview if evaluation.answer is None else evaluation.answer
    answer = SolveAnswer(
        base_edition=evaluation.question.base,
        scenario=query.scenario,
        state=evaluation.state,
        draws=rests_on(evaluation),
        solved=None if content is None else SolvedItem.model_validate(content[0]),
    )
    return as_it_stands(answer, address, done=evaluation.answer is not None)


@router.get(
    "/v1/solve",
    response_model=SolveAnswer,
    operation_id="solve",
    summary="What it takes to bring a gap to a target",
    responses=documented("edition_missing", "evaluation_unavailable", cached=False)
    | {202: {"model": SolveAnswer, "description": "Under way; the same address answers when it is done."}},
)
async def solve(request: Request, query: Annotated[SolveQuery, Query()], state: State) -> Response:
    """Search the least change of one lever, or of a second for settings of a first, on common random numbers."""
    edition = state.snapshot().required_edition()
    evaluation = await evaluated(request, query.question(edition))
    return _answer(evaluation, query, f"solve?{request.url.query}")
