"""Backup and restore of a home: its database, models and editions, in one file that this or a later release reads."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.base.artifacts import HIDDEN, move, new_file, new_folder
from data.base.errors import ArtifactCorrupt, InvalidParameter

if TYPE_CHECKING:
    from headroom.settings import Settings

ABOUT = "backup.json"
TABLES, HOME = "tables", "home"
"""Folders of a backup: rows of the database, and files of the home."""
PARTS = ("models", "editions", "private", "spool")
"""What of a home cannot be downloaded again, beside its database."""
LEFT_OUT = ("mlruns", "assets", "casts")
OWNER_ONLY = 0o600


def backup(settings: "Settings", target: Path, *, editions: bool) -> dict[str, Any]:
    """Write the home to a file that only its owner can read; what it holds.

    Args:
        settings: of the home.
        target: a file that is not there yet; it appears whole or not at all.
        editions: whether files of editions are in it; their entries in the ledger always are.

    Raises:
        InvalidParameter: there is a file of this name.
        DataError: the database cannot be read.
    """
    from data.base.release import release
    from data.store.backup import dump

    if target.exists():
        raise InvalidParameter("file", f"{target} is there already")
    parts = [part for part in PARTS if editions or part != "editions"]
    with new_file(target, mode=OWNER_ONLY) as work, new_folder(settings.home / f"{HIDDEN}backup", keep=_no) as folder:
        (folder / TABLES).mkdir()
        database = dump(settings.database_url.get_secret_value(), folder / TABLES, answer=settings.database_timeout)
        hashes: dict[str, str] = {}
        with tarfile.open(work, "w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted((folder / TABLES).iterdir()):
                _add(archive, path, f"{TABLES}/{path.name}", hashes)
            for path in _files(settings.home, parts):
                _add(archive, path, f"{HOME}/{path.relative_to(settings.home)}", hashes)
            about = {
                "release": release(),
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": database,
                "files": hashes,
            }
            (folder / ABOUT).write_text(json.dumps(about))
            archive.add(folder / ABOUT, ABOUT)
    shutil.rmtree(settings.home / f"{HIDDEN}backup", ignore_errors=True)
    return about


def restore(settings: "Settings", source: Path) -> dict[str, Any]:
    """Put a backup into a home and a database that hold nothing of it; what it held.

    Raises:
        InvalidParameter: the file is no backup, or home or database hold something already.
        ArtifactCorrupt: a file of the backup is not what was put into it.
    """
    from data.store.backup import restore as restore_rows

    for part in PARTS:
        if (settings.home / part).exists() and any((settings.home / part).iterdir()):
            raise InvalidParameter("home", f"{settings.home / part} holds something: restore into an empty home")
    settings.home.mkdir(parents=True, exist_ok=True)
    place = settings.home / f"{HIDDEN}restore"
    with new_folder(place, keep=_no) as folder:
        about = _unpacked(source, folder)
    try:
        url = settings.database_url.get_secret_value()
        restore_rows(url, place / TABLES, about["database"], answer=settings.database_timeout)
        for part in PARTS:
            if (place / HOME / part).exists():
                shutil.rmtree(settings.home / part, ignore_errors=True)
                move(place / HOME / part, settings.home / part)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return about


def _unpacked(source: Path, folder: Path) -> dict[str, Any]:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        about: dict[str, Any] = json.loads((folder / ABOUT).read_text())
        files: Mapping[str, str] = about["files"]
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise InvalidParameter("file", f"{source} is no backup that can be read: {error}") from None
    for name, expected in files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != expected:
            raise ArtifactCorrupt(f"{source}:{name}", "is not what was put into it", remedy="take another backup")
    return about


def _files(home: Path, parts: list[str]) -> Iterator[Path]:
    for part in parts:
        for path in sorted((home / part).rglob("*")):
            inner = path.relative_to(home).parts
            if path.is_file() and not any(name in LEFT_OUT or name.startswith(HIDDEN) for name in inner):
                yield path


def _add(archive: tarfile.TarFile, path: Path, name: str, hashes: dict[str, str]) -> None:
    hashes[name] = _sha256(path)
    archive.add(path, name, recursive=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _no(_standing: Path) -> bool:
    return False
