"""A process of its own for work that a serving process must not do, reached by a pipe."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from data.base.processes import one_thread

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess


class ChildProcess:
    """One process, started when it is needed; one that died is replaced.

    Args:
        target: what it runs, with its end of the pipe and then ``arguments``.
        arguments: for the target.
    """

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401 - the target's
        self._target, self._arguments = target, arguments
        self._running: tuple[SpawnProcess, Connection] | None = None

    def connection(self) -> tuple[Connection, bool]:
        """Our end of the pipe, and whether the process was started for it."""
        if self._running is not None and self._running[0].is_alive():
            return self._running[1], False
        self.kill()
        context = multiprocessing.get_context("spawn")
        connection, other_end = context.Pipe()
        with one_thread():
            process = context.Process(target=self._target, args=(other_end, *self._arguments), daemon=True)
            process.start()
        other_end.close()
        self._running = process, connection
        return connection, True

    def kill(self) -> None:
        """End the process at once."""
        if self._running is not None:
            process, connection = self._running
            process.kill()
            process.join()
            connection.close()
            self._running = None
