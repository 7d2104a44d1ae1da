"""Faults of a start, which ``/readyz`` reports until they are resolved."""

from collections.abc import Sequence

from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition
from service.editions import ServedEditions


class Remembering:
    """A holder of editions that also reports what failed at the start, until a newer edition is served.

    ``faults`` may change: what a later try mended is no longer reported.
    """

    def __init__(self, editions: ServedEditions, *, faults: Sequence[str]) -> None:
        self._editions = editions
        self._faults = faults
        self._first = editions.edition.id if editions.edition else None

    def recorded(self) -> Sequence[IssuedEdition]:
        """The ledger's entries as of the last look."""
        return self._editions.recorded()

    def load(self, record: IssuedEdition) -> Edition:
        """An edition of the ledger, each of its files verified."""
        return self._editions.load(record)

    @property
    def edition(self) -> Edition | None:
        """The edition being served, or None."""
        return self._editions.edition

    @property
    def reason(self) -> str | None:
        """What failed at the start and why no edition could be read at the last look, or None."""
        edition = self._editions.edition
        faults = tuple(self._faults) if (edition.id if edition else None) == self._first else ()
        reasons = [*faults, *([self._editions.reason] if self._editions.reason else [])]
        return "; ".join(reasons) or None

    @property
    def skipped(self) -> tuple[str, ...]:
        """Sentences on editions that were found broken."""
        return self._editions.skipped

    def refresh(self) -> None:
        """Look again."""
        self._editions.refresh()

    def withhold(self, edition: str, reason: str) -> None:
        """Serve another edition than this one, which was found corrupt while it was served."""
        self._editions.withhold(edition, reason)
