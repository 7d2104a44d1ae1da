"""``/v1/comparisons`` and its chart."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from projection.edition.edition import Edition
from service import parameters, shapes
from service.comparison_shapes import ComparisonAnswer
from service.comparisons import ComparisonQuery, comparison, document
from service.desk import Desk
from service.openapi import documented
from service.pages import charts, comparison_chart
from service.routes.gaps import ERRORS, KNOWN


def query(values: Mapping[str, str], edition: Edition) -> ComparisonQuery:
    """The query against what this edition knows."""
    return ComparisonQuery.parse(values, regions=KNOWN, scenarios=edition.scenarios)


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["gaps"])

    @routes.get(
        "/v1/comparisons",
        operation_id="getComparison",
        summary="Our demand beside what others published",
        **documented(ComparisonAnswer, parameters=parameters.COMPARISON, errors=ERRORS),
    )
    def comparisons(request: Request) -> Response:
        """Our band by year, every published figure as printed and in the layer's currency, and a pool by family."""
        values = parameters.read(request, parameters.COMPARISON)
        moment = desk.moment()
        edition = moment.required()
        asked = query(values, edition)
        return desk.give(
            request,
            moment,
            kind="comparison",
            canonical=asked.canonical,
            build=lambda: document(comparison(edition, moment.grounds.store, asked)),
        )

    @routes.get(
        "/v1/charts/comparison",
        operation_id="getComparisonChart",
        summary="Our demand beside what others published, as a Vega-Lite chart",
        **documented(shapes.VegaLite, parameters=parameters.COMPARISON_CHART, errors=ERRORS),
    )
    def chart(request: Request) -> Response:
        """A self-contained Vega-Lite specification: our band, and published figures with the band of conversion."""
        values = parameters.read(request, parameters.COMPARISON_CHART)
        moment = desk.moment()
        edition = moment.required()
        asked = query(values, edition)
        theme = parameters.choice("theme", values.get("theme", "light"), tuple(charts.THEMES))
        return desk.give(
            request,
            moment,
            kind="comparison chart",
            canonical=f"{asked.canonical}&theme={theme}",
            build=lambda: comparison_chart.chart(comparison(edition, moment.grounds.store, asked), theme=theme),
        )

    return routes
