"""Two servers of one database and one edition store, read for two minutes while everything behind them changes.

    python -m benchmarks.api_load.mixed

A PostgreSQL server and a home are made new (some minutes). Then readers ask both servers at once, as a balancer would,
while the servers are restarted in turn, a version is trained, an edition is published and recalled. Exit code 1 when a
read failed, an answer was not of one edition, two servers said different things of one edition, or a server grew.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.api_load.page import Row, report
from benchmarks.api_load.readers import PATHS, Answers, Readers
from benchmarks.api_load.servers import Server, environment_of, get, headroom
from benchmarks.schedule.day import database

SECONDS = 120.0
READERS = 8
FLAT_SECONDS = 60.0
"""How long they are read after the last change, while memory should not grow further."""
GROWTH = 10.0
"""Megabytes within which memory counts as flat: those of one answer in work."""
DRAIN_SECONDS = 0.5
PATIENCE = 600.0


@dataclass
class Pair:
    """Two servers over one home, each restarted on its own address.

    Attributes:
        servers: those that answer now.
    """

    home: Path
    database_url: str
    log: Path
    stack: ExitStack
    servers: list[Server] = field(default_factory=list)
    _ends: list[ExitStack] = field(default_factory=list)

    def start(self, count: int) -> None:
        """Start servers on free ports."""
        for _ in range(count):
            self.servers.append(self._run(0, stack := self.stack.enter_context(ExitStack())))
            self._ends.append(stack)

    def restart(self, place: int) -> None:
        """End one as its operator does, and start it where it was."""
        port = urlsplit(f"//{self.servers[place].address}").port or 0
        self._ends[place].close()
        self.servers[place] = self._run(port, self._ends[place])

    def command(self, *arguments: str) -> str:
        """What a command over the home prints; raises SystemExit when it fails."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "headroom", *arguments],
            env=environment_of(self.home, database_url=self.database_url),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout

    def _run(self, port: int, stack: ExitStack) -> Server:
        settings = {"port": port, "database_url": self.database_url, "drain_delay": DRAIN_SECONDS, "read_limit": 10**6}
        return stack.enter_context(headroom(self.home, log=self.log, **settings))


@contextmanager
def pair() -> Iterator[Pair]:
    """Two servers over a home that is prepared anew, with PostgreSQL."""
    with (
        tempfile.TemporaryDirectory(prefix="headroom-mixed-") as name,
        database(Path(name), sqlite=False) as (url, _),
        ExitStack() as stack,
    ):
        servers = Pair(Path(name) / "home", url, Path(name) / "log", stack)
        servers.command("up", "--no-serve")
        servers.start(2)
        yield servers


def changes(servers: Pair, answers: Answers) -> Iterator[str]:
    """Everything that changes, one after the other; what was done, in words."""
    for place in range(len(servers.servers)):
        servers.restart(place)
    yield "both servers restarted in turn"
    first = current(servers)
    servers.command("train")
    yield "a version trained"
    servers.command("project", "--seed", str(time.time_ns() % 10**6 + 1))
    second = current(servers, other_than=first)
    await_edition(answers, second)
    yield "an edition published"
    servers.command("editions", "recall", second, "--reason", "to see that the one before it answers again")
    current(servers, other_than=second)
    yield "it was recalled"


def current(servers: Pair, *, other_than: str = "") -> str:
    """The edition that both answer from, once it is another one; raises SystemExit when that does not come."""
    deadline = time.monotonic() + PATIENCE
    while True:
        names = {json.loads(get(one.address, "/v1/editions/current")[2])["id"] for one in servers.servers}
        if len(names) == 1 and (name := str(names.pop())) != other_than:
            return name
        if time.monotonic() > deadline:
            raise SystemExit(f"the servers answer from {names} after {PATIENCE:.0f} seconds")
        time.sleep(0.2)


def await_edition(answers: Answers, name: str) -> None:
    """Wait until readers were answered from an edition; raises SystemExit when that does not come."""
    deadline = time.monotonic() + PATIENCE
    while name not in answers.editions:
        if time.monotonic() > deadline:
            raise SystemExit(f"no reader was answered from {name} after {PATIENCE:.0f} seconds")
        time.sleep(0.2)


def disagreements(servers: Sequence[Server]) -> list[str]:
    """Addresses of which the servers do not say the same ETag."""
    paths = [path.format(number=-1) for path in PATHS]
    return [path for path in paths if len({tag_of(get(one.address, path)[1]) for one in servers}) != 1]


def tag_of(headers: Mapping[str, str]) -> str:
    """The tag of an answer; raises SystemExit where it has none."""
    if "etag" not in headers:
        raise SystemExit("an answer has no ETag")
    return headers["etag"]


def measured() -> Iterator[Row]:
    """What came of it."""
    with pair() as servers:
        began = time.monotonic()
        with Readers([one.address for one in servers.servers], count=READERS) as answers:
            done = [f"{change} at {time.monotonic() - began:.0f} s" for change in changes(servers, answers)]
            before = [one.private_megabytes() for one in servers.servers]
            time.sleep(max(FLAT_SECONDS, began + SECONDS - time.monotonic()))
            memory = list(zip(before, (one.private_megabytes() for one in servers.servers), strict=True))
        seconds = time.monotonic() - began
        yield Row("changes meanwhile", "; ".join(done))
        yield Row("reads", f"{answers.count:,} in {seconds:.0f} s, from {len(answers.editions)} editions")
        yield Row("reads that failed or mixed editions", str(len(answers.faults)), "0", not answers.faults)
        for fault in answers.faults[:20]:
            print(fault, file=sys.stderr)
        different = disagreements(servers.servers)
        yield Row("addresses whose ETag differs between the servers", str(len(different)), "0", not different)
        words = ", ".join(f"{before:.0f} to {after:.0f} MB" for before, after in memory)
        flat = all(after - before <= GROWTH for before, after in memory)
        yield Row("private memory, from the last change to the end", words, f"+{GROWTH:.0f} MB", flat)


def main() -> int:
    """Measure, print, write; 1 when a goal is missed."""
    day = (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m benchmarks.api_load.mixed`, {os.cpu_count()} cores, "
        f"two servers, {READERS} readers, PostgreSQL."
    )
    return report(measured(), marker="mixed load", heading=day)


if __name__ == "__main__":
    sys.exit(main())
