"""What every request passes first: the name it was sent to, and the path prefix of a proxy in front."""

from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.base.errors import InvalidParameter
from service import problems
from service.access.rules import AccessRules, host_name, path_prefix

FORWARDED = b"x-forwarded-prefix"
NO_STORE = "private, no-store"
NOT_SHARED = "private, no-cache"
"""Of answers to those with a key: a proxy must not give them to others."""


class Boundary:
    """ASGI middleware; inside, paths carry no prefix and ``scope["prefix"]`` says what it is.

    Attributes:
        cache_control: what every answer says about being kept; None where each has its own.

    Args:
        app: what is inside.
        access: under which names and behind which proxies it may be reached.
        segments: what paths of the service itself begin with.
    """

    def __init__(self, app: ASGIApp, access: AccessRules, *, segments: frozenset[str]) -> None:
        self._app, self._access, self._segments = app, access, segments
        self.cache_control = NO_STORE if access.private else NOT_SHARED if access.require_keys else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self.cache_control is not None:
            send = _with_cache_control(send, self.cache_control)
        inside = self.enter(scope)
        if isinstance(inside, Response):
            await inside(scope, receive, send)
            return
        path, prefix = inside
        await self._app({**scope, "path": path, "prefix": prefix}, receive, send)

    def enter(self, scope: Scope) -> tuple[str, str] | Response:
        """The path without its prefix, and the prefix; the answer to a request that goes no further."""
        path = scope["path"]
        try:
            prefix = self._prefix(scope)
        except InvalidParameter as error:
            kind, detail = problems.KINDS["bad_request"], f"X-Forwarded-Prefix: {error.message}"
            return problems.respond(kind, detail, prefix=self._access.root_path)
        refusal = self._misdirected(scope, prefix)
        if refusal is not None:
            return refusal
        # Where paths of the service begin as the prefix does, only a proxy that strips it leaves no doubt.
        whole = prefix != "" and prefix.split("/")[1] not in self._segments
        if whole and path == prefix:
            # Links of the page are relative to the folder it stands in.
            query = scope["query_string"].decode("latin-1")
            location = f"{prefix}/?{query}" if query else f"{prefix}/"
            return Response(status_code=308, headers={"Location": location})
        if whole and path.startswith(f"{prefix}/"):
            path = path.removeprefix(prefix)
        return path, prefix

    def _misdirected(self, scope: Scope, prefix: str) -> Response | None:
        """The problem of a request without one proper Host (RFC 9112, 3.2) or to another host; None for others."""
        lines = _lines(scope, b"host")
        name = host_name(lines[0]) if len(lines) == 1 else None
        if name is None and (lines or scope["http_version"] == "1.1"):
            detail = f"HTTP asks for exactly one Host header that names a host; this request has {len(lines)}."
            return problems.respond(problems.KINDS["bad_request"], detail, prefix=prefix)
        if self._access.hosts is not None and name not in self._access.hosts:
            detail = f"This service does not answer for the host {name!r}; see HEADROOM_ALLOWED_HOSTS."
            return problems.respond(problems.KINDS["misdirected_request"], detail, prefix=prefix)
        return None

    def _prefix(self, scope: Scope) -> str:
        """The prefix a trusted proxy names, else that of the settings; raises :class:`InvalidParameter`."""
        lines = _lines(scope, FORWARDED)
        if not lines or not self._access.trusts((scope.get("client") or ("",))[0]):
            return self._access.root_path
        return path_prefix(",".join(lines))


def _lines(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _with_cache_control(send: Send, rule: str) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": list(message["headers"])}
            MutableHeaders(raw=message["headers"])["cache-control"] = rule
        await send(message)

    return forward
