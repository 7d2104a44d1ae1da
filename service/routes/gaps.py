"""``/v1/gaps`` and what is drawn and said from it."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.regions import REGIONS
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Edition
from service import answers, parameters, shapes
from service.desk import Desk
from service.openapi import documented
from service.pages import charts, headline
from service.queries import GapQuery

KNOWN = (*REGIONS_ANSWERED, *(code for code in REGIONS if code not in REGIONS_ANSWERED))
ERRORS = ("edition_missing", "artifact_corrupt")


def query(values: Mapping[str, str], edition: Edition) -> GapQuery:
    """The query against what this edition knows."""
    return GapQuery.parse(values, regions=KNOWN, scenarios=edition.scenarios)


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["gaps"])

    @routes.get(
        "/v1/gaps",
        operation_id="getGap",
        summary="The gap of one region and layer",
        **documented(shapes.GapAnswer, parameters=parameters.GAP, errors=ERRORS),
    )
    def gaps(request: Request) -> Response:
        """Bands of demand, deliverable supply and their difference by period, with the probability of being short."""
        values = parameters.read(request, parameters.GAP)
        moment = desk.moment()
        edition = moment.required()
        asked = query(values, edition)
        return desk.give(
            request,
            moment,
            kind="gap",
            canonical=asked.canonical,
            build=lambda: answers.document(answers.answer(edition, asked)),
        )

    @routes.get(
        "/v1/headlines",
        operation_id="getHeadline",
        summary="The gap in one sentence",
        **documented(shapes.Headline, parameters=parameters.HEADLINE, errors=ERRORS),
    )
    def headlines(request: Request) -> Response:
        """One plain sentence about a period: probability, median and 80 % band, or why none is given."""
        values = parameters.read(request, parameters.HEADLINE)
        moment = desk.moment()
        edition = moment.required()
        asked = query(values, edition)
        wanted = parameters.span("period", values["period"])[1] if "period" in values else None
        return desk.give(
            request,
            moment,
            kind="headline",
            canonical=f"{asked.canonical}&period={wanted or ''}",
            build=lambda: headline.document(answers.answer(edition, asked), wanted=wanted),
        )

    @routes.get(
        "/v1/charts/gap",
        operation_id="getGapChart",
        summary="The gap as a Vega-Lite chart",
        **documented(shapes.VegaLite, parameters=parameters.CHART, errors=ERRORS),
    )
    def chart(request: Request) -> Response:
        """A self-contained Vega-Lite specification: bands of demand and supply, the gap, and P(short)."""
        values = parameters.read(request, parameters.CHART)
        moment = desk.moment()
        edition = moment.required()
        asked = query(values, edition)
        theme = parameters.choice("theme", values.get("theme", "light"), tuple(charts.THEMES))
        return desk.give(
            request,
            moment,
            kind="chart",
            canonical=f"{asked.canonical}&theme={theme}",
            build=lambda: charts.gap_chart(answers.answer(edition, asked), theme=theme),
        )

    return routes
