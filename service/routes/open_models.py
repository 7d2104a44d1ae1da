"""``/v1/open-models``: whose models are used."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service import open_models, parameters
from service.desk import Desk
from service.open_models_shape import OpenModelsAnswer
from service.openapi import documented
from service.queries import OpenModelsQuery
from service.routes.gaps import ERRORS


def router(desk: Desk) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["open-models"])

    @routes.get(
        "/v1/open-models",
        operation_id="getOpenModels",
        summary="Use of open models by country of the lab",
        **documented(
            OpenModelsAnswer,
            parameters=parameters.OPEN_MODELS,
            errors=ERRORS,
        ),
    )
    def answer(request: Request) -> Response:
        """Shares of use by country and quarter, P(share > x), each proxy apart or pooled, and the link to chips."""
        values = parameters.read(request, parameters.OPEN_MODELS)
        moment = desk.moment()
        edition = moment.required()
        asked = OpenModelsQuery.parse(values, scenarios=edition.scenarios)
        return desk.give(
            request,
            moment,
            kind="open-models",
            canonical=asked.canonical,
            build=lambda: open_models.document(edition, asked),
        )

    return routes
