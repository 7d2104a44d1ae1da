"""Entries of a ledger for editions that a test wrote: what ``headroom project`` records of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from data.store.ledger import IssuedEdition
from data.store.recalls import Recall
from projection.edition.edition import Edition, folders


def record_of(folder: Path) -> IssuedEdition:
    """The entry of the edition in a folder, as its manifest stands."""
    edition = Edition(folder, json.loads((folder / "manifest.json").read_text()), {})
    return IssuedEdition(
        id=edition.id,
        issued=edition.issued,
        data_as_of=date.fromisoformat(edition.manifest.get("data_as_of", "2026-11-22")),
        model_version=edition.manifest.get("model_version", "m-1"),
        manifest_sha256=edition.manifest_sha256,
        path=str(folder),
    )


class Recorded:
    """A ledger that takes in every edition of a directory as it stands when it is first seen, in the order of names."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._records: dict[str, IssuedEdition] = {}

    def __call__(self) -> Sequence[IssuedEdition]:
        """The entries."""
        for path in folders(self._directory):
            if path.name not in self._records and (path / "cells.json").exists():
                self._records[path.name] = record_of(path)
        return tuple(self._records[name] for name in sorted(self._records))


class Ledger(dict[str, IssuedEdition]):
    """Entries of editions by name, which a test may recall."""

    def recall(self, name: str, *, successor: str | None = None, at: datetime | None = None) -> Recall:
        """Recall one, now unless a moment is given."""
        recall = Recall(at or datetime.now(UTC), "chips were counted twice", "ann", successor)
        self[name] = replace(self[name], recalled=recall)
        return recall
