"""One hash of the code and tables of whole packages, so that an identifier covers all that can change a result."""

import hashlib
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

UNREAD = {"__pycache__", "py.typed"}
"""Names that change no result: what Python compiles for itself, and a mark for type checkers."""


def packages_sha256(*packages: str) -> str:
    """Hash of every file of the packages and of all folders beneath them: names, places and contents.

    Args:
        packages: importable names, such as ``"features"``; their order does not matter.

    A module that moves, a table that gains a row and a file in a new sub-folder each give another hash. Hidden files
    are left out: editors and systems drop them.
    """
    digest = hashlib.sha256()
    for package in sorted(packages):
        for place, entry in _files(resources.files(package), package):
            content = hashlib.sha256(entry.read_bytes()).hexdigest()
            digest.update(f"{place}\0{content}\n".encode())
    return digest.hexdigest()


def _files(folder: Traversable, place: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name in UNREAD or entry.name.startswith("."):
            continue
        path = f"{place}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, path)
        else:
            yield path, entry
