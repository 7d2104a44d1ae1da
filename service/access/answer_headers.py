"""Headers of every answer, whoever gives it: its id, how long it took, and what a browser may do with it."""

import re
import time
from collections.abc import Iterable
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.rules import AccessRules

REQUEST_ID, TIMING = b"x-request-id", b"server-timing"
CLIENT_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""Ids of clients that are taken over: such as fit into a log line and a header."""
POLICY = b"content-security-policy"
NOTHING = (POLICY, b"default-src 'none'; frame-ancestors 'none'")
"""The policy of an answer without one of its own: as a page it would load nothing and stand in no frame."""
SECURITY = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))
READABLE = (
    "Deprecation, Edition-Recalled, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, "
    "Sunset, X-Request-Id"
)
"""Headers that a script of another site may read beside those that every one may (Fetch standard, 3.3.3)."""
METHODS = "GET, HEAD, POST, DELETE"
SENDABLE = (
    "Accept, Authorization, Content-Type, If-None-Match, Last-Event-ID, Mcp-Method, Mcp-Name, Mcp-Protocol-Version, "
    "X-API-Key, X-Request-Id"
)
PREFLIGHT_SECONDS = 7200
"""How long a browser may keep what it was told; Chromium keeps nothing longer."""

Headers = tuple[tuple[bytes, bytes], ...]


class AnswerHeaders:
    """ASGI middleware around all others.

    Inside, ``scope["request_id"]`` is the id of the request, and what is added to the list ``scope["answer_headers"]``
    goes out with the answer.

    Args:
        app: what answers.
        access: the origins whose scripts may read answers.
    """

    def __init__(self, app: ASGIApp, access: AccessRules) -> None:
        self._app, self._origins = app, access.origins
        self._any = SECURITY + (_shared(b"*") if access.origins is None else ())
        self._preflight: Headers = tuple(
            (f"access-control-{name}".encode(), value.encode())
            for name, value in (
                ("allow-methods", METHODS),
                ("allow-headers", SENDABLE),
                ("max-age", str(PREFLIGHT_SECONDS)),
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = request_id_of(scope)
        headers = [(REQUEST_ID, request_id)]

        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                before, timing = message["headers"], (TIMING, duration(time.perf_counter() - began))
                # A copy: the headers of an answer that is kept are sent many times.
                message = {**message, "headers": [*before, *self.fixed(before, scope), *headers, timing]}
            await send(message)

        await self._app({**scope, "request_id": request_id.decode(), "answer_headers": headers}, receive, forward)

    def fixed(self, headers: Iterable[tuple[bytes, bytes]], scope: Scope) -> Headers:
        """What is added to the headers of an answer each time that the same is asked."""
        policy = () if any(name == POLICY for name, _ in headers) else (NOTHING,)
        return (*self._of(scope), *policy)

    def _of(self, scope: Scope) -> Headers:
        """What is known before there is an answer."""
        headers = self._any
        if self._origins:
            # Also where no origin is sent: what is kept for that request must not be given to another site's.
            headers += ((b"vary", b"Origin"),)
            origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
            if origin.decode("latin-1") in self._origins:
                headers += _shared(origin)
        if scope["method"] == "OPTIONS" and any(n == b"access-control-request-method" for n, _ in scope["headers"]):
            headers += self._preflight
        return headers


def _shared(origin: bytes) -> Headers:
    """That scripts of an origin may read an answer."""
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", READABLE.encode()),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"timing-allow-origin", origin),
    )


def duration(seconds: float) -> bytes:
    """How long an answer took, as Server-Timing has it."""
    return b"app;dur=%.1f" % (seconds * 1000)


def request_id_of(scope: Scope) -> bytes:
    """The client's own, where it is one that can be logged; else a new one."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID and CLIENT_ID.fullmatch(value):
            return bytes(value)
    return token_hex(16).encode()
