"""Which edition is served now, found again when the directory of editions changes."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Protocol

import structlog

from data.errors import EditionMissing
from projection.editions import Edition

log = structlog.get_logger(__name__)

Newest = Callable[[Path], tuple[Edition, list[str]]]
"""Load the newest good edition and say which broken ones were skipped; raises :class:`EditionMissing`."""


class EditionHolder(Protocol):
    """What the service asks about editions."""

    @property
    def edition(self) -> Edition | None:
        """The edition being served, or None."""
        ...

    @property
    def reason(self) -> str | None:
        """Why no edition could be read at the last look, or None."""
        ...

    @property
    def skipped(self) -> tuple[str, ...]:
        """Sentences on editions that were found broken."""
        ...

    def due(self) -> bool:
        """Whether it is time to look again; costs one clock read."""
        ...

    def refresh(self) -> None:
        """Look again; may read files, so it is called from a worker thread."""
        ...


class DirectoryEditions:
    """Editions of one directory, looked at again at most every ``interval`` seconds and read only after a change.

    A good edition is only displaced by a good one issued later: neither a broken newcomer nor the loss of the
    directory takes away what is being served.
    """

    def __init__(
        self,
        directory: Path,
        *,
        newest: Newest,
        interval: float = 3.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._newest = newest
        self._interval = interval
        self._clock = clock
        self._lock = Lock()
        self._seen: tuple[tuple[str, int], ...] | None = None
        self._next = clock()
        self.edition: Edition | None = None
        self.reason: str | None = None
        self.skipped: tuple[str, ...] = ()
        self.refresh()

    def due(self) -> bool:
        """Whether the interval has passed since the last look."""
        return self._clock() >= self._next

    def refresh(self) -> None:
        """Read the newest edition if the directory changed; one thread at a time, the others go on."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._next = self._clock() + self._interval
            seen = self._signature()
            if seen != self._seen:
                self._read()
                self._seen = seen
        finally:
            self._lock.release()

    def _signature(self) -> tuple[tuple[str, int], ...]:
        # The manifest is written last, so its time tells a finished edition from one still being written.
        try:
            folders = sorted(self._directory.iterdir())
        except OSError:
            return ()
        return tuple((folder.name, _changed(folder)) for folder in folders if not folder.name.startswith("."))

    def _read(self) -> None:
        try:
            found, skipped = self._newest(self._directory)
        except EditionMissing as error:
            self.reason, self.skipped = str(error), ()
            log.warning("edition_missing", detail=str(error), serving=self.edition.id if self.edition else None)
            return
        except Exception as error:
            # Whatever stands in that folder, it must not take down what is being served.
            self.reason, self.skipped = f"the editions folder cannot be read: {error!r}", ()
            log.exception("editions_unreadable", serving=self.edition.id if self.edition else None)
            return
        self.reason, self.skipped = None, tuple(skipped)
        for sentence in skipped:
            log.warning("edition_skipped", detail=sentence)
        if self.edition is None or found.issued >= self.edition.issued:
            self.edition = found
            log.info("edition_serving", edition=found.id)


def _changed(folder: Path) -> int:
    """Time of the last change of a folder or of its manifest, in nanoseconds; 0 when it is gone."""
    times = [0]
    for path in (folder, folder / "manifest.json"):
        try:
            times.append(path.stat().st_mtime_ns)
        except OSError:
            continue
    return max(times)
