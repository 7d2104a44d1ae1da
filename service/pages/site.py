"""Files of the pages and the documentation of the API: ours from ``static``, libraries from wheels."""

import gzip
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.errors import NotFound
from service.base.encodings import VARY, encoded, vary
from service.base.routes import State
from service.cache import Representation, ResponseCache, address, dump
from service.pages.assets import BUNDLE
from service.pages.frame.respond import MEDIA_TYPE, POLICY, Head, render
from service.problems import prefix_of

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ico": "image/x-icon",
    ".txt": "text/plain",
}
SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js")
# Swagger UI writes style attributes and inline images.
DOCS_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
FOLDER = resources.files("service.pages") / "static"

router = APIRouter(include_in_schema=False)


def _text(name: str, body: bytes, **headers: str) -> Representation:
    return Representation(body, media_type=TYPES[Path(name).suffix], headers={**vary(VARY), **headers})


@lru_cache(maxsize=4)
def _library(path: Path, _changed: int) -> tuple[Representation, Representation]:
    """A large file, plain and compressed."""
    body = path.read_bytes()
    zipped = gzip.compress(body, compresslevel=9, mtime=0)
    vary = {"Vary": "accept-encoding"}
    return _text(path.name, body, **vary), _text(path.name, zipped, **vary, **{"Content-Encoding": "gzip"})


def library(path: Path, request: Request) -> Representation:
    """A library's file as the client takes it, read again when it changes; raises :class:`NotFound` without it."""
    try:
        pair = _library(path, path.stat().st_mtime_ns)
    except OSError:
        raise NotFound("asset", path.name, hint="the chart library is written by: headroom project") from None
    return pair["gzip" in request.headers.get("accept-encoding", "")]


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    """Our own files."""
    names = (entry.name for entry in FOLDER.iterdir())
    return tuple(name for name in names if Path(name).suffix in TYPES)


def _for_prefix(request: Request, name: str, build: Callable[[str], Representation]) -> Representation:
    """What is made once for each prefix that requests come through, and sent from memory from then on."""
    cache: ResponseCache = request.app.state.cache
    prefix = prefix_of(request)
    key = name, prefix.encode()
    plain = cache.make(key, "", lambda: build(prefix))
    key, representation = encoded(plain, request.scope["headers"], cache, key)
    cache.put(address(request.scope), key)
    return representation


def _file(request: Request, name: str) -> Representation:
    """A file of ours; raises :class:`NotFound`."""
    if name not in _names():
        raise NotFound("asset", name, allowed=sorted(_names()))
    return _for_prefix(request, name, lambda _: _text(name, (FOLDER / name).read_bytes()))


@router.get("/favicon.ico")
def icon(request: Request) -> Response:
    """The icon where browsers look for it without being told of another."""
    return _file(request, "icon.ico")


@router.get("/robots.txt")
def robots(request: Request) -> Response:
    """What of the service search engines may read: the pages, and not every question there is."""
    return _file(request, "robots.txt")


@router.get("/static/{name}")
def static(name: str, request: Request) -> Response:
    """A file of ours."""
    return _file(request, name)


@router.get("/assets/{name}")
def assets(name: str, request: Request, state: State) -> Response:
    """The chart library."""
    if name != BUNDLE:
        raise NotFound("asset", name, allowed=[BUNDLE])
    return library(state.inputs.assets / BUNDLE, request)


@router.get("/docs")
def documentation(request: Request) -> Response:
    """The documentation of the API."""

    def build(_: str) -> Representation:
        text = render("docs", Head("API · Headroom", "The documentation of the API."))
        return Representation(text.encode(), media_type=MEDIA_TYPE, headers={"Content-Security-Policy": DOCS_POLICY})

    return _for_prefix(request, "docs.html", build)


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The OpenAPI document, whose server is where the proxy shows it."""

    def build(prefix: str) -> Representation:
        return Representation(dump(request.app.openapi() | {"servers": [{"url": prefix or "/"}]}), headers=vary(VARY))

    return _for_prefix(request, "openapi.json", build)


@router.get("/docs/{name}")
def swagger(name: str, request: Request) -> Response:
    """A file of Swagger UI."""
    if name not in SWAGGER:
        raise NotFound("asset", name, allowed=SWAGGER)
    return library(Path(fastapi_offline.__file__).parent / "static" / name, request)
