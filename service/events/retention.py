"""How long events stay: old ones are removed with their deliveries, and how far that went stays."""

from datetime import datetime

from sqlalchemy import Engine, delete, func, insert, select

from data.store.database import writing
from service.events.events import Delivery, Kind
from service.events.tables import DELIVERIES, EVENTS, REMOVALS


def remove_old(engine: Engine, *, before: datetime, now: datetime) -> int:
    """Remove events that happened before a moment, and write down how far that went; returns how many.

    Those stay that a webhook has not taken, dead deliveries among them; the last of each kind, from whose position the
    next are told; and stale sources, of which each is told once.
    """
    needed = select(DELIVERIES.c.event).where(DELIVERIES.c.state != Delivery.DELIVERED.value)
    last = select(func.max(EVENTS.c.id)).group_by(EVENTS.c.kind)
    old = select(EVENTS.c.id).where(
        EVENTS.c.happened < before,
        EVENTS.c.kind != Kind.SOURCE_STALE.value,
        EVENTS.c.id.not_in(needed),
        EVENTS.c.id.not_in(last),
    )
    with writing(engine, EVENTS, DELIVERIES, REMOVALS) as connection:
        numbers = list(connection.execute(old).scalars())
        if not numbers:
            return 0
        connection.execute(delete(DELIVERIES).where(DELIVERIES.c.event.in_(numbers)))
        connection.execute(delete(EVENTS).where(EVENTS.c.id.in_(numbers)))
        connection.execute(insert(REMOVALS).values(last=max(numbers), removed=now, count=len(numbers)))
        return len(numbers)


def last_removed(engine: Engine) -> int:
    """The highest id of the events that were removed by age; 0 while none was."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.coalesce(func.max(REMOVALS.c.last), 0))).scalar_one())
