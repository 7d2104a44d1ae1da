"""Threads and processes that share work on draws.

Threads share what is one long call of a kernel or of numpy, during which the interpreter's lock is free. A pass of the
engine over a block is a thousand short ones, at each of which threads would wait for the lock: where there are blocks
enough, processes share that.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from projection.crew import Crew, Rows
from projection.helper import Array, Work
from projection.memory import keep_memory

Item = TypeVar("Item")
ENOUGH = 16
"""Blocks that are worth the second in which a process starts."""


class Share(Protocol):
    """Has work done in any order; raises what it raises."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        """Call ``work`` on every item, on any thread; return when all is done."""

    def fill(self, work: Work, table: Array, /, *, reads: Rows, writes: Rows, block: int) -> None:
        """Have every block of columns written, in any process; see :meth:`projection.crew.Crew.fill`."""


class _Alone:
    """The calling thread."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for item in items:
            work(item)

    def fill(self, work: Work, table: Array, /, *, reads: Rows, writes: Rows, block: int) -> None:
        del reads, writes  # All is read and written in place.
        for first in range(0, table.shape[1], block):
            work(first, table[:, first : first + block])


alone = _Alone()


@dataclass
class _Together:
    """``count`` threads, or this process and ``count - 1`` more, which are started when there is enough for them."""

    count: int
    threads: ThreadPoolExecutor
    crew: Crew | None = None

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for future in [self.threads.submit(work, item) for item in items]:
            future.result()

    def fill(self, work: Work, table: Array, /, *, reads: Rows, writes: Rows, block: int) -> None:
        if table.shape[1] < ENOUGH * block:
            alone.fill(work, table, reads=reads, writes=writes, block=block)
            return
        if self.crew is None:
            self.crew = Crew(self.count - 1)
        self.crew.fill(work, table, reads=reads, writes=writes, block=block)


@contextmanager
def sharing(count: int) -> Iterator[Share]:
    """Share work for as long as the block lasts; with a count of 1 the calling thread does all of it."""
    keep_memory()
    if count == 1:
        yield alone
        return
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="draws") as pool:
        together = _Together(count, pool)
        try:
            yield together
        finally:
            if together.crew is not None:
                together.crew.end()
