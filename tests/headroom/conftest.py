"""A real ``headroom`` process on a free loopback port, ended by its own id."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from databases import database, postgres_url

__all__ = ["database", "postgres_url"]

# Runs the command in place and, once it has ended gracefully, tells every module that the process ever loaded.
PROGRAM = """
import pathlib, sys
from headroom.cli import run
code = run(sys.argv[2:])
pathlib.Path(sys.argv[1]).write_text(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
sys.exit(code)
"""


@dataclass
class Serving:
    """A process that has said where it serves."""

    process: subprocess.Popen[str]
    modules_file: Path
    started: float
    events: list[dict[str, Any]] = field(default_factory=list)
    address: str = ""

    def await_address(self) -> Self:
        """Read what it tells until it serves."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))
            if self.events[-1]["phase"] == "serve":
                self.address = urlsplit(self.events[-1]["detail"].split()[0]).netloc
                return self
        raise AssertionError(f"ended with {self.process.wait(600)} before it served: {self.events}")

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON body of a path; waits a little for the socket to be there."""
        deadline = time.monotonic() + 600
        while True:
            connection = http.client.HTTPConnection(self.address, timeout=600)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                return response.status, json.loads(response.read())
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            finally:
                connection.close()

    def outcomes(self) -> dict[str, str]:
        """How each phase ended."""
        return {line["phase"]: line["outcome"].rstrip(":") for line in self.events if line["seconds"] is not None}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(600)

    def modules(self) -> set[str]:
        """Top-level modules the process had loaded by its end."""
        return set(self.modules_file.read_text().split())


@contextmanager
def serving(folder: Path, *arguments: str, shadow: Path | None = None) -> Iterator[Serving]:
    """Start ``headroom <arguments> --json`` in a folder of its own and end it whatever happens.

    Modules under ``shadow`` are found before the installed ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    modules = folder / "modules.txt"
    errors = (folder / "stderr.txt").open("a")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HEADROOM_")}
    # A job that falls due during a test would read sources over the network.
    environment["HEADROOM_SCHEDULER"] = "false"
    if shadow is not None:
        environment["PYTHONPATH"] = str(shadow)
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, str(modules), *arguments, "--port", "0", "--json"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True,
    )  # fmt: skip
    try:
        yield Serving(process, modules, started)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(600)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdout is not None:
            process.stdout.close()
        errors.close()


@pytest.fixture(name="serving")
def _serving() -> Callable[..., AbstractContextManager[Serving]]:
    """The starter of real processes."""
    return serving
