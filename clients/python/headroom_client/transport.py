"""How a request travels: over httpx2, with an event loop or without.

Both classes have the same face, and what is asked is written once, as coroutines over it. With
:class:`BlockingTransport` no coroutine ever waits for an event loop, so that :func:`finished` runs it to its end.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing, closing
from typing import Protocol, TypeVar

import httpx2
from httpx2 import EventSource, ServerSentEvent

from headroom_client.errors import error_of

T = TypeVar("T")


class Transport(Protocol):
    """What asks and waits."""

    @property
    def client(self) -> httpx2.Client | httpx2.AsyncClient:
        """What builds requests."""

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """The response, read to its end; raises ``httpx2.RequestError``."""

    def messages(self, request: httpx2.Request) -> AsyncGenerator[ServerSentEvent]:
        """The messages of a stream until it ends; raises ``httpx2.RequestError``, and the problem of a refusal."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""

    async def close(self) -> None:
        """Close connections."""


class AsyncTransport:
    """Over an event loop of asyncio."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """See :class:`Transport`."""
        return await self.client.send(request)

    async def messages(self, request: httpx2.Request) -> AsyncGenerator[ServerSentEvent]:
        """See :class:`Transport`."""
        response = await self.client.send(request, stream=True)
        async with aclosing(response):
            if not response.is_success:
                await response.aread()
                raise error_of(response)
            async for message in EventSource(response):
                yield message

    async def sleep(self, seconds: float) -> None:
        """See :class:`Transport`."""
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        """See :class:`Transport`."""
        await self.client.aclose()


class BlockingTransport:
    """Without an event loop: the thread waits."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """See :class:`Transport`."""
        return self.client.send(request)

    async def messages(self, request: httpx2.Request) -> AsyncGenerator[ServerSentEvent]:
        """See :class:`Transport`."""
        with closing(self.client.send(request, stream=True)) as response:
            if not response.is_success:
                response.read()
                raise error_of(response)
            for message in EventSource(response):
                yield message

    async def sleep(self, seconds: float) -> None:
        """See :class:`Transport`."""
        time.sleep(seconds)  # noqa: ASYNC251 - there is no event loop that it could hold up

    async def close(self) -> None:
        """See :class:`Transport`."""
        self.client.close()


def finished(awaitable: Awaitable[T]) -> T:
    """What a coroutine over a :class:`BlockingTransport` returns."""
    steps = awaitable.__await__()
    try:
        next(steps)
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("a blocking transport never waits for an event loop")
