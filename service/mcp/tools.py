"""The tools, at most eight: what each is for, its arguments, and the question of the API that it asks."""

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx2
from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from mcp.types import ToolAnnotations
from pydantic import ConfigDict, Field, create_model

from data.base.layers import DemandConcept, Layer
from data.base.release import release
from projection.cells.cells import REGIONS_ANSWERED
from projection.claims.library import shipped as claims
from projection.inputs.overrides import BASE
from projection.scenarios import library
from projection.scenarios.levers import levers
from service.mcp.answers import Answers, CitedAnswer

INSTRUCTIONS = (
    "Headroom forecasts what data centers demand, what is really being built, and the gap between, with bands. Every "
    "answer holds its edition, the day whose figures it knows and a citation: name them beside each number, with its "
    "unit and its band. Keys of bands are quantile levels; never add or subtract quantiles. Where a status is "
    "unavailable or a tool returns an error, there is no number: give the reason instead."
)
LEVELS = "0.1,0.5,0.9"
BESIDE = ("drivers", "figures", "limits", "supply_pace", "tightness")
"""Parts of an answer on a gap that speak of other quantities; the permalink gives them."""


def _names(names: Iterable[str], description: str) -> Any:  # noqa: ANN401 - pydantic's own type is private
    """A name of a list. The service checks it, so that its error says what is allowed and what is called otherwise."""
    return Field(description=description, json_schema_extra={"enum": list(names)})


def _segment(name: str) -> str:
    """A name as one segment of a path: it leads to no other one."""
    return quote(name, safe="")


Region = Annotated[str, _names(REGIONS_ANSWERED, "The region.")]
LayerName = Annotated[Layer, Field(description="What can run short.")]
ScenarioName = Annotated[str, _names(library.documents(), "The scenario.")]
Demand = Annotated[
    Literal[DemandConcept.WANTED, DemandConcept.BOUGHT],
    Field(description="wanted: what would be used without limits; bought: what of it is taken."),
]
EditionName = Annotated[str | None, Field(description="An edition by its id, to read as issued; else the one served.")]
YearOrQuarter = Annotated[str, Field(description="A year or a quarter, as 2028 or 2028Q3.")]


class Tools:
    """The tools as functions: what they say of themselves is what agents read."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def ask_gap(
        self,
        region: Region,
        layer: LayerName,
        first: YearOrQuarter,
        last: Annotated[str | None, Field(description="The last period; by default the first alone.")] = None,
        scenario: ScenarioName = BASE.name,
        demand: Annotated[DemandConcept, Field(description="Which reading of demand.")] = DemandConcept.WANTED,
        freq: Annotated[Literal["A", "Q"], Field(description="A for years, Q for quarters.")] = "A",
        edition: EditionName = None,
    ) -> CitedAnswer:
        """Bands of demand, deliverable supply and the gap (demand minus supply), and the chance of a shortage.

        A status of unavailable or partial comes with its reason: then say so instead of a number.
        """
        parameters = {"region": region, "layer": layer.value, "from": first, "to": last or first, "freq": freq}
        parameters |= {"scenario": scenario, "demand": demand.value, "quantiles": LEVELS}
        cited = await self._answers.cited("/v1/gaps", {**parameters, "edition": edition})
        for part in BESIDE:
            cited.answer.pop(part, None)
        return cited

    async def compare(
        self, region: Region, layer: LayerName, period: YearOrQuarter, edition: EditionName = None
    ) -> CitedAnswer:
        """Our demand beside what others published for the period, each converted to our unit, with why they differ."""
        parameters = {"region": region, "layer": layer.value, "period": period, "edition": edition}
        return await self._answers.cited("/v1/comparisons", parameters)

    async def explain(
        self,
        region: Region,
        layer: LayerName,
        period: YearOrQuarter,
        scenario: ScenarioName,
        against: ScenarioName = BASE.name,
        demand: Demand = DemandConcept.WANTED,
    ) -> CitedAnswer:
        """Split the difference between two scenarios by groups of drivers, exactly. It may take a minute."""
        parameters = {"region": region, "layer": layer.value, "period": period, "demand": demand.value}
        return await self._answers.cited("/v1/attribution", {**parameters, "scenario": scenario, "against": against})

    async def what_would_it_take(
        self,
        region: Region,
        layer: LayerName,
        period: YearOrQuarter,
        lever: Annotated[str, _names(levers(), "What is changed.")],
        p_short: Annotated[
            float | None, Field(description="The most the chance of a shortage is to be, 0 to 1.")
        ] = None,
        gap: Annotated[float | None, Field(description="Instead: the most the median gap is to be.")] = None,
        scenario: ScenarioName = BASE.name,
        demand: Demand = DemandConcept.WANTED,
    ) -> CitedAnswer:
        """Find the least change of a lever that brings a gap to a target, or say that none does within what was tested.

        It may take a minute.
        """
        parameters = {"region": region, "layer": layer.value, "period": period, "lever": lever, "scenario": scenario}
        return await self._answers.cited(
            "/v1/solve", {**parameters, "demand": demand.value, "p_short": p_short, "gap": gap}
        )

    async def claim(
        self, claim: Annotated[str, _names(claims(), "The claim.")], edition: EditionName = None
    ) -> CitedAnswer:
        """The verdict on a sentence on data centers: its numbers, their rules, how not to misread it, its history."""
        return await self._answers.cited(f"/v1/claims/{_segment(claim)}", {"edition": edition})

    async def scoreboard(
        self,
        region: Annotated[str | None, Field(description="Only projections of this region, as US.")] = None,
        layer: Annotated[Layer | None, Field(description="Only projections of this layer.")] = None,
        by: Annotated[str | None, Field(description="Only projections of this publisher, as it is spelled.")] = None,
    ) -> CitedAnswer:
        """How far off projections of others and ours turned out, by publisher and lead, on the day the answer names.

        Errors are differences of natural logarithms: 0.05 is about 5 percent too high.
        """
        parameters = {"region": region, "layer": None if layer is None else layer.value, "by": by}
        return await self._answers.cited("/v1/scoreboard/summary", parameters)

    async def find_series(
        self,
        words: Annotated[str, Field(description="Words that all occur in the id, title, metric or unit.")],
        region: Annotated[str | None, Field(description="Only series of this region, as US.")] = None,
        limit: Annotated[int, Field(ge=1, le=50, description="Series at most.")] = 10,
    ) -> CitedAnswer:
        """Series of published figures: definition, unit, span, publishers and the attribution that sources ask for."""
        return await self._answers.cited("/v1/series", {"q": words, "region": region, "limit": limit})

    async def cite(
        self, edition: Annotated[str, Field(description="An edition by its id, or current.")]
    ) -> CitedAnswer:
        """How to cite an edition: as text, BibTeX and CITATION.cff."""
        named = (await self._answers.get(f"/v1/editions/{_segment(edition)}"))["id"]
        return await self._answers.cited(f"/v1/editions/{named}/cite", edition=named)


class _NoOthers(ArgModelBase):
    """Arguments that are not among those of a tool are refused: a misspelled one would be left out in silence."""

    model_config = ConfigDict(extra="forbid")


def _tool(function: Callable[..., Any]) -> Tool:
    annotations = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    tool = Tool.from_function(function, description=inspect.getdoc(function), annotations=annotations)
    metadata = tool.fn_metadata
    metadata.arg_model = create_model(function.__name__, __base__=(_NoOthers, metadata.arg_model))
    tool.parameters = metadata.arg_model.model_json_schema(by_alias=True)
    return tool


def server(client: httpx2.AsyncClient) -> MCPServer:
    """A server whose tools ask the service that the client leads to."""
    tools = Tools(Answers(client))
    functions = (
        tools.ask_gap,
        tools.compare,
        tools.explain,
        tools.what_would_it_take,
        tools.claim,
        tools.scoreboard,
        tools.find_series,
        tools.cite,
    )
    return MCPServer(
        "headroom",
        title="Headroom",
        instructions=INSTRUCTIONS,
        version=release(),
        log_level="WARNING",
        tools=[_tool(function) for function in functions],
    )
