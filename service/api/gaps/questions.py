"""``/v1/gaps``: the gap of one cell, of many, and of regions added up, as JSON or as a table."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Any, Self

import polars as pl
from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from data.base.errors import InvalidParameter
from data.base.layers import LAYERS, DemandConcept, Layer, Status
from data.periods.period import Frequency
from data.store.ledger import Promotion
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.combined import Combined, check
from projection.edition.edition import Edition
from service.api.gaps.gap_answer import GapAnswer, GapPoint
from service.api.gaps.gap_rows import LONG, WIDE, rows
from service.api.gaps.gap_units import converted, factor
from service.api.gaps.gaps import (
    FORMER_DEMAND,
    KNOWN,
    OWNER,
    THRESHOLDS_EXAMPLE,
    Above,
    Basis,
    GapQuery,
    YearOrQuarter,
    answer,
    cell_of,
    growth_since,
    read_gap,
    unavailable,
)
from service.base.body import read
from service.base.query import (
    DEFAULT,
    EditionQuery,
    From,
    Levels,
    QueryModel,
    Text,
    To,
    choice,
    joined,
    levels,
    one_of,
    several,
    thresholds,
)
from service.base.response import Cite, ResponseModel
from service.base.routes import BODY_PROBLEMS, EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import TableQuery
from service.cache import JSON

CELLS_MAXIMUM = 50
BODY_BYTES = 100_000
PATH = "/v1/gaps"
BATCH_SCHEMA: dict[str, Any] = {
    "title": "GapBatch",
    "type": "object",
    "required": ["questions"],
    "additionalProperties": False,
    "properties": {
        "questions": {
            "type": "array",
            "minItems": 1,
            "maxItems": CELLS_MAXIMUM,
            "description": "Each the parameters of /v1/gaps that say which cell, periods and measures, as texts.",
            "items": {"type": "object", "additionalProperties": {"type": "string"}},
            "examples": [[{"region": "US", "layer": "power"}, {"sum": "US,CN", "layer": "compute", "freq": "Q"}]],
        }
    },
}
COMMAS = "several separated by commas"

router = api_router("gaps")


def _regions(name: str, text: str) -> str:
    """Codes of regions with cells, separated by commas; which of them fit depends on the others, so none is named."""
    try:
        return ",".join(choice(name, part.strip(), REGIONS_ANSWERED) for part in text.split(","))
    except InvalidParameter as error:
        raise InvalidParameter(name, f"{error.message}; /v1/coverage lists what is answered") from None


class GapQuestion(QueryModel):
    """A question about the gap of one cell or of several."""

    region: Annotated[
        str | None,
        several("region", KNOWN, hint=REGIONS_ANSWERED),
        Field(
            description=f"Region code, or {COMMAS}, in any case. Cells are computed for {', '.join(REGIONS_ANSWERED)}; "
            "any other region of /v1/regions is known but answers unavailable. /v1/coverage lists what is answered.",
            examples=["US"],
        ),
    ] = None
    sum: Annotated[
        str | None,
        Text(lambda text: _regions("sum", text)),
        Field(
            description="Instead of region: regions that are added draw by draw, separated by commas. Those that share "
            "ground are refused."
        ),
    ] = None
    minus: Annotated[
        str | None,
        Text(lambda text: _regions("minus", text)),
        Field(description="Beside sum: regions inside of it that are taken away draw by draw."),
    ] = None
    layer: Annotated[
        str, several("layer", list(Layer)), Field(description=f"What can run short, or {COMMAS}.", examples=["power"])
    ]
    scenario: Annotated[
        str, Text(str), Field(description=f"A name of /v1/scenarios, or {COMMAS}.", examples=["base"])
    ] = "base"
    demand: Annotated[
        str,
        several("demand", list(DemandConcept), former=FORMER_DEMAND),
        Field(
            description="Which reading of demand: wanted (what buyers would put into use if halls, power and chips "
            "were no limit), bought (what of it they take, with the chips there are and purchases beyond what halls "
            "house delayed), contracted (what stands and what of orders and signed contracts is delivered, to their "
            "last due date) or requested (every request counted as if it were connected). In every draw wanted is at "
            f"least bought. Or {COMMAS}.",
            examples=["wanted"],
        ),
    ] = DemandConcept.WANTED.value
    freq: YearOrQuarter = Frequency.YEAR
    first: From = None
    last: To = None
    quantiles: Levels = DEFAULT
    above: Above = None
    basis: Basis = "8bit"
    unit: Annotated[
        str | None,
        Text(str),
        Field(
            description="A unit that the layer's converts to, as MW for GW; points and thresholds are in it.",
        ),
    ] = None

    @classmethod
    def together(cls, texts: Mapping[str, Any]) -> list[InvalidParameter]:
        """A region or a sum has to be there."""
        lacking = not {"region", "sum"} & texts.keys()
        return [InvalidParameter("region", "is required", allowed=list(REGIONS_ANSWERED))] if lacking else []

    @model_validator(mode="after")
    def _regions(self) -> Self:
        if self.region is not None and self.sum is not None:
            raise InvalidParameter("sum", "is given beside region: give one of the two")
        if self.minus is not None and self.sum is None:
            raise InvalidParameter("minus", "takes away from sum: give that")
        if self.sum is not None:
            check(self.sum.split(","), self.minus.split(",") if self.minus else [])
        if self.unit is not None:
            for layer in self.layer.split(","):
                factor(LAYERS[Layer(layer)].unit, self.unit)
        return self

    @property
    def each(self) -> list["GapQuestion"]:
        """The same about each of its cells: regions, then layers, scenarios and readings of demand."""
        names = ("region", "layer", "scenario", "demand")
        values = [[None] if (text := getattr(self, name)) is None else text.split(",") for name in names]
        return [self.model_copy(update=dict(zip(names, cell, strict=True))) for cell in product(*values)]

    def cell(self, region: str) -> GapQuery:
        """The question about one region of a question about one cell; thresholds in the unit of the layer."""
        above = self.above
        if above is not None and self.unit is not None:
            by = factor(LAYERS[Layer(self.layer)].unit, self.unit)
            above = joined(x / by for x in thresholds(above, example=THRESHOLDS_EXAMPLE))
        same = self.model_dump(include=set(GapQuery.model_fields), by_alias=True)
        return GapQuery.model_validate({**same, "region": region, "above": above})


class GapForm(EditionQuery, TableQuery):
    """The edition that answers, and the form of the answer."""

    shape: Annotated[
        str,
        one_of("shape", (WIDE, LONG)),
        Field(
            description="Of a table: wide has a row a period with demand, supply and gap by level; long has a row a "
            "number (measure, quantile, value), and every measure.",
            examples=[WIDE],
        ),
    ] = WIDE


class GapsQuery(GapQuestion, GapForm):
    """A question about the gap of one cell or of several, and how it is answered."""


class BatchQuery(GapForm):
    """Several questions, JSON each, and how they are answered."""

    questions: tuple[str, ...]


class GapAnswers(ResponseModel):
    """Answers about several cells, in the order of the question."""

    items: list[GapAnswer]


def _one(edition: Edition, question: GapQuestion, promotions: Sequence[Promotion], *, cite: Cite) -> GapAnswer:
    """The answer about one cell."""
    if question.region is not None:
        whole = answer(read_gap(edition, question.cell(question.region)), promotions, cite=cite)
    else:
        whole = _combined(edition, question, cite)
    if question.unit is None:
        return whole
    above = thresholds(question.above, example=THRESHOLDS_EXAMPLE) if question.above else ()
    return converted(whole, question.unit, above)


def _combined(edition: Edition, question: GapQuestion, cite: Cite) -> GapAnswer:
    """The answer about regions that are added up."""
    plus = [question.cell(region) for region in (question.sum or "").split(",")]
    minus = [question.cell(region) for region in question.minus.split(",")] if question.minus else []
    cells = [cell_of(edition, one) for one in (*plus, *minus)]
    together = Combined(edition, tuple(cells[: len(plus)]), tuple(cells[len(plus) :]), question.freq)
    cell, about = together.cell, plus[0]
    if cell.status is not Status.UNAVAILABLE and (reason := about.window.reason(together.periods, owner=OWNER)):
        cell = unavailable(cell, reason)
    answered = cell.status is not Status.UNAVAILABLE
    points = together.points(
        first=about.first,
        last=about.last,
        levels=levels(about.quantiles),
        above=thresholds(about.above, example=THRESHOLDS_EXAMPLE) if about.above else (),
    )
    drivers = {driver["series_id"]: driver for part in cells for driver in edition.drivers_of(part)}
    note = about.window.note(together.periods, owner=OWNER) if answered else None
    return GapAnswer.about(
        edition,
        cell,
        freq=question.freq,
        first_likely_short=together.first_likely_short() if answered else None,
        growth_since=growth_since(edition, cells[0]) if answered else None,
        points=[GapPoint.of(point, against_base=None) for point in points],
        limits=[],
        supply_pace=[],
        tightness=None,
        figures=[],
        drivers=list(drivers.values()) if answered else [],
        cite=cite,
        notes=[*cell.notes, *([note] if note else [])],
    )


Answer = GapAnswer | GapAnswers
"""One answer to a question about one cell; a list of them to one about several."""


class Asking:
    """Questions put to an edition on behalf of one request."""

    def __init__(self, respond: Respond, form: GapForm) -> None:
        self._respond = respond
        self._edition = respond.edition(form)

    def read(self, questions: Sequence[GapQuestion]) -> list[GapQuestion]:
        """Each of their cells, with its scenario as the edition spells it.

        Raises :class:`InvalidParameter` for an unknown scenario and for too many cells.
        """
        names = self._edition.scenarios
        cells = [
            one.model_copy(update={"scenario": choice("scenario", one.scenario.strip(), names)})
            for question in questions
            for one in question.each
        ]
        if len(cells) > CELLS_MAXIMUM:
            raise InvalidParameter("region", f"{len(cells)} cells are more than {CELLS_MAXIMUM} in one request")
        return cells

    def answers(self, cells: Sequence[GapQuestion]) -> list[GapAnswer]:
        """Of each cell its answer."""
        promotions = self._respond.snapshot.data.promotions
        return [
            _one(self._edition, one, promotions, cite=self._respond.cite(one, self._edition, path=PATH))
            for one in cells
        ]


def _table(answers: Sequence[GapAnswer], cells: Sequence[GapQuestion], shape: str) -> pl.DataFrame:
    frames = [
        rows(whole, levels(one.quantiles), one.above, long=shape == LONG)
        for whole, one in zip(answers, cells, strict=True)
    ]
    return pl.concat(frames, how="diagonal")


@get_table(
    router,
    PATH,
    response_model=Answer,
    operation_id="getGap",
    summary="The gap of a region and layer, or of several",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def gaps(query: Annotated[GapsQuery, Query()], respond: Respond) -> Response:
    """Bands of demand, deliverable supply and their difference by period, with the probability of being short.

    A question about one cell is answered with that; one about several with `items`, an answer for each.
    """
    asking = Asking(respond, query)
    cells = asking.read([query])

    def build(_: GapsQuery) -> GapAnswers:
        return GapAnswers(items=asking.answers(cells))

    return respond.table(
        query,
        build,
        lambda whole: _table(whole.items, cells, query.shape),
        document=(lambda whole: whole.items[0]) if len(cells) == 1 else None,
    )


async def batch_questions(request: Request) -> tuple[GapQuestion, ...]:
    """A dependency: the questions in the body; raises :class:`InvalidParameter` naming the place of a fault."""
    content = await read(request, most=BODY_BYTES)
    listed = content.get("questions") if isinstance(content, dict) and set(content) == {"questions"} else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= CELLS_MAXIMUM:
        raise InvalidParameter("body", f"is no object whose questions are a list of 1 to {CELLS_MAXIMUM}")
    return tuple(_question(place, one) for place, one in enumerate(listed))


def _question(place: int, content: object) -> GapQuestion:
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise InvalidParameter(f"questions.{place}", "is no object of texts, as the query of /v1/gaps has them")
    try:
        return GapQuestion.model_validate(content)
    except InvalidParameter as error:
        where = f"questions.{place}.{error.parameter}"
        raise InvalidParameter(where, error.message, allowed=error.allowed) from None


@router.post(
    f"{PATH}:batch",
    response_model=GapAnswers,
    operation_id="batchGaps",
    summary="Several questions at once",
    responses=documented(*BODY_PROBLEMS, *EDITION_PROBLEMS, tables=True, cached=False),
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": BATCH_SCHEMA}}}},
)
def batch(
    form: Annotated[GapForm, Query()],
    questions: Annotated[tuple[GapQuestion, ...], Depends(batch_questions)],
    respond: Respond,
) -> Response:
    """The same for questions that differ in more than their cells; each is what a query of `/v1/gaps` says."""
    asking = Asking(respond, form)
    cells = asking.read(questions)
    query = BatchQuery.model_validate({**form.model_dump(), "questions": [one.model_dump_json() for one in questions]})
    return respond.table(
        query, lambda _: GapAnswers(items=asking.answers(cells)), lambda whole: _table(whole.items, cells, form.shape)
    )
