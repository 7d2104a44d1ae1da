"""A table of draws filled by this process and others forked for it.

What a forked process needs it inherits; only places are sent to it, and what was raised is sent back. It writes a block
into memory that it has in common with this process, which puts it where it belongs: so the table itself lies in memory
of this process alone, in large pages.
"""

import gc
import mmap
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.errors import ProjectionError

Array = NDArray[np.float32]
Work = Callable[[int, Array], None]
"""Called with the first column of a block and an array for its columns, (row, column), that it writes."""
WAITING = 2
"""Blocks a forked process has: the one it makes, and one that waits to be taken back or begun."""


def fill(work: Work, table: Array, *, rows: Sequence[slice], block: int, others: int) -> None:
    """Have every block of columns written by this process and ``others`` more.

    Args:
        work: writes ``rows`` of a block, and whatever else it does is lost.
        table: what is filled, (row, column).
        rows: those that are written.
        block: columns of a block.
        others: how many processes are forked.

    Raises:
        ProjectionError: a process was ended before its work was done.
    """
    blocks = _Blocks(work, table, rows, block)
    blocks.free += [blocks.add_part() for _ in range(WAITING * others)]
    forked = multiprocessing.get_context("fork")
    try:
        with ProcessPoolExecutor(others, forked, initializer=_Inherited.take, initargs=(blocks,)) as processes:
            firsts = iter(range(0, table.shape[1], block))
            while True:
                blocks.hand_out(firsts, processes)
                first = next(firsts, None)
                if first is None:
                    break
                work(first, table[:, blocks.columns(first)])
                blocks.take_back(only_done=True)
            blocks.take_back(only_done=False)
    except BrokenProcessPool as error:
        raise ProjectionError(
            "a process that made draws was ended from outside",
            remedy="the system may have run out of memory: ask for fewer draws",
        ) from error


@dataclass
class _Blocks:
    """Blocks of a table, and where forked processes write theirs."""

    work: Work
    table: Array
    rows: Sequence[slice]
    block: int
    parts: list[Array] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    running: dict[Future[None], tuple[int, int]] = field(default_factory=dict)

    def add_part(self) -> int:
        """One more array that processes have in common, (row, column of a block), by its place."""
        size = self.table.shape[0] * self.block * self.table.itemsize
        self.parts.append(np.frombuffer(mmap.mmap(-1, size), dtype=np.float32).reshape(-1, self.block))
        return len(self.parts) - 1

    def columns(self, first: int) -> slice:
        """Columns of the block that begins with one."""
        return slice(first, min(first + self.block, self.table.shape[1]))

    def part(self, first: int, place: int) -> Array:
        """What a forked process writes a block into."""
        columns = self.columns(first)
        return self.parts[place][:, : columns.stop - columns.start]

    def hand_out(self, firsts: Iterator[int], processes: ProcessPoolExecutor) -> None:
        """Begin as many blocks as there is room for."""
        while self.free and (first := next(firsts, None)) is not None:
            place = self.free.pop()
            self.running[processes.submit(_Inherited.do, first, place)] = first, place

    def take_back(self, *, only_done: bool) -> None:
        """Put what processes wrote into the table; raises what they raised."""
        for future in [future for future in self.running if not only_done or future.done()]:
            first, place = self.running.pop(future)
            future.result()
            part, columns = self.part(first, place), self.columns(first)
            for rows in self.rows:
                self.table[rows, columns] = part[rows]
            self.free.append(place)


class _Inherited:
    """What a forked process was made for; set in that process alone."""

    blocks: _Blocks

    @classmethod
    def take(cls, blocks: _Blocks) -> None:
        cls.blocks = blocks
        # Looking for cycles among what was inherited would copy its pages.
        gc.freeze()

    @classmethod
    def do(cls, first: int, place: int) -> None:
        cls.blocks.work(first, cls.blocks.part(first, place))
