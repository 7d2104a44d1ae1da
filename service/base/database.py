"""The database for requests about jobs: asked in threads of its own, so that one that hangs holds up nothing else."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from sqlalchemy import Engine

THREADS = 4

Answer = TypeVar("Answer")


class RequestDatabase:
    """Asks the database a few questions at a time; further ones wait without a thread.

    Args:
        engine: of the database; raises :class:`data.base.errors.StoreUnusable` while there is none.
    """

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._limiter = CapacityLimiter(THREADS)

    async def ask(self, question: Callable[[Engine], Answer]) -> Answer:
        """The answer of a function of the engine; raises :class:`HeadroomError` where the database does not answer."""
        return await to_thread.run_sync(partial(self._answer, question), limiter=self._limiter)

    def _answer(self, question: Callable[[Engine], Answer]) -> Answer:
        return question(self._engine())


async def request_database(request: Request) -> RequestDatabase:
    """A dependency: the database."""
    database: RequestDatabase = request.app.state.database
    return database


Database = Annotated[RequestDatabase, Depends(request_database)]
