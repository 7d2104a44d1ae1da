"""Runs queued jobs, one at a time, as child processes that live no longer than the lease of their run.

The worker reports every few seconds that its run goes on and, once the database has taken that in, extends the child's
time. A child whose time is over ends itself, before anybody may take its run to be lost. So a run that is taken over
has no child left, whether its worker was killed, was suspended or cannot reach the database.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

import structlog
from sqlalchemy.exc import DatabaseError

from data.base.errors import HeadroomError
from service.jobs.lost import LostRuns
from service.jobs.queue import Beat, Job, Outcome, Queue

BEATS_A_LEASE = 6
CHILD_SHARE = 2 / 3
"""Part of the lease after a beat for which a child lives; what is left after its grace is a margin."""
GRACE_SHARE = 1 / 6
"""Part of the lease a child has between being told to end and being killed."""
STEP_SECONDS = 0.2
ERROR_LENGTH = 2000
PROGRESS = re.compile(r"[^{}]*\b\d+/\d+\b[^{}]*\Z")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended: its exit code, what it reported as its error, and what it printed as JSON."""

    code: int
    error: str | None = None
    document: Mapping[str, Any] = field(default_factory=dict)


class Child(Protocol):
    """A child process at work."""

    def wait(self, seconds: float) -> Exit | None:
        """How it ended, once it has; None when it still runs after so many seconds."""
        ...

    def extend(self, until: float) -> None:
        """Let it live until a moment of the monotonic clock."""
        ...

    def end(self) -> None:
        """End it, with every process it started."""
        ...

    def tail(self) -> str:
        """The end of what it wrote."""
        ...


class Start(Protocol):
    """Starts the command of a job, which lives until a moment of the monotonic clock."""

    def __call__(self, command: Sequence[str], job: Job, *, until: float) -> Child:
        """The child; raises OSError."""
        ...


class Worker:
    """One worker.

    Args:
        queue: whose jobs it runs.
        start: starts the command of a job.
        name: names the worker in rows; unique among those that live.
        lease: seconds without a beat after which a run is lost.
        ended: once set, the child under way is ended, its job goes back into the queue, and the worker leaves.
        poll: seconds between two looks into an empty queue.
    """

    def __init__(self, queue: Queue, start: Start, *, name: str, lease: float, ended: Event, poll: float = 1.0) -> None:
        self._queue = queue
        self._start = start
        self._name = name
        self._lease = lease
        self._ended = ended
        self._poll = poll
        self._lost = LostRuns(queue, lease=lease)

    def run(self) -> None:
        """Work until it is ended; a database that does not answer is asked again."""
        while not self._ended.is_set():
            try:
                self._lost.take()
                job = self._queue.claim(self._name)
            except (HeadroomError, DatabaseError) as error:
                log.warning("queue_unreadable", detail=str(error))
                job = None
            if job is None:
                self._ended.wait(self._poll)
            else:
                with structlog.contextvars.bound_contextvars(job=job.id, kind=job.kind, request=job.request):
                    self._work(job)

    def _work(self, job: Job) -> None:
        log.info("job_started", run=job.runs)
        try:
            run = self._run(job)
        except OSError as fault:
            run = _Ended(Outcome.FAILED, Exit(1, f"cannot be started: {fault}"))
        if run is None:
            log.warning("job_taken_over", run=job.runs)
            return
        reason = None if run.outcome is Outcome.SUCCEEDED else (run.end.error or run.outcome.value)[-ERROR_LENGTH:]
        self._finish(job, run, reason)
        log.info("job_ended", outcome=run.outcome.value, error=reason)

    def _run(self, job: Job) -> "_Ended | None":
        """How the run ended; None where it was taken over."""
        kind, started = self._queue.kinds.kind[job.kind], time.monotonic()
        child = self._start(self._queue.command(job), job, until=started + self._lease * CHILD_SHARE)
        last = started
        try:
            while (end := child.wait(STEP_SECONDS)) is None:
                now = time.monotonic()
                if self._ended.is_set():
                    return _Ended(Outcome.RELEASED, Exit(1, f"worker {self._name} was ended"), child.tail())
                if now - started > kind.seconds:
                    return _Ended(Outcome.TIMED_OUT, Exit(1, f"took longer than {kind.seconds:g} s"), child.tail())
                if now - last >= self._lease / BEATS_A_LEASE:
                    last = now
                    match self._beat(job, child, now):
                        case Beat.CANCEL:
                            return _Ended(Outcome.CANCELLED, Exit(1, "cancelled"), child.tail())
                        case Beat.LOST:
                            return None
            return _Ended(Outcome.SUCCEEDED if end.code in kind.success else Outcome.FAILED, end, child.tail())
        finally:
            child.end()

    def _beat(self, job: Job, child: Child, now: float) -> Beat:
        text = child.tail()
        lines = [line.strip() for line in text.splitlines() if PROGRESS.match(line)]
        try:
            beat = self._queue.beat(job, progress=lines[-1] if lines else None, log=text)
        except (HeadroomError, DatabaseError) as error:
            # The child lives on the last beat that was taken in.
            log.warning("beat_failed", detail=str(error))
            return Beat.GO_ON
        if beat is Beat.GO_ON:
            child.extend(now + self._lease * CHILD_SHARE)
        return beat

    def _finish(self, job: Job, run: "_Ended", reason: str | None) -> None:
        """Write how a run ended; until the database takes it in, unless the worker is ended meanwhile."""
        while True:
            try:
                self._queue.finish(job, run.outcome, log=run.log, error=reason, document=run.end.document)
            except (HeadroomError, DatabaseError) as fault:
                log.warning("finish_failed", detail=str(fault))
                if self._ended.wait(self._poll):
                    return
            else:
                return


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a run ended, how its child did, and the end of its log."""

    outcome: Outcome
    end: Exit
    log: str = ""
