"""Model versions that an edition names beside the champion: a few of them are held in memory."""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from data.base.errors import NotFound
from training.artifact.published import Published

LOADED = 2
"""Versions held in memory beside the champion."""

Load = Callable[[str], Published]
"""A version, every hash verified; raises :class:`data.base.errors.ArtifactCorrupt`, or OSError where it is gone."""


def none_kept(version: str) -> Published:
    """No version beside the champion, as a test has it."""
    raise FileNotFoundError(version)


class NamedModels:
    """Versions by name, the least recently used dropped; safe between threads."""

    def __init__(self, load: Load, *, size: int = LOADED) -> None:
        self._load = load
        self._loaded: LRUCache[str, Published] = LRUCache(size)
        self._lock = Lock()

    def model(self, version: str) -> Published:
        """A version.

        Raises:
            NotFound: its files are not kept.
            ArtifactCorrupt: they are not what was trained.
        """
        with self._lock:
            if version not in self._loaded:
                try:
                    self._loaded[version] = self._load(version)
                except FileNotFoundError:
                    hint = "its files are not kept here; what it said of cells is in the edition: /v1/gaps"
                    raise NotFound("model", version, hint=hint) from None
            return self._loaded[version]
