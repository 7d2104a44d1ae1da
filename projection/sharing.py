"""Threads and processes that share work on draws.

Threads share what is one long call of a kernel or of numpy, during which the interpreter's lock is free. Passes of the
engine over blocks are shared by processes (:mod:`projection.crew`).
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from projection import crew
from projection.crew import Job
from projection.memory import give_back, keep_memory

Item = TypeVar("Item")


class Share(Protocol):
    """Has work done in any order; raises what it raises."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        """Call ``work`` on every item, on any thread; return when all is done."""

    def fill(self, job: Job, /) -> None:
        """Make every block of a job, in any process."""


class _Alone:
    """The calling thread."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for item in items:
            work(item)

    def fill(self, job: Job, /) -> None:
        self(job.make, job.firsts)


alone = _Alone()


@dataclass(frozen=True)
class _Together:
    """``count`` threads, or this process and ``count - 1`` more."""

    count: int
    threads: ThreadPoolExecutor

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        for future in [self.threads.submit(work, item) for item in items]:
            future.result()

    def fill(self, job: Job, /) -> None:
        # One block has nothing to share; a fork is not made for it.
        crew.fill(job, others=min(self.count, len(job.firsts)) - 1)


@contextmanager
def sharing(count: int) -> Iterator[Share]:
    """Share work for as long as the block lasts; with a count of 1 the calling thread does all of it."""
    give_back()
    keep_memory()
    if count == 1:
        yield alone
        return
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="draws") as pool:
        yield _Together(count, pool)
