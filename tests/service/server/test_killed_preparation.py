"""``headroom up`` whose child is killed, as by the system when memory runs out."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import loopback
import pytest

from headroom import wiring
from headroom.editions import record
from headroom.settings import load
from projection.edition.edition import Edition


@contextmanager
def starting(home, **settings):
    """``headroom up`` in a home of its own; its output goes to files beside it."""
    options = {"home": home, "start_delay": 0.1, "drain_delay": 0, "scheduler": False} | settings
    environment = os.environ | {f"HEADROOM_{name.upper()}": str(value) for name, value in options.items()}
    with (home.parent / "out").open("w") as output, (home.parent / "err").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "headroom", "up", "--port", "0", "--json"],
            cwd=home.parent, env=environment, stdout=output, stderr=err,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(600)


def child(process, command, *, other_than=0):
    """Id of the child that runs a command, once there is one."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        for thread in Path(f"/proc/{process.pid}/task").iterdir():
            for pid in map(int, (thread / "children").read_text().split()):
                if pid != other_than and command.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
        time.sleep(0.05)
    raise AssertionError(f"no child runs {command}")


@pytest.mark.slow
def test_with_nothing_to_serve_it_tries_again_and_then_ends_with_an_error(tmp_path):
    with starting(tmp_path / "var", start_attempts=2) as process:
        first = child(process, "train")
        os.kill(first, signal.SIGKILL)
        os.kill(child(process, "train", other_than=first), signal.SIGKILL)
        assert process.wait(600) == 1
    lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert [line["detail"] for line in lines if line["phase"] == "train" and line["outcome"] == "failed:"] == [
        "the process was ended by SIGKILL; try 2 of 2 in 0.1 s", "the process was ended by SIGKILL",
    ]  # fmt: skip
    errors = [line for line in (tmp_path / "err").read_text().splitlines() if "preparation_failed" in line]
    assert len(errors) == 1
    assert "training failed: the process was ended by SIGKILL" in errors[0]


def test_an_older_edition_is_served_while_preparing_is_tried_again(tmp_path, editions):
    home = tmp_path / "var"
    home.mkdir()
    (home / "editions").symlink_to(editions)
    settings = load(home=home)
    wiring.migrate(settings)
    record(settings, Edition.load(next(editions.iterdir())))
    with starting(home, start_attempts=1, start_delay=0.5) as process:
        first = child(process, "train")
        os.kill(first, signal.SIGKILL)
        second = child(process, "train", other_than=first)
        lines = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
        url = next(line["detail"] for line in lines if line["phase"] == "serve").split()[0]
        ready = loopback.get(f"{url}/readyz", timeout=600)
        assert ready.status_code == 200
        assert ready.json()["skipped"] == ["training failed: the process was ended by SIGKILL"]
        process.terminate()
        assert process.wait(600) == 0
        assert not Path(f"/proc/{second}").exists()
