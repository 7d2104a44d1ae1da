"""Helpers that fill a table of draws together with this process.

A block that a helper made is put in its place by this process, so the table lies in memory of this process alone, in
large pages. A helper that is not ready is not waited for. What a block holds does not depend on who made it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from projection.helper import Array, Block, Helper, Trial, Work

Rows = Sequence[slice]


class Crew:
    """Helpers, from when they are spawned until they are ended."""

    def __init__(self, others: int) -> None:
        self._helpers = [Helper.spawned() for _ in range(others)]
        self._number = 0

    def end(self) -> None:
        """End every helper, at work or not."""
        for helper in self._helpers:
            helper.end()

    def fill(self, work: Work, table: Array, *, reads: Rows, writes: Rows, block: int, patient: bool = False) -> None:
        """Have every block of columns written by this process and the helpers.

        Args:
            work: writes rows of a block; whatever else it does is lost.
            table: what is filled, (row, column).
            reads: rows that the work reads in the same block.
            writes: rows that it writes.
            block: columns of a block.
            patient: wait until every helper is ready before the first block is made.

        Raises:
            ProjectionError: a helper was ended before its work was done.
        """
        self._number += 1
        job = _Job(Trial.of(self._number, work, rows=table.shape[0]), work, table, reads, writes, block)
        firsts = iter(range(0, table.shape[1], block))
        for helper in self._helpers:
            while patient and not job.begun(helper):
                job.take_back(helper, wait=True)
        while True:
            for helper in self._helpers:
                job.take_back(helper, wait=False)
                job.hand_out(helper, firsts)
            first = next(firsts, None)
            if first is None:
                break
            job.make(first)
        for helper in self._helpers:
            while job.under_way(helper):
                job.take_back(helper, wait=True)


@dataclass(frozen=True)
class _Job:
    """A table to fill."""

    trial: Trial
    work: Work
    table: Array
    reads: Rows
    writes: Rows
    block: int

    def make(self, first: int) -> None:
        """Make a block here."""
        self.work(first, self._at(first))

    def begun(self, helper: Helper) -> bool:
        """Whether a helper is ready for this work; one that has nothing else to do is sent it."""
        if helper.told != self.trial.number and not helper.unanswered:
            helper.tell(self.trial)
        return helper.ready == self.trial.number

    def hand_out(self, helper: Helper, firsts: Iterator[int]) -> None:
        """Give a helper as many blocks as it has room for."""
        while self.begun(helper) and helper.free and (first := next(firsts, None)) is not None:
            here = self._at(first)
            block = Block(self.trial.number, first, here.shape[1], helper.free.pop(), len(self.table), self.block)
            for rows in self.reads:
                block.shown(helper.memory)[rows] = here[rows]
            helper.tell(block)

    def under_way(self, helper: Helper) -> bool:
        """Whether a helper has blocks of this work; a trial that nobody waits for any more may go on."""
        return self.begun(helper) and helper.unanswered > 0

    def take_back(self, helper: Helper, *, wait: bool) -> None:
        """Put blocks in their place, and make here what a helper could not, to raise what it raised."""
        for block, done in helper.answers(wait=wait):
            helper.free.append(block.place)
            if block.number != self.trial.number:
                continue  # Of work that ended with an error.
            if done:
                for rows in self.writes:
                    self._at(block.first)[rows] = block.shown(helper.memory)[rows]
            else:
                self.make(block.first)

    def _at(self, first: int) -> Array:
        return self.table[:, first : first + self.block]
