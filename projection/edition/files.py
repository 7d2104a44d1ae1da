"""Files of an edition as they were published: read from disk or fetched, and compared with their hash each time."""

import errno
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.base.artifacts import new_file
from data.base.errors import ArtifactCorrupt
from projection.edition.remote import MANIFEST, RemoteEditions

REMOVAL = "draws_removed.json"
"""Beside the files of an edition whose draws the retention policy removed: the day, and why."""
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}


def file_sha256(path: Path) -> str:
    """Sha256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def content(directory: Path, name: str, sha256: str | None, remote: RemoteEditions | None) -> bytes:
    """A file of an edition; raises :class:`ArtifactCorrupt` where it is gone or not those bytes any more.

    A copy on disk that is not what was published is set aside and fetched again where there is a storage.
    """
    for _ in range(1 if remote is None else 2):
        read = _read(directory, name, remote)
        if hashlib.sha256(read).hexdigest() == sha256:
            return read
        if remote is not None:
            remote.set_aside(directory, name)
    raise corrupt(directory / name, directory, "differs from the hash in its manifest")


def manifest(directory: Path, remote: RemoteEditions | None) -> dict[str, Any]:
    """The manifest, which nothing but the ledger has a hash of; raises :class:`ArtifactCorrupt` as above."""
    path = directory / MANIFEST
    try:
        document = json.loads(_read(directory, MANIFEST, remote))
    except ValueError as error:
        raise corrupt(path, directory, f"cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise corrupt(path, directory, "is not a JSON object")
    return document


def of_draws(name: str) -> bool:
    """Whether a file holds draws: they are most of an edition, and what is kept of them answers without it."""
    return name.endswith(".parquet") and not name.startswith("bands/")


def removal(directory: Path, remote: RemoteEditions | None) -> dict[str, str]:
    """When and why draws were removed; empty while they are there, as far as the storage can be asked."""
    try:
        facts: dict[str, str] = json.loads(_read(directory, REMOVAL, remote))
    except ArtifactCorrupt:
        return {}
    return facts


def remove_draws(directory: Path, names: Sequence[str], facts: Mapping[str, str], remote: RemoteEditions | None) -> int:
    """Remove the files of draws among some of an edition, on disk and in the storage; bytes that were on disk.

    The mark comes first, and saying it twice changes nothing: killed at any step, what is left is an edition without
    draws, and the next run removes the rest.
    """
    text = json.dumps(facts)
    with new_file(directory / REMOVAL) as work:
        work.write_text(text)
    if remote is not None:
        remote.put(directory.name, REMOVAL, text.encode())
    freed = 0
    for name in filter(of_draws, names):
        path = directory / name
        if path.exists():
            freed += path.stat().st_size
            path.unlink()
        if remote is not None:
            remote.remove(directory.name, name)
    return freed


def corrupt(path: Path, directory: Path, reason: str) -> ArtifactCorrupt:
    """The error of a file of an edition, which is named as its folder."""
    return ArtifactCorrupt(str(path), reason, edition=directory.name)


def _read(directory: Path, name: str, remote: RemoteEditions | None) -> bytes:
    path = directory / name
    try:
        if remote is not None and not path.exists():
            remote.fetch(directory, name)
        return path.read_bytes()
    except FileNotFoundError:
        raise corrupt(path, directory, "is missing") from None
    except OSError as error:
        fault = corrupt(path, directory, f"cannot be read: {error.strerror}")
        if error.errno in EXHAUSTED:
            # The process is short of something, and nothing is wrong with the edition.
            fault.edition = None
        raise fault from error
