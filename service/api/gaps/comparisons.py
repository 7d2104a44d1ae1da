"""``/v1/comparisons``: our demand beside what others published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Self

import polars as pl
from fastapi import Query
from fastapi.responses import Response
from pydantic import Field, model_validator

from data.base.errors import InvalidParameter
from data.base.layers import DemandConcept, Status
from data.base.quantiles import Quantile
from data.periods.period import Frequency
from data.store.ledger import Promotion
from features.view import View
from projection.edition.edition import Cell, Edition
from projection.scoreboard.own_entries import BY as OURS
from projection.third_party.comparisons import Beside, Contents, Year, compare
from projection.third_party.projections import Family, shipped
from service.api.gaps.gap_answer import CellHead, Sources
from service.api.gaps.gaps import OWNER, GapQuery, LayerName, Region, cell_of, unavailable
from service.api.models.gate_checks import failure_note
from service.base.query import PERIOD_SCHEMA, EditionQuery, From, Scenario, Switch, Text, To, levels, one_of, span
from service.base.response import Band, Chance, Number, ResponseModel
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented, get_table
from service.base.tables import ATTRIBUTION, TableQuery, attribution, beside, blank, level_column, table

CONCEPT = (
    "Ours is what is bought beside models of equipment and of the energy it uses, and what is wanted beside counters "
    "of projects, published needs and shortfalls: reading says which. A published figure is converted with the "
    "edition's own draws, so its band is that of the conversion and not of its publisher."
)
POOL = (
    "A pool is the median on logs of each publisher's newest edition, with the least and the largest; it is no "
    "interval. Models of equipment and counters of announced projects are never averaged."
)

router = api_router("gaps")


def _period(text: str) -> str:
    """The text, which names a period."""
    span("period", text)
    return text


class ComparedCell(EditionQuery):
    """One cell and who else published figures of it."""

    region: Region
    layer: LayerName
    scenario: Scenario = "base"
    period: Annotated[
        str | None,
        Text(_period, PERIOD_SCHEMA),
        Field(description="One period, in the forms of from; not beside from or to."),
    ] = None
    first: From = None
    last: To = None
    family: Annotated[
        str | None,
        one_of("family", list(Family)),
        Field(
            description="Only figures of one family: equipment (models of equipment and its electricity) or announced "
            "(counters of projects, queues and filings); both by default."
        ),
    ] = None
    include_history: Annotated[str, Switch, Field(description="Earlier editions of a publisher beside the newest.")] = (
        "false"
    )

    @model_validator(mode="after")
    def _one_window(self) -> Self:
        if self.period is not None and (self.first is not None or self.last is not None):
            raise InvalidParameter("period", "is given beside from or to: give period alone, or from and to")
        return self

    @property
    def cell(self) -> GapQuery:
        """The cell and the years asked for."""
        first, last = span("period", self.period) if self.period else (self.first, self.last)
        return GapQuery.model_validate(
            {"region": self.region, "layer": self.layer, "scenario": self.scenario, "from": first, "to": last}
        )


class ComparisonQuery(ComparedCell, TableQuery):
    """A question about a cell and who else published figures of it, answered as JSON or a table."""


class Printed(ResponseModel):
    """A published figure as it was printed."""

    unit: str
    value: Number | None = Field(
        description="The publisher's own middle; null where only a range or two ends are printed."
    )
    low: Number | None
    high: Number | None
    cases: dict[str, Number] = Field(description="What other cases of the edition print, by name.")


class PublishedFigure(ResponseModel):
    """One published figure beside our band."""

    publisher: str = Field(examples=["LBNL"])
    edition: str = Field(examples=["2026"])
    published: date = Field(description="Day of publication.", examples=["2026-06-18"])
    series_id: str = Field(examples=["us.datacenter.electricity"])
    source_id: str = Field(examples=["lbnl2026"])
    family: Literal["equipment", "announced"] = Field(examples=["equipment"])
    kind: Literal["energy", "average", "peak", "nameplate", "requested", "compute", "growth", "load", "other"] = Field(
        examples=["energy"]
    )
    reading: DemandConcept = Field(
        description="Which of our readings of demand it is laid beside.", examples=["bought"]
    )
    what: str | None = Field(description="Which quantity, where the kind does not say it.")
    basis: str | None = Field(description="What makes a gigawatt of the kind it is said to be.")
    printed: Printed = Field(examples=[{"unit": "TWh", "value": 464.0, "low": None, "high": None, "cases": {}}])
    converted: Band | None = Field(
        description="The middle of what is printed in the layer's currency, on the edition's draws of the constants; "
        "null where it is not converted.",
        examples=[{"0.1": 62.8, "0.5": 76.5, "0.9": 91.5}],
    )
    converted_ends: list[Number] | None = Field(description="Medians of the ends of a printed range, converted.")
    converted_cases: dict[str, Number] = Field(description="Medians of the other cases, converted.", examples=[{}])
    ratio: Number | None = Field(description="Median of the conversion over our median.", examples=[1.03])
    position: Chance | None = Field(
        description="Share of our draws that are not above it, draw by draw.", examples=[0.58]
    )
    pooled: bool = Field(description="Whether it is in its family's pool.", examples=[True])
    newest: bool = Field(
        description="False where a later edition of the publisher prints the same quantity.", examples=[True]
    )
    why: str | None = Field(description="Why it is in no pool, or why it is not converted.")


class FamilyPool(ResponseModel):
    """A family of publishers for one period: a median on logs with its range, and no interval."""

    family: Literal["equipment", "announced"] = Field(examples=["equipment"])
    reading: DemandConcept = Field(
        description="Which of our readings of demand it is laid beside.", examples=["bought"]
    )
    publishers: list[str] = Field(examples=[["LBNL", "McKinsey"]])
    median: Number = Field(examples=[75.4])
    low: Number = Field(examples=[74.3])
    high: Number = Field(examples=[76.5])
    ratio: Number = Field(description="Our median over the pool's.", examples=[0.98])
    side: Literal["above", "below"] | None = Field(
        description="Where ours stands when the ratio is 1.25 or more, or 0.8 or less."
    )
    reason: str | None = Field(description="Why ours lies apart, in words.")


class ComparisonPoint(ResponseModel):
    """One period: our demand, every published figure, a pool by family, and facts read off the edition."""

    period: date = Field(examples=["2028-01-01"])
    ours: dict[DemandConcept, Band] = Field(
        description="Our band by reading of demand: wanted and bought, as far as the cell has them.",
        examples=[{"wanted": {"0.5": 81.4}, "bought": {"0.5": 74.0}}],
    )
    published: list[PublishedFigure]
    pools: list[FamilyPool]
    facts: list[str] = Field(examples=[["Model error is 31% of the variance of what is wanted."]])


class ComparisonAnswer(CellHead):
    """Answer of ``/v1/comparisons``."""

    pool_months: int = Field(description="How old an edition in a pool may be, in months.", examples=[30])
    points: list[ComparisonPoint]
    sources: Sources
    notes: list[str] = Field(examples=[["A pool is a median with its range; it is no interval."]])


@dataclass(frozen=True)
class Comparison:
    """The years of a cell; ``note`` says that the years asked for reach beyond the edition's."""

    edition: Edition
    cell: Cell
    years: tuple[Year, ...]
    note: str | None = None


def comparison(edition: Edition, view: View, query: ComparedCell) -> Comparison:
    """The cell beside what was published by the edition's day, which is that of the view.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    question = query.cell
    cell = cell_of(edition, question)
    if cell.status is Status.UNAVAILABLE:
        # Editions of former formats tell what is bought alone in most layers.
        cell = cell_of(edition, question.model_copy(update={"demand": DemandConcept.BOUGHT}))
    periods = edition.periods(cell, Frequency.YEAR)
    reason = question.window.reason(periods, owner=OWNER)
    if reason is not None:
        return Comparison(edition, unavailable(cell, reason), ())
    family = Family(query.family) if query.family else None
    contents = Contents(
        question.first, question.last, levels(question.quantiles), family, query.include_history == "true"
    )
    years = compare(edition, cell, view, contents)
    return Comparison(edition, cell, years, question.window.note(periods, owner=OWNER))


def answer(compared: Comparison, promotions: Sequence[Promotion] = ()) -> ComparisonAnswer:
    """The comparison as it is sent; ``promotions`` say which checks the model version of ours failed."""
    version = compared.edition.model_version
    beside = (CONCEPT, POOL, failure_note(promotions, version=version)) if compared.years else ()
    points = [
        ComparisonPoint.of(year, published=[_published(item) for item in year.published]) for year in compared.years
    ]
    return ComparisonAnswer.about(
        compared.edition,
        compared.cell,
        freq=Frequency.YEAR,
        pool_months=shipped().pool_months,
        points=points,
        notes=[note for note in (*beside, compared.note) if note],
    )


def rows(answer: ComparisonAnswer, chosen: Sequence[Quantile]) -> pl.DataFrame:
    """A row a figure and period: our band by reading under the name Headroom, then what others published."""
    none = table([], PublishedFigure, bands=("converted",), levels=chosen)
    frames, lines = [], []
    for point in answer.points:
        ours = [
            {"publisher": OURS, "edition": answer.edition, "reading": reading.value}
            | {level_column("converted", level): band[str(level)] for level in chosen}
            for reading, band in point.ours.items()
        ]
        others = table(point.published, PublishedFigure, bands=("converted",), levels=chosen)
        both = pl.concat([pl.DataFrame(ours, schema=none.schema), others])
        frames.append(beside(both, period=point.period))
        lines += [attribution(answer.sources)] * len(ours) + [attribution([one.source_id]) for one in point.published]
    whole = pl.concat(frames or [beside(blank(none.schema), period=None)])
    head = {name: getattr(answer, name) for name in ("region", "layer", "unit", "status", "reason")}
    frame = beside(whole, **head).with_columns(pl.Series(ATTRIBUTION, lines or [""]), pl.col("period").cast(pl.Date))
    return frame.select("region", "layer", "period", pl.exclude("region", "layer", "period"))


def _published(item: Beside) -> PublishedFigure:
    line, figure = item.line, item.line.figure
    blanks: dict[str, Any] = {"what": figure.what or None, "basis": figure.basis or None}
    return PublishedFigure.of(
        item, line, figure, printed=Printed.of(line), converted_ends=item.ends, converted_cases=item.cases, **blanks
    )


@get_table(
    router,
    "/v1/comparisons",
    response_model=ComparisonAnswer,
    operation_id="getComparison",
    summary="Our demand beside what others published",
    responses=documented(*EDITION_PROBLEMS, tables=True),
)
def comparisons(query: Annotated[ComparisonQuery, Query()], respond: Respond) -> Response:
    """Our band by year, every published figure as printed and in the layer's currency, and a pool by family."""
    edition, query = respond.read(query)
    view, promotions = respond.snapshot.as_of(edition.data_as_of), respond.snapshot.data.promotions
    return respond.table(
        query,
        lambda question: answer(comparison(edition, view, question), promotions),
        lambda document: rows(document, levels(query.cell.quantiles)),
    )
