"""The servers that are measured: a real ``headroom serve`` over a home, and beside it a bare ASGI application."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120.0


@dataclass(frozen=True)
class Server:
    """A process that answers on loopback.

    Attributes:
        address: host and port.
    """

    address: str
    process: "subprocess.Popen[str]"

    def processor_seconds(self) -> float:
        """What it has used so far, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def private_megabytes(self) -> float:
        """Memory that nobody shares with it, 10^6 bytes."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024 / 1e6


@contextmanager
def headroom(home: Path, *, log: Path, **settings: object) -> Iterator[Server]:
    """``headroom serve`` over a home, ready, with settings by their names; what it logs goes to a file."""
    command = ["-P", "-m", "headroom", "serve", "--json"]
    with _running(command, log, environment_of(home, **{"port": 0, **settings})) as process:
        address = urlsplit(json.loads(_line(process, log))["detail"].split()[0]).netloc
        await_ready(address, process)
        yield Server(address, process)


def environment_of(home: Path, **settings: object) -> dict[str, str]:
    """The environment of a command over a home, with settings by their names and none of our own."""
    values = {"home": home, "log_format": "json", **settings}
    bare = {name: value for name, value in os.environ.items() if not name.startswith("HEADROOM_")}
    return bare | {f"HEADROOM_{name.upper()}": str(value) for name, value in values.items()}


@contextmanager
def plain(folder: Path, *, log: Path) -> Iterator[Server]:
    """The application of :mod:`benchmarks.api_load.plain` over a folder of answers."""
    with _running(["-m", "benchmarks.api_load.plain", str(folder)], log, dict(os.environ)) as process:
        yield Server(_line(process, log).strip(), process)


def get(address: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a path; raises OSError or HTTPException when there is no whole answer."""
    connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def await_ready(address: str, process: "subprocess.Popen[str]") -> None:
    """Wait until a server is ready; raises SystemExit when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    status = 0
    while status != HTTPStatus.OK:
        try:
            status = get(address, "/readyz")[0]
        except (OSError, http.client.HTTPException):
            status = 0
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"the server is not ready: its last status was {status}"
            raise SystemExit(message)
        time.sleep(0.005)


@contextmanager
def _running(command: list[str], log: Path, environment: dict[str, str]) -> "Iterator[subprocess.Popen[str]]":
    with log.open("a") as lines:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            [sys.executable, *command], env=environment, stdout=subprocess.PIPE, stderr=lines, text=True
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def _line(process: "subprocess.Popen[str]", log: Path) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        message = f"the server did not start: {log.read_text()[-500:]}"
        raise SystemExit(message)
    return line
