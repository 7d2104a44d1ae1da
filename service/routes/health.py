"""Whether the service is up, and what its problems mean."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.errors import NotFound
from service import parameters, problems, shapes
from service.access import prefix_of
from service.desk import Desk, respond
from service.openapi import documented
from service.representations import JSON, Representation, dump

NO_STORE = {"Cache-Control": "no-store"}


def kind_document(kind: problems.Kind, *, prefix: str) -> dict[str, Any]:
    """What a problem code means, as JSON."""
    return {
        "type": f"{prefix}{problems.BASE}{kind.code}",
        "code": kind.code,
        "title": kind.title,
        "status": kind.status,
        "description": kind.description,
    }


def router(desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["service"])

    @routes.get(
        "/healthz",
        operation_id="getHealth",
        summary="The process answers",
        **documented(shapes.Health, cached=False),
    )
    def health(request: Request) -> Response:
        """Always 200 while the process can answer at all."""
        parameters.read(request, parameters.NONE)
        return Response(dump({"status": "ok"}), media_type=JSON, headers=NO_STORE)

    @routes.get(
        "/readyz",
        operation_id="getReadiness",
        summary="There is an edition to answer from",
        **documented(
            shapes.Ready,
            errors=("edition_missing",),
            cached=False,
        ),
    )
    def ready(request: Request) -> Response:
        """200 with the edition served and those skipped as broken; 503 with the reason when there is none."""
        parameters.read(request, parameters.NONE)
        moment = desk.moment()
        edition = moment.required()
        published, editions = moment.grounds.published, desk.context.editions
        body = {
            "status": "ready",
            "edition": edition.id,
            "data_as_of": edition.data_as_of.isoformat(),
            "champion": (
                {"version": None, "reason": published}
                if isinstance(published, str)
                else {"version": published.version, "reason": None}
            ),
            "withheld": [asdict(item) for item in edition.withheld],
            "skipped": [*editions.skipped, *([editions.reason] if editions.reason else [])],
        }
        return Response(dump(body), media_type=JSON, headers=NO_STORE)

    @routes.get(
        "/problems/{code}",
        operation_id="getProblem",
        summary="What a problem code means",
        **documented(
            shapes.ProblemKind,
            errors=("not_found",),
        ),
    )
    def problem(code: str, request: Request) -> Response:
        """The target of every problem's ``type``."""
        parameters.read(request, parameters.NONE)
        kind = problems.KINDS.get(code)
        if kind is None:
            raise NotFound("problem", code, allowed=sorted(problems.KINDS))
        # Not from the desk: the type follows the prefix of the proxy, which is no part of what the desk keeps.
        body = dump(kind_document(kind, prefix=prefix_of(request)))
        return respond(request, Representation.make(body, generation=""))

    return routes
