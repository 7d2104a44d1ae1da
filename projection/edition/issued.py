"""Which edition is current: the last one in the ledger that is what was issued and not recalled; no clock decides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from data.base.errors import ArtifactCorrupt, EditionMissing, EditionUnreachable
from data.store.ledger import IssuedEdition
from projection.edition.edition import Edition, Withheld, folders
from projection.edition.remote import RemoteEditions

NONE: Mapping[str, str] = MappingProxyType({})


def newest(
    directory: Path,
    records: Sequence[IssuedEdition],
    *,
    corrupt: Mapping[str, str] = NONE,
    remote: RemoteEditions | None = None,
) -> Edition:
    """The last edition issued that verifies and is not recalled; ``withheld`` are those issued after it, latest first.

    Args:
        directory: where editions live.
        records: the ledger's entries of the scope, in the order of its sequence.
        corrupt: editions that are not even tried, with the reason.
        remote: the storage that missing files are fetched from. Once it does not answer, it is not asked again: of the
            editions before, only what is on disk is read.

    Raises:
        EditionMissing: none can be served; the reason says why not of each.
    """
    withheld: list[Withheld] = []
    for record in reversed(records):
        if record.recalled is not None:
            withheld.append(Withheld(record.id, f"recalled: {record.recalled.reason}"))
            continue
        if record.id in corrupt:
            withheld.append(Withheld(record.id, corrupt[record.id]))
            continue
        try:
            edition = Edition.load(directory / record.id, record=record, remote=remote)
            return replace(edition, withheld=tuple(withheld))
        except ArtifactCorrupt as error:
            if remote is not None and isinstance(error, EditionUnreachable):
                remote = replace(remote, attempts=0)
            withheld.append(Withheld(record.id, error.summary))
    sentences = [f"{item.edition}: {item.reason}" for item in withheld] + unrecorded(directory, records)
    raise EditionMissing(str(directory), "; ".join(sentences) or "none has been projected")


def unrecorded(directory: Path, records: Sequence[IssuedEdition]) -> list[str]:
    """A sentence on each folder that the ledger does not know and that therefore is not served."""
    names = {record.id for record in records}
    return [f"{path.name} is {not_recorded(path.name)}" for path in folders(directory) if path.name not in names]


def not_recorded(edition: str) -> str:
    """What is wrong with a folder of editions that the ledger does not know, and the command that mends it."""
    return f"not in the ledger: headroom editions adopt {edition} records it"
