"""Tries a failed preparation again while an older edition is served."""

from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

import structlog

from headroom.children import GRACE_SECONDS
from headroom.start.preparation import prepare

if TYPE_CHECKING:
    from headroom.console.phases import Phases
    from headroom.settings import Settings

LONGEST_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class Retrying:
    """Prepares again from entering to leaving, until nothing fails; each pause is twice the one before, up to an hour.

    The server finds a new edition by itself. ``faults`` is the list that readiness reports, kept current here.
    """

    def __init__(self, settings: "Settings", *, phases: "Phases", faults: list[str]) -> None:
        self._settings = settings
        self._phases = phases
        self._faults = faults
        self._ended = Event()
        self._thread = Thread(target=self._run, name="retrying", daemon=True)

    def __enter__(self) -> Self:
        """Begin with a pause."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child under way, if there is one."""
        self._ended.set()
        self._thread.join(2 * GRACE_SECONDS)

    def _run(self) -> None:
        pause = self._settings.start_delay * 2**self._settings.start_attempts
        while not self._ended.wait(pause):
            try:
                self._faults[:] = prepare(self._settings, phases=self._phases, ended=self._ended)
            except Exception:
                # A database that is locked or down, say: the next try may find it up again.
                log.exception("preparing_failed")
            else:
                if not self._faults:
                    return
            pause = min(2 * pause, LONGEST_SECONDS)
