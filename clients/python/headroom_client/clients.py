"""The two clients: :class:`Headroom` blocks, :class:`AsyncHeadroom` is awaited. They ask the same."""

from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

import httpx2

from headroom_client.api import Api
from headroom_client.connection import Connection
from headroom_client.events import Event
from headroom_client.retry import Retry
from headroom_client.transport import AsyncTransport, BlockingTransport, finished

LOCAL = "http://127.0.0.1:8000"
TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
CACHE_BYTES = 64 * 2**20

P = ParamSpec("P")
T = TypeVar("T")


class AsyncHeadroom(Api):
    """A client for asyncio, used as ``async with AsyncHeadroom(…) as headroom: await headroom.gap("power", "US")``.

    Args:
        base_url: where the service is, with its path prefix if it has one.
        api_key: needed where the service asks for one.
        retry: how often a question is asked again.
        cache_bytes: bytes of answers that are kept and asked for with ``If-None-Match``; 0 for none.
        http: an httpx2 client of your own, for proxies, certificates and times; it is closed with this one.
    """

    def __init__(
        self,
        base_url: str = LOCAL,
        *,
        api_key: str | None = None,
        retry: Retry | None = None,
        cache_bytes: int = CACHE_BYTES,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        transport = AsyncTransport(httpx2.AsyncClient(timeout=TIMEOUT) if http is None else http)
        super().__init__(
            Connection(transport, base_url=base_url, api_key=api_key, retry=retry or Retry(), cache_bytes=cache_bytes)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def blocking(method: Callable[Concatenate[Api, P], Awaitable[T]]) -> Callable[Concatenate["Headroom", P], T]:
    """A question of the API as a method that returns its answer."""

    @wraps(method)
    def ask(self: "Headroom", /, *arguments: P.args, **options: P.kwargs) -> T:
        return finished(method(self.api, *arguments, **options))

    return ask


class Headroom:
    """A client that blocks, used as ``with Headroom(…) as headroom: headroom.gap("power", "US")``.

    Args:
        base_url: where the service is, with its path prefix if it has one.
        api_key: needed where the service asks for one.
        retry: how often a question is asked again.
        cache_bytes: bytes of answers that are kept and asked for with ``If-None-Match``; 0 for none.
        http: an httpx2 client of your own, for proxies, certificates and times; it is closed with this one.

    Threads may share it. Every method is documented at :class:`headroom_client.api.Api`.
    """

    def __init__(
        self,
        base_url: str = LOCAL,
        *,
        api_key: str | None = None,
        retry: Retry | None = None,
        cache_bytes: int = CACHE_BYTES,
        http: httpx2.Client | None = None,
    ) -> None:
        transport = BlockingTransport(httpx2.Client(timeout=TIMEOUT) if http is None else http)
        self.api = Api(
            Connection(transport, base_url=base_url, api_key=api_key, retry=retry or Retry(), cache_bytes=cache_bytes)
        )

    gap = blocking(Api.gap)
    gaps = blocking(Api.gaps)
    coverage = blocking(Api.coverage)
    draws = blocking(Api.draws)
    forecast = blocking(Api.forecast)
    series = blocking(Api.series)
    observations = blocking(Api.observations)
    sites = blocking(Api.sites)
    scoreboard = blocking(Api.scoreboard)
    claims = blocking(Api.claims)
    claim = blocking(Api.claim)
    scenarios = blocking(Api.scenarios)
    scenario = blocking(Api.scenario)
    editions = blocking(Api.editions)
    evaluate = blocking(Api.evaluate)
    solve = blocking(Api.solve)
    attribution = blocking(Api.attribution)
    forecast_own = blocking(Api.forecast_own)
    close = blocking(Api.close)

    def watch(self, *, after: int | None = None) -> Iterator[Event]:
        """See :meth:`headroom_client.api.Api.watch`."""
        events = self.api.watch(after=after)
        try:
            while True:
                yield finished(anext(events))
        finally:
            finished(events.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
