"""What every room's tests share: nothing of the caller's HEADROOM_* reaches a test."""

import os

import pytest


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("HEADROOM_")]:
        monkeypatch.delenv(name)
