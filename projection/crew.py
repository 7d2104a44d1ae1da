"""Processes forked to fill tables of draws together with this one.

A pass over a block is a thousand short calls of numpy, at each of which threads would wait for the interpreter's lock.
Spawned processes would load everything once more, a fifth of all memory; forked ones share it. The known danger of a
fork is a lock that another thread held at that moment and nobody gives back. A helper calls numpy and kernels alone,
whose locks are made new in it; and should it not answer all the same, it is ended and its blocks are made here. What a
block holds does not depend on who made it.

A helper makes blocks in memory that both have in common. Tables stay in this process alone: were they inherited, every
page written while a helper lives would be copied.
"""

import gc
import mmap
import multiprocessing
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Parts = tuple[Array, ...]
"""A block of every table, (row, column); without columns where a table is narrower than the first."""
Rows = Sequence[slice]
Work = Callable[[int, Parts], None]
"""Called with the first column of a block and its parts, of which it reads and writes rows."""
PLACES = 2
"""Blocks a helper has: the one it makes, and one that waits to be begun or to be taken back."""
PATIENCE_SECONDS, PATIENCE_BLOCKS = 10.0, 50.0
"""A helper is given up that has not answered for so long, and for as long as this process takes for so many blocks."""


def room(rows: int, columns: int) -> Array:
    """Memory of a table, (row, column), in large pages and not inherited by a forked process; zeros."""
    return _mapped(rows, columns, mmap.MAP_PRIVATE, "MADV_HUGEPAGE", "MADV_DONTFORK")


def _mapped(rows: int, columns: int, sharing: int, *advice: str) -> Array:
    size = rows * columns * np.dtype(np.float32).itemsize
    held = mmap.mmap(-1, max(size, 1), flags=sharing | mmap.MAP_ANON)
    for option in advice:
        if hasattr(mmap, option):  # Linux
            held.madvise(getattr(mmap, option))
    return np.frombuffer(held, dtype=np.float32, count=rows * columns).reshape(rows, columns)


@dataclass(frozen=True)
class Job:
    """Tables to fill.

    Attributes:
        work: writes rows of a block; whatever else it does may be lost.
        tables: (row, column) each; the first has most columns, and all rows of the others are written.
        reads: rows of the first table that the work reads in the same block; writes: rows of it that it writes.
        block: columns of a block.
    """

    work: Work
    tables: Parts
    reads: Rows
    writes: Rows
    block: int

    @property
    def firsts(self) -> range:
        """First columns of all blocks."""
        return range(0, self.tables[0].shape[1], self.block)

    def parts(self, first: int) -> Parts:
        """A block, in place."""
        return tuple(table[:, first : first + self.block] for table in self.tables)

    def make(self, first: int) -> None:
        """Make a block in place."""
        self.work(first, self.parts(first))


def fill(job: Job, *, others: int) -> None:
    """Make every block, together with ``others`` helpers where processes can be forked safely (Linux)."""
    firsts = deque(job.firsts)
    helpers: list[_Helper] = []
    slowest = 0.0
    # Looking for cycles among what is inherited would copy its pages.
    gc.freeze()
    try:
        for _ in range(others if sys.platform == "linux" else 0):
            helpers.append(_Helper.forked(job))
            helpers[-1].hand_out(firsts)
        while firsts:
            begun = time.perf_counter()
            job.make(firsts.popleft())
            slowest = max(slowest, time.perf_counter() - begun)
            for helper in helpers:
                helper.take_back(patience=0.0)
                helper.hand_out(firsts)
        for helper in helpers:
            while helper.running:
                helper.take_back(patience=PATIENCE_SECONDS + PATIENCE_BLOCKS * slowest)
    finally:
        for helper in helpers:
            helper.end()
        gc.unfreeze()


@dataclass
class _Helper:
    """A forked process, seen from this one.

    Attributes:
        memory: parts in common, by place; free: places that hold no block; running: places of blocks under way.
    """

    job: Job
    process: ForkProcess
    connection: Connection
    memory: list[Parts]
    free: list[int]
    running: dict[int, int]

    @classmethod
    def forked(cls, job: Job) -> "_Helper":
        fork = multiprocessing.get_context("fork")
        ours, theirs = fork.Pipe()
        # Memory that both have in common.
        memory = [tuple(_mapped(len(table), job.block, mmap.MAP_SHARED) for table in job.tables) for _ in range(PLACES)]
        process = fork.Process(target=_help, args=(job.work, theirs, ours, memory), name="draws", daemon=True)
        process.start()
        theirs.close()
        return cls(job, process, ours, memory, list(range(PLACES)), {})

    def hand_out(self, firsts: deque[int]) -> None:
        """Give it as many blocks as it has room for, from the last on: those of narrower tables are made here."""
        while self.free and firsts:
            first = firsts.pop()
            place = self.running[first] = self.free.pop()
            here = self.job.parts(first)
            for rows in self.job.reads:
                _part(self.memory[place], here)[0][rows] = here[0][rows]
            try:
                self.connection.send((first, place, [part.shape[1] for part in here]))
            except OSError:
                self._give_up()

    def take_back(self, *, patience: float) -> None:
        """Put blocks that are done in their place; raise what was raised in one by making it here."""
        while self.running:
            try:
                if not self.connection.poll(patience):
                    if patience:
                        self._give_up()
                    return
                first, done = self.connection.recv()
            except (EOFError, OSError):
                self._give_up()
                return
            place = self.running.pop(first)
            if done:
                self._settle(first, place)
            else:
                self.job.make(first)
            self.free.append(place)

    def _settle(self, first: int, place: int) -> None:
        here = self.job.parts(first)
        made = _part(self.memory[place], here)
        for rows in self.job.writes:
            here[0][rows] = made[0][rows]
        for whole, part in zip(here[1:], made[1:], strict=True):
            whole[:] = part

    def _give_up(self) -> None:
        """Do without it."""
        warnings.warn(
            "a process that helped to draw ended early: its draws are made here", RuntimeWarning, stacklevel=2
        )
        self.end()
        self.free.clear()
        left = [*self.running]
        self.running.clear()
        for first in left:
            self.job.make(first)

    def end(self) -> None:
        """End the process, at work or not."""
        self.connection.close()
        self.process.kill()
        self.process.join()


def _part(memory: Parts, like: Parts) -> Parts:
    return tuple(array[:, : part.shape[1]] for array, part in zip(memory, like, strict=True))


def _help(work: Work, connection: Connection, parents: Connection, memory: list[Parts]) -> None:
    """What a helper does until its parent closes the connection or is gone."""
    parents.close()
    while True:
        try:
            first, place, widths = connection.recv()
        except EOFError:
            return
        done = False
        try:
            work(first, tuple(array[:, :width] for array, width in zip(memory[place], widths, strict=True)))
            done = True
        except Exception:  # noqa: BLE001, S110 - the parent makes the block itself and meets what was raised
            pass
        connection.send((first, done))
