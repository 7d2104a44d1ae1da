"""Compiled loops: what numpy cannot say without passing over memory again and again.

A kernel is compiled the first time it is called and kept beside its file (or in the user's cache where that cannot be
written), so that later processes only load it. It releases the interpreter's lock and does the same arithmetic
whatever the number of threads. A kernel calls no kernel of another file: the compiler's cache would not see that file
change. Files of kernels are imported where draws are made, never by the serving process.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile a loop over arrays for every combination of types it is called with."""
    try:
        kernel: Loop = numba.njit(loop, cache=True, nogil=True, error_model="numpy")
    except RuntimeError:
        # Neither beside the file nor in the user's cache can be written: then every process compiles for itself.
        kernel = numba.njit(loop, nogil=True, error_model="numpy")
    return kernel


def inlined(step: Loop) -> Loop:
    """A step of loops of the same file, put into each of them before it is compiled, so that it can be vectorised."""
    kernel: Loop = numba.njit(step, inline="always", error_model="numpy")
    return kernel
