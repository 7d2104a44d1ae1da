"""One question to the service: asked again where that helps, and not sent again where the answer is still current."""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from http import HTTPStatus
from itertools import count

import httpx2
from httpx2 import ServerSentEvent

from headroom_client.cache import AnswerCache, AnswerKey
from headroom_client.errors import ConnectionFailed, HeadroomError, error_of, unreached
from headroom_client.retry import Retry
from headroom_client.transport import Transport

AGENT = "headroom-client-python"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"
SILENCE = httpx2.Timeout(45.0)
"""How long a stream may be without a sign of life, which the service gives every 15 seconds."""
STOOD_SECONDS = 10.0
"""A stream that stood so long did not fail: it was ended, as proxies and new versions of a service do."""

Value = str | float | date | Sequence[str] | Sequence[float] | None
"""What a parameter can be; one that is None is left out."""


class Connection:
    """A service, as questions are put to it.

    Args:
        transport: how requests travel.
        base_url: where the service is, with its path prefix if it has one.
        api_key: sent with every request; None where none is needed.
        retry: how often a question is asked again.
        cache_bytes: bytes of answers that are kept; 0 for none.
    """

    def __init__(
        self, transport: Transport, *, base_url: str, api_key: str | None, retry: Retry, cache_bytes: int
    ) -> None:
        self.transport = transport
        self._base_url = base_url.rstrip("/")
        self._headers = {"User-Agent": AGENT}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._retry = retry
        self._cache = AnswerCache(cache_bytes)

    async def get(
        self, path: str, parameters: Mapping[str, Value] | None = None, accept: str = JSON
    ) -> httpx2.Response:
        """The answer of a path, or of a whole address of the same service, in the form ``accept``.

        Raises :class:`ConnectionFailed`, :class:`ProblemError` and :class:`UnexpectedAnswer`.
        """
        request = self._request("GET", path, parameters, accept)
        key = AnswerKey(str(request.url), accept)
        earlier = self._cache.find(key)
        if earlier is not None:
            request.headers["If-None-Match"] = earlier.headers["etag"]
        response = await self._send(request)
        if earlier is not None and response.status_code == HTTPStatus.NOT_MODIFIED:
            return earlier
        self._cache.keep(key, response)
        return response

    async def post(
        self, path: str, document: Mapping[str, object], parameters: Mapping[str, Value] | None = None
    ) -> httpx2.Response:
        """The answer to a question in a body; raises as :meth:`get`."""
        return await self._send(self._request("POST", path, parameters, JSON, document=document))

    async def events(self, path: str, *, after: int | None) -> AsyncGenerator[ServerSentEvent]:
        """The messages of a stream, which is gone on with where it broke off and has no end; raises as :meth:`get`."""
        last = None if after is None else str(after)
        attempt = 0
        while True:
            request = self._request("GET", path, None, EVENT_STREAM)
            request.extensions = {**request.extensions, "timeout": SILENCE.as_dict()}
            if last is not None:
                request.headers["Last-Event-ID"] = last
            error: HeadroomError = ConnectionFailed(f"the stream of {request.url} ended")
            error.passing = True
            begun = time.monotonic()
            try:
                async with aclosing(self.transport.messages(request)) as messages:
                    async for message in messages:
                        attempt, last = 0, message.id or last
                        yield message
            except httpx2.RequestError as fault:
                error = unreached(request, fault)
            except HeadroomError as refusal:
                error = refusal
            if time.monotonic() - begun >= STOOD_SECONDS:
                attempt = 0
            await self._wait(attempt, error)
            attempt += 1

    def _request(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, Value] | None,
        accept: str,
        *,
        document: Mapping[str, object] | None = None,
    ) -> httpx2.Request:
        texts = {name: _text(value) for name, value in (parameters or {}).items() if value is not None}
        return self.transport.client.build_request(
            method,
            path if "://" in path else f"{self._base_url}{path}",
            params=texts or None,
            headers={**self._headers, "Accept": accept},
            json=document,
        )

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        for attempt in count():
            try:
                response = await self.transport.send(request)
            except httpx2.RequestError as fault:
                error: HeadroomError = unreached(request, fault)
            else:
                if response.is_success or response.status_code == HTTPStatus.NOT_MODIFIED:
                    return response
                error = error_of(response)
            await self._wait(attempt, error)
        raise AssertionError("attempts are counted without an end")

    async def _wait(self, attempt: int, error: HeadroomError) -> None:
        """Wait before the next attempt; raise the error where there is none."""
        seconds = self._retry.wait(attempt, error.retry_after) if error.passing else None
        if seconds is None:
            raise error
        await self.transport.sleep(seconds)


def _text(value: str | float | date | Sequence[str] | Sequence[float]) -> str:
    """A parameter as the API reads it: lists by commas, days and moments as RFC 3339 has them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    return ",".join(map(_text, value))
