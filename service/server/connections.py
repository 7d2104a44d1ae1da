"""HTTP connections with limits: on the time a client may take for its headers, on their size, and on their number.

uvicorn has no such limits: a client that sends half a header keeps its connection for ever, and when the file handles
of the process run out, connections are closed without a word. Here a connection that waits for a request is given up,
the oldest first, so that clients that ask at once are answered also while others hold connections open.
"""

import resource
import time
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from secrets import token_hex
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from service import problems
from service.access.answer_headers import NOTHING, REQUEST_ID, SECURITY
from service.memory import Answer

HEADER_BYTES = 32 * 2**10
"""What the request line and the headers may take together."""

URL_BYTES = 16 * 2**10
"""What of it the address may take."""

BACKLOG = 2048
"""Connections that may wait to be accepted, where the process may open enough files."""

RESERVED_HANDLES = 48
"""File handles left for reading editions, for the database and for logs."""

LAST_REQUEST_SECONDS = 1.0
"""How long a connection accepted last may take for its request once listening ended."""

READ_SECONDS = 0.1
"""What a connection gets beyond its time, to read what the system already holds for it."""

WARN_SECONDS = 60.0
"""At most one warning about too many connections in this time."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ServerLimits:
    """Limits of the server, in connections and seconds.

    Attributes:
        connections: open at once; fewer where the process may not open as many files.
        header: a client may take from connecting, or from the first byte of a further request, to the end of headers.
        keep_alive: a connection may stay open without a request; longer than the proxy in front keeps it.
        send: a client may take to accept what was sent.
        drain_delay: between SIGTERM and the end of listening; /readyz is 503 and connections are closed with answers.
        drain: after that, requests in work may take before they are cut off.
        refresh: between two looks at the editions folder and the database.
    """

    connections: int = 1000
    header: float = 10.0
    keep_alive: float = 75.0
    send: float = 30.0
    drain_delay: float = 2.0
    drain: float = 10.0
    refresh: float = 3.0


def backlog() -> int:
    """How many connections may wait to be accepted: all of them are accepted at once and need a file handle each."""
    return max(8, min(BACKLOG, _handles() // 8))


def _handles() -> int:
    """Files the process may have open, after raising the limit as far as it may be raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (OSError, ValueError):
            # Some systems give a hard limit that they refuse.
            hard = soft
    return 2**20 if hard == resource.RLIM_INFINITY else hard


class Connections:
    """The connections of one server.

    Attributes:
        limits: of the server.
        memory: the answer to a request that needs nothing but memory; None for others.
        stopping: whether the server is being ended; every answer then closes its connection.
    """

    def __init__(self, limits: ServerLimits, memory: Callable[[Any], Answer | None]) -> None:
        self.limits = limits
        self.memory = memory
        self.stopping = False
        self.maximum = max(8, min(limits.connections, _handles() - RESERVED_HANDLES - backlog()))
        # Ordered as a dict is: those that owe no answer, the longest waiting first.
        self._waiting: dict[Connection, None] = {}
        self._lines: tuple[list[tuple[bytes, bytes]], bytes] = [], b""
        self._warned = -WARN_SECONDS
        self._given_up = 0

    def waits(self, connection: "Connection") -> None:
        """The connection waits for a request."""
        self._waiting[connection] = None

    def works(self, connection: "Connection") -> None:
        """The connection has a request, or is gone."""
        self._waiting.pop(connection, None)

    def server_lines(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The server's own headers as they are sent: a list that uvicorn makes anew each second."""
        if headers is not self._lines[0]:
            self._lines = headers, b"".join(b"%b: %b\r\n" % header for header in headers)
        return self._lines[1]

    def limit(self, open_now: int) -> None:
        """Give up the connection that waits longest when there are too many: the newest when all others work."""
        if open_now <= self.maximum:
            return
        self._given_up += 1
        now = time.monotonic()
        if now - self._warned >= WARN_SECONDS:
            log.warning("connections_exhausted", maximum=self.maximum, given_up=self._given_up)
            self._warned, self._given_up = now, 0
        next(iter(self._waiting)).give_up(alone=len(self._waiting) == 1)


class Connection(HttpToolsProtocol):
    """A connection of uvicorn's with limits."""

    def __init__(self, *arguments: object, shared: Connections, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]  # uvicorn's own, passed through
        self._shared = shared
        self._header_timer: TimerHandle | None = None
        self._header_bytes = 0
        self._begun = self._short = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Accept it, or give up another one for it."""
        super().connection_made(transport)
        self._await_headers(self._shared.limits.header)
        self._shared.waits(self)
        self._shared.limit(len(self.connections))

    def data_received(self, data: bytes) -> None:
        """Read; headers that are not complete may not grow without bound."""
        # What begins and ends in these bytes is as short as they are.
        self._short = not self._begun and self._header_timer is None and len(data) <= URL_BYTES
        super().data_received(data)
        if self._begun and self._header_timer is None and not self.transport.is_closing():
            self._await_headers(self._shared.limits.header)
        if self._header_timer is not None:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self._end(self._excess() or "headers_too_large")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        # Most requests are whole in what was received, and need no timer.
        self._begun = True

    def on_headers_complete(self) -> None:
        """The headers are there: answer."""
        self._begun = False
        self._forget_headers()
        if not self._short and (code := self._excess()) is not None:
            # Out of the parser's callback, which ends in send_400_response.
            raise ValueError(code)
        self._shared.works(self)
        super().on_headers_complete()
        if self._shared.stopping and self.cycle is not None:
            self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 - passed through
        """Answer: from memory at once, else in a task."""
        # Where others wait after it, or the client takes nothing now, a task waits for its turn.
        at_once = cycle is self.cycle and not self.pipeline and not self.flow.write_paused
        closing = self._shared.stopping or not cycle.keep_alive
        answer = self._shared.memory(cycle.scope) if at_once and not closing else None
        if answer is None:
            super()._start_asgi_task(cycle, app)
            return
        lines = self._shared.server_lines(cycle.default_headers)
        self.transport.write(b"".join((STATUS_LINE[answer.status], lines, answer.lines, b"\r\n", answer.body)))
        cycle.response_started = cycle.response_complete = True
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        del msg
        self._end(self._excess() or "bad_request")

    def on_response_complete(self) -> None:
        """An answer left: wait for the next request."""
        super().on_response_complete()
        if not self.transport.is_closing() and self.cycle.response_complete:
            self._shared.waits(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._forget_headers()
        self._shared.works(self)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End it as soon as nothing is owed; a request that is on its way is awaited for a moment."""
        if self._header_timer is not None:
            self._forget_headers()
            self._await_headers(LAST_REQUEST_SECONDS)
            return
        super().shutdown()

    def give_up(self, *, alone: bool) -> None:
        """Close for the benefit of others; with a word when all the others are at work."""
        self._shared.works(self)
        self.connections.discard(self)
        if alone:
            self._end("overloaded")
        else:
            self.transport.close()

    def _await_headers(self, seconds: float) -> None:
        self._header_bytes = 0
        # Twice, since a loop that was held up runs its timers before it reads what has arrived in the meantime.
        self._header_timer = self.loop.call_later(seconds, self._look_once_more)

    def _look_once_more(self) -> None:
        self._header_timer = self.loop.call_later(READ_SECONDS, self._headers_late)

    def _forget_headers(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_late(self) -> None:
        self._header_timer = None
        if self._header_bytes:
            self._end("request_timeout")
        else:
            self.transport.close()

    def _excess(self) -> str | None:
        """The problem of an address or headers larger than are read; None where they are not, or have not begun."""
        url, headers = getattr(self, "url", b""), self.headers or []
        if len(url) > URL_BYTES:
            return "uri_too_long"
        size = len(url) + sum(len(name) + len(value) for name, value in headers)
        return "headers_too_large" if size > HEADER_BYTES else None

    def _end(self, code: str) -> None:
        self._forget_headers()
        if not self.transport.is_closing():
            kind = problems.KINDS[code]
            body = problems.document(kind, kind.description).model_dump_json().encode()
            headers = [
                (b"content-type", problems.MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                (b"connection", b"close"),
                (REQUEST_ID, token_hex(16).encode()),
                NOTHING,
                *SECURITY,
            ]
            if kind.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.SERVICE_UNAVAILABLE}:
                headers.append((b"retry-after", b"1"))
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            self.transport.write(STATUS_LINE[kind.status] + lines + b"\r\n" + body)
            self.transport.close()
