"""Named random streams: one generator per name and seed, so that every driver keeps its numbers across scenarios."""

import hashlib

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def stream(seed: int, name: str) -> np.random.Generator:
    """The generator of a named stream; the same (seed, name) always gives the same numbers."""
    digest = hashlib.sha256(name.encode()).digest()
    words = [int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4)]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def normals(seed: int, name: str, draws: int) -> FloatArray:
    """Standard normals of shape (draw,), standardised to mean 0 and sd 1.

    Standardising removes the first two moments' sampling error, which would otherwise show as a shift of every band.
    """
    z = stream(seed, name).standard_normal(draws)
    return np.asarray((z - z.mean()) / z.std())
