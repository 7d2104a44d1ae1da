"""Runs heavy work in a child process that ends when its parent is interrupted."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from threading import Event

FOLDER = ".up-"
"""Beginning of the name of the folder, below the home, in which a child writes its error."""
JOB_FOLDER = ".job-"
"""The same for the child of a worker."""
GRACE_SECONDS = 10.0
POLL_SECONDS = 1.0
ENDED = "told to stop"
STDERR = 2


def run(
    arguments: Sequence[str], *, home: Path, keep: int, module: str = "headroom", ended: Event | None = None
) -> str | None:
    """Run ``headroom <arguments>`` in a process group of its own, with our terminal; returns why it failed, or None.

    Args:
        arguments: the command and its options.
        home: the home the child works in.
        keep: descriptor of the home's lock, which the child inherits.
        module: what is run in place of ``headroom``.
        ended: once another thread sets it, the child is ended.
    """
    with tempfile.TemporaryDirectory(prefix=FOLDER, dir=home) as folder:
        report = Path(folder) / "error.json"
        # -P keeps the working directory off the module path: a folder named data there must not shadow ours.
        command = [sys.executable, "-P", "-m", module, "--report", str(report), *arguments]
        # Its results go to our stderr: our stdout may be read by a program that expects only our own lines there.
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment(home), stdin=subprocess.DEVNULL, stdout=STDERR, process_group=0, pass_fds=(keep,)
        )
        try:
            code = _waited(process, ended or Event())
        except BaseException:
            end(process)
            raise
        if code is None:
            end(process)
            return ENDED
        if code == 0:
            return None
        # A leader that died leaves its pool behind; the group is gone when nothing is left in it.
        signal_group(process.pid, signal.SIGKILL)
        return fault(report) or died(code)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a child: ours, with its home and further settings."""
    values = {"home": str(home)} | settings
    return dict(os.environ) | {f"HEADROOM_{name.upper()}": value for name, value in values.items()}


def _waited(process: subprocess.Popen[bytes], ended: Event) -> int | None:
    """The exit code, or None once it shall be ended."""
    # Not one long wait: polars handles SIGINT with SA_RESTART, under which a blocking system call never comes back to
    # let Python raise the interrupt. Waiting with a limit sleeps in between, and a sleep is not restarted.
    while not ended.is_set():
        try:
            return process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    return None


def end(process: subprocess.Popen[bytes], *, grace: float = GRACE_SECONDS) -> None:
    """End a process that leads a group, and the group: told to first, killed after so many seconds."""
    signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Also when a second signal cuts the grace short.
        signal_group(process.pid, signal.SIGKILL)
        process.wait()


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to every process of a group that there may be."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def fault(report: Path) -> str | None:
    """Code and detail of the error a child reported; None where it reported none."""
    try:
        error = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return f"{error['code']}: {error['detail']}"


def died(code: int) -> str:
    """How a process ended that reported no error."""
    if code < 0:
        return f"the process was ended by {signal.Signals(-code).name}"
    return f"the process ended with code {code}; its log says why"
