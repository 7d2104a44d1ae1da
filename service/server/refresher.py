"""Looking at editions, figures, champion and keys again, in one thread of its own that no request waits for."""

import errno
import os
from threading import Event, Thread
from types import TracebackType
from typing import Protocol, Self

import structlog

log = structlog.get_logger(__name__)


class Refreshed(Protocol):
    """What is looked at again."""

    def refresh(self) -> None:
        """Look again."""
        ...


class Refresher:
    """Refreshes the state and what else changes every ``interval`` seconds from entering to leaving.

    A look that hangs (a disk, a database within its time limit) delays the next look and nothing else.
    """

    def __init__(self, *refreshed: Refreshed, interval: float) -> None:
        self._refreshed = refreshed
        self._interval = interval
        self._ended = Event()
        self._handles_short = False
        # A daemon: the end of the process waits for no look that hangs.
        self._thread = Thread(target=self._run, name="refresher", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End after the look that is under way, without waiting for it."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            for look in (*(one.refresh for one in self._refreshed), self._look_at_handles):
                try:
                    look()
                except Exception:
                    # Whatever it is, the next look may succeed, and what is held is served on.
                    log.exception("refresh_failed")

    def _look_at_handles(self) -> None:
        try:
            os.close(os.dup(2))
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE}:
                raise
            if not self._handles_short:
                log.critical("file_handles_exhausted", remedy="raise the limit of open files (ulimit -n)")
            self._handles_short = True
            return
        if self._handles_short:
            log.info("file_handles_available_again")
        self._handles_short = False
