"""What all tests share: nothing of the caller's HEADROOM_* reaches a test."""

import logging
import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from data.base.processes import ONE_THREAD

# Tests run side by side already. Threads of linear algebra beside them wait for each other on a busy machine: a test
# takes ten times as long. They are counted when numpy is first imported, here and in every process a test starts.
if "numpy" in sys.modules:
    raise pytest.UsageError("a plugin of pytest imports numpy before its threads are counted: see pyproject.toml")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

from scripted_server import SourceServer

from training.tracking.tracking import quiet

# An example takes as long as it takes. How many a property tries that does not say otherwise: the second at night.
settings.register_profile("daily", max_examples=20, deadline=None)
settings.register_profile("nightly", max_examples=400, deadline=None)
settings.load_profile("daily")

# What runs in the background of a script ignores interrupts, and so would every process that a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# MLflow reads how loud it is to be when it is first imported, by whichever test of a process comes first.
quiet()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first: a long file at the end would run alone while other workers are idle."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("HEADROOM_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    # A command configures the root logger on the streams of its test, which are closed after it.
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture(autouse=True, scope="module")
def _own_import_path_of_module() -> Iterator[None]:
    # A model that MLflow loads puts its copy of the packages first, where processes of later tests would find it.
    path = sys.path[:]
    yield
    sys.path[:] = path


@pytest.fixture(autouse=True)
def _own_import_path() -> Iterator[None]:
    path = sys.path[:]
    yield
    sys.path[:] = path


@pytest.fixture
def source_server() -> Iterator[SourceServer]:
    """A source on loopback: ``answer(path, body, ...)`` puts up answers, ``requests`` tells what was asked, ``url``."""
    server = SourceServer()
    yield server
    server.close()
