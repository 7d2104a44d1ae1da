"""What the service sends from memory, made in one step for a server that needs no task for it.

Half of what an answer from memory costs is the event loop's: a task, two messages and the headers one by one. All that
stands around the cache is asked here in the order of the middlewares, so that the answer is the same.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fastapi.responses import Response
from starlette.types import Scope

from service.access.answer_headers import REQUEST_ID, TIMING, AnswerHeaders, Headers, duration, request_id_of
from service.access.boundary import Boundary
from service.access.control import AccessControl
from service.cache import CachedResponses, address_of
from service.recorder import RequestRecorder


class Answer(NamedTuple):
    """A whole answer: its status, its headers as they are sent but for those of the server, and its body."""

    status: int
    lines: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Memory:
    """Answers that need nothing but memory."""

    headers: AnswerHeaders
    boundary: Boundary
    recorder: RequestRecorder
    control: AccessControl
    cached: CachedResponses

    def __call__(self, scope: Scope) -> Answer | None:
        """The answer to a GET; None where there is more to do than to send what is kept."""
        began = time.perf_counter()
        if scope["method"] != "GET" or self.boundary.cache_control is not None:
            return None
        inside = self.boundary.enter(scope)
        if isinstance(inside, Response):
            return None
        path, prefix = inside
        representation = self.cached.look_up(address_of(prefix, path, scope))
        headers = [(REQUEST_ID, request_id_of(scope))]
        if representation is None or not self.control.admit_open({**scope, "path": path, "answer_headers": headers}):
            return None
        start, body = representation.messages(scope)
        fixed = _lines(start["headers"]) + _lines(self.headers.fixed(start["headers"], scope))
        seconds = time.perf_counter() - began
        self.recorder.count(path, "GET", start["status"], seconds)
        headers.append((TIMING, duration(seconds)))
        return Answer(start["status"], fixed + _joined(headers), body["body"])


@lru_cache(maxsize=512)
def _lines(headers: Headers) -> bytes:
    return _joined(headers)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in headers])
