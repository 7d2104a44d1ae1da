"""Answers as bytes: made once for each query and state of the service, then sent from memory.

A :class:`Representation` is a response that can be sent many times. :class:`ResponseCache` holds those that were given
out, by address and by question, within a bound in bytes. :class:`CachedResponses` is the ASGI middleware that sends a
held one before routing, and answers HEAD as GET without the body.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import mktime_tz, parsedate_tz
from threading import Lock
from typing import Any

import orjson
from cachetools import LRUCache
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.negotiation import variant

JSON = "application/json"
REVALIDATE = "public, no-cache"
"""Keep it, but ask before use: freshness follows the edition, not a timer."""
CACHE_BYTES = 12 * 2**20
ENTRY_BYTES = 1024
"""What an entry takes beside its body and its key."""
NOTHING = 0, None
BODILESS = {b"content-length", b"content-type"}
"""Headers of a body, which a 304 has not."""
CONDITIONS = {b"if-none-match", b"if-modified-since"}
NO_BODY: Message = {"type": "http.response.body", "body": b""}

Key = tuple[str, bytes]
"""An address (:func:`address`), or the name of a question with its query in one spelling."""


def address(scope: Scope) -> Key:
    """What a request asks for as it is spelt, inside the boundary."""
    return address_of(scope.get("prefix", ""), scope["path"], scope)


def address_of(prefix: str, path: str, scope: Scope) -> Key:
    """The address of a path with what a request says, asked for through a prefix, which has no blanks."""
    return f"{prefix} {path}", scope["query_string"] + variant(scope["headers"])


class Representation(Response):
    """A response that can be sent many times, with a strong ETag; 304 where the client holds these bytes already.

    A client that gives a day instead of a tag (If-Modified-Since) has 304 where a header says Last-Modified.

    Args:
        body: the bytes.
        generation: of the state of the service it holds for; blank where it holds for good.
        prefix: begins the ETag: the id of an edition. The body's hash follows, so equal tags mean equal bytes.
        media_type: of the body.
        headers: further ones.
    """

    def __init__(
        self,
        body: bytes,
        *,
        generation: str = "",
        prefix: str = "",
        media_type: str = JSON,
        headers: dict[str, str] | None = None,
    ) -> None:
        digest = hashlib.sha256(body).hexdigest()[:20]
        etag = f'"{prefix}-{digest}"' if prefix else f'"{digest}"'
        fixed = {"ETag": etag, "Cache-Control": REVALIDATE}
        super().__init__(body, media_type=media_type, headers=fixed | (headers or {}))
        self.generation = generation
        self._etag = etag.encode("latin-1")
        self._start: Message = {"type": "http.response.start", "status": 200, "headers": tuple(self.raw_headers)}
        bodiless = tuple(pair for pair in self.raw_headers if pair[0] not in BODILESS)
        self._start_304: Message = {"type": "http.response.start", "status": 304, "headers": bodiless}
        self._body: Message = {"type": "http.response.body", "body": body}

    def matches(self, if_none_match: bytes) -> bool:
        """Whether the client's copy is this one (RFC 9110, 13.1.2: weak comparison, ``*`` matches)."""
        if if_none_match == self._etag:
            return True
        tags = [tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")]
        return b"*" in tags or self._etag in tags

    def _unchanged(self, conditions: Mapping[bytes, bytes]) -> bool:
        """Whether the client's copy is this one, by tag or, without a tag, by day (RFC 9110, 13.2.2)."""
        if (tags := conditions.get(b"if-none-match")) is not None:
            return self.matches(tags)
        since, modified = conditions.get(b"if-modified-since"), self.headers.get("last-modified")
        if since is None or modified is None:
            return False
        day = parsedate_tz(since.decode("latin-1"))
        last = parsedate_tz(modified)
        return day is not None and last is not None and mktime_tz(day) >= mktime_tz(last)

    def messages(self, scope: Scope) -> tuple[Message, Message]:
        """Start and body of the answer to a request: the bytes, or that the client's copy is still true."""
        conditions = {name: value for name, value in scope["headers"] if name in CONDITIONS}
        if conditions and self._unchanged(conditions):
            return self._start_304, NO_BODY
        return self._start, self._body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del receive
        for message in self.messages(scope):
            await send(message)


def dump(document: BaseModel | dict[str, Any] | bytes) -> bytes:
    """JSON bytes, keys in the order of the model or as they stand; bytes as they are."""
    if isinstance(document, bytes):
        return document
    if isinstance(document, BaseModel):
        return document.model_dump_json(by_alias=True).encode()
    return orjson.dumps(document)


class ResponseCache:
    """Representations by what they answer, the least recently used dropped beyond a bound; safe between threads.

    Many addresses may lead to one question, whose representation is kept once. Those of another generation count as
    absent, so that a slow thread cannot bring an old edition back.

    Args:
        size: bytes that bodies, keys and what goes with each may take.
    """

    def __init__(self, size: int = CACHE_BYTES) -> None:
        self._lru: LRUCache[Key, tuple[int, Representation | Key]] = LRUCache(size, getsizeof=lambda entry: entry[0])
        self._lock = Lock()
        self._flights = SingleFlight()

    def __len__(self) -> int:
        return len(self._lru)

    def get(self, key: Key, generation: str) -> Representation | None:
        """The one of this generation, or None."""
        with self._lock:
            _, value = self._lru.get(key, NOTHING)
            if isinstance(value, tuple):
                key = value
                _, value = self._lru.get(key, NOTHING)
            if not isinstance(value, Representation):
                return None
            if value.generation not in {"", generation}:
                del self._lru[key]
                return None
            return value

    def put(self, key: Key, value: Representation | Key) -> None:
        """Keep a representation, or the question an address leads to; what is larger than the bound is not kept."""
        body = b"" if isinstance(value, tuple) else value.body
        size = ENTRY_BYTES + len(key[0]) + len(key[1]) + len(body)
        with self._lock:
            self._lru.pop(key, None)
            if size <= self._lru.maxsize:
                self._lru[key] = size, value

    def make(self, key: Key, generation: str, build: Callable[[], Representation]) -> Representation:
        """The one of this generation, built where there is none; of several threads that need it, one builds."""
        representation = self.get(key, generation)
        if representation is None:
            with self._flights.alone(key):
                representation = self.get(key, generation)
                if representation is None:
                    representation = build()
                    self.put(key, representation)
        return representation


class SingleFlight:
    """Of several threads that make the same thing, one makes it and the others wait for that one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[Key, tuple[Lock, int]] = {}

    @contextmanager
    def alone(self, key: Key) -> Iterator[None]:
        """Inside, no other thread holds the same key."""
        with self._lock:
            lock, users = self._locks.get(key, (Lock(), 0))
            self._locks[key] = lock, users + 1
        try:
            with lock:
                yield
        finally:
            with self._lock:
                users = self._locks[key][1] - 1
                if users:
                    self._locks[key] = lock, users
                else:
                    del self._locks[key]


class CachedResponses:
    """ASGI middleware: what was given out at exactly this address goes out again as long as it is true.

    Args:
        app: answers what is not held.
        cache: what was given out.
        generation: of the state of the service now.
    """

    def __init__(self, app: ASGIApp, cache: ResponseCache, generation: Callable[[], str]) -> None:
        self._app, self._cache, self._generation = app, cache, generation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        app = self._app
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            if scope["method"] == "HEAD":
                scope, send = {**scope, "method": "GET", "head": True}, _without_body(send)
            app = self.look_up(address(scope)) or app
        await app(scope, receive, send)

    def look_up(self, key: Key) -> Representation | None:
        """What was given out at an address and is true now; None for nothing."""
        return self._cache.get(key, self._generation())


def _without_body(send: Send) -> Send:
    async def forward(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return forward
