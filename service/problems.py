"""RFC 9457 problem documents: one table from our errors to HTTP, and the handlers that write them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from inspect import cleandoc
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from data.base import access_errors, edition_errors, errors
from data.base.redaction import without_folders

MEDIA_TYPE = "application/problem+json"
BASE = "/problems/"
RETRY_SECONDS = 5
"""When to ask again after an answer that nothing could be given now."""

log = structlog.get_logger(__name__)

STATUS_OF: dict[type[errors.HeadroomError], int] = {
    errors.HeadroomError: 500,
    errors.InputError: 400,
    errors.InvalidParameter: 422,
    errors.NotFound: 404,
    errors.LocalOnly: 403,
    access_errors.AccessError: 403,
    access_errors.KeyRequired: 401,
    access_errors.KeyInvalid: 401,
    access_errors.ScopeMissing: 403,
    access_errors.LimitReached: 429,
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
    edition_errors.DrawsRemoved: 410,
    errors.EditionMissing: 503,
    errors.EvaluationUnavailable: 503,
    errors.ServiceBusy: 503,
    errors.ChartNotDrawn: 503,
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
    Kind("not_acceptable", "Not acceptable", 406, "The answer has no form that Accept names."),
    Kind("misdirected_request", "Misdirected request", 421, "The service does not answer for the host of the request."),
    Kind("request_timeout", "Request timeout", 408, "The request did not arrive whole in the time there is for it."),
    Kind("body_too_large", "Body too large", 413, "The body of the request has more bytes than are read at this path."),
    Kind("uri_too_long", "Address too long", 414, "The address of the request has more characters than are read."),
    Kind("headers_too_large", "Headers too large", 431, "The headers of the request have more bytes than are read."),
    Kind("not_implemented", "Not implemented", 501, "The service is installed without what this path needs."),
    Kind("overloaded", "Overloaded", 503, "The server has as many requests in work as it can; try again in a moment."),
    Kind("internal_error", "Internal error", 500, "A fault of ours. It is logged with its path; try again later."),
)
"""Problems that are not errors of the product but of HTTP itself."""

CODE_OF = {kind.status: kind.code for kind in HTTP_KINDS}
"""What is said of a status that HTTP itself gives."""

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
    remedy: str | None = None
    code: str
    errors: list[ProblemItem]


def prefix_of(request: Request) -> str:
    """The path prefix a request came through, such as ``/headroom``; blank for none."""
    return str(request.scope.get("prefix", ""))


def document(
    kind: Kind, detail: str, items: Sequence[ProblemItem] = (), *, remedy: str | None = None, prefix: str = ""
) -> Problem:
    """A problem document; ``prefix`` is the path prefix the request came through."""
    return Problem(
        type=f"{prefix}{BASE}{kind.code}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        remedy=remedy,
        code=kind.code,
        errors=list(items),
    )


def respond(
    kind: Kind,
    detail: str,
    items: Sequence[ProblemItem] = (),
    *,
    remedy: str | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    prefix: str = "",
) -> Response:
    """The problem as a response that no cache keeps; of one that passes by itself it says when to ask again."""
    headers = {"Cache-Control": "no-store", **headers}
    if kind.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # What went wrong inside names files; where they lie is nobody's business.
        detail = without_folders(detail)
        remedy = None if remedy is None else without_folders(remedy)
    body = document(kind, detail, items, remedy=remedy, prefix=prefix).model_dump_json()
    return Response(body, status_code=kind.status, media_type=MEDIA_TYPE, headers=headers)


def of_error(error: errors.HeadroomError, *, prefix: str = "") -> Response:
    """The problem of one of our errors; the status is that of the nearest class in the table."""
    kind = KINDS[next(cls for cls in type(error).__mro__ if cls in STATUS_OF).code]
    match error:
        case errors.InvalidParameter():
            items = [
                ProblemItem(parameter=fault.parameter, message=fault.message, allowed=list(fault.allowed))
                for fault in error.faults
            ]
        case errors.NotFound():
            name = PARAMETER_OF.get(error.kind, error.kind)
            items = [ProblemItem(parameter=name, message=error.detail, allowed=list(error.allowed))]
        case _:
            items = []
    return respond(kind, str(error), items, remedy=error.remedy, headers=_headers(error), prefix=prefix)


def _headers(error: errors.HeadroomError) -> dict[str, str]:
    """What a client is to do, for clients that do it by themselves (RFC 6750 of keys, RFC 9110 of time)."""
    realm = 'Bearer realm="headroom"'
    match error:
        case access_errors.KeyRequired():
            return {"WWW-Authenticate": f'{realm}, scope="{error.scope}"'}
        case access_errors.KeyInvalid():
            return {"WWW-Authenticate": f'{realm}, error="invalid_token"'}
        case access_errors.ScopeMissing():
            return {"WWW-Authenticate": f'{realm}, error="insufficient_scope", scope="{error.scope}"'}
        case access_errors.LimitReached():
            return {"Retry-After": str(error.seconds)}
        case _:
            return {}


def example(kind: Kind) -> dict[str, Any]:
    """The problem as the documentation shows it."""
    about_a_value = kind.code == errors.InvalidParameter.code
    items = [ProblemItem(parameter="layer", message="'water' is not known", allowed=["compute", "power"])]
    problem = document(
        kind,
        kind.description,
        items if about_a_value else [],
        remedy="allowed: compute, power" if about_a_value else None,
    )
    return {"summary": kind.title, "value": problem.model_dump()}


def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):  # registered for that class only
        raise error
    default = "internal_error" if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else "bad_request"
    kind = KINDS[CODE_OF.get(error.status_code, default)]
    headers = {}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    reason = "" if error.detail == HTTPStatus(error.status_code).phrase else f" ({error.detail})"
    return respond(kind, f"{kind.description}{reason}", headers=headers, prefix=prefix_of(request))


def _methods(request: Request) -> list[str]:
    """What the path of a request may be asked with."""
    path = request.scope["path"]
    methods = {
        method
        for route in iter_route_contexts(request.app.routes)
        if route.path and compile_path(route.path)[0].match(path)
        for method in route.methods or ()
    }
    # Every path that answers GET answers HEAD: a middleware makes it of GET.
    return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):  # registered for that class only
        raise error
    faults = [errors.InvalidParameter(str(entry["loc"][-1]), str(entry["msg"])) for entry in error.errors()]
    return of_error(errors.InvalidParameter.of(faults), prefix=prefix_of(request))


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
        if isinstance(error, errors.ServiceBusy):
            response.headers["Retry-After"] = "1"
        # That there is no edition is logged where it is seen, once, and not at every request; how busy the service is
        # can be read off the metrics.
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(
            error, errors.EditionMissing | errors.ServiceBusy
        ):
            log.error("request_failed", path=request.url.path, code=error.code, detail=str(error))
        return response

    app.add_exception_handler(errors.HeadroomError, ours)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _crash)
