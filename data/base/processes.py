"""Worker processes: each uses one thread of linear algebra and ends when its parent ends."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def end_with_parent() -> None:
    """Let this process end when its parent does, even if the parent is killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _end_after(parent.join)


def end_when_closed(other_end: Connection) -> None:
    """Let this process end, whatever it is at, when the other end of a pipe is closed, by its holder or by its death.

    An executor cannot stop what it has begun. An event would not do: setting one waits for those who wait for it, and
    for ever if one of them was killed.
    """
    _end_after(partial(other_end.poll, None))


def _end_after(wait: Callable[[], object]) -> None:
    def end() -> None:
        wait()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


@contextmanager
def one_thread() -> Iterator[None]:
    """Processes started inside get one BLAS thread each; this process's own setting comes back."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
