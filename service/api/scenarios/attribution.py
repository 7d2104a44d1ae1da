"""``/v1/attribution``: where the difference between two scenarios comes from, in one cell."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from projection.cells.cells import REGIONS_ANSWERED, VERDICTS
from projection.inputs.overrides import BASE
from projection.scenarios.attribution.quantities import MOST_MOVED, Quantity
from service.api.scenarios.setting import Levers, Name, document_of, settings_of
from service.base.query import PERIOD_FORMS, QueryModel, Text, choice, one_of, year_or_quarter
from service.base.response import Chance, Number, ResponseModel
from service.base.routes import State, api_router, documented
from service.base.waiting import as_it_stands, evaluated, rests_on
from service.evaluations.pool import Evaluation
from service.evaluations.question import AttributionQuestion

router = api_router("names")


def _count(text: str) -> int:
    return int(choice("assumptions", text, [str(count) for count in range(MOST_MOVED + 1)]))


class AttributionQuery(QueryModel):
    """A question about a difference."""

    region: Annotated[str, one_of("region", REGIONS_ANSWERED), Field(description="In any case.", examples=["US"])]
    layer: Annotated[
        Layer, one_of("layer", list(Layer)), Field(description="One with a supply.", examples=[Layer.POWER])
    ]
    scenario: Name
    against: Annotated[Name, Field(description="The scenario it is compared with.", examples=["base"])] = BASE.name
    levers: Levers = None
    period: Annotated[
        str | None,
        Text(str),
        Field(description="A year or a quarter; every year by default.", examples=list(PERIOD_FORMS)),
    ] = None
    demand: Annotated[
        DemandConcept,
        one_of("demand", [DemandConcept.WANTED, DemandConcept.BOUGHT]),
        Field(description="What supply is compared with.", examples=[DemandConcept.WANTED]),
    ] = DemandConcept.WANTED
    quantity: Annotated[
        Quantity | None,
        one_of("quantity", list(Quantity)),
        Field(description="What is split; every quantity by default.", examples=[Quantity.P_SHORT]),
    ] = None
    assumptions: Annotated[
        int,
        Text(_count, {"type": "integer", "minimum": 0, "maximum": MOST_MOVED}),
        Field(description=f"How many are moved one at a time, up to {MOST_MOVED}.", examples=[8]),
    ] = 8

    def question(self, edition: str) -> AttributionQuestion:
        """The question, held against what ships; raises :class:`InvalidParameter` for a fault."""
        status = VERDICTS.get((self.region, self.layer))
        if status is None or status.status is Status.UNAVAILABLE:
            raise InvalidParameter("layer", f"{self.layer} of {self.region} is not answered")
        if status.status is Status.PARTIAL:
            raise InvalidParameter("layer", f"{self.layer} of {self.region} has demand and no supply: no gap to split")
        period = None if self.period is None else year_or_quarter("period", self.period)
        return AttributionQuestion(
            edition=edition,
            scenario=document_of(self.scenario),
            against=document_of(self.against, parameter="against"),
            levers=settings_of(self.levers),
            region=self.region,
            layer=self.layer,
            demand=self.demand,
            freq=Frequency.YEAR if period is None else period.freq,
            assumptions=self.assumptions,
            first=None if period is None else period.start.isoformat(),
            last=None if period is None else period.end.isoformat(),
        )


class PartItem(ResponseModel):
    """What one group of drivers makes of a difference."""

    group: str = Field(examples=["grid"])
    value: Number = Field(examples=[0.03])
    p_sign: Chance = Field(
        description="Of a chance or a shortfall, how sure so many draws make the sign; of a median, the share of draws "
        "in which the group's part of the gap has it.",
        examples=[0.99],
    )


class BarItem(ResponseModel):
    """The quantity of the base with one assumption at either end of its own 80 % band."""

    assumption: str = Field(examples=["us_grid_connections"])
    unit: str = Field(examples=["GW of facility nameplate in the year after the base year"])
    low: Number = Field(description="The assumption's 10th percentile.", examples=[8.0])
    high: Number = Field(description="Its 90th.", examples=[19.0])
    at_low: Number = Field(description="The quantity there.", examples=[0.78])
    at_high: Number = Field(examples=[0.70])
    rank_correlation: Number = Field(
        description="With the gap over draws, in the period where it is largest: assumptions are chosen by it.",
        examples=[-0.31],
    )


class SplitItem(ResponseModel):
    """One quantity: the difference, its parts, and the assumptions that move the base most."""

    quantity: Quantity = Field(examples=[Quantity.P_SHORT])
    value: Number = Field(description="Under the scenario.", examples=[0.82])
    against: Number = Field(description="Under what it is compared with.", examples=[0.74])
    difference: Number = Field(description="Of a median, that of the two medians.", examples=[0.08])
    p_sign: Chance = Field(examples=[1.0])
    parts: list[PartItem] = Field(description="They sum to the difference.")
    base: Number | None = Field(description="Of the base, on the draws of the bars.", examples=[0.74])
    bars: list[BarItem] = Field(description="One assumption each, largest first.")


class LimitItem(ResponseModel):
    """Share of draws in which a limit keeps what is wanted from being served."""

    value: Chance = Field(examples=[0.54])
    base: Chance = Field(description="Under what it is compared with.", examples=[0.22])
    difference: Number = Field(examples=[0.32])
    p_sign: Chance = Field(examples=[1.0])


class AttributedPointItem(ResponseModel):
    """One period."""

    period: date = Field(examples=["2028-01-01"])
    quantities: list[SplitItem]
    binding: dict[str, LimitItem] | None = Field(
        description="By limit, and nothing; null where limits are not told apart."
    )


class GroupItem(ResponseModel):
    """A group of drivers in which the two differ."""

    group: str = Field(examples=["grid"])
    title: str = Field(examples=["grid and permits"])
    words: str = Field(examples=["connections a year, and the time to permit and connect a site"])
    assumptions: list[str] = Field(description="Those that are overridden.", examples=[["us_grid_connections"]])
    effect: str | None = Field(description="Said of a group that cannot move the cell.", examples=[None])


class AttributedCell(ResponseModel):
    """The cell."""

    region: str = Field(examples=["US"])
    layer: Layer = Field(examples=[Layer.POWER])
    unit: str = Field(examples=["GW"])
    demand: str = Field(examples=["wanted"])
    draws: int = Field(description="How many the parts rest on.", examples=[10_000])
    groups: list[GroupItem]
    points: list[AttributedPointItem]


class AttributionAnswer(ResponseModel):
    """An attribution, whole or as far as it is."""

    base_edition: str = Field(description="The edition whose base it rests on.", examples=["e-20261123-0a1b2c3d4e"])
    scenario: str = Field(examples=["worst-case"])
    against: str = Field(examples=["base"])
    state: Literal["waiting", "preview", "done"] = Field(examples=["done"])
    draws: int | None = Field(description="How many draws there are so far.", examples=[10_000])
    cell: AttributedCell | None


def _answer(evaluation: Evaluation, query: AttributionQuery, address: str) -> Response:
    """The attribution as it stands; 202 while there is more to come: the same address answers it then."""
    cells = evaluation.preview if evaluation.answer is None else evaluation.answer
    cell = None if cells is None else AttributedCell.model_validate(cells[0])
    if cell is not None and query.quantity is not None:
        for point in cell.points:
            point.quantities = [one for one in point.quantities if one.quantity is query.quantity]
    answer = AttributionAnswer(
        base_edition=evaluation.question.base,
        scenario=query.scenario,
        against=query.against,
        state=evaluation.state,
        draws=rests_on(evaluation),
        cell=cell,
    )
    return as_it_stands(answer, address, done=evaluation.answer is not None)


@router.get(
    "/v1/attribution",
    response_model=AttributionAnswer,
    operation_id="getAttribution",
    summary="Where the difference between two scenarios comes from",
    responses=documented("edition_missing", "evaluation_unavailable", cached=False)
    | {202: {"model": AttributionAnswer, "description": "Under way; the same address answers when it is done."}},
)
async def attribution(request: Request, query: Annotated[AttributionQuery, Query()], state: State) -> Response:
    """Split a difference by groups of drivers, say what binds, and move the base's assumptions one at a time."""
    edition = state.snapshot().required_edition()
    evaluation = await evaluated(request, query.question(edition.id))
    return _answer(evaluation, query, f"attribution?{request.url.query}")
