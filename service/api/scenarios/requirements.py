"""``/v1/requirements``: what would have to be true for a published number to be our median."""

from typing import Annotated, Literal

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import InvalidParameter
from data.periods.period import Frequency
from features.view import View
from projection.edition.edition import Edition
from projection.inverse.published import PublishedNumber, published
from service.base.query import QueryModel, Text, year_or_quarter
from service.base.response import Chance, Number, ResponseModel
from service.base.routes import State, api_router, documented
from service.base.waiting import as_it_stands, evaluated, rests_on
from service.evaluations.pool import Evaluation
from service.evaluations.question import RequirementsQuestion

router = api_router("gaps")


class RequirementsQuery(QueryModel):
    """A question about a number of others."""

    projection: Annotated[
        str,
        Text(str),
        Field(
            description="Address of the figure: series_id@source_id of /v1/comparisons, or of one that is laid beside "
            "a quantity of ours; #scenario where one of several is meant.",
            examples=["us.datacenter.electricity@lbnl2026"],
        ),
    ]
    period: Annotated[str, Text(str), Field(description="The year of the figure.", examples=["2028"])]
    beside: Annotated[
        str | None,
        Text(str),
        Field(
            description="The layer, or quantity of ours, that it is laid beside; by default the one it is converted "
            "least for.",
            examples=["energy"],
        ),
    ] = None

    def number(self, edition: Edition, view: View) -> PublishedNumber:
        """The number; raises :class:`InvalidParameter` for one that is not comparable."""
        period = year_or_quarter("period", self.period)
        if period.freq is not Frequency.YEAR:
            raise InvalidParameter("period", f"{period.label} is no year", allowed=[str(period.start.year)])
        return published(edition, view, address=self.projection, year=period.start.year, beside=self.beside)


class NumberItem(ResponseModel):
    """The number of others, and what of ours it is laid beside."""

    projection: str = Field(examples=["us.datacenter.electricity@lbnl2026"])
    publisher: str = Field(examples=["LBNL"])
    edition: str = Field(examples=["2026"])
    says: str = Field(description="What it is.", examples=["energy of US"])
    year: int = Field(examples=[2028])
    value: Number = Field(description="In the unit of ours.", examples=[464.0])
    unit: str = Field(examples=["TWh"])
    converted: bool = Field(
        description="Whether it was converted, on the edition's own draws: the value is then the median.",
        examples=[False],
    )
    beside: str = Field(examples=["energy"])
    ours: str = Field(description="What of ours it is laid beside, in words.", examples=["US energy bought"])
    position: Chance = Field(description="Share of our draws that are not above it.", examples=[0.71])


class MovedItem(ResponseModel):
    """One assumption at a value."""

    assumption: str = Field(examples=["us_energy_base"])
    unit: str = Field(examples=["TWh in the base year"])
    value: Number = Field(examples=[250.3])
    middle: Number = Field(description="The median of its draws.", examples=[225.7])


class RequirementItem(ResponseModel):
    """What one assumption would have to be; those that share a draw are moved together."""

    moved: list[MovedItem]
    percentile: Chance = Field(description="Share of its draws that are not above the value.", examples=[0.876])
    chance: Chance = Field(
        description="Share of its draws at least that far out, on that side: how likely we hold it.",
        examples=[0.124],
    )
    median: Number = Field(description="Our median with it there, all else as it is drawn.", examples=[464.6])
    monotone: bool = Field(description="Whether our median goes one way over its band.", examples=[True])


class RequirementsAnswer(ResponseModel):
    """What would have to be true, whole or as far as it is."""

    base_edition: str = Field(description="The edition whose base it rests on.", examples=["e-20261123-0a1b2c3d4e"])
    number: NumberItem
    state: Literal["waiting", "preview", "done"] = Field(examples=["done"])
    draws: int | None = Field(description="How many draws there are so far.", examples=[10_000])
    ours: Number | None = Field(description="Our median.", examples=[432.7])
    assumptions: int | None = Field(description="How many assumptions ours rests on.", examples=[124])
    alone: list[RequirementItem] | None = Field(
        description="Any one of them within its band, 1st to 99th percentile, gives the number; likeliest first."
    )
    nearest: list[RequirementItem] | None = Field(
        description="Where none does, those that come nearest within their band."
    )
    sentences: list[str] = Field(examples=[["No single assumption within its band gives their number."]])


def _answer(evaluation: Evaluation, number: PublishedNumber, address: str) -> Response:
    """The answer as it stands; 202 while there is more to come: the same address answers it then."""
    cells = evaluation.preview if evaluation.answer is None else evaluation.answer
    content = {} if cells is None else cells[0]
    answer = RequirementsAnswer.model_validate(
        {
            "base_edition": evaluation.question.base,
            "number": NumberItem.of(
                number,
                projection=number.address,
                year=number.ours.year,
                unit=number.ours.unit,
                beside=number.ours.beside,
                ours=number.ours.title,
            ),
            "state": evaluation.state,
            "draws": rests_on(evaluation),
            "sentences": content.get("sentences", []),
            **{name: content.get(name) for name in ("ours", "assumptions", "alone", "nearest")},
        }
    )
    return as_it_stands(answer, address, done=evaluation.answer is not None)


@router.get(
    "/v1/requirements",
    response_model=RequirementsAnswer,
    operation_id="getRequirements",
    summary="What would have to be true for a published number",
    responses=documented("edition_missing", "evaluation_unavailable", cached=False)
    | {202: {"model": RequirementsAnswer, "description": "Under way; the same address answers when it is done."}},
)
async def requirements(request: Request, query: Annotated[RequirementsQuery, Query()], state: State) -> Response:
    """Fix one assumption after the other within its band, and say which makes a published number our median."""
    snapshot = state.snapshot()
    edition = snapshot.required_edition()
    number = query.number(edition, snapshot.as_of(edition.data_as_of))
    evaluation = await evaluated(request, RequirementsQuestion(edition.id, number))
    return _answer(evaluation, number, f"requirements?{request.url.query}")
