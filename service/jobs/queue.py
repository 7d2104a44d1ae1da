"""The queue: every job there is and was, and each step of its life as one transaction that one process wins.

A job is queued, then running, then succeeded, cancelled or dead; a failed run puts it back into the queue until it has
failed as often as its kind allows. Every step names the state it starts from, so of two processes that try the same
step one changes a row and the other none. No step compares the clocks of two machines.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Select, Update, func, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from data.base.errors import InvalidParameter, NotFound
from data.base.redaction import redacted
from data.store.database import writing
from service.jobs.kinds import Kinds, shipped
from service.jobs.tables import JOBS, RUNS, State, insert_new

CANDIDATES = 20
"""Waiting jobs a worker looks at in one go."""
LONGEST_PAUSE = timedelta(days=1)


class Outcome(StrEnum):
    """How a run ended; ``released`` and ``lost`` are those of a worker that was ended, and of one that died."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    RELEASED = "released"
    LOST = "lost"


class Beat(StrEnum):
    """What a worker learns when it reports that its run goes on."""

    GO_ON = "go_on"
    CANCEL = "cancel"
    LOST = "lost"


class Cause(StrEnum):
    """Why there is a job."""

    SCHEDULE = "schedule"
    BACKFILL = "backfill"
    TRIGGER = "trigger"
    REQUEST = "request"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Attributes:
        cause: why there is one; ``actor``: who or what asked for it; ``request``: id of the request that did.
        schedule: the schedule it is of, with ``slot``, the moment it was due; ``parent``: the job it follows.
        not_before: earliest start of the next run.
        runs: begun so far; ``failures``: of them, those that count against the attempts of its kind.
        worker: who runs it, or ran it last.
        cancelled_by: who cancelled it.
        progress: the last line of progress; ``log``: the end of what the last run wrote.
        document: what the command printed as JSON; ``error``: why the last run failed.
    """

    id: int
    kind: str
    cause: str
    actor: str
    request: str | None
    schedule: str | None
    slot: datetime | None
    parent: int | None
    state: State
    created: datetime
    not_before: datetime
    finished: datetime | None
    runs: int
    failures: int
    worker: str | None
    cancelled_by: str | None
    progress: str | None
    log: str
    document: Mapping[str, Any]
    error: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job; ``outcome`` is None while it runs."""

    number: int
    worker: str
    started: datetime
    finished: datetime | None
    outcome: Outcome | None
    error: str | None


def utc_now() -> datetime:
    """The moment it is, UTC."""
    return datetime.now(UTC)


class Queue:
    """The jobs of a database.

    Args:
        engine: of a migrated database.
        kinds: the kinds there are.
        clock: the moment it is, UTC. It dates rows and decides which slots are due, and when a
            failed job is tried again.
    """

    def __init__(self, engine: Engine, *, kinds: Kinds | None = None, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.kinds = kinds or shipped()
        self.clock = clock

    def add(self, kind: str, *, actor: str, cause: Cause = Cause.REQUEST, request: str | None = None) -> Job:
        """Put a job into the queue; raises :class:`InvalidParameter` for an unknown kind."""
        row = self.row(kind, cause=cause, actor=actor, request=request)
        with writing(self.engine) as connection:
            key = connection.execute(insert(JOBS).values(row)).inserted_primary_key
        return self.job(int(key[0]) if key else 0)

    def add_unless_waiting(self, kind: str, *, actor: str) -> None:
        """Put a job into the queue unless one of its kind waits there; raises :class:`InvalidParameter`."""
        if not self.jobs(state=State.QUEUED, kind=kind, limit=1):
            self.add(kind, actor=actor)

    def row(self, kind: str, *, cause: Cause, actor: str, **values: object) -> dict[str, Any]:
        """The row of a new job; raises :class:`InvalidParameter` for an unknown kind."""
        if kind not in self.kinds.kind:
            raise InvalidParameter("kind", f"{kind!r} is no kind of job", allowed=list(self.kinds.kind))
        now = self.clock()
        about = {"kind": kind, "cause": cause.value, "actor": actor, "state": State.QUEUED.value}
        return about | {"created": now, "not_before": now} | values

    def job(self, number: int) -> Job:
        """One job; raises :class:`NotFound`."""
        jobs = self._jobs(select(JOBS).where(JOBS.c.id == number))
        if not jobs:
            raise NotFound("job", str(number), allowed=[], hint="headroom jobs list shows those there are")
        return jobs[0]

    def jobs(
        self, *, state: State | None = None, kind: str | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[Job, ...]:
        """Jobs, newest first: of a state, of a kind, with a lower number than ``before``."""
        query = select(JOBS).order_by(JOBS.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(JOBS.c.state == state.value)
        if kind is not None:
            query = query.where(JOBS.c.kind == kind)
        if before is not None:
            query = query.where(JOBS.c.id < before)
        return self._jobs(query)

    def runs(self, number: int) -> tuple[Run, ...]:
        """The runs of a job, oldest first."""
        columns = [RUNS.c[field.name] for field in fields(Run)]
        with self.engine.connect() as connection:
            rows = connection.execute(select(*columns).where(RUNS.c.job == number).order_by(RUNS.c.number)).mappings()
            return tuple(Run(**{**row, "outcome": row["outcome"] and Outcome(row["outcome"])}) for row in rows)

    def command(self, job: Job) -> tuple[str, ...]:
        """What a job runs: today's work, or that of the day of a slot that was filled later."""
        kind = self.kinds.kind[job.kind]
        if job.cause != Cause.BACKFILL.value or job.slot is None or kind.past is None:
            return kind.command
        return tuple(part.replace("{day}", job.slot.date().isoformat()) for part in kind.past)

    def cancel(self, number: int, *, actor: str) -> Job:
        """Cancel a job: a waiting one at once, a running one at its worker's next beat; a finished one stays as it is.

        Raises :class:`NotFound`.
        """
        ended = {"state": State.CANCELLED.value, "finished": self.clock(), "cancelled_by": actor}
        with writing(self.engine) as connection:
            waiting = update(JOBS).where(JOBS.c.id == number, JOBS.c.state == State.QUEUED.value).values(ended)
            if not connection.execute(waiting).rowcount:
                running = JOBS.c.id == number, JOBS.c.state == State.RUNNING.value, JOBS.c.cancelled_by.is_(None)
                connection.execute(update(JOBS).where(*running).values(cancelled_by=actor))
        return self.job(number)

    def claim(self, worker: str) -> Job | None:
        """Begin a run of the job that waits longest and may run now; None when there is none."""
        busy = select(JOBS.c.kind).where(JOBS.c.state == State.RUNNING.value)
        waiting = (
            select(JOBS.c.id, JOBS.c.runs)
            .where(
                JOBS.c.state == State.QUEUED.value,
                JOBS.c.not_before <= self.clock(),
                JOBS.c.kind.in_(list(self.kinds.kind)),
                JOBS.c.kind.not_in(busy),
            )
            .order_by(JOBS.c.id)
            .limit(CANDIDATES)
        )
        with self.engine.connect() as connection:
            candidates = connection.execute(waiting).all()
        for number, runs in candidates:
            if self._begin(number, runs, worker):
                return self.job(number)
        return None

    def _begin(self, number: int, runs: int, worker: str) -> bool:
        begun = {"state": State.RUNNING.value, "runs": runs + 1, "beats": 0, "worker": worker, "progress": None}
        chosen = JOBS.c.id == number, JOBS.c.state == State.QUEUED.value, JOBS.c.runs == runs
        try:
            with writing(self.engine) as connection:
                if not connection.execute(update(JOBS).where(*chosen).values(begun | {"log": ""})).rowcount:
                    return False
                row = {"job": number, "number": runs + 1, "worker": worker, "started": self.clock()}
                connection.execute(insert(RUNS).values(row))
        except IntegrityError:
            # Another worker began one of the same kind meanwhile.
            return False
        return True

    def beat(self, job: Job, *, progress: str | None, log: str) -> Beat:
        """Report that a run goes on; the answer says whether it should."""
        values = {"beats": JOBS.c.beats + 1, "progress": progress, "log": redacted(log)}
        with writing(self.engine) as connection:
            row = connection.execute(_of_run(job).values(values).returning(JOBS.c.cancelled_by)).one_or_none()
        if row is None:
            return Beat.LOST
        return Beat.GO_ON if row[0] is None else Beat.CANCEL

    def beats(self) -> Mapping[tuple[int, int], int]:
        """How often the workers of the jobs that run have reported, by job and number of the run."""
        query = select(JOBS.c.id, JOBS.c.runs, JOBS.c.beats).where(JOBS.c.state == State.RUNNING.value)
        with self.engine.connect() as connection:
            return {(number, run): beats for number, run, beats in connection.execute(query)}

    def lose(self, number: int, run: int, beats: int) -> bool:
        """Take a run from a worker that reports no more, unless it did report meanwhile; whether it was taken."""
        job = self.job(number)
        if job.runs != run:
            return False
        still = _of_run(job).where(JOBS.c.beats == beats)
        outcome = Outcome.CANCELLED if job.cancelled_by else Outcome.LOST
        return self._end(job, outcome, still, error=f"worker {job.worker} reports no more")

    def finish(
        self,
        job: Job,
        outcome: Outcome,
        *,
        log: str = "",
        error: str | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> bool:
        """End a run, and with its success queue what follows, as a whole; False when it was taken over meanwhile."""
        return self._end(job, outcome, _of_run(job), log=log, error=error, document=document)

    def _end(
        self,
        job: Job,
        outcome: Outcome,
        of_run: Update,
        *,
        log: str | None = None,
        error: str | None = None,
        document: Mapping[str, Any] | None = None,
    ) -> bool:
        now, error = self.clock(), None if error is None else redacted(error)
        values: dict[str, Any] = self._after(job, outcome, now) | {"error": error}
        if log is not None:
            values["log"] = redacted(log)
        if document is not None:
            values["document"] = json.dumps(document)
        with writing(self.engine) as connection:
            if not connection.execute(of_run.values(values)).rowcount:
                return False
            run = update(RUNS).where(RUNS.c.job == job.id, RUNS.c.number == job.runs)
            connection.execute(run.values(finished=now, outcome=outcome.value, error=error))
            # What was done as of a past day is no reason to do today's work.
            if outcome is Outcome.SUCCEEDED and job.cause != Cause.BACKFILL.value:
                self._follow(connection, job, document or {})
        return True

    def _after(self, job: Job, outcome: Outcome, now: datetime) -> dict[str, Any]:
        """The state of a job after a run."""
        match outcome:
            case Outcome.SUCCEEDED:
                return {"state": State.SUCCEEDED.value, "finished": now}
            case Outcome.CANCELLED:
                return {"state": State.CANCELLED.value, "finished": now}
            case Outcome.RELEASED:
                return {"state": State.QUEUED.value, "not_before": now}
        kind, failures = self.kinds.kind[job.kind], job.failures + 1
        if failures >= kind.attempts:
            return {"state": State.DEAD.value, "finished": now, "failures": failures}
        pause = min(timedelta(seconds=kind.pause * 2 ** (failures - 1)), LONGEST_PAUSE)
        return {"state": State.QUEUED.value, "not_before": now + pause, "failures": failures}

    def _follow(self, connection: Connection, job: Job, document: Mapping[str, Any]) -> None:
        for kind in self.kinds.after(job.kind, document):
            row = self.row(kind, cause=Cause.FOLLOW_UP, actor=job.actor, request=job.request, parent=job.id)
            insert_new(connection, JOBS, row)

    def depth(self) -> Mapping[tuple[str, State], int]:
        """How many jobs wait, run or are dead, by kind and state."""
        states = [State.QUEUED.value, State.RUNNING.value, State.DEAD.value]
        query = select(JOBS.c.kind, JOBS.c.state, func.count()).where(JOBS.c.state.in_(states))
        with self.engine.connect() as connection:
            rows = connection.execute(query.group_by(JOBS.c.kind, JOBS.c.state)).all()
        return {(kind, State(state)): count for kind, state, count in rows}

    def last_success(self) -> Mapping[str, datetime]:
        """When a job of each kind last succeeded; kinds that never did are left out."""
        done = JOBS.c.state == State.SUCCEEDED.value
        query = select(JOBS.c.kind, func.max(JOBS.c.finished)).where(done).group_by(JOBS.c.kind)
        with self.engine.connect() as connection:
            return {row.kind: row[1] for row in connection.execute(query)}

    def _jobs(self, query: Select[Any]) -> tuple[Job, ...]:
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_job(row) for row in rows)


def _job(row: RowMapping) -> Job:
    values = {field.name: row[field.name] for field in fields(Job)}
    document = json.loads(row["document"]) if row["document"] else {}
    return Job(**values | {"state": State(row["state"]), "document": document})


def _of_run(job: Job) -> Update:
    """A change of a job's row as long as this very run goes on."""
    return update(JOBS).where(JOBS.c.id == job.id, JOBS.c.state == State.RUNNING.value, JOBS.c.runs == job.runs)
