"""Threads that share work on draws."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

import numpy as np

Item = TypeVar("Item")
LARGEST_KEPT = 31 * 2**20
"""Bytes, just under the most that the allocator's threshold can be raised to."""


class Share(Protocol):
    """Calls a function on every item, in any order and on any thread; raises what a call raises."""

    def __call__(self, work: Callable[[Item], None], items: Iterable[Item], /) -> None:
        """Return when every item is done."""


@contextmanager
def sharing(threads: int) -> Iterator[Share]:
    """Threads for as long as the block lasts.

    Kernels and numpy's loops release the interpreter's lock, so threads share both the cores and the table of draws.
    """
    keep_memory()
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="draws") as pool:

        def share(work: Callable[[Item], None], items: Iterable[Item], /) -> None:
            for future in [pool.submit(work, item) for item in items]:
                future.result()

        yield share


def keep_memory() -> None:
    """Have the C library keep what a block frees for the next block, instead of giving it back to the system.

    Arrays of a block are just above the size that glibc takes from the system one by one, and every page of them would
    be zeroed anew for every operation: a quarter of all time. Freeing one large array raises that size for good
    (malloc(3), M_MMAP_THRESHOLD: the threshold is dynamic). Where the C library is another, nothing changes.
    """
    large = np.empty(LARGEST_KEPT, dtype=np.uint8)
    del large


def alone(work: Callable[[Item], None], items: Iterable[Item], /) -> None:
    """The same on the calling thread."""
    for item in items:
        work(item)
