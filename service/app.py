"""The application: routes, problems for every error, and in front of them cache, recorder, boundary and headers."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service import problems
from service.access.answer_headers import AnswerHeaders
from service.access.boundary import Boundary
from service.access.control import AccessControl
from service.api.beside import beside, cell_draws, coverage
from service.api.editions import changes, editions, feed, files
from service.api.figures import names, observations, series
from service.api.gaps import claims, comparisons, designers, funnel, leads, observables, questions
from service.api.models import forecasts, models, own_series
from service.api.open_models import open_models
from service.api.operation import events, health, jobs, metrics, webhooks
from service.api.scenarios import attribution, evaluation, reach, requirements, scenarios, solve, what_if
from service.api.scores import calibration, scoreboard, summary
from service.api.sites import site as one_site
from service.api.sites import sites as all_sites
from service.base.database import RequestDatabase
from service.base.documentation import document
from service.base.lists import JoinedLists
from service.cache import CachedResponses, ResponseCache
from service.evaluations.own_series import pool as own_series_pool
from service.evaluations.pool import EvaluationPool
from service.mcp import endpoint
from service.memory import Memory
from service.named_models import Load, NamedModels, none_kept
from service.pages import headline, site
from service.pages.charts import comparison as comparison_chart
from service.pages.charts import gap as gap_chart
from service.pages.charts import leads as lead_chart
from service.pages.charts import series as series_chart
from service.pages.charts import site_days as sites_chart
from service.pages.charts import site_steps as site_chart
from service.pages.charts import track_record as track_record_chart
from service.pages.charts import what_if as what_if_chart
from service.pages.charts.drawing import ChartDrawer
from service.pages.frame import errors
from service.pages.views import claims as claims_page
from service.pages.views import editions as editions_page
from service.pages.views import embed, figures, overview, sites, track_record, us_china
from service.pages.views import models as models_page
from service.pages.views import site as site_page
from service.pages.views.what_if import page as what_if_page
from service.recorder import RequestRecorder, Templates
from service.state import ServiceInputs, ServingState

RESOURCES = (
    questions,
    coverage,
    beside,
    headline,
    gap_chart,
    comparisons,
    comparison_chart,
    forecasts,
    own_series,
    observables,
    open_models,
    funnel,
    all_sites,
    one_site,
    sites_chart,
    site_chart,
    claims,
    leads,
    lead_chart,
    what_if_chart,
    series,
    observations,
    series_chart,
    names,
    scenarios,
    evaluation,
    what_if,
    reach,
    attribution,
    solve,
    requirements,
    editions,
    changes,
    files,
    cell_draws,
    feed,
    designers,
    models,
    scoreboard,
    summary,
    calibration,
    track_record_chart,
    jobs,
    events,
    webhooks,
    health,
    metrics,
    overview,
    us_china,
    what_if_page,
    embed,
    sites,
    site_page,
    claims_page,
    track_record,
    figures,
    models_page,
    editions_page,
    site,
)
"""Modules with routes, in the order of the documentation."""


class Service(FastAPI):
    """FastAPI behind cache, access control, recorder and boundary: an answer from memory meets nothing else.

    Attributes:
        memory: what it sends from memory, for a server that sends it in one step.
    """

    def __init__(self, inputs: ServiceInputs, models: Load) -> None:
        super().__init__(title="Headroom", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
        serving, cache = ServingState(inputs), ResponseCache()
        readiness = health.Readiness(serving)
        self.state.evaluations = EvaluationPool(inputs.evaluation_source, limit=inputs.evaluation_limit)
        self.state.own_series = own_series_pool(inputs.forecaster, limit=inputs.evaluation_limit)
        self.state.serving, self.state.cache, self.state.readiness = serving, cache, readiness
        self.state.database, self.state.streams = RequestDatabase(inputs.database), events.Streams(inputs.streams)
        self.state.models = NamedModels(models)
        self.state.drawer = ChartDrawer(inputs.assets)
        self.state.metrics = counts = metrics.Metrics(serving, readiness)
        for resource in RESOURCES:
            self.include_router(resource.router)
        tools = endpoint.ToolsEndpoint(self, inputs.access)
        self.router.routes.append(Route(endpoint.PATH, tools, methods=["POST"], include_in_schema=False))
        problems.install(self, withhold=inputs.editions.withhold)
        errors.install(self)
        paths = [route.path for route in iter_route_contexts(self.routes) if route.path]
        cached = CachedResponses(JoinedLists(super().__call__), cache, lambda: serving.snapshot().generation)
        self.state.control = AccessControl(cached, inputs.access, inputs.database)
        recorded = RequestRecorder(self.state.control, Templates(paths), counts.record)
        segments = frozenset(path.split("/")[1] for path in paths)
        bounded = Boundary(recorded, inputs.access, segments=segments)
        self._front = AnswerHeaders(bounded, inputs.access)
        self.memory = Memory(self._front, bounded, recorded, self.state.control, cached)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._front(scope, receive, send)

    def openapi(self) -> dict[str, object]:
        """The OpenAPI document; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = document(self)
        return self.openapi_schema


def create_app(inputs: ServiceInputs, *, models: Load = none_kept) -> Service:
    """An ASGI application that answers from the inputs; it imports no modelling library and trains nothing.

    ``models`` loads a version that an edition names, where it is not the champion.
    """
    return Service(inputs, models)
