"""Schedules: rows with a cron expression in a time zone, each of whose slots gets exactly one job.

The next slot stands in the row. It moves on in the transaction that queues the job, and only from the value that was
read, so of any number of schedulers one queues it. That a slot has one job is also a constraint of the table. A clock
that jumps ahead makes slots due early, once; one that jumps back makes none due again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cronsim import CronSim, CronSimError
from sqlalchemy import false, insert, select, update

from data.base.errors import InvalidParameter, NotFound
from data.store.database import writing
from service.jobs.kinds import CatchUp
from service.jobs.queue import Cause, Job, Queue
from service.jobs.tables import JOBS, SCHEDULES, insert_new

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 500
"""Slots that one look makes jobs of; the next look goes on."""
FRESH = timedelta(minutes=15)
"""How late a slot of a schedule without catch-up may be."""
MOST_BACKFILL = 1000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule.

    Attributes:
        cron: five fields, or six with seconds first, read in ``zone``.
        catch_up: what becomes of slots that passed while no scheduler ran.
        next_slot: the slot that gets the next job; ``last_slot``: the last that got one by the clock.
    """

    name: str
    kind: str
    cron: str
    zone: str
    catch_up: CatchUp
    paused: bool
    next_slot: datetime
    last_slot: datetime | None


def slots(cron: str, zone: str, after: datetime) -> "Iterator[datetime]":
    """The slots after a moment, ascending, UTC; where clocks are put forward or back each comes once, as in cron.

    Raises :class:`InvalidParameter` for what is no cron expression or no time zone.
    """
    try:
        times = CronSim(cron, after.astimezone(ZoneInfo(zone)))
    except CronSimError as error:
        raise InvalidParameter("cron", f"{cron!r}: {error}", allowed=["10 5 * * *"]) from None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidParameter("zone", f"{zone!r} is no time zone", allowed=["UTC", "Europe/Berlin"]) from None
    return (moment.astimezone(UTC) for moment in times)


class Schedules:
    """The schedules of a database, whose jobs go into its queue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._engine = queue.engine
        self._clock = queue.clock

    def seed(self) -> None:
        """Add the shipped schedules whose names are not there; those there stay as they were set."""
        now = self._clock()
        with writing(self._engine) as connection:
            for one in self._queue.kinds.schedule:
                first = next(slots(one.cron, one.zone, now))
                insert_new(connection, SCHEDULES, one.model_dump(mode="json") | {"next_slot": first})

    def schedules(self) -> tuple[Schedule, ...]:
        """Every schedule, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(SCHEDULES).order_by(SCHEDULES.c.name)).mappings().all()
        return tuple(Schedule(**{**row, "catch_up": CatchUp(row["catch_up"])}) for row in rows)

    def schedule(self, name: str) -> Schedule:
        """One schedule; raises :class:`NotFound`."""
        by_name = {schedule.name: schedule for schedule in self.schedules()}
        if name not in by_name:
            raise NotFound("schedule", name, allowed=list(by_name))
        return by_name[name]

    def put(
        self, name: str, *, kind: str, cron: str, zone: str = "UTC", catch_up: CatchUp = CatchUp.LATEST
    ) -> Schedule:
        """Add a schedule or change the one of that name, beginning with its next slot from now.

        Raises :class:`InvalidParameter` for an unknown kind or zone, or what is no cron expression.
        """
        if kind not in self._queue.kinds.kind:
            raise InvalidParameter("kind", f"{kind!r} is no kind of job", allowed=list(self._queue.kinds.kind))
        following = next(slots(cron, zone, self._clock()), None)
        if following is None:
            raise InvalidParameter("cron", f"{cron!r} never comes")
        row = {"kind": kind, "cron": cron, "zone": zone, "catch_up": catch_up.value, "next_slot": following}
        with writing(self._engine) as connection:
            if not connection.execute(update(SCHEDULES).where(SCHEDULES.c.name == name).values(row)).rowcount:
                connection.execute(insert(SCHEDULES).values(row | {"name": name}))
        return self.schedule(name)

    def pause(self, name: str) -> Schedule:
        """Queue nothing by the clock until it is resumed; raises :class:`NotFound`."""
        self.schedule(name)
        return self._change(name, paused=True)

    def resume(self, name: str) -> Schedule:
        """Go on with the next slot from now: those of the pause get no job. Raises :class:`NotFound`."""
        schedule = self.schedule(name)
        following = next(slots(schedule.cron, schedule.zone, self._clock()))
        return self._change(name, paused=False, next_slot=following)

    def _change(self, name: str, **values: object) -> Schedule:
        with writing(self._engine) as connection:
            connection.execute(update(SCHEDULES).where(SCHEDULES.c.name == name).values(values))
        return self.schedule(name)

    def trigger(self, name: str, *, actor: str) -> Job:
        """Queue a job of its kind now, beside its slots; raises :class:`NotFound`."""
        return self._queue.add(self.schedule(name).kind, actor=actor, cause=Cause.TRIGGER)

    def backfill(self, name: str, first: datetime, last: datetime, *, actor: str) -> int:
        """Queue a job for each slot from ``first`` to ``last`` that has none; returns how many were queued.

        Raises:
            NotFound: there is no such schedule.
            InvalidParameter: the end is still to come, there are more than a thousand slots, or the kind has no meaning
                on a past day.
        """
        schedule = self.schedule(name)
        kind = self._queue.kinds.kind.get(schedule.kind)
        if kind is None or kind.past is None:
            kinds = [name for name, one in self._queue.kinds.kind.items() if one.past is not None]
            why = f" {kind.why_no_past}" if kind else ""
            raise InvalidParameter(
                "name", f"{name} runs {schedule.kind}, which cannot be done as of a past day.{why}", allowed=kinds
            )
        if last > self._clock():
            raise InvalidParameter("to", "is still to come")
        times = slots(schedule.cron, schedule.zone, first - timedelta(seconds=1))
        chosen = list(islice(takewhile(lambda slot: slot <= last, times), MOST_BACKFILL + 1))
        if len(chosen) > MOST_BACKFILL:
            raise InvalidParameter("from", f"more than {MOST_BACKFILL} slots; take them in parts")
        rows = [self._row(schedule, slot, Cause.BACKFILL, actor) for slot in chosen]
        with writing(self._engine) as connection:
            return sum(insert_new(connection, JOBS, row) is not None for row in rows)

    def queue_due(self) -> int:
        """Queue a job for every slot that is due, by each schedule's catch-up; returns how many were queued."""
        now = self._clock()
        return sum(
            self._queue_slots(schedule, now)
            for schedule in self.schedules()
            if not schedule.paused and schedule.next_slot <= now
        )

    def _queue_slots(self, schedule: Schedule, now: datetime) -> int:
        passed, following = self._passed(schedule, now)
        chosen = passed if schedule.catch_up is CatchUp.ALL else passed[-1:]
        if schedule.catch_up is CatchUp.NONE:
            chosen = [slot for slot in chosen if now - slot <= FRESH]
        unchanged = (
            SCHEDULES.c.name == schedule.name,
            SCHEDULES.c.next_slot == schedule.next_slot,
            SCHEDULES.c.paused == false(),
        )
        moved = update(SCHEDULES).where(*unchanged).values(next_slot=following, last_slot=passed[-1])
        with writing(self._engine) as connection:
            if not connection.execute(moved).rowcount:
                return 0
            rows = [self._row(schedule, slot, Cause.SCHEDULE, "scheduler") for slot in chosen]
            queued = sum(insert_new(connection, JOBS, row) is not None for row in rows)
        if len(chosen) < len(passed):
            log.warning("slots_skipped", schedule=schedule.name, slots=len(passed) - len(chosen))
        return queued

    def _passed(self, schedule: Schedule, now: datetime) -> tuple[list[datetime], datetime]:
        """The slots up to now, a batch at most where each gets a job, and the slot after them."""
        passed = [schedule.next_slot]
        for slot in slots(schedule.cron, schedule.zone, schedule.next_slot):
            if slot > now or (schedule.catch_up is CatchUp.ALL and len(passed) == BATCH):
                return passed, slot
            passed.append(slot)
        raise InvalidParameter("cron", f"{schedule.cron!r} never comes again")

    def _row(self, schedule: Schedule, slot: datetime, cause: Cause, actor: str) -> dict[str, Any]:
        return self._queue.row(schedule.kind, cause=cause, actor=actor, schedule=schedule.name, slot=slot)
