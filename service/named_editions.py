"""Editions that a request names: a few of them are held in memory, each verified when it is read from disk."""

from collections.abc import Sequence
from datetime import datetime
from threading import Lock
from typing import Protocol

from cachetools import LRUCache

from data.base.errors import InvalidParameter, NotFound
from data.periods.timestamps import rfc3339
from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition

LOADED = 4
"""Editions held in memory beside the one served."""
SHOWN = 5
"""Editions that an error names."""


class Ledger(Protocol):
    """Where editions are looked up and read."""

    def recorded(self) -> Sequence[IssuedEdition]:
        """The ledger's entries, in the order of its sequence."""
        ...

    def load(self, record: IssuedEdition) -> Edition:
        """An edition of the ledger, verified; raises :class:`data.base.errors.ArtifactCorrupt`."""
        ...


class NamedEditions:
    """Editions by name and by day of issue, the least recently used dropped; safe between threads.

    Args:
        ledger: where they are looked up and read.
        size: how many are held.
    """

    def __init__(self, ledger: Ledger, *, size: int = LOADED) -> None:
        self._ledger = ledger
        self._loaded: LRUCache[IssuedEdition, Edition] = LRUCache(size)
        self._lock = Lock()
        self._loading = Lock()

    def load(self, record: IssuedEdition) -> Edition:
        """The edition of an entry; read again once the entry says that it was recalled.

        Raises:
            ArtifactCorrupt: it is gone from disk or not what was issued.
        """
        edition = self._in_memory(record)
        if edition is None:
            # One at a time: many requests for many editions would else hold as many in memory at once.
            with self._loading:
                edition = self._in_memory(record) or self._ledger.load(record)
                with self._lock:
                    self._loaded[record] = edition
        return edition

    def _in_memory(self, record: IssuedEdition) -> Edition | None:
        with self._lock:
            return self._loaded.get(record)

    def record(self, name: str) -> IssuedEdition:
        """The ledger's entry of an edition; raises :class:`NotFound`."""
        records = self._ledger.recorded()
        for record in records:
            if record.id == name:
                return record
        raise NotFound("edition", name, allowed=_newest(records), hint="/v1/editions lists them")

    def issued_before(self, moment: datetime) -> IssuedEdition:
        """The edition that was served right before a moment: the last one issued, of those not recalled by then.

        Raises:
            InvalidParameter: none was issued before it.
        """
        records = self._ledger.recorded()
        standing = [
            record
            for record in records
            if record.issued < moment and (record.recalled is None or record.recalled.at >= moment)
        ]
        if not standing:
            first = min((record.issued for record in records), default=None)
            since = "" if first is None else f"; the first was issued at {rfc3339(first)}"
            raise InvalidParameter("issued_before", f"no edition stood before {rfc3339(moment)}{since}")
        return max(standing, key=lambda record: record.issued)


def _newest(records: Sequence[IssuedEdition]) -> list[str]:
    return [record.id for record in reversed(records[-SHOWN:])]
