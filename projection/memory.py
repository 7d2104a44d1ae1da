"""Memory of blocks of draws."""

import ctypes
import gc

import numpy as np

LARGEST_KEPT = 31 * 2**20
"""Bytes, just under the most that the allocator's threshold can be raised to."""


def keep_memory() -> None:
    """Have the C library keep what a block frees for the next block, instead of giving it back to the system.

    Arrays of a block are just above the size that glibc takes from the system one by one, and every page of them would
    be zeroed anew for every operation: a quarter of all time. Freeing one large array raises that size for good
    (malloc(3), M_MMAP_THRESHOLD: the threshold is dynamic). Where the C library is another, nothing changes.
    """
    large = np.empty(LARGEST_KEPT, dtype=np.uint8)
    del large


def give_back() -> None:
    """Give the system what reading the figures left free in the heap, before draws are made (malloc_trim(3))."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
