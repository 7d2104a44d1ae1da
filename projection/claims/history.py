"""Verdicts over editions: what each said of a claim when it was issued, and editions of past days beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock
from typing import Any

from data.base.errors import ArtifactCorrupt
from data.store.ledger import IssuedEdition
from projection.claims.evaluation import DOCUMENT
from projection.edition.edition import Edition, folders


@dataclass(frozen=True)
class Judgement:
    """What one edition says of a claim.

    Attributes:
        past_day: whether it was made later for a past day and never served.
        rule: how figures counted as known, ``strict`` or ``available`` (a pseudo-vintage).
        readings: title, value and verdict of each.
        definition_sha256: hash of the claim as it was defined then.
    """

    edition: str
    data_as_of: date
    issued: datetime
    past_day: bool
    rule: str
    verdict: str
    readings: tuple[dict[str, Any], ...]
    definition_sha256: str


class ClaimHistory:
    """Claims of every edition of the ledger in a directory and of a directory of past days; each is read once.

    Args:
        directory: where editions live.
        records: the ledger's entries; what it does not know is no edition of ours.
        past: where editions of past days live, which no ledger records.
    """

    def __init__(self, directory: Path, records: Callable[[], Sequence[IssuedEdition]], past: Path) -> None:
        self._directory, self._records, self._past = directory, records, past
        self._documents: dict[Path, dict[str, Judgement]] = {}
        self._lock = Lock()

    def __call__(self, claim: str) -> tuple[Judgement, ...]:
        """What every edition that judged a claim said of it, by the day its figures were known, then by issue."""
        records = {record.id: record for record in self._records()}
        issued = [(folder, records[folder.name]) for folder in folders(self._directory) if folder.name in records]
        with self._lock:
            for folder, record in [*issued, *((folder, None) for folder in folders(self._past))]:
                if folder not in self._documents:
                    try:
                        self._documents[folder] = _judgements(folder, record)
                    except ArtifactCorrupt:
                        continue  # It is looked at again next time: it may be published again.
            present = {folder for folder, _ in issued} | set(folders(self._past))
            judgements = [of[claim] for folder, of in self._documents.items() if claim in of and folder in present]
        return tuple(sorted(judgements, key=lambda one: (one.data_as_of, one.issued)))


def _judgements(folder: Path, record: IssuedEdition | None) -> dict[str, Judgement]:
    """By claim; raises :class:`ArtifactCorrupt`."""
    edition = Edition.load(folder, only="", record=record)
    if DOCUMENT not in edition.manifest["files"]:
        return {}
    return {
        claim["id"]: Judgement(
            edition=edition.id,
            data_as_of=edition.data_as_of,
            issued=edition.issued,
            past_day=record is None,
            rule=str(edition.manifest.get("data_rule", "strict")),
            verdict=claim["verdict"],
            readings=tuple(
                {name: reading[name] for name in ("title", "value", "unit", "verdict")} for reading in claim["readings"]
            ),
            definition_sha256=claim["definition_sha256"],
        )
        for claim in edition.document(DOCUMENT)["claims"]
    }
