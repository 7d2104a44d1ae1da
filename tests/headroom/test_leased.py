"""Children on a lease, as real processes: whatever becomes of the parent, none outlives its time."""

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from headroom.leased import LeasedChild

# A stand-in for headroom: takes what stands in front of a command as headroom does, and starts a grandchild.
SLEEPER = """
import os, pathlib, subprocess, sys, time
from headroom.console.parent import from_parent
_, words = from_parent(sys.argv[1:])
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(os.environ["HEADROOM_HOME"], "ids").write_text(f"{os.getpid()} {grandchild.pid} ")
if words == ["quick"]:
    print('{"advised": true}')
    print("step 1/2", file=sys.stderr)
    sys.exit(3)
time.sleep(60)
"""
PARENT = """
import math, pathlib, sys, time
from headroom.leased import LeasedChild
child = LeasedChild(["sleep"], home=pathlib.Path(sys.argv[1]), until=math.inf, grace=0.2, module="stand_in")
time.sleep(60)
"""


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ids(home: Path) -> list[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (home / "ids").exists() and (words := (home / "ids").read_text()).endswith(" "):
            return [int(word) for word in words.split()]
        time.sleep(0.02)
    pytest.fail("the child did not start")


def all_end(processes: list[int]) -> None:
    deadline = time.monotonic() + 60
    while any(alive(process) for process in processes):
        assert time.monotonic() < deadline, "a process outlived its lease"
        time.sleep(0.02)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "modules"
    package.mkdir()
    (package / "stand_in.py").write_text(SLEEPER)
    monkeypatch.setenv("PYTHONPATH", str(package))
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def test_a_child_tells_its_result_its_log_and_its_code(home: Path) -> None:
    child = LeasedChild(["quick"], home=home, module="stand_in")
    end = child.wait(60)
    child.end()
    assert end is not None
    assert (end.code, end.document) == (3, {"advised": True})
    assert child.tail() == "step 1/2\n"
    # What a leader leaves behind goes with it, and so does its folder.
    all_end(ids(home))
    assert [path.name for path in home.iterdir()] == ["ids"]


def test_a_child_lives_as_long_as_it_is_extended(home: Path) -> None:
    child = LeasedChild(["sleep"], home=home, until=math.inf, grace=0.2, module="stand_in")
    processes = ids(home)
    child.extend(time.monotonic() + 1.5)
    assert child.wait(0.5) is None
    child.extend(time.monotonic() + 1.0)
    end = child.wait(60)
    assert end is not None
    assert end.code == -signal.SIGTERM
    assert end.error == "the process was ended by SIGTERM"
    child.end()
    all_end(processes)


def test_ending_it_ends_all_it_started(home: Path) -> None:
    child = LeasedChild(["sleep"], home=home, module="stand_in")
    processes = ids(home)
    child.end()
    all_end(processes)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_parent_however_that_ends(home: Path, number: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(home)], env=os.environ.copy())
    processes = ids(home)
    parent.send_signal(number)
    parent.wait(60)
    all_end(processes)
