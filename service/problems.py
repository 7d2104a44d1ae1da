"""RFC 9457 problem documents: one table from our errors to HTTP, and the handlers that write them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from data.base import errors

MEDIA_TYPE = "application/problem+json"
BASE = "/problems/"

log = structlog.get_logger(__name__)

STATUS_OF: dict[type[errors.HeadroomError], int] = {
    errors.HeadroomError: 500,
    errors.InputError: 400,
    errors.InvalidParameter: 422,
    errors.NotFound: 404,
    errors.LocalOnly: 403,
    errors.MappingInvalid: 500,
    errors.InputTooLarge: 413,
    errors.DataError: 500,
    errors.TableCorrupt: 503,
    errors.UnitMismatch: 500,
    errors.StoreLocked: 503,
    errors.StoreUnreachable: 503,
    errors.StoreUnusable: 503,
    errors.SourceError: 502,
    errors.SourceUnreachable: 502,
    errors.SourceRefused: 502,
    errors.SourceKeyMissing: 503,
    errors.SourceChanged: 502,
    errors.PayloadTruncated: 502,
    errors.PayloadTooLarge: 502,
    errors.TrainingError: 500,
    errors.TooFewObservations: 422,
    errors.FitFailed: 500,
    errors.PromotionConflict: 409,
    errors.NotProjectable: 500,
    errors.NoChampion: 503,
    errors.ProjectionError: 500,
    errors.AssumptionInvalid: 500,
    errors.ArtifactCorrupt: 503,
    errors.EditionUnreachable: 503,
    errors.EditionMissing: 503,
    errors.EvaluationUnavailable: 503,
    errors.ServiceStopping: 503,
    errors.TooManyStreams: 503,
    errors.PreparationFailed: 503,
    errors.SettingsError: 500,
}
"""HTTP status of every class of the error tree; a test proves that none is left out."""


PARAMETER_OF = {"series": "series_id", "problem": "code", "asset": "name"}
"""What an unknown thing's path parameter is called."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem, as described at ``/problems/{code}``."""

    code: str
    title: str
    status: int
    description: str


HTTP_KINDS: tuple[Kind, ...] = (
    Kind("bad_request", "Bad request", 400, "The request cannot be read as HTTP asks for it."),
    Kind("no_such_path", "No such path", 404, "Nothing is served at this path. /openapi.json lists what is."),
    Kind("method_not_allowed", "Method not allowed", 405, "The path exists, but not with this method; see Allow."),
    Kind("misdirected_request", "Misdirected request", 421, "The service does not answer for the host of the request."),
    Kind("internal_error", "Internal error", 500, "A fault of ours. It is logged with its path; try again later."),
)
"""Problems that are not errors of the product but of HTTP itself."""

KINDS: dict[str, Kind] = {kind.code: kind for kind in HTTP_KINDS} | {
    cls.code: Kind(cls.code, cls.title, status, cleandoc(cls.__doc__ or cls.title).split("\n\n", maxsplit=1)[0])
    for cls, status in STATUS_OF.items()
}
"""Every code that can appear in a problem document."""


class ProblemItem(BaseModel):
    """What is wrong with one parameter, and what would be right."""

    model_config = ConfigDict(extra="forbid")

    parameter: str | None
    message: str
    allowed: list[str]


class Problem(BaseModel):
    """RFC 9457 problem document."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(examples=["/problems/invalid_parameter"])
    title: str
    status: int
    detail: str
    code: str
    errors: list[ProblemItem]


def prefix_of(request: Request) -> str:
    """The path prefix a request came through, such as ``/headroom``; blank for none."""
    return str(request.scope.get("prefix", ""))


def document(kind: Kind, detail: str, items: Sequence[ProblemItem] = (), *, prefix: str = "") -> Problem:
    """A problem document; ``prefix`` is the path prefix the request came through."""
    return Problem(
        type=f"{prefix}{BASE}{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        code=kind.code,
        errors=list(items),
    )


def respond(
    kind: Kind, detail: str, items: Sequence[ProblemItem] = (), *, allow: str | None = None, prefix: str = ""
) -> Response:
    """The problem as a response that no cache keeps; ``allow`` fills the header of that name."""
    headers = {"Cache-Control": "no-store"}
    if allow:
        headers["Allow"] = allow
    body = document(kind, detail, items, prefix=prefix).model_dump_json()
    return Response(body, status_code=kind.status, media_type=MEDIA_TYPE, headers=headers)


def of_error(error: errors.HeadroomError, *, prefix: str = "") -> Response:
    """The problem of one of our errors; the status is that of the nearest class in the table."""
    kind = KINDS[next(cls for cls in type(error).__mro__ if cls in STATUS_OF).code]
    match error:
        case errors.InvalidParameter():
            items = [ProblemItem(parameter=error.parameter, message=error.message, allowed=list(error.allowed))]
        case errors.NotFound():
            name, message = PARAMETER_OF.get(error.kind, error.kind), f"no {error.kind} named {error.name!r}"
            items = [ProblemItem(parameter=name, message=message, allowed=list(error.allowed))]
        case _:
            items = []
    return respond(kind, str(error), items, prefix=prefix)


def example(kind: Kind) -> dict[str, Any]:
    """The problem as the documentation shows it."""
    about_a_value = kind.code == errors.InvalidParameter.code
    items = [ProblemItem(parameter="layer", message="'water' is not known", allowed=["compute", "power"])]
    problem = document(kind, kind.description, items if about_a_value else [])
    return {"summary": kind.title, "value": problem.model_dump()}


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # registered for that class only
        raise error
    codes = {404: "no_such_path", 405: "method_not_allowed"}
    default = "internal_error" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request"
    kind = KINDS[codes.get(error.status_code, default)]
    allow = (error.headers or {}).get("Allow")
    # Every path that answers GET answers HEAD: a middleware makes it of GET.
    allow = "GET, HEAD" if allow == "GET" else allow
    return respond(kind, kind.description, allow=allow, prefix=prefix_of(request))


def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):  # registered for that class only
        raise error
    items = [
        ProblemItem(parameter=str(entry["loc"][-1]), message=str(entry["msg"]), allowed=[]) for entry in error.errors()
    ]
    detail = "; ".join(f"{entry.parameter}: {entry.message}" for entry in items)
    return respond(KINDS[errors.InvalidParameter.code], detail, items, prefix=prefix_of(request))


def _crash(request: Request, error: Exception) -> Response:
    log.error("request_crashed", path=request.url.path, error=repr(error))
    kind = KINDS["internal_error"]
    return respond(kind, kind.description, prefix=prefix_of(request))


def install(app: FastAPI, *, withhold: Callable[[str, str], None] | None = None) -> None:
    """Register the handlers: our errors, FastAPI's validation, HTTP's own, and whatever else is raised.

    Args:
        app: the application.
        withhold: takes an edition out of service, with the reason, when a file of it turns out to be corrupt.
    """

    def ours(request: Request, error: Exception) -> Response:
        if not isinstance(error, errors.HeadroomError):  # registered for that class only
            raise error
        response = of_error(error, prefix=prefix_of(request))
        if isinstance(error, errors.ArtifactCorrupt) and error.edition is not None and withhold is not None:
            # The question asked again is answered from the edition before.
            withhold(error.edition, error.summary)
            response.headers["Retry-After"] = "1"
        # That there is no edition is logged where it is seen, once, and not at every request.
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, errors.EditionMissing):
            log.error("request_failed", path=request.url.path, code=error.code, detail=str(error))
        return response

    app.add_exception_handler(errors.HeadroomError, ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crash)
