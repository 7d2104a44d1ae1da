"""A lock that lets only one preparation run in a home.

The lock is ``flock`` on a file, so the system releases it when all its holders have ended, however they end. Children
inherit its descriptor: if the parent is killed, a child that still trains keeps the lock.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

NAME = "up.lock"
POLL_SECONDS = 0.2


@contextmanager
def hold(home: Path, *, waiting: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock of a home and yield its descriptor; ``waiting`` is called once if somebody else holds it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / NAME).open("a+") as handle:
        if not _acquire(handle):
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            waiting(f"process {holder} is preparing {home}; waiting for it to finish")
            # Asked again and again, since a blocking flock could not be interrupted; see children.
            while not _acquire(handle):
                time.sleep(POLL_SECONDS)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        try:
            yield handle.fileno()
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _acquire(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
