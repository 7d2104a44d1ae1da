"""Folders that appear whole or not at all: written beside their place, flushed to disk, and moved there in one step."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HIDDEN = "."
"""How the name of a folder begins that is being written; no reader looks at such."""


@contextmanager
def new_folder(target: Path, *, keep: Callable[[Path], bool]) -> Iterator[Path]:
    """Yield an empty hidden sibling of ``target`` to write into; when the block ends it is moved to ``target``.

    Files and folders are flushed to disk before they are moved, so that a crash of the system leaves the old state or
    the new one too. Where the block raises, nothing is left; what a killed writer left is removed by the next one whose
    target begins alike, up to the first hyphen.

    Args:
        target: where the folder is to appear; its parent is made if needed.
        keep: whether a folder that stands at ``target`` by then is as good: it stays, and what was written is dropped.
            One that is not is set aside and removed, never edited in place.
    """
    parent = target.parent
    parent.mkdir(parents=True, exist_ok=True)
    with _locked(parent):
        _sweep(parent, f"{HIDDEN}{target.name.partition('-')[0]}-*")
        place = Path(tempfile.mkdtemp(prefix=f"{HIDDEN}{target.name}-", dir=parent))
        lock = _lock(place)
    try:
        yield place
        # mkdtemp makes the folder private; a published one is read by whoever may read its parent.
        place.chmod(0o755)
        _flush(place)
        with _locked(parent):
            if target.exists() and keep(target):
                shutil.rmtree(place)
            else:
                _move(place, target)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def sweep(parent: Path, pattern: str) -> None:
    """Remove hidden folders that killed writers left; writers at work hold a lock on theirs, which are left alone.

    Args:
        parent: the folder they wrote into; none needs to be there.
        pattern: of the names of their hidden folders: others may keep something of their own beside them.
    """
    if parent.is_dir():
        with _locked(parent):
            _sweep(parent, pattern)


def _sweep(parent: Path, pattern: str) -> None:
    for left in parent.glob(pattern):
        if left.is_symlink() or not left.is_dir():
            continue
        try:
            lock = os.open(left, os.O_RDONLY)
        except OSError:
            # Gone meanwhile, or of another user.
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(lock)


def _move(place: Path, target: Path) -> None:
    if target.exists():
        aside = Path(tempfile.mkdtemp(prefix=f"{HIDDEN}{target.name}-", dir=target.parent))
        target.rename(aside / target.name)
        place.rename(target)
        shutil.rmtree(aside)
    else:
        place.rename(target)
    _fsync(target.parent)


def _flush(folder: Path) -> None:
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time; the lock is on the folder itself and ends with its holder, however that ends."""
    lock = _lock(folder)
    try:
        yield
    finally:
        os.close(lock)


def _lock(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor
