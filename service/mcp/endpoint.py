"""``/mcp``: the tools over HTTP (streamable HTTP, without sessions), which ask the application in the caller's name."""

from contextvars import ContextVar
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpx2
from anyio import to_thread
from fastapi import Request
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.base.errors import LocalOnly
from service.access.rules import AccessRules
from service.base.body import read_bytes

if TYPE_CHECKING:
    from mcp.server import MCPServer

PATH = "/mcp"
BODY_BYTES = 64 * 2**10
HERE = "http://127.0.0.1"
"""Begins the addresses that are asked; each request then names the host that its caller named."""
PASSED_ON = frozenset({"authorization", "host", "x-api-key", "x-forwarded-for"})
"""Headers that say who asks and by which name."""

_caller: ContextVar[Scope] = ContextVar("caller")


class CallersTransport(httpx2.AsyncBaseTransport):
    """Asks an application in this process as whoever asked it: with the same key, address, host and request id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The application's answer."""
        scope = _caller.get()
        for name, value in Headers(scope=scope).items():
            if name in PASSED_ON:
                request.headers[name] = value
        request.headers["x-request-id"] = scope["request_id"]
        client = scope.get("client") or ("unknown", 0)
        transport = httpx2.ASGITransport(self._app, raise_app_exceptions=False, client=client)
        return await transport.handle_async_request(request)


class ToolsEndpoint:
    """The ASGI application at :data:`PATH`.

    It keeps no sessions, so that any of several servers answers, and sends plain JSON. The SDK is loaded when it is
    first asked.

    Args:
        app: answers the questions of the tools.
        rules: whose pages may ask.
    """

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._client = httpx2.AsyncClient(base_url=HERE, transport=CallersTransport(app), trust_env=False)
        self._rules = rules
        self._server: MCPServer | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            HTTPException: 501 where the SDK is not installed; 408 and 413 as for every body.
            LocalOnly: a page sent it whose scripts may not read answers.
        """
        if find_spec("mcp") is None:
            detail = "the tools for agents (the extra mcp) are not installed where the service runs"
            raise HTTPException(HTTPStatus.NOT_IMPLEMENTED, detail)
        self._check_origin(Headers(scope=scope))
        body = await read_bytes(Request(scope, receive), most=BODY_BYTES)
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        if self._server is None:
            self._server = await to_thread.run_sync(self._loaded)
        token = _caller.set(scope)
        try:
            await _answer(self._server, scope, replay, send)
        finally:
            _caller.reset(token)

    def _check_origin(self, headers: Headers) -> None:
        origin, sites, host = headers.get("origin"), self._rules.origins, headers.get("host")
        origins = {f"http://{host}", f"https://{host}"}
        if origin is not None and sites is not None and origin not in sites | origins:
            raise LocalOnly("a page of another site sent it, which is not among HEADROOM_CORS_ORIGINS")

    def _loaded(self) -> "MCPServer":
        from service.mcp.tools import server

        return server(self._client)


async def _answer(server: "MCPServer", scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one request by the SDK, whose manager of sessions lives no longer than it: there are none.

    Hosts, origins and sizes were checked before, as for every path.
    """
    from mcp.server.transport_security import TransportSecuritySettings

    server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # The one that was made for the application above; no other task runs between.
    manager = server.session_manager
    async with manager.run():
        await manager.handle_request(scope, receive, send)
