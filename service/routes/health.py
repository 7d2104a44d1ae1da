"""Whether the service is up, and what its problems mean."""

import time
from dataclasses import asdict
from threading import Lock
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.errors import ArtifactCorrupt, HeadroomError, NotFound, ServiceStopping
from data.periods.timestamps import rfc3339
from projection.edition.edition import Edition
from service import parameters, problems, shapes
from service.access.rules import prefix_of
from service.desk import Desk, Moment, respond
from service.exercise import exercise
from service.openapi import documented
from service.representations import JSON, Representation, dump

NO_STORE = {"Cache-Control": "no-store"}
EXERCISE_SECONDS = 1.0
"""How long an exercised answer holds: probes from many sides cost one a second."""

log = structlog.get_logger(__name__)


class Readiness:
    """Whether an answer can be given now; a change is logged once, however often it is asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = Lock()
        self._edition: str | None = None
        self._until = 0.0
        self._reason: str | None = None

    def moment(self) -> Moment:
        """What is served now, of which an answer was just read; of a corrupt edition the one before is tried.

        Raises:
            ServiceStopping: the server is being ended.
            EditionMissing: none can be served.
            ArtifactCorrupt: the one served cannot be read now.
        """
        try:
            if self._desk.stopping:
                raise ServiceStopping
            moment = self._answering()
        except HeadroomError as error:
            self._tell(error.detail)
            raise
        self._tell(None)
        return moment

    def _answering(self) -> Moment:
        while True:
            moment = self._desk.moment()
            try:
                self._exercise(moment.required())
            except ArtifactCorrupt as error:
                if error.edition is None:
                    raise
                self._desk.context.editions.withhold(error.edition, error.summary)
                if self._desk.moment().edition is moment.edition:
                    raise
            else:
                return moment

    def _exercise(self, edition: Edition) -> None:
        with self._lock:
            if self._edition != edition.id or time.monotonic() >= self._until:
                exercise(edition)
                self._edition, self._until = edition.id, time.monotonic() + EXERCISE_SECONDS

    def _tell(self, reason: str | None) -> None:
        if reason != self._reason:
            log.warning("readiness_changed", ready=reason is None, reason=reason)
        self._reason = reason


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
    readiness = Readiness(desk)

    @routes.get(
        "/healthz",
        operation_id="getHealth",
        summary="The process answers",
        **documented(shapes.Health, cached=False),
    )
    async def health(request: Request) -> Response:
        """Always 200 while the process can answer at all."""
        # On the event loop: it waits for no thread, no file and no database.
        parameters.read(request, parameters.NONE)
        return Response(dump({"status": "ok"}), media_type=JSON, headers=NO_STORE)

    @routes.get(
        "/readyz",
        operation_id="getReadiness",
        summary="The edition served answers",
        **documented(
            shapes.Ready,
            errors=("edition_missing", "artifact_corrupt", "service_stopping"),
            cached=False,
        ),
    )
    def ready(request: Request) -> Response:
        """200 when a question put to the served edition was just answered; 503 with the reason when not.

        ``stale`` tells since when figures and champion could not be looked at; answers go on from those held.
        """
        parameters.read(request, parameters.NONE)
        try:
            moment = readiness.moment()
        except HeadroomError as error:
            return problems.of_error(error, prefix=prefix_of(request))
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
            "figures_seen": rfc3339(desk.figures_seen),
            "stale": desk.stale(),
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
