"""The threads that answer what is not in memory: as many as there are cores, and not too many requests that wait.

More threads would answer nothing sooner and make everything late, the probes of health too. A request that could only
wait for long is refused at once.
"""

import os

from anyio import to_thread

from data.base.errors import ServiceBusy

THREADS = max(2, os.cpu_count() or 1)
WAITING = 128
"""Requests that may wait for a thread: one to two seconds of answers that take long."""


async def admitted() -> None:
    """A dependency: this request may wait for a thread; raises :class:`ServiceBusy` where too many do."""
    # That of FastAPI, which belongs to the event loop and begins with forty.
    limiter = to_thread.current_default_thread_limiter()
    limiter.total_tokens = THREADS
    if limiter.statistics().tasks_waiting >= WAITING:
        raise ServiceBusy(WAITING)
