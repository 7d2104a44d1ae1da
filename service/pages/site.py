"""The page, the documentation page and their files: ours from ``service/pages/static``, libraries from wheels."""

import gzip
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from swagger_ui_bundle import swagger_ui_path

from data.base.errors import NotFound
from service.access.rules import prefix_of
from service.desk import Desk, respond
from service.openapi import as_30
from service.pages.assets import BUNDLE
from service.representations import REVALIDATE, Representation, dump

STATIC = "static"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI writes style attributes and inline images.
DOCS_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
POLICIES = {"page.html": PAGE_POLICY, "docs.html": DOCS_POLICY}
ROOT = b"{root}"
"""Stands in the pages where the service's own root does."""


def _text(name: str, body: bytes, *extra: tuple[str, str]) -> Representation:
    media_type = f"{TYPES[Path(name).suffix]}; charset=utf-8"
    return Representation.make(
        body, generation="", media_type=media_type, cache=REVALIDATE, extra=(("referrer-policy", "no-referrer"), *extra)
    )


def _pair(name: str, body: bytes) -> tuple[Representation, Representation]:
    """The plain and the compressed form of a large file."""
    vary = ("vary", "accept-encoding")
    zipped = gzip.compress(body, compresslevel=9, mtime=0)
    return _text(name, body, vary), _text(name, zipped, vary, ("content-encoding", "gzip"))


def _pick(request: Request, pair: tuple[Representation, Representation]) -> Response:
    return respond(request, pair["gzip" in request.headers.get("accept-encoding", "")])


@lru_cache(maxsize=4)
def _library(path: Path, _changed: int) -> tuple[Representation, Representation]:
    return _pair(path.name, path.read_bytes())


def library(path: Path) -> tuple[Representation, Representation]:
    """A library's file, read again when it changes; raises :class:`NotFound` while it is not there."""
    try:
        return _library(path, path.stat().st_mtime_ns)
    except OSError:
        raise NotFound("asset", path.name, hint="the chart library is written by: headroom project") from None


def _static() -> dict[str, Representation]:
    """Our own files by name, without the pages."""
    folder = resources.files("service.pages") / STATIC
    return {
        entry.name: _text(entry.name, entry.read_bytes())
        for entry in folder.iterdir()
        if Path(entry.name).suffix in TYPES and entry.name not in POLICIES
    }


@lru_cache(maxsize=32)
def _page(name: str, prefix: str) -> Representation:
    """A page whose links stand under the prefix; where none is known they are relative, which suits any."""
    body = (resources.files("service.pages") / STATIC / name).read_bytes()
    root = f"{prefix}/" if prefix else "./"
    return _text(name, body.replace(ROOT, root.encode()), ("content-security-policy", POLICIES[name]))


def _document(api: dict[str, Any], prefix: str) -> Representation:
    """The OpenAPI document whose server is where the proxy shows it."""
    return Representation.make(dump(api | {"servers": [{"url": prefix or "/"}]}), generation="")


def router(desk: Desk, api: dict[str, Any]) -> APIRouter:
    """The routes; ``api`` is the OpenAPI document."""
    routes = APIRouter(include_in_schema=False)
    files = _static()
    routes.include_router(_documentation(api))

    @routes.get("/")
    def index(request: Request) -> Response:
        return respond(request, _page("page.html", prefix_of(request)))

    @routes.get("/static/{name}")
    def static(name: str, request: Request) -> Response:
        if name not in files:
            raise NotFound("asset", name, allowed=sorted(files))
        return respond(request, files[name])

    @routes.get("/assets/{name}")
    def assets(name: str, request: Request) -> Response:
        if name != BUNDLE:
            raise NotFound("asset", name, allowed=[BUNDLE])
        return _pick(request, library(desk.context.assets / BUNDLE))

    return routes


def _documentation(api: dict[str, Any]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    older = as_30(api)
    api_31 = lru_cache(maxsize=8)(lambda prefix: _document(api, prefix))
    api_30 = lru_cache(maxsize=8)(lambda prefix: _document(older, prefix))

    @routes.get("/docs")
    def documentation(request: Request) -> Response:
        return respond(request, _page("docs.html", prefix_of(request)))

    @routes.get("/openapi.json")
    def openapi(request: Request) -> Response:
        return respond(request, api_31(prefix_of(request)))

    @routes.get("/docs/openapi-3.0.json")
    def openapi_30(request: Request) -> Response:
        return respond(request, api_30(prefix_of(request)))

    @routes.get("/docs/{name}")
    def swagger(name: str, request: Request) -> Response:
        if name not in SWAGGER:
            raise NotFound("asset", name, allowed=SWAGGER)
        return _pick(request, library(Path(str(swagger_ui_path)) / name))

    return routes
