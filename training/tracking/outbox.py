"""Records of trainings that the tracking store has not taken yet. A folder appears whole and goes when it was sent."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data.base.artifacts import new_folder
from training.tracking.record import RUN

LOCK_SECONDS = 120.0


class Outbox:
    """A folder of records, one a version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, version: str, write: Callable[[Path], None]) -> Path:
        """The record of a version, written by ``write`` into an empty folder unless it is there already."""
        self._open()
        target = self.folder / version
        if not target.exists():
            # Another training of the same version may be first; its record says the same.
            with new_folder(target, keep=lambda _: True) as place:
                write(place)
        return target

    def waiting(self) -> tuple[str, ...]:
        """Versions that wait, those trained first first."""
        folders = [path for path in self._folders() if (path / RUN).is_file()]
        return tuple(
            path.name for path in sorted(folders, key=lambda path: (self.read(path.name)["started"], path.name))
        )

    def read(self, version: str) -> dict[str, Any]:
        """The run as it was written."""
        content: dict[str, Any] = json.loads((self.folder / version / RUN).read_text(encoding="utf-8"))
        return content

    def drop(self, version: str) -> None:
        """Forget a record that was sent."""
        shutil.rmtree(self.folder / version, ignore_errors=True)

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Hold the right to send: one process at a time, or two would open two runs of one training.

        Yields False where another process holds it for too long; it sends what waits.
        """
        self._open()
        lock = FileLock(self.folder / ".sending.lock")
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def _open(self) -> None:
        # Only its owner reads what is not sent yet, whatever the umask; a folder from before this rule is closed too.
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def _folders(self) -> list[Path]:
        places = self.folder.iterdir() if self.folder.is_dir() else ()
        return [path for path in places if path.is_dir() and not path.name.startswith(".")]
