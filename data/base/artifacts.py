"""The only writer of published files: write to a temporary name, flush to disk, then rename.

A reader sees the old state or the new one and never a mixture, even after a crash of the system.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

HIDDEN = "."
"""How the name begins of what is being written; no reader looks at such."""
LOCK = ".lock"
"""Name of lock files, held as long as somebody writes in their folder."""
NAME_SHOWN = 100
"""Characters of a file's name that its hidden sibling bears too: a name has at most 255 bytes."""


@contextmanager
def new_folder(target: Path, *, keep: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield an empty folder to write into; when the block ends it is moved to ``target``.

    It lies in a hidden sibling of ``target``. Where the block raises, nothing is left; what a killed writer left is
    removed by the next one whose target begins alike, up to the first hyphen.

    Args:
        target: where the folder is to appear; its parent is made if needed.
        keep: whether a folder that stands at ``target`` by then is as good: it stays, and what was written is dropped.
            One that is not is set aside and removed, never edited in place.
    """
    parent = target.parent
    parent.mkdir(parents=True, exist_ok=True)
    with _alone(parent):
        _sweep(parent, f"{HIDDEN}{target.name.partition('-')[0]}-*")
        work = Path(tempfile.mkdtemp(prefix=f"{HIDDEN}{target.name}-", dir=parent))
        writing = FileLock(work / LOCK)
        writing.acquire()
    try:
        place = work / target.name
        # mkdtemp makes a folder private; a published one is read by whoever may read its parent.
        place.mkdir()
        place.chmod(0o755)
        yield place
        for path in place.rglob("*"):
            _flush(path)
        _flush(place)
        with _alone(parent):
            if not target.exists():
                place.rename(target)
            elif not keep(target):
                target.rename(work / "old")
                place.rename(target)
        _flush(parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        writing.release()


@contextmanager
def new_file(target: Path, *, mode: int = 0o644) -> Iterator[Path]:
    """Yield an empty hidden sibling of ``target`` to write to; when the block ends it takes the place of ``target``.

    Where the block raises, ``target`` stays as it was and nothing is left.
    """
    descriptor, name = tempfile.mkstemp(prefix=f"{HIDDEN}{target.name[:NAME_SHOWN]}-", dir=target.parent)
    os.close(descriptor)
    place = Path(name)
    try:
        yield place
        place.chmod(mode)
        _flush(place)
        place.replace(target)
        _flush(target.parent)
    finally:
        place.unlink(missing_ok=True)


def move(source: Path, target: Path) -> None:
    """Move a file or a folder on one disk; the folder it goes to is made if needed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def sweep(parent: Path, pattern: str) -> None:
    """Remove hidden folders that killed writers left; writers at work hold a lock on theirs, which are left alone.

    Args:
        parent: the folder they wrote into; none needs to be there.
        pattern: of the names of their hidden folders: others may keep something of their own beside them.
    """
    if parent.is_dir():
        with _alone(parent):
            _sweep(parent, pattern)


def _sweep(parent: Path, pattern: str) -> None:
    for left in parent.glob(pattern):
        if left.is_symlink() or not left.is_dir():
            continue
        try:
            with FileLock(left / LOCK, timeout=0):
                shutil.rmtree(left, ignore_errors=True)
        except (Timeout, OSError):
            # A writer is at work in it, or it is gone meanwhile or of another user.
            continue


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time adds to a folder; the lock ends with its holder, however that ends."""
    lock = FileLock(folder / LOCK)
    with lock:
        try:
            yield
        finally:
            # Removed while it is held: whoever waits for it sees that it has no name any more, and makes a new one.
            Path(lock.lock_file).unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
