"""One preparation at a time in one home.

The lock is ``flock`` on a file, so the system drops it when its holders end, however they end. Its descriptor is handed
to the children: if the parent is killed outright, a child that still trains goes on holding it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "up.lock"


@contextmanager
def held(home: Path, *, waiting: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock of a home and yield its descriptor; ``waiting`` is told once if somebody else holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / NAME).open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            waiting(f"process {holder} is preparing {home}; waiting for it to finish")
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        try:
            yield handle.fileno()
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
