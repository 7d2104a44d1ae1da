"""Which edition is served now, found again when the ledger or the directory of editions changes."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import takewhile
from pathlib import Path
from threading import Lock
from typing import Protocol

import structlog

from data.base.errors import EditionMissing, HeadroomError
from data.store.ledger import IssuedEdition
from projection.edition.columns import ColumnCache
from projection.edition.edition import Edition
from projection.edition.issued import newest, unrecorded
from projection.edition.remote import RemoteEditions

log = structlog.get_logger(__name__)

RETRY_SECONDS = 30.0
"""After which an edition that could not be fetched is tried again."""
COLUMN_BYTES = 60 * 2**20
"""Bytes of draws that stay in memory, of all editions together."""
WATCHED = 16
"""Editions, the last issued, whose folders are looked at for files that were put back."""
Stamps = tuple[tuple[str, int, int], ...]
Records = Callable[[], Sequence[IssuedEdition]]
"""The ledger's entries of the scope, in the order of its sequence; raises :class:`HeadroomError` where unreadable."""


class Newest(Protocol):
    """Loads the last edition issued that verifies; raises :class:`EditionMissing`."""

    def __call__(
        self,
        directory: Path,
        records: Sequence[IssuedEdition],
        *,
        corrupt: Mapping[str, str],
        remote: RemoteEditions | None = None,
    ) -> Edition:
        """The edition; those of ``corrupt`` are not tried."""
        ...


class ServedEditions(Protocol):
    """What the service asks about editions."""

    def recorded(self) -> Sequence[IssuedEdition]:
        """The ledger's entries of the scope as of the last look, in the order of its sequence."""
        ...

    def load(self, record: IssuedEdition) -> Edition:
        """An edition of the ledger, each of its files verified; raises :class:`ArtifactCorrupt`."""
        ...

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
        """Sentences on editions that are not served: corrupt, or not in the ledger."""
        ...

    def refresh(self) -> None:
        """Look again; may read files, so it is called from a worker thread."""
        ...

    def withhold(self, edition: str, reason: str) -> None:
        """Serve another edition than this one, which was found corrupt while it was served."""
        ...


class DirectoryEditions:
    """Editions of one directory, read only after a change.

    A good edition is only displaced by a good one that the ledger puts after it: neither a broken newcomer nor the loss
    of the directory or the ledger takes away what is being served. Only one that is recalled, or turns out to be
    corrupt while it is served, gives way to the one before; a corrupt one is tried again when anything in its folder
    changes, or after a while where there is a storage that files are fetched from.

    How much a look reads does not depend on how many editions there are.
    """

    def __init__(
        self, directory: Path, *, records: Records, newest: Newest = newest, remote: RemoteEditions | None = None
    ) -> None:
        self._directory = directory
        self._remote = remote
        self._retry = 0.0
        self._columns = ColumnCache(COLUMN_BYTES)
        self._records = records
        self._newest = newest if remote is None else partial(newest, remote=remote)
        self._lock = Lock()
        self._state: object = None
        self._entries: Sequence[IssuedEdition] = ()
        self._corrupt: dict[str, str] = {}
        self._withheld: dict[str, Stamps] = {}
        self.edition: Edition | None = None
        self.reason: str | None = None
        self.skipped: tuple[str, ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Read the current edition if ledger or directory changed; the ledger is asked outside the lock."""
        try:
            records = self._records()
        except HeadroomError as error:
            self._without_ledger(f"the ledger of editions cannot be read: {error}")
            return
        if self._entries and not records:
            # Entries are never taken out: the database was removed, or another one stands in its place.
            self._without_ledger("the ledger of editions is empty, and was not: its database is gone or another one")
            return
        with self._lock:
            self._entries = records
            signature = (_changed(self._directory), records)
            changed = self._changed_since_withheld()
            if signature != self._state or changed:
                self._corrupt = {name: reason for name, reason in self._corrupt.items() if name not in changed}
                self._read()
                self._state = signature

    def withhold(self, edition: str, reason: str) -> None:
        """Serve the edition before this one, of which a file differs from its hash, until its folder changes.

        One that is not the one served changes nothing: who asks for it by name is told of the fault each time.
        """
        with self._lock:
            if self.edition is not None and edition == self.edition.id and edition not in self._corrupt:
                log.error("edition_corrupt", edition=edition, detail=reason)
                self._corrupt[edition] = reason
                self._read()

    def recorded(self) -> Sequence[IssuedEdition]:
        """The ledger's entries as of the last look."""
        return self._entries

    def load(self, record: IssuedEdition) -> Edition:
        """An edition of the ledger, each of its files verified; raises :class:`ArtifactCorrupt`."""
        edition = Edition.load(self._directory / record.id, record=record, remote=self._remote)
        return replace(edition, columns=self._columns)

    def _changed_since_withheld(self) -> set[str]:
        """Editions that are withheld and may be whole by now."""
        if self._remote is not None and self._withheld and time.monotonic() >= self._retry:
            return set(self._withheld)
        return {name for name, stamps in self._withheld.items() if stamps != _stamps(self._directory / name)}

    def _read(self) -> None:
        # Before they are read, since any file of those that will not be served may be put back meanwhile.
        stamps = {record.id: _stamps(self._directory / record.id) for record in self._entries[-WATCHED:]}
        self._choose()
        served = self.edition.id if self.edition else None
        later = takewhile(lambda name: name != served, reversed(stamps))
        self._withheld = {name: stamps[name] for name in later}
        self._retry = time.monotonic() + RETRY_SECONDS

    def _choose(self) -> None:
        try:
            newest = self._newest(self._directory, self._entries, corrupt=self._corrupt)
        except EditionMissing as error:
            if self._gone():
                self.edition = None
            self.reason, self.skipped = error.reason, ()
            log.warning("edition_missing", detail=str(error), serving=self.edition.id if self.edition else None)
            return
        except Exception as error:
            # Whatever stands in that folder, it must not take down what is being served.
            log.exception("editions_unreadable", serving=self.edition.id if self.edition else None)
            self.reason, self.skipped = f"the editions folder cannot be read: {error!r}", ()
            return
        self.reason = None
        withheld = [f"{item.edition}: {item.reason}" for item in newest.withheld]
        self.skipped = (*withheld, *unrecorded(self._directory, self._entries))
        for sentence in self.skipped:
            log.warning("edition_skipped", detail=sentence)
        if self._displaces(newest):
            self.edition = replace(newest, columns=self._columns)
            log.info("edition_serving", edition=newest.id)

    def _displaces(self, edition: Edition) -> bool:
        if self.edition is None or self._gone():
            return True
        place = {record.id: number for number, record in enumerate(self._entries)}
        return place[edition.id] >= place.get(self.edition.id, -1)

    def _gone(self) -> bool:
        """Whether the edition being served must not be: it turned out to be corrupt, or was recalled."""
        recalled = {record.id for record in self._entries if record.recalled is not None}
        return self.edition is not None and self.edition.id in {*self._corrupt, *recalled}

    def _without_ledger(self, reason: str) -> None:
        if reason != self.reason:
            log.warning("edition_ledger_unreadable", detail=reason, serving=self.edition.id if self.edition else None)
        self.reason, self.skipped, self._state = reason, (), None


def _stamps(folder: Path) -> Stamps:
    """What changes with any file in a folder: name, size and time of the last change of each; empty when it is gone.

    The time is that of the inode, which a copy that keeps the modification time sets too.
    """
    stamps = []
    for path in sorted(folder.rglob("*")):
        with suppress(OSError):
            about = path.stat()
            stamps.append((str(path.relative_to(folder)), about.st_size, about.st_ctime_ns))
    return tuple(stamps)


def _changed(directory: Path) -> int:
    """When a folder appeared in a directory or left it, in nanoseconds; 0 when there is none.

    An edition appears by a rename, whole.
    """
    try:
        return directory.stat().st_mtime_ns
    except OSError:
        return 0
