"""A process that makes blocks of draws for another.

It is spawned, not forked: a process with threads may hang in a fork of it. It is sent work once and tries it on a few
draws, so that all it needs is loaded; then it makes blocks in memory that both processes have in common. It ends when
its parent closes the connection or is gone.
"""

import mmap
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import DupFd, ForkingPickler
from types import MappingProxyType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from data.errors import ProjectionError

Array = NDArray[np.float32]
Work = Callable[[int, Array], None]
"""Called with the first column of a block and an array for its columns, (row, column): reads and writes rows of it."""
PLACES = 2
"""Blocks a helper has: the one it makes, and one that waits to be begun or to be taken back."""
TRIED = 4
"""Columns that new work is tried on."""
PATIENCE_SECONDS = 10.0
"""How long a process may take to end."""


def _only_read(items: dict[Any, Any]) -> "MappingProxyType[Any, Any]":
    return MappingProxyType(items)


ForkingPickler.register(MappingProxyType, lambda shown: (_only_read, (dict(shown),)))


class _Sent(Protocol):
    """A file descriptor on its way to a process."""

    def detach(self) -> int: ...


class Common:
    """Memory in common with a helper, of a size told later."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._shown: Array = np.empty((0, 0), dtype=np.float32)

    @classmethod
    def new(cls) -> Self:
        """Of no size yet."""
        if hasattr(os, "memfd_create"):
            return cls(os.memfd_create("draws"))
        with tempfile.TemporaryFile() as file:
            return cls(os.dup(file.fileno()))

    @classmethod
    def received(cls, sent: _Sent) -> Self:
        """In the process that was spawned with it."""
        return cls(sent.detach())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).received, (DupFd(self._descriptor),)

    def show(self, rows: int, columns: int) -> Array:
        """As an array, (row, column)."""
        if self._shown.shape != (rows, columns):
            size = rows * columns * np.dtype(np.float32).itemsize
            if os.fstat(self._descriptor).st_size < size:
                os.ftruncate(self._descriptor, size)
            self._shown = np.frombuffer(mmap.mmap(self._descriptor, size), dtype=np.float32).reshape(rows, columns)
        return self._shown

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class Trial:
    """Work to keep, packed, and how many rows it has."""

    number: int
    packed: bytes
    rows: int

    @classmethod
    def of(cls, number: int, work: Work, *, rows: int) -> Self:
        """Pack work."""
        return cls(number, bytes(ForkingPickler.dumps(work)), rows)

    def unpacked(self) -> Work:
        """The work, tried; rows that it reads are zeros here."""
        work: Work = ForkingPickler.loads(self.packed)
        with np.errstate(all="ignore"):
            work(0, np.zeros((self.rows, TRIED), dtype=np.float32))
        return work


@dataclass(frozen=True, slots=True)
class Block:
    """A block to make: first column and how many, and the array it lies in, (row, column) at a place."""

    number: int
    first: int
    count: int
    place: int
    rows: int
    columns: int

    def shown(self, memory: list[Common]) -> Array:
        """Where it is made, (row, column of the block)."""
        return memory[self.place].show(self.rows, self.columns)[:, : self.count]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a block, or the trial of a number, is done."""

    about: Block | int
    done: bool


@dataclass
class Helper:
    """A helper, seen from its parent.

    Attributes:
        free: places that hold no block.
        unanswered: messages sent; the first is that the process is there.
        told, ready: number of the work last sent, and of that last tried with success.
    """

    process: SpawnProcess
    connection: Connection
    memory: list[Common]
    free: list[int] = field(default_factory=lambda: list(range(PLACES)))
    unanswered: int = 1
    told: int = 0
    ready: int = 0

    @classmethod
    def spawned(cls) -> Self:
        """Begin a process; it is there when it answers."""
        spawn = multiprocessing.get_context("spawn")
        ours, theirs = spawn.Pipe()
        memory = [Common.new() for _ in range(PLACES)]
        process = spawn.Process(target=_help, args=(theirs, memory), name="draws", daemon=True)
        process.start()
        theirs.close()
        return cls(process, ours, memory)

    def tell(self, message: Trial | Block) -> None:
        """Send a message; raises :class:`ProjectionError` where nobody is there any more."""
        try:
            self.connection.send(message)
        except OSError as error:
            raise _lost() from error
        self.unanswered += 1
        if isinstance(message, Trial):
            self.told = message.number

    def answers(self, *, wait: bool) -> Iterator[tuple[Block, bool]]:
        """Blocks that were asked for, and whether each is done.

        Args:
            wait: for one answer, if none is there.

        Raises:
            ProjectionError: the process has ended.
        """
        while self.connection.poll(None if wait else 0.0):
            wait = False
            try:
                answer: Answer | None = self.connection.recv()
            except (EOFError, OSError) as error:
                raise _lost() from error
            self.unanswered -= 1
            if answer is None:
                continue
            if isinstance(answer.about, Block):
                yield answer.about, answer.done
            elif answer.done:
                self.ready = answer.about

    def end(self) -> None:
        """End the process, at work or not."""
        self.connection.close()
        self.process.terminate()
        self.process.join(PATIENCE_SECONDS)
        for memory in self.memory:
            memory.close()


def _lost() -> ProjectionError:
    return ProjectionError(
        "a process that made draws was ended from outside",
        remedy="the system may have run out of memory: ask for fewer draws",
    )


def _help(connection: Connection, memory: list[Common]) -> None:
    """What a helper does."""
    from projection.memory import keep_memory

    keep_memory()
    connection.send(None)
    work: Work | None = None
    while True:
        try:
            message: Trial | Block = connection.recv()
        except EOFError:
            return
        done = False
        # What is raised here is raised in the parent too, which makes the block itself when it hears that it failed.
        with suppress(Exception):
            if isinstance(message, Trial):
                work = None
                work = message.unpacked()
            elif work is not None:
                work(message.first, message.shown(memory))
            done = work is not None
        connection.send(Answer(message if isinstance(message, Block) else message.number, done))
