"""Records requests: the id of each in lines logged meanwhile, and how long its answer was awaited.

It stands behind the boundary and before the cache, so that what is sent from memory is counted too.
"""

import time
from collections.abc import Callable, Iterable

from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

NO_ROUTE = "none"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER_METHOD = "other"
CUT_OFF = "none"
"""Stands for the status of a request whose client left, or that failed, before an answer began."""

Record = Callable[[str, str, str, float], None]
"""Takes a request's route, method, status and seconds."""


class Templates:
    """The route templates of a service; what clients ask for beyond them is one name, so that labels stay few."""

    def __init__(self, paths: Iterable[str]) -> None:
        unique = dict.fromkeys(paths)
        self._plain = {path for path in unique if "{" not in path}
        self._patterns = [(compile_path(path)[0], path) for path in unique if "{" in path]

    def of(self, path: str) -> str:
        """The template a path belongs to.

        >>> Templates(["/v1/gaps", "/v1/series/{series_id}"]).of("/v1/series/a.b")
        '/v1/series/{series_id}'
        """
        if path in self._plain:
            return path
        return next((template for pattern, template in self._patterns if pattern.match(path)), NO_ROUTE)


class RequestRecorder:
    """ASGI middleware.

    Args:
        app: what answers.
        templates: of its routes.
        record: told of every request once it is answered.
    """

    def __init__(self, app: ASGIApp, templates: Templates, record: Record) -> None:
        self._app, self._templates, self._record = app, templates, record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 0, time.perf_counter()
        seconds: float | None = None

        async def forward(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                # Not to the end, which is the client's pace, and of a stream never comes.
                status, seconds = message["status"], time.perf_counter() - began
            await send(message)

        before = bind_contextvars(request_id=scope.get("request_id"))
        try:
            await self._app(scope, receive, forward)
        finally:
            reset_contextvars(**before)
            duration = time.perf_counter() - began if seconds is None else seconds
            self.count(scope["path"], scope["method"], status, duration)

    def count(self, path: str, method: str, status: int, seconds: float) -> None:
        """Record a request; status 0 is that of one which got no answer."""
        name = method if method in METHODS else OTHER_METHOD
        self._record(self._templates.of(path), name, str(status) if status else CUT_OFF, seconds)
