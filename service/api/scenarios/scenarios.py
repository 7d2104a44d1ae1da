"""``/v1/scenarios``, ``/v1/scenarios/{name}``, ``/v1/levers``: what can be asked "what if"."""

from typing import Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import Field

from projection.inputs.assumptions import Assumptions
from projection.scenarios import levers, library
from projection.scenarios.definition import ScenarioDocument
from service.base.paging import PageQuery, page
from service.base.query import EditionQuery
from service.base.response import ResponseModel
from service.base.routes import EDITION_PROBLEMS, NO_PARAMETERS, Respond, api_router, documented

router = api_router("names")


class ScenariosQuery(EditionQuery, PageQuery):
    """The edition whose answers of scenarios are asked after."""


class ScenarioItem(ResponseModel):
    """One scenario of the library; ``in_edition`` says whether the edition holds answers of it."""

    scenario: str = Field(examples=["us-shortfall"])
    title: str = Field(examples=["The US builds and connects slowly"])
    description: str = Field(examples=["Sites slip more, grids connect less each year."])
    in_edition: bool = Field(examples=[True])


class ScenarioList(ResponseModel):
    """A page of scenarios."""

    items: list[ScenarioItem]
    next: str | None


class OverrideItem(ResponseModel):
    """One override: the assumption, what is done to it, and why its number is what it is."""

    assumption: str = Field(examples=["us_grid_connections"])
    kind: str = Field(description="set, scale, shift, delay or ramp.", examples=["scale"])
    size: dict[str, Any] = Field(examples=[{"distribution": "lognormal", "p10": 0.65, "p90": 0.95}])
    unit: str = Field(examples=["1"])
    assumption_unit: str = Field(examples=["GW of facility nameplate in the year after the base year"])
    why: str = Field(examples=["IEA's path is 9.7 GW a year"])
    basis: str = Field(examples=["weak"])
    sources: list[str] = Field(examples=[["us.datacenter.grid_wait"]])


class ScenarioAnswer(ResponseModel):
    """One scenario as it is written."""

    scenario: str = Field(examples=["us-shortfall"])
    title: str = Field(examples=["The US builds and connects slowly"])
    story: str = Field(examples=["Sites slip more, grids connect less each year."])
    evidence: str = Field(description="What bounds it.", examples=["The worst a publisher prints for one year."])
    compose: list[str] = Field(description="Scenarios whose overrides it holds beside its own.", examples=[[]])
    overrides: list[OverrideItem]


class LeverItem(ResponseModel):
    """One lever; at the neutral setting it does nothing."""

    lever: str = Field(examples=["site-slip"])
    title: str = Field(examples=["How much planned sites slip"])
    unit: str = Field(examples=["factor on the rate at which planned US sites slip"])
    neutral: float = Field(examples=[1.0])
    least: float = Field(description="Least setting that was tested.", examples=[0.0])
    most: float = Field(description="Most.", examples=[3.0])
    evidence: str = Field(description="Why the range ends there.", examples=["0: every plan on its date."])
    assumptions: list[str] = Field(description="What it moves.", examples=[["site_slip_rate_newcomer"]])


class LeverList(ResponseModel):
    """Every lever."""

    items: list[LeverItem]


def _described(name: str, document: ScenarioDocument) -> ScenarioAnswer:
    assumptions = Assumptions.shipped()
    overrides = [
        OverrideItem.of(
            entry,
            assumption=assumption,
            size=getattr(entry, entry.kind).model_dump(by_alias=True),
            assumption_unit=assumptions.items[assumption].unit,
            sources=list(entry.sources),
        )
        for assumption, entry in document.overrides.items()
    ]
    return ScenarioAnswer.of(document, scenario=name, overrides=overrides, compose=list(document.compose))


@router.get(
    "/v1/scenarios",
    response_model=ScenarioList,
    operation_id="listScenarios",
    summary="Scenarios",
    responses=documented(*EDITION_PROBLEMS),
)
def list_scenarios(query: Annotated[ScenariosQuery, Query()], respond: Respond) -> Response:
    """Named sets of overrides, evaluated on the same random numbers as the base."""
    edition = respond.edition(query)

    def build() -> ScenarioList:
        named = [
            ScenarioItem(
                scenario=name, title=document.title, description=document.story, in_edition=name in edition.scenarios
            )
            for name, document in sorted(library.documents().items())
        ]
        items, following = page(
            named, key=lambda item: (item.scenario,), query="scenario", cursor=query.cursor, limit=query.limit
        )
        return ScenarioList(items=items, next=following)

    return respond.answer(query, build)


@router.get(
    "/v1/scenarios/{name}",
    response_model=ScenarioAnswer,
    operation_id="getScenario",
    summary="One scenario with every override and its reason",
    responses=documented(),
    dependencies=NO_PARAMETERS,
)
def get_scenario(name: Annotated[str, Path(examples=["us-shortfall"])], respond: Respond) -> Response:
    """What happens in it, what bounds it, and why each number is what it is."""
    document = library.document(name)
    return respond.answer(None, lambda: _described(name, document))


@router.get(
    "/v1/levers",
    response_model=LeverList,
    operation_id="listLevers",
    summary="Levers with their tested ranges",
    responses=documented(),
    dependencies=NO_PARAMETERS,
)
def list_levers(respond: Respond) -> Response:
    """A few numbers that stand for many assumptions, each with the range that was tested and the evidence for it."""
    return respond.answer(
        None,
        lambda: LeverList(
            items=[
                LeverItem.of(
                    lever,
                    lever=name,
                    least=lever.range[0],
                    most=lever.range[1],
                    assumptions=[effect.assumption for effect in lever.effects],
                )
                for name, lever in levers.levers().items()
            ]
        ),
    )
