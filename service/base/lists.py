"""Lists in queries: written with commas, or as often as there are values, as clients of the documentation may do."""

from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

LISTS = frozenset({"above", "quantiles"})
"""Parameters that take several values."""


class JoinedLists:
    """ASGI middleware: inside, every list stands once, its parts separated by commas."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and any(scope["query_string"].count(f"{name}=".encode()) > 1 for name in LISTS):
            scope = {**scope, "query_string": joined(scope["query_string"])}
        await self._app(scope, receive, send)


def joined(query: bytes) -> bytes:
    """A query whose lists stand once each.

    >>> joined(b"quantiles=0.1&region=US&quantiles=0.9")
    b'region=US&quantiles=0.1%2C0.9'
    """
    pairs = QueryParams(query).multi_items()
    others = [(name, value) for name, value in pairs if name not in LISTS]
    lists = {name: ",".join(value for other, value in pairs if other == name) for name, _ in pairs if name in LISTS}
    return urlencode([*others, *lists.items()]).encode()
