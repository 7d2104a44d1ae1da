"""Editions at an fsspec URL: what is published goes there whole, and what is read comes through a folder on disk.

A folder there is an edition once it has its manifest, which is written last. The folder on disk holds what was fetched,
up to so many bytes: a file is fetched when it is missing or is not what the manifest says, and compared with its hash
each time it is read. What comes back damaged is set aside for whoever looks after the storage.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from data.base.artifacts import HIDDEN, move, new_file
from data.base.errors import EditionUnreachable, InvalidParameter

if TYPE_CHECKING:
    from projection.edition.edition import Edition

MANIFEST = "manifest.json"
COPIED = f"{HIDDEN}copied"
"""Mark in the folder of an edition that the storage has it: its draws and bands can be fetched again."""
QUARANTINE = f"{HIDDEN}quarantine"
"""Folder beside editions of what came back from the storage and is not what was published."""
PAUSE = 0.2
"""Seconds before the second try; each further wait is twice as long."""
T = TypeVar("T")


@dataclass(frozen=True)
class RemoteEditions:
    """The storage.

    Attributes:
        url: where editions live, one folder each, as s3://bucket/headroom.
        limit: bytes of draws and bands that stay on disk; what was fetched first goes first.
        attempts: how often one request is tried; 0 asks nothing and reads what is on disk.
        timeout: seconds one may take.
    """

    url: str
    limit: int
    attempts: int = 4
    timeout: float = 30.0

    def publish(self, edition: "Edition") -> None:
        """Put an edition there, its manifest last; one that is there stays. Raises :class:`EditionUnreachable`."""
        if self.has(edition.id):
            (edition.directory / COPIED).touch()
            return
        for name in (*edition.manifest["files"], MANIFEST):
            content = (edition.directory / name).read_bytes()
            self.put(edition.id, name, content)
        (edition.directory / COPIED).touch()

    def fetch(self, directory: Path, name: str) -> None:
        """Bring a file of an edition to its folder on disk.

        Raises:
            FileNotFoundError: the storage has none.
            EditionUnreachable: it cannot be asked.
        """
        content = self._try(directory.name, lambda system, path: system.cat_file(path), name)
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with new_file(target) as work:
            work.write_bytes(content)
        (directory / COPIED).touch()
        self._trim(directory.parent, latest=target)

    def set_aside(self, directory: Path, name: str) -> None:
        """Move a file that is not what was published out of the edition."""
        with suppress(FileNotFoundError):  # Another thread was first.
            move(directory / name, directory.parent / QUARANTINE / directory.name / name)

    def remove(self, edition_id: str, name: str) -> None:
        """Remove a file of an edition there; one that is gone is no error."""
        try:
            self._try(edition_id, lambda system, path: system.rm_file(path), name)
        except FileNotFoundError:
            return

    def put(self, edition_id: str, name: str, content: bytes) -> None:
        """Put one file beside those of an edition."""
        self._try(edition_id, lambda system, path: system.pipe_file(path, content), name)

    def has(self, edition_id: str) -> bool:
        """Whether an edition is there, whole: a manifest that is half written, as a folder may hold one, is none."""
        try:
            json.loads(self._try(edition_id, lambda system, path: system.cat_file(path), MANIFEST))
        except (FileNotFoundError, ValueError):
            return False
        return True

    def _try(self, edition_id: str, request: Callable[[Any, str], T], name: str) -> T:
        """What a request for a file of an edition gives, tried again as long as the storage does not answer it."""
        system, root = self._system()
        path = f"{root.rstrip('/')}/{edition_id}/{name}"
        fault: Exception | None = None
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(PAUSE * 2 ** (attempt - 1))
            try:
                return request(system, path)
            except FileNotFoundError:
                raise
            except Exception as error:  # noqa: BLE001 - each storage has errors of its own, not all of them OSError
                fault = error
        raise EditionUnreachable(f"{self.url}/{edition_id}/{name}", fault, edition=edition_id) from fault

    def _system(self) -> tuple[Any, str]:
        import fsspec

        options: dict[str, Any] = {"use_listings_cache": False}
        if self.url.startswith("s3"):
            # Retries are ours: the library would try on for minutes.
            waits = {
                "connect_timeout": self.timeout,
                "read_timeout": self.timeout,
                "retries": {"total_max_attempts": 1},
            }
            options |= {"config_kwargs": waits}
        elif self.url.startswith("file"):
            options["auto_mkdir"] = True
        try:
            system, root = fsspec.core.url_to_fs(self.url, **options)
        except (ImportError, ValueError) as error:
            raise InvalidParameter(
                "editions_url", f"{error}", allowed=["s3://BUCKET/FOLDER", "file:///FOLDER"]
            ) from None
        return system, str(root)

    def _trim(self, editions: Path, *, latest: Path) -> None:
        """Remove what was fetched first until the rest has at most so many bytes; ``latest`` stays."""
        copies = [mark.parent for mark in editions.glob(f"[!.]*/{COPIED}")]
        files = [path for copy in copies for part in ("draws", "bands") for path in copy.glob(f"{part}/**/*.parquet")]
        stats = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in files if path != latest)
        excess = sum(size for _, size, _ in stats) + latest.stat().st_size - self.limit
        for _, size, path in stats:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size
