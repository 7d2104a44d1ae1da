"""Finds runs whose worker reports no more, without asking any clock what time it is."""

import time
from collections.abc import Callable

import structlog

from service.jobs.queue import Queue

log = structlog.get_logger(__name__)


class LostRuns:
    """Takes runs from workers that died.

    A worker counts its beats in the job's row. A run is lost when this process has seen the same count for ``lease``
    seconds of its own monotonic clock: a clock that is set, here or on another machine, changes nothing.
    """

    def __init__(self, queue: Queue, *, lease: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._lease = lease
        self._monotonic = monotonic
        self._since: dict[tuple[int, int, int], float] = {}

    def take(self) -> int:
        """Put the jobs of lost runs back into the queue, or among the dead; returns how many."""
        now = self._monotonic()
        beats = [(number, run, count) for (number, run), count in self._queue.beats().items()]
        self._since = {key: self._since.get(key, now) for key in beats}
        lost = [key for key, since in self._since.items() if now - since > self._lease]
        ended = [key for key in lost if self._queue.lose(*key)]
        for number, run, _ in ended:
            log.warning("run_lost", job=number, run=run, lease=self._lease)
        return len(ended)
