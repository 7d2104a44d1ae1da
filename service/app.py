"""The application: routes over a desk, problems for every error, a shortcut and a boundary in front."""

from service import problems
from service.access.boundary import Boundary
from service.context import Context
from service.desk import Desk
from service.openapi import document
from service.pages import site
from service.routes import (
    comparisons,
    designers,
    forecasts,
    gaps,
    health,
    models,
    names,
    open_models,
    scoreboard,
    series,
)


def create_app(context: Context) -> Boundary:
    """An ASGI application that answers from the context; it imports no modelling library and trains nothing."""
    desk = Desk(context)
    app = Boundary(title="Headroom", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.desk, app.access = desk, context.access
    for room in (gaps, comparisons, forecasts, open_models, series, names, designers, models, scoreboard, health):
        app.include_router(room.router(desk))
    app.include_router(site.router(desk, document(app)))
    problems.install(app)
    return app
