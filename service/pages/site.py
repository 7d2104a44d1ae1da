"""The page, the documentation of the API and their files: ours from ``static``, libraries from wheels."""

import gzip
from collections.abc import Callable
from functools import lru_cache, partial
from importlib import resources
from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request
from fastapi.responses import Response

from data.base.errors import NotFound
from data.base.layers import LAYERS
from projection.cells.cells import REGIONS_ANSWERED
from service.base.routes import State
from service.cache import Representation, ResponseCache, address, dump
from service.pages.assets import BUNDLE
from service.problems import prefix_of

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ico": "image/x-icon",
    ".txt": "text/plain",
}
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
ORDERS = {b"{regions}": REGIONS_ANSWERED, b"{layers}": tuple(LAYERS)}
"""What stands in the page for the regions and the layers, and these in the order they are offered."""
FOLDER = resources.files("service.pages") / "static"

router = APIRouter(include_in_schema=False)


def _text(name: str, body: bytes, **headers: str) -> Representation:
    return Representation(body, media_type=TYPES[Path(name).suffix], headers=headers)


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
    """Our own files, without the pages."""
    names = (entry.name for entry in FOLDER.iterdir())
    return tuple(name for name in names if Path(name).suffix in TYPES and name not in POLICIES)


def _for_prefix(request: Request, name: str, build: Callable[[str], Representation]) -> Representation:
    """What is made once for each prefix that requests come through, and sent from memory from then on."""
    cache: ResponseCache = request.app.state.cache
    prefix = prefix_of(request)
    key = name, prefix.encode()
    representation = cache.make(key, "", lambda: build(prefix))
    cache.put(address(request.scope), key)
    return representation


def _file(request: Request, name: str) -> Representation:
    """A file of ours; raises :class:`NotFound`."""
    if name not in _names():
        raise NotFound("asset", name, allowed=sorted(_names()))
    return _for_prefix(request, name, lambda _: _text(name, (FOLDER / name).read_bytes()))


def _page(name: str, prefix: str) -> Representation:
    """A page whose links stand under the prefix; where none is known they are relative, which suits any."""
    root = f"{prefix}/" if prefix else "./"
    body = (FOLDER / name).read_bytes().replace(ROOT, root.encode())
    for mark, names in ORDERS.items():
        body = body.replace(mark, " ".join(names).encode())
    return _text(name, body, **{"Content-Security-Policy": POLICIES[name]})


@router.get("/")
def index(request: Request) -> Response:
    """The page."""
    return _for_prefix(request, "page.html", partial(_page, "page.html"))


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
    return _for_prefix(request, "docs.html", partial(_page, "docs.html"))


@router.get("/openapi.json")
def openapi(request: Request) -> Response:
    """The OpenAPI document, whose server is where the proxy shows it."""

    def build(prefix: str) -> Representation:
        return Representation(dump(request.app.openapi() | {"servers": [{"url": prefix or "/"}]}))

    return _for_prefix(request, "openapi.json", build)


@router.get("/docs/{name}")
def swagger(name: str, request: Request) -> Response:
    """A file of Swagger UI."""
    if name not in SWAGGER:
        raise NotFound("asset", name, allowed=SWAGGER)
    return library(Path(fastapi_offline.__file__).parent / "static" / name, request)
