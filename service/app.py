"""The application: routes, problems for every error, and in front of them cache, recorder, boundary and headers."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from service import problems
from service.access.answer_headers import AnswerHeaders
from service.access.boundary import Boundary
from service.access.control import AccessControl
from service.api.operation import events, health, metrics
from service.base.database import RequestDatabase
from service.base.documentation import document
from service.base.lists import JoinedLists
from service.cache import CachedResponses, ResponseCache
from service.evaluations.own_series import pool as own_series_pool
from service.evaluations.pool import EvaluationPool
from service.mcp import endpoint
from service.memory import Memory
from service.named_models import Load, NamedModels, none_kept
from service.pages.charts.drawing import ChartDrawer
from service.pages.frame import errors
from service.recorder import RequestRecorder, Templates
from service.resources import RESOURCES
from service.state import ServiceInputs, ServingState


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
