"""The scheduler: queues the jobs of slots that are due, and takes runs from workers that died.

On PostgreSQL any number of schedulers run side by side; the queue lets one of them win each step. Of a SQLite file one
scheduler is at work, under a lock beside the file; others wait for it.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from typing import Protocol

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from data.base.errors import HeadroomError
from service.jobs.lost import LostRuns
from service.jobs.schedules import Schedules

POLL_SECONDS = 1.0
HOUR_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class Step(Protocol):
    """Something a scheduler does at each look, as a whole or not at all."""

    def __call__(self) -> object:
        """Do it; raises :class:`HeadroomError` where the database does not answer."""
        ...


class Hourly:
    """A step that is done at the first look and then once an hour; one that fails is done again at the next look."""

    def __init__(self, step: Step, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._step = step
        self._monotonic = monotonic
        self._next = -math.inf

    def __call__(self) -> None:
        """Do it if its hour has come."""
        now = self._monotonic()
        if now >= self._next:
            self._step()
            self._next = now + HOUR_SECONDS


class Scheduler:
    """One scheduler.

    Args:
        schedules: whose slots it queues.
        lost: takes lost runs.
        further: what else it does at each look.
        ended: once set, it leaves.
        interval: seconds between two looks.
    """

    def __init__(
        self,
        schedules: Schedules,
        lost: LostRuns,
        *,
        ended: Event,
        interval: float = POLL_SECONDS,
        further: Sequence[Step] = (),
    ) -> None:
        self._schedules = schedules
        self._steps: tuple[Step, ...] = (schedules.queue_due, lost.take, *further)
        self._ended = ended
        self._interval = interval

    def run(self) -> None:
        """Look until it is ended; a step that fails is done again at the next look."""
        while True:
            for step in self._steps:
                try:
                    step()
                except (HeadroomError, DatabaseError) as error:
                    log.warning("scheduler_step_failed", detail=str(error))
            if self._ended.wait(self._interval):
                return


@contextmanager
def alone(engine: Engine, *, ended: Event) -> Iterator[bool]:
    """Be the only scheduler of a SQLite file inside; yields False when it was ended while it waited for that."""
    if engine.dialect.name != "sqlite":
        yield True
        return
    lock = FileLock(f"{engine.url.database}.scheduler")
    waiting = False
    while not ended.is_set():
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not waiting:
                log.info("scheduler_waits", lock=lock.lock_file)
            waiting = True
            ended.wait(POLL_SECONDS)
            continue
        try:
            yield True
        finally:
            lock.release()
        return
    yield False
