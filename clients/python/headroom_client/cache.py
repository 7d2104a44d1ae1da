"""Answers that are kept, so that they are not sent again while they are current."""

import threading
from collections import OrderedDict
from typing import NamedTuple

import httpx2


class AnswerKey(NamedTuple):
    """An address and the form it was asked for in."""

    url: str
    accept: str


class AnswerCache:
    """Answers with their ETags, up to a number of bytes: those used longest ago are dropped first."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._answers: OrderedDict[AnswerKey, httpx2.Response] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: AnswerKey) -> httpx2.Response | None:
        """What was answered last; None where nothing is kept."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: AnswerKey, response: httpx2.Response) -> None:
        """Keep an answer that has an ETag and may be kept."""
        if "etag" not in response.headers or "no-store" in response.headers.get("cache-control", ""):
            return
        with self._lock:
            earlier = self._answers.pop(key, None)
            self._answers[key] = response
            self._bytes += len(response.content) - (0 if earlier is None else len(earlier.content))
            while self._bytes > self._most:
                _, oldest = self._answers.popitem(last=False)
                self._bytes -= len(oldest.content)
