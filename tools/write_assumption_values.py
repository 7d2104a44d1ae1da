"""Write ``projection/inputs/assumption_values.py``, the record of assumptions, from ``assumptions.toml``.

Run it when an assumption is added, renamed or taken out: a name that is not in the file then fails in mypy.
"""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "projection" / "inputs"
HEAD = '''"""Values of assumptions in every draw. Written by ``tools/write_assumption_values.py``."""

from typing import Any, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]


def value_of(values: "Values", *words: str) -> FloatArray:
    """The value whose name is these words joined by underscores, for a grid, a technology or another part of a whole.

    Raises :class:`KeyError` where ``assumptions.toml`` has none of that name.
    """
    return cast("dict[str, FloatArray]", values)["_".join(words)]


class Values(TypedDict):
    """Every assumption by name, each of shape (draw,), in the unit ``assumptions.toml`` states."""

'''


def text() -> str:
    """The module."""
    names = tomllib.loads((FOLDER / "assumptions.toml").read_text(encoding="utf-8"))["assumptions"]
    return HEAD + "".join(f"    {name}: FloatArray\n" for name in names)


if __name__ == "__main__":
    (FOLDER / "assumption_values.py").write_text(text(), encoding="utf-8")
