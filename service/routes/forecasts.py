"""``/v1/forecasts/{series_id}``."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service import forecasts, parameters, shapes
from service.desk import Desk
from service.openapi import documented
from service.queries import ForecastQuery


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["forecasts"])

    @routes.get(
        "/v1/forecasts/{series_id}",
        operation_id="getForecast",
        summary="The forecast of one series",
        **documented(
            shapes.ForecastAnswer,
            parameters=parameters.FORECAST,
            errors=("not_found", "no_champion", "artifact_corrupt"),
        ),
    )
    def forecast(series_id: str, request: Request) -> Response:
        """Calibrated quantiles from the first unobserved period, at the series' own frequency."""
        query = ForecastQuery.parse(parameters.read(request, parameters.FORECAST))
        moment = desk.moment()
        published = moment.grounds.champion()
        return desk.give(
            request,
            moment,
            kind="forecast",
            canonical=f"{series_id}?{query.canonical}",
            build=lambda: forecasts.document(
                series_id, query, known=moment.grounds.known, published=published, edition=moment.edition
            ),
        )

    return routes
