"""Specifications as pictures, for every path of ``/v1/charts``."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from service.base.query import QueryModel
from service.base.routes import Responder
from service.pages.charts.drawing import MEDIA_TYPES, ChartDrawer, Form

# A picture that is opened by itself runs nothing and loads nothing; its own style attributes are all it has.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


async def drawer(request: Request) -> ChartDrawer:
    """A dependency: what draws pictures for this process."""
    chart_drawer: ChartDrawer = request.app.state.drawer
    return chart_drawer


Draw = Annotated[ChartDrawer, Depends(drawer)]


def respond_picture(
    respond: Responder, query: QueryModel, form: Form, draw: ChartDrawer, spec: Callable[[], dict[str, Any]]
) -> Response:
    """The picture of a specification, drawn where there is none in memory or among the assets."""
    return respond.answer(
        query,
        lambda: draw.picture(spec(), form),
        headers={"Content-Security-Policy": POLICY},
        media_type=MEDIA_TYPES[form],
    )
