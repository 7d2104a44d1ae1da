"""Threads and processes that share work on draws.

Threads share what is one long call of a kernel or of numpy, during which the interpreter's lock is free. A pass of the
engine over a block is many short ones: processes forked for it share that, and write into memory they have in common.
"""

import mmap
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.errors import ProjectionError

Item = TypeVar("Item")
Array = NDArray[np.float32]
FORK = "fork"
LARGEST_KEPT = 31 * 2**20
"""Bytes, just under the most that the allocator's threshold can be raised to."""


class Share(Protocol):
    """Calls a function on every item, in any order; raises what a call raises."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        """On any thread; return when every item is done."""

    def apart(self, work: Callable[[int], None], items: Iterable[int], /) -> None:
        """In any process: of what ``work`` does, only what it writes into a :func:`room` lasts.

        Raises:
            ProjectionError: a process was ended before its work was done.
        """


def room(rows: int, columns: int) -> Array:
    """Zeros in memory that processes forked later share with this one, (row, column)."""
    held = mmap.mmap(-1, max(rows * columns, 1) * np.dtype(np.float32).itemsize)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        held.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(held, dtype=np.float32, count=rows * columns).reshape(rows, columns)


class _Alone:
    """The calling thread."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for item in items:
            work(item)

    def apart(self, work: Callable[[int], None], items: Iterable[int], /) -> None:
        self(work, items)


alone = _Alone()


@dataclass(frozen=True)
class _Together:
    """As many threads, or for :meth:`apart` forked processes, as ``count``."""

    count: int
    threads: ThreadPoolExecutor

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for future in [self.threads.submit(work, item) for item in items]:
            future.result()

    def apart(self, work: Callable[[int], None], items: Iterable[int], /) -> None:
        if FORK not in multiprocessing.get_all_start_methods():
            self(work, items)
            return
        # A pass over a block is a thousand short calls of numpy: threads would wait for the interpreter's lock at each.
        # What a forked process needs it inherits, so nothing but items and what was raised is sent.
        forked = multiprocessing.get_context(FORK)
        try:
            with ProcessPoolExecutor(self.count, forked, initializer=_Inherited.take, initargs=(work,)) as processes:
                for future in [processes.submit(_Inherited.do, item) for item in items]:
                    future.result()
        except BrokenProcessPool as error:
            raise ProjectionError(
                "a process that made draws was ended from outside",
                remedy="the system may have run out of memory: ask for fewer draws",
            ) from error


class _Inherited:
    """What a forked process was made for; set in that process alone."""

    work: Callable[[int], None]

    @classmethod
    def take(cls, work: Callable[[int], None]) -> None:
        cls.work = work
        keep_memory()

    @classmethod
    def do(cls, item: int) -> None:
        cls.work(item)


@contextmanager
def sharing(count: int) -> Iterator[Share]:
    """Share work for as long as the block lasts; with a count of 1 the calling thread does all of it."""
    keep_memory()
    if count == 1:
        yield alone
        return
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="draws") as pool:
        yield _Together(count, pool)


def keep_memory() -> None:
    """Have the C library keep what a block frees for the next block, instead of giving it back to the system.

    Arrays of a block are just above the size that glibc takes from the system one by one, and every page of them would
    be zeroed anew for every operation: a quarter of all time. Freeing one large array raises that size for good
    (malloc(3), M_MMAP_THRESHOLD: the threshold is dynamic). Where the C library is another, nothing changes.
    """
    large = np.empty(LARGEST_KEPT, dtype=np.uint8)
    del large
