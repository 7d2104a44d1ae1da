"""The independent package of scores, on numpy: with numba at hand it compiles every kernel on import, for seconds."""

import sys

import pytest

with pytest.MonkeyPatch.context() as patch:
    patch.setitem(sys.modules, "numba", None)
    import scoringrules

__all__ = ["scoringrules"]
