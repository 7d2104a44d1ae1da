"""The OpenAPI 3.1 document: written by FastAPI from the routes and their models, with an example of every answer."""

from typing import Any, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from data.base.release import release
from service import problems
from service.base import contract
from service.base.response import example
from service.cache import JSON

DESCRIPTION = """\
How much compute, power, energy, firm capacity and storage data centers need, how much is really being built, and how
wide the gap is: with bands read off joint draws, never a number alone.

Every answer is a view of an immutable *edition*. It carries a strong ETag; ask again with `If-None-Match` and get 304.
Quantile keys are shortest decimals. A cell without enough figures answers 200 with `status: unavailable` and a reason.
Errors are `application/problem+json` (RFC 9457) and name the parameter and what is allowed; a method that a
path does not have answers 405. Reading is open; jobs and webhooks need a key, sent as `Authorization: Bearer KEY`.
"""
TAGS = [
    {"name": "gaps", "description": "Demand, deliverable supply and their difference."},
    {"name": "forecasts", "description": "Plain forecasts of single series."},
    {"name": "open-models", "description": "Whose models are used: shares of use by country of the lab."},
    {"name": "funnel", "description": "Projects by stage, from announced to energised, each counted once."},
    {"name": "claims", "description": "Sentences about the world with a verdict, and regions compared."},
    {"name": "figures", "description": "What was said, by whom, and when."},
    {"name": "models", "description": "Which version of the models is champion since when, and why."},
    {"name": "names", "description": "Regions, layers and scenarios."},
    {"name": "editions", "description": "What was issued when, from what, and whether it still stands."},
    {"name": "jobs", "description": "Work in the queue, and when what falls due."},
    {"name": "events", "description": "What happened, as it happens."},
    {"name": "service", "description": "Whether the service is up, and what its problems mean."},
]


def document(app: FastAPI) -> dict[str, Any]:
    """The document of the application's routes."""
    return document_and_faults(app)[0]


def document_and_faults(app: FastAPI) -> tuple[dict[str, Any], list[str]]:
    """The document, and what could not be completed of it, each in a sentence."""
    api = get_openapi(
        title="Headroom",
        version=release(),
        openapi_version="3.1.0",
        summary="The gap between what data centers need and what is being built.",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        contact={"name": "Headroom"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )
    routes = [context.original_route for context in iter_route_contexts(app.routes)]
    models = {route.operation_id: answer_model(route) for route in routes if isinstance(route, APIRoute)}
    for methods in api["paths"].values():
        for operation in methods.values():
            _complete(operation, models[operation["operationId"]])
    return api, contract.complete(api)


def answer_model(route: APIRoute) -> type[BaseModel]:
    """The model of a route's answer: the first of several."""
    model: type[BaseModel] = next(iter(get_args(route.response_model)), route.response_model)
    return model


def _complete(operation: dict[str, Any], model: type[BaseModel]) -> None:
    """Say what FastAPI cannot: an example with its nulls, and that problems have a media type of their own."""
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        if status in {"200", "201", "202"} and JSON in content:
            content[JSON]["example"] = example(model)
        elif status >= "400" and JSON in content:
            content[problems.MEDIA_TYPE] |= content.pop(JSON)
