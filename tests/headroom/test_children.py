import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headroom import children
from headroom.start import homelock

# A stand-in for a command: a headroom package whose child starts a grandchild, tells both ids and sleeps.
SLEEPER = """
import os, pathlib, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(os.environ["HEADROOM_HOME"], "ids").write_text(f"{os.getpid()} {grandchild.pid} ")
time.sleep(60)
"""
PARENT = """
import pathlib, sys
from headroom import children
from headroom.start import homelock
from headroom.start.signals import unwinding
home = pathlib.Path(sys.argv[1])
from data.store.store import Store
Store.shipped()  # polars takes over SIGINT in the first query; the parent must still hear it
with unwinding(), homelock.hold(home, waiting=print) as lock:
    children.run(["sleep"], home=home, keep=lock, module="headroom_stand_in")
"""


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(condition: object, *, seconds: float = 600.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if callable(condition) and condition():
            return
        time.sleep(0.02)
    pytest.fail("the condition did not come true in time")


@pytest.fixture
def parent(tmp_path: Path) -> subprocess.Popen[bytes]:
    """A process that runs a sleeping child with a sleeping grandchild."""
    package = tmp_path / "stand-in" / "headroom_stand_in"
    package.mkdir(parents=True)
    (package / "__main__.py").write_text(SLEEPER)
    (package / "__init__.py").write_text("")
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], env=os.environ | {"PYTHONPATH": str(tmp_path / "stand-in")}
    )


def ids(home: Path) -> list[int]:
    until(lambda: (home / "ids").exists() and (home / "ids").read_text().endswith(" "))
    return [int(word) for word in (home / "ids").read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_parent_ends_its_child_and_grandchild(
    parent: subprocess.Popen[bytes], tmp_path: Path, number: signal.Signals
) -> None:
    family = ids(tmp_path)
    assert all(alive(process) for process in family)
    parent.send_signal(number)
    code = parent.wait(600)
    until(lambda: not any(alive(process) for process in family))
    assert code == (-signal.SIGINT if number is signal.SIGINT else 128 + number)
    assert list(tmp_path.glob(".up-*")) == []


def test_the_lock_outlives_a_killed_parent_as_long_as_its_child(
    parent: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    child, grandchild = ids(tmp_path)
    parent.kill()
    parent.wait(600)
    probe = PARENT.replace("children.run(", "print(")
    waiting = subprocess.Popen([sys.executable, "-u", "-c", probe, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert waiting.stdout is not None
        # The line is awaited and not a number of seconds: a cold start may take some.
        line = waiting.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.5)
    finally:
        waiting.kill()
        waiting.communicate(timeout=600)
        os.kill(child, signal.SIGKILL)
        os.kill(grandchild, signal.SIGKILL)
    assert f"process {parent.pid} is preparing".encode() in line
    with homelock.hold(tmp_path, waiting=lambda _: None):
        assert (tmp_path / homelock.NAME).read_text() == f"{os.getpid()}\n"


def test_a_child_that_ends_well_gives_no_reason(tmp_path: Path) -> None:
    with homelock.hold(tmp_path, waiting=lambda _: None) as lock:
        assert children.run(["--version"], home=tmp_path, keep=lock) is None
    assert list(tmp_path.glob(".up-*")) == []


def test_the_reason_of_a_failed_child_is_its_own_error(tmp_path: Path) -> None:
    with homelock.hold(tmp_path, waiting=lambda _: None) as lock:
        reason = children.run(["editions", "verify"], home=tmp_path, keep=lock)
    assert reason == f"edition_missing: no servable edition in {tmp_path}/editions: none has been projected"


def test_a_folder_named_like_a_room_does_not_shadow_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "__init__.py").write_text("raise ImportError('shadowed')")
    monkeypatch.chdir(tmp_path)
    with homelock.hold(tmp_path, waiting=lambda _: None) as lock:
        assert children.run(["editions", "list"], home=tmp_path, keep=lock) is None


def test_what_a_child_prints_stays_off_our_stdout(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with homelock.hold(tmp_path, waiting=lambda _: None) as lock:
        children.run(["--version"], home=tmp_path, keep=lock)
    caught = capfd.readouterr()
    assert caught.out == ""
    assert caught.err.startswith("headroom 0.")
