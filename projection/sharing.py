"""Threads and processes that share work on draws.

Threads share what is one long call of a kernel or of numpy, during which the interpreter's lock is free. A pass of the
engine over a block is a thousand short ones, at each of which threads would wait for the lock: processes forked for it
share that.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from projection import forks
from projection.forks import Array, Work

Item = TypeVar("Item")
LARGEST_KEPT = 31 * 2**20
"""Bytes, just under the most that the allocator's threshold can be raised to."""


class Share(Protocol):
    """Has work done in any order; raises what it raises."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        """Call ``work`` on every item, on any thread; return when all is done."""

    def fill(self, work: Work, table: Array, /, *, rows: Sequence[slice], block: int) -> None:
        """Have ``rows`` of every block of columns written, in any process; see :func:`projection.forks.fill`."""


class _Alone:
    """The calling thread."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for item in items:
            work(item)

    def fill(self, work: Work, table: Array, /, *, rows: Sequence[slice], block: int) -> None:
        del rows  # All that is written is written in place.
        for first in range(0, table.shape[1], block):
            work(first, table[:, first : first + block])


alone = _Alone()


@dataclass(frozen=True)
class _Together:
    """``count`` threads, or this process and ``count - 1`` more."""

    count: int
    threads: ThreadPoolExecutor

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for future in [self.threads.submit(work, item) for item in items]:
            future.result()

    def fill(self, work: Work, table: Array, /, *, rows: Sequence[slice], block: int) -> None:
        if table.shape[1] <= block:
            work(0, table)
        else:
            forks.fill(work, table, rows=rows, block=block, others=self.count - 1)


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
