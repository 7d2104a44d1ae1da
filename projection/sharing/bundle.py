"""A bundle: all files of an edition in one tar archive, with its citation and the hash of every file.

Two exports of one edition are the same bytes, wherever and whenever they are made. ``sha256sum -c SHA256SUMS`` checks
an unpacked bundle without Headroom.
"""

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from data.base.artifacts import new_file, new_folder
from data.base.errors import ArtifactCorrupt
from projection.edition.edition import Edition
from projection.sharing.citation import citation

SUMS = "SHA256SUMS"
CITATION = "CITATION.cff"
MANIFEST = "manifest.json"
BLOCK = 2**20
"""Bytes read at once."""


def export(edition: Edition, target: Path) -> str:
    """Write the bundle of an edition to a file, and return its hash; every file is verified as it is read.

    A recall is no part of an edition, so a bundle does not say it.

    Raises:
        ArtifactCorrupt: a file of the edition is gone or not what was published.
    """
    sums: dict[str, str] = {}
    with new_file(target) as work:
        with tarfile.open(work, "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in _contents(edition):
                sums[name] = hashlib.sha256(content).hexdigest()
                _add(archive, name, content, edition.issued)
            lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items())
            _add(archive, SUMS, lines.encode(), edition.issued)
        with work.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()


def _contents(edition: Edition) -> Iterator[tuple[str, bytes]]:
    manifest = json.dumps(edition.manifest, sort_keys=True, separators=(",", ":")) + "\n"
    yield f"{edition.id}/{MANIFEST}", manifest.encode()
    for name in sorted(edition.manifest["files"]):
        yield f"{edition.id}/{name}", edition.content(name)
    yield CITATION, citation(replace(edition, recalled=None)).cff.encode()


def _add(archive: tarfile.TarFile, name: str, content: bytes, issued: datetime) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o644, int(issued.timestamp())
    archive.addfile(member, io.BytesIO(content))


def unpack(bundle: Path, directory: Path) -> str:
    """Put the edition of a bundle into a folder of editions, once every hash is verified, and return its id.

    An edition that stands there already and verifies stays as it is.

    Raises:
        ArtifactCorrupt: the file is no bundle, or a file in it differs from its hash.
    """
    try:
        with tarfile.open(bundle, "r:") as archive:
            members = {member.name: member for member in archive if member.isfile()}
            edition = _check(bundle, archive, members)
            with new_folder(directory / edition, keep=_verifies) as work:
                for name, member in members.items():
                    folder, _, place = name.partition("/")
                    if folder == edition:
                        (work / place).parent.mkdir(parents=True, exist_ok=True)
                        with _content(archive, member) as content, (work / place).open("wb") as handle:
                            shutil.copyfileobj(content, handle)
                Edition.load(work)
    except (tarfile.TarError, OSError) as error:
        raise ArtifactCorrupt(str(bundle), f"cannot be unpacked: {error}") from error
    return edition


def _check(bundle: Path, archive: tarfile.TarFile, members: Mapping[str, tarfile.TarInfo]) -> str:
    """The edition whose bundle it is, once every file has its hash, none is missing, and all lie in one folder."""
    if SUMS not in members:
        raise ArtifactCorrupt(str(bundle), f"holds no {SUMS}")
    with _content(archive, members[SUMS]) as content:
        lines = [line.split("  ", 1) for line in content.read().decode(errors="replace").splitlines()]
    sums = {words[-1]: words[0] for words in lines}
    if set(sums) != set(members) - {SUMS}:
        raise ArtifactCorrupt(str(bundle), f"does not hold the files that its {SUMS} lists, and no others")
    for name, digest in sums.items():
        with _content(archive, members[name]) as content:
            if _sha256(content) != digest:
                raise ArtifactCorrupt(str(bundle), f"{name} differs from its hash in {SUMS}")
    folders = {name.split("/")[0] for name in sums if name != CITATION}
    edition = next(iter(folders), "")
    plain = all(part not in {"", ".", ".."} for name in sums for part in name.split("/"))
    if len(folders) != 1 or not plain or f"{edition}/{MANIFEST}" not in sums:
        raise ArtifactCorrupt(str(bundle), "is not the bundle of one edition")
    return edition


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    assert content is not None  # noqa: S101 - only files are asked for
    return content


def _sha256(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := content.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _verifies(folder: Path) -> bool:
    try:
        Edition.load(folder)
    except ArtifactCorrupt:
        return False
    return True
