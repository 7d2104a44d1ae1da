"""The scheduler and the worker that ``headroom up`` keeps: started again when they end, and ended with it."""

from collections.abc import Sequence
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from headroom.children import GRACE_SECONDS

if TYPE_CHECKING:
    from headroom.settings import Settings

COMMANDS = ("scheduler", "worker")
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
POLL_SECONDS = 0.2

log = structlog.get_logger(__name__)


class Supervised:
    """Keeps one process of each command from entering to leaving; pauses between starts double up to a minute.

    A process that ends does nothing to the others or to the server: it is logged and started again. Should this process
    be killed, they end with it.
    """

    def __init__(self, settings: "Settings", commands: Sequence[str] = COMMANDS) -> None:
        self._settings = settings
        self._ended = Event()
        self._threads = [Thread(target=self._keep, args=(name,), name=name, daemon=True) for name in commands]

    def __enter__(self) -> Self:
        """Start them."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them; a worker ends its child first."""
        self._ended.set()
        for thread in self._threads:
            thread.join(3 * GRACE_SECONDS)

    def _keep(self, command: str) -> None:
        from headroom.leased import LeasedChild

        pause = FIRST_PAUSE
        while not self._ended.is_set():
            # Longer than a worker gives its own child.
            child = LeasedChild([command], home=self._settings.home, grace=2 * GRACE_SECONDS)
            try:
                while (end := child.wait(POLL_SECONDS)) is None:
                    if self._ended.is_set():
                        return
            finally:
                child.end()
            log.error("supervised_process_ended", command=command, error=end.error, code=end.code, again_in=pause)
            self._ended.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
