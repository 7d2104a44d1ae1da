"""Named random streams: the number of a draw depends on the seed, the stream's name and the draw alone.

So every driver keeps its numbers across scenarios, whatever else is drawn, in whatever order and by however many
processes, and a longer run begins with the draws of a shorter one.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Keys = NDArray[np.uint64]
BLOCK = 1600
"""Draws made together; normals are standardised within a block, always the whole of it."""


def keys(seed: int, names: Sequence[str]) -> Keys:
    """Keys of named streams of a seed, shape (name,)."""
    return np.array([_key(seed, name) for name in names], dtype=np.uint64)


@lru_cache(maxsize=4096)
def _key(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little")


def normals(seed: int, name: str, draws: int, *, first: int = 0) -> FloatArray:
    """Standard normals of one stream, shape (draw,), draws from ``first`` on; see :func:`normals_of`."""
    return np.asarray(normals_of(keys(seed, [name]), draws, first=first)[0])


def normals_of(streams: Keys, draws: int, *, first: int = 0) -> FloatArray:
    """Standard normals, shape (stream, draw), with mean 0 and sd 1 in every block of draws.

    Standardising removes the first two moments' sampling error, which would otherwise show as a shift of every band.
    """
    from projection.base.philox import fill_streams

    start = first - first % BLOCK
    parts = []
    for place in range(start, first + draws, BLOCK):
        part = np.empty((len(streams), BLOCK), dtype=np.float32)
        fill_streams(streams, place, part)
        to_normals(part.reshape(-1))
        part -= part.mean(axis=1, keepdims=True)
        part /= np.sqrt(np.square(part).mean(axis=1, keepdims=True))
        parts.append(part)
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return whole[:, first - start : first - start + draws]


def numbers(stream: np.uint64, count: int, draws: int, *, first: int = 0) -> FloatArray:
    """Uniforms in (0, 1) of one stream, shape (number, draw): as many to each draw."""
    from projection.base.philox import WORDS, fill_numbers

    values = np.empty((count + -count % WORDS, draws), dtype=np.float32)
    fill_numbers(stream, first, values)
    return values[:count]


def to_normals(u: FloatArray) -> None:
    """Turn uniforms into standard normals, in place, shape (draw,)."""
    from projection.base.philox import score

    w = 1 - u
    w *= u
    w *= 4
    np.log(w, out=w)
    np.negative(w, out=w)
    score(u, w)
