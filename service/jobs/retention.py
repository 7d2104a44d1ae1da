"""How long finished jobs stay: rows that nobody looks at any more are removed, with their runs."""

from datetime import datetime

from sqlalchemy import Engine, delete, func, select

from data.store.database import writing
from service.jobs.tables import JOBS, RUNS, State

ENDED = (State.SUCCEEDED.value, State.CANCELLED.value)


def remove_finished(engine: Engine, *, before: datetime) -> int:
    """Remove jobs that succeeded or were cancelled before a moment; returns how many.

    Dead ones stay: they wait for a person. So do the last success of each kind, whose age is a metric, and a job that
    another one follows that stays.
    """
    last = select(func.max(JOBS.c.id)).where(JOBS.c.state == State.SUCCEEDED.value).group_by(JOBS.c.kind)
    removed = 0
    with writing(engine, JOBS, RUNS) as connection:
        # What follows goes before what it follows.
        while True:
            followed = select(JOBS.c.parent).where(JOBS.c.parent.is_not(None))
            old = select(JOBS.c.id).where(
                JOBS.c.state.in_(ENDED), JOBS.c.finished < before, JOBS.c.id.not_in(last), JOBS.c.id.not_in(followed)
            )
            numbers = list(connection.execute(old).scalars())
            if not numbers:
                return removed
            connection.execute(delete(RUNS).where(RUNS.c.job.in_(numbers)))
            connection.execute(delete(JOBS).where(JOBS.c.id.in_(numbers)))
            removed += len(numbers)
