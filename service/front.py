"""The front of the service: exact cache hits go out as bytes before routing; HEAD is GET without the body."""

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from service.desk import Desk
from service.representations import Representation

EMPTY = b""


class Front(FastAPI):
    """FastAPI with a pure ASGI shortcut in front; validation, documentation and errors stay inside."""

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await super().__call__(scope, receive, send)
            return
        head = scope["method"] == "HEAD"
        found = self.desk.known(scope["path"], scope["query_string"])
        if found is not None:
            await _send(found, scope, send, head=head)
            return
        if not head:
            await super().__call__(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": EMPTY}
            await send(message)

        await super().__call__({**scope, "method": "GET"}, receive, without_body)


async def _send(found: Representation, scope: Scope, send: Send, *, head: bool) -> None:
    for name, value in scope["headers"]:
        if name == b"if-none-match" and found.matches(value):
            await send({"type": "http.response.start", "status": 304, "headers": found.headers_304})
            await send({"type": "http.response.body", "body": EMPTY})
            return
    await send({"type": "http.response.start", "status": 200, "headers": found.headers})
    await send({"type": "http.response.body", "body": EMPTY if head else found.body})
