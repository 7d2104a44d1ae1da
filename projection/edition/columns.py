"""Columns of draws that were read from files of editions, kept within a bound so that they are read once."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import polars as pl
from cachetools import LRUCache
from numpy.typing import NDArray

Column = NDArray[np.float32]
Read = Callable[[Sequence[str]], pl.DataFrame]
"""Reads some columns of a file."""


class ColumnCache:
    """Columns by the hash of their file and their name, the least recently used dropped; safe between threads.

    What has a hash was compared with it when it was read, and bytes that change on disk later do not change it.

    Args:
        size: bytes that they may take; 0 keeps none.
    """

    def __init__(self, size: int = 0) -> None:
        self._lru: LRUCache[tuple[str, str], Column] = LRUCache(size, getsizeof=lambda column: column.nbytes)
        self._lock = Lock()

    def of(self, sha256: str, names: Sequence[str], read: Read) -> NDArray[np.float32]:
        """Columns of the file with a hash, (draw, column): those that are not kept are read."""
        with self._lock:
            columns = {name: self._lru.get((sha256, name)) for name in names}
        missing = [name for name, column in columns.items() if column is None]
        if missing:
            frame = read(missing)
            columns |= {name: frame[name].to_numpy() for name in missing}
            with self._lock:
                for name in missing:
                    column = columns[name]
                    if column is not None and column.nbytes <= self._lru.maxsize:
                        self._lru[sha256, name] = column
        return np.stack([column for column in columns.values() if column is not None]).T
