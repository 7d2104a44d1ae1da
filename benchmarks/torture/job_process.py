"""A worker over a queue that holds a job for every way a job can go, until all have gone it.

``prepare(url)`` fills the queue of a new database; ``python -m benchmarks.torture.job_process`` works it off, in the
database of ``HEADROOM_DATABASE_URL``. Its children run inside it, so what is killed is worker and child alike.
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from benchmarks.schedule.day import STARTING
from data.store.database import open_database, upgrade
from headroom.settings import load
from service.jobs.kinds import DefaultSchedule, FollowUp, Kind, Kinds
from service.jobs.queue import Cause, Job, Queue
from service.jobs.schedules import Schedules
from service.jobs.tables import State
from service.jobs.worker import Exit, Worker

LEASE = 0.5
ATTEMPTS = 4
BEFORE = timedelta(hours=2)
QUICK = {"command": (), "seconds": 60, "attempts": ATTEMPTS, "pause": 0.05}
KINDS = Kinds(
    kind={
        "plain": Kind(title="succeeds", **QUICK),
        "advising": Kind(title="succeeds and is followed", **QUICK),
        "following": Kind(title="follows", **QUICK),
        "failing": Kind(title="fails until it is dead", **QUICK),
        "slow": Kind(title="takes too long until it is dead", **QUICK | {"seconds": 0.05}),
        "unwanted": Kind(title="is cancelled while it runs", **QUICK),
        "released": Kind(title="its worker is ended, once", **QUICK),
        "taken": Kind(title="is of a worker that died", **QUICK),
        "hourly": Kind(title="is of a schedule", **QUICK),
    },
    follow_up=(FollowUp(after="advising", kind="following", when="advised"),),
    schedule=(DefaultSchedule(name="hours", kind="hourly", cron="0 * * * *"),),
)
ENDS = {
    "plain": State.SUCCEEDED,
    "advising": State.SUCCEEDED,
    "following": State.SUCCEEDED,
    "failing": State.DEAD,
    "slow": State.DEAD,
    "unwanted": State.CANCELLED,
    "withdrawn": State.CANCELLED,
    "released": State.SUCCEEDED,
    "taken": State.SUCCEEDED,
    "hourly": State.SUCCEEDED,
}
"""How the one job of each kind has to end; ``withdrawn`` is a plain one that was cancelled while it waited."""


class Inside:
    """A child that runs in this process."""

    def __init__(self, queue: Queue, job: Job, ended: Event) -> None:
        self._queue, self._job, self._ended = queue, job, ended
        self._begun = False

    def wait(self, seconds: float) -> Exit | None:
        """How it ended, by its kind."""
        begun, self._begun = self._begun, True
        match self._job.kind:
            case "failing":
                return Exit(1, "fails")
            case "released" if self._job.runs == 1:
                self._ended.set()
            case "unwanted" if not begun:
                self._queue.cancel(self._job.id, actor="torture")
            case "slow" | "unwanted":
                pass
            case _:
                return Exit(0, document={"advised": True})
        time.sleep(min(seconds, LEASE / 10))
        return None

    def extend(self, until: float) -> None:
        """It ends with this process."""

    def end(self) -> None:
        """It has."""

    def tail(self) -> str:
        """What it says."""
        return "step 1/1"


def prepare(url: str) -> None:
    """Fill the queue of a new database."""
    with STARTING:
        upgrade(url)
    with open_database(url) as engine:
        now = datetime.now(UTC)
        queue = Queue(engine, kinds=KINDS)
        Schedules(Queue(engine, kinds=KINDS, clock=lambda: now - BEFORE)).seed()
        queue.add("taken", actor="torture")
        queue.claim("a worker that died")
        withdrawn = queue.add("plain", actor="torture", cause=Cause.TRIGGER)
        queue.cancel(withdrawn.id, actor="torture")
        for kind in ("plain", "advising", "failing", "slow", "unwanted", "released"):
            queue.add(kind, actor="torture")


def work(url: str) -> None:
    """Queue what is due, and run jobs until none waits or runs."""
    with open_database(url) as engine:
        queue = Queue(engine, kinds=KINDS)
        schedules = Schedules(queue)
        if schedules.schedules() and not queue.jobs(kind="hourly"):
            schedules.queue_due()
            schedules.pause("hours")
        while not _idle(queue):
            _until_ended(queue)


def _until_ended(queue: Queue) -> None:
    ended = Event()

    def start(_command: Sequence[str], job: Job, *, until: float) -> Inside:  # noqa: ARG001 - it ends with this process
        return Inside(queue, job, ended)

    Thread(target=_end_when_idle, args=(queue, ended), daemon=True).start()
    name = f"{os.getpid()}.{os.urandom(3).hex()}"
    Worker(queue, start, name=name, lease=LEASE, ended=ended, poll=LEASE / 20).run()


def _idle(queue: Queue) -> bool:
    return not any(queue.jobs(state=state, limit=1) for state in (State.QUEUED, State.RUNNING))


def _end_when_idle(queue: Queue, ended: Event) -> None:
    while not ended.wait(LEASE / 10):
        if _idle(queue):
            ended.set()


if __name__ == "__main__":
    work(load().database_url.get_secret_value())
