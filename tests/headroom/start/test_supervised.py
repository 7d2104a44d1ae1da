import time
from pathlib import Path

import pytest

from headroom import leased
from headroom.settings import Settings, load
from headroom.start import supervised
from headroom.start.supervised import Supervised
from service.jobs.worker import Exit


class Children:
    """Stands in for processes: each start is remembered, and the first ones end at once."""

    def __init__(self, failing: int) -> None:
        self.failing = failing
        self.started: list[str] = []
        self.ended = 0

    def __call__(self, arguments: list[str], *, home: Path, grace: float) -> "Children":
        assert home.is_dir()
        assert grace > 0
        self.started += arguments
        return self

    def wait(self, seconds: float) -> Exit | None:
        if len(self.started) <= self.failing:
            return Exit(1, "store_unreachable: down")
        time.sleep(min(seconds, 0.02))
        return None

    def end(self) -> None:
        self.ended += 1


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(home=tmp_path)


def until(condition: object) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if callable(condition) and condition():
            return
        time.sleep(0.01)
    pytest.fail("the condition did not come true in time")


def test_scheduler_and_worker_run_and_end_with_the_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(failing=0)
    monkeypatch.setattr(leased, "LeasedChild", children)
    with Supervised(settings):
        until(lambda: len(children.started) == 2)
    assert sorted(children.started) == ["scheduler", "worker"]
    assert children.ended == 2


def test_one_that_ends_is_started_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    children = Children(failing=3)
    monkeypatch.setattr(leased, "LeasedChild", children)
    monkeypatch.setattr(supervised, "FIRST_PAUSE", 0.01)
    with Supervised(settings, commands=("worker",)):
        until(lambda: len(children.started) == 4)
    assert children.started == ["worker"] * 4
    assert children.ended == 4
