"""The overview: one question about one cell, answered in futures of a hundred, and what stands behind the answer."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import LAYERS, DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from projection.edition.edition import BASE, Edition
from projection.edition.points import Point
from projection.scenarios import library
from service.api.gaps.comparisons import Comparison, ComparisonQuery, comparison
from service.api.gaps.gaps import CellQuery, GapReading, LayerName, Region, read_gap
from service.base.query import Text, Theme, one_of, span
from service.base.response import Cite
from service.base.routes import Respond
from service.pages.charts.comparison import comparison_chart, in_chart
from service.pages.charts.gap import GapChartQuery, picture_of
from service.pages.charts.gap_panels import HEIGHT
from service.pages.charts.picture import Picture, tail
from service.pages.charts.style import HEADING, NARROW, WIDTH
from service.pages.frame.environment import query as address
from service.pages.frame.navigation import OVERVIEW
from service.pages.frame.respond import Head, respond_page
from service.pages.headline import pick
from service.pages.views import choices
from service.pages.views.overview.answer import answer_of, scale_of, when_of
from service.pages.views.overview.comparison_table import others
from service.pages.views.overview.explanations import explained_numbers, inputs_of
from service.pages.views.overview.numbers import limits_of, row_of
from service.pages.views.overview.trust import trust
from service.pages.views.scenario_effects import Effect, effects
from service.pages.words import (
    MET,
    NEED,
    question,
)
from service.state import Snapshot

PARAMETERS = ("region", "layer", "period", "demand", "scenario", "freq", "scale", "edition", "issued_before")
router = APIRouter(include_in_schema=False)


class OverviewQuery(CellQuery):
    """The cell, the period asked about, and how its picture is scaled."""

    region: Region = "US"
    layer: LayerName = Layer.POWER
    period: Annotated[date | None, Text(lambda text: span("period", text)[1]), Field(examples=["2028"])] = None
    scale: Annotated[str, one_of("scale", ("capped", "whole"))] = "capped"
    theme: Theme = "light"


@router.get("/")
def overview(query: Annotated[OverviewQuery, Query()], respond: Respond) -> Response:
    """The page people open every morning."""
    edition, query = respond.read(query)
    cite = respond.cite(query, edition)
    return respond_page(respond, query, OVERVIEW, edition, lambda: view(edition, respond.snapshot, query, cite))


def view(edition: Edition, snapshot: Snapshot, query: OverviewQuery, cite: Cite) -> tuple[Head, Mapping[str, Any]]:
    """What the page says of itself and what its template shows."""
    reading = read_gap(edition, GapChartQuery.model_validate(_cell(query)).cell)
    point = pick(reading, day=query.period)
    data = snapshot.as_of(edition.data_as_of)
    chosen = _chosen(query)
    answer = answer_of(reading, point)
    chart = {**chosen, "period": _label(reading, point)}
    picture = picture_of(reading, data, GapChartQuery.model_validate(_cell(query) | {"period": _label(reading, point)}))
    api = {name: value for name, value in chosen.items() if name not in {"period", "scale"}}
    title = question(query.region, query.layer)
    head = Head(
        title=f"{title} {answer.frequency or answer.verdict} · Headroom".replace("  ", " "),
        description=" ".join(filter(None, (answer.middle, answer.short_by, answer.reason)))[:300],
        picture=f"v1/charts/gap.png?{address(chart | {'panel': 'need'})}",
    )
    shown = {
        "question": title,
        "answer": answer,
        "reading": reading,
        "cell": reading.cell,
        "layer": LAYERS[query.layer],
        "chosen": chosen,
        "chart_parameters": chart,
        "api": api,
        "api_cell": {name: value for name, value in api.items() if name not in {"demand", "freq"}},
        # Relative where no public address is known: the page's script completes it.
        "embed": f"{cite.permalink.split('?', maxsplit=1)[0]}embed/overview?{address(chosen)}".lstrip("/"),
        "need_alt": f"{title} {answer.frequency} {answer.middle} {answer.range}".strip(),
        "gap_alt": f"The gap by {'year' if query.freq is Frequency.YEAR else 'quarter'}. {answer.range}",
        "when": when_of(reading, point),
        "rows": _choices(edition, reading, query, chosen, point),
        "elsewhere": choices.answering(edition, {**chosen, "period": None}, region=query.region)
        if query.region in choices.ANSWERED and reading.cell.status is not Status.AVAILABLE
        else [],
        "panels": {name: (WIDTH, NARROW, HEIGHT[name] + HEADING) for name in _panels(reading)},
        "tail": _tail(picture, reading),
        "basis": picture.history.basis if picture.shows_history else "",
        "trust": trust(edition, reading.cell, point, snapshot.data),
        "effects": _effects(edition, reading, query, point),
        "limit": limits_of(reading, point),
        "table": [row_of(reading, one, current=one is point) for one in reading.points],
        "need": NEED[query.demand],
        "met": MET[query.layer],
        "unit": scale_of(reading).unit,
        **_others(edition, snapshot, query),
        "numbers": explained_numbers(reading, point),
        "inputs": inputs_of(edition, reading.cell, snapshot.data.series),
        "listed": snapshot.data.series,
        "assumptions": edition.manifest.get("assumptions", {}).get("version", "unknown"),
        "call": _call(api, chart["period"]),
        "what_if": {name: chart[name] for name in ("region", "layer", "period")},
        "scenario": library.document(query.scenario) if query.scenario != BASE else None,
        "cite": cite,
    }
    return head, shown


def chart_of(edition: Edition, query: OverviewQuery) -> dict[str, Any]:
    """The parameters of the charts of a view, those that are as usual left out."""
    reading = read_gap(edition, GapChartQuery.model_validate(_cell(query)).cell)
    label = _label(reading, pick(reading, day=query.period))
    return {name: value for name, value in (_chosen(query) | {"period": label}).items() if value is not None}


def _cell(query: OverviewQuery) -> dict[str, Any]:
    return query.model_dump(mode="json", by_alias=True, exclude_none=True)


def _chosen(query: OverviewQuery) -> dict[str, Any]:
    """The parameters of this view, those that are as usual left out."""
    usual = {"demand": DemandConcept.WANTED, "scenario": BASE, "freq": Frequency.YEAR, "scale": "capped"}
    values = {name: getattr(query, name) for name in PARAMETERS}
    chosen = {name: None if usual.get(name) == value else value for name, value in values.items()}
    return chosen | {"period": Period.containing(query.period, query.freq).label if query.period else None}


def _label(reading: GapReading, point: Point | None) -> str | None:
    return None if point is None else Period(point.period, reading.query.freq).label


def _choices(
    edition: Edition, reading: GapReading, query: OverviewQuery, chosen: Mapping[str, Any], point: Point | None
) -> dict[str, Any]:
    region, layer, demand = query.region, query.layer, query.demand
    return {
        "regions": choices.regions(edition, chosen, layer=layer, demand=demand),
        "layers": choices.layers(edition, chosen, region=region, demand=demand),
        "demands": choices.demands(edition, chosen, region=region, layer=layer),
        "periods": choices.periods(
            edition, chosen, reading.cell, freq=query.freq, marked=None if point is None else point.period
        ),
        "freqs": choices.frequencies(chosen, freq=query.freq),
    }


def _panels(reading: GapReading) -> list[str]:
    names = ["need"] if reading.points else []
    if any(point.gap for point in reading.points):
        names.append("gap")
    if reading.cell.layer is Layer.ENERGY and any(point.growth for point in reading.points):
        names.append("growth")
    return names


def _tail(picture: Picture, reading: GapReading) -> str:
    largest = tail(picture) if reading.points else None
    return "" if largest is None else scale_of(reading).text(largest)


def _effects(
    edition: Edition, reading: GapReading, query: OverviewQuery, point: Point | None
) -> tuple[list[Effect], list[str]]:
    if point is None or query.scenario != BASE:
        return [], []
    day = Period(point.period, query.freq).end
    return effects(edition, reading.query, point, day=day, unit=reading.cell.unit)


def _call(api: Mapping[str, Any], period: str | None) -> str:
    """What a program asks for the numbers of one period."""
    return f"v1/gaps?{address({**api, 'from': period, 'to': period})}"


def _others(edition: Edition, snapshot: Snapshot, query: OverviewQuery) -> dict[str, Any]:
    """Others' forecasts as a table and, where any can be drawn, the chart of the year with most of them."""
    nothing = {"others": None, "others_chart": None}
    if query.demand not in {DemandConcept.WANTED, DemandConcept.BOUGHT} or query.region not in choices.ANSWERED:
        return nothing
    question = {
        "region": query.region,
        "layer": query.layer.value,
        "scenario": query.scenario,
        "edition": query.edition,
    }
    chosen = {name: value for name, value in question.items() if value != BASE}
    whole = comparison(edition, snapshot.as_of(edition.data_as_of), ComparisonQuery.model_validate(question))
    table = others(whole, demand=query.demand)
    if table is None or not table.convertible:
        return nothing | {"others": table}
    year = max(whole.years, key=lambda one: sum(map(in_chart, one.published)))
    alone = Comparison(edition, whole.cell, (year,), whole.note)
    heights = [comparison_chart(alone, demand=query.demand, narrow=narrow)["height"] for narrow in (False, True)]
    return {
        "others": table,
        "others_chart": {
            "year": year.period.year,
            "parameters": {**chosen, "period": str(year.period.year), "demand": query.demand.value},
            "size": (WIDTH, NARROW, *heights),
        },
    }
