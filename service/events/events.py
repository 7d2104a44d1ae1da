"""The log of events: each fact is told once, in the order of the numbers, with a delivery for every webhook."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from data.periods.timestamps import rfc3339
from data.store.database import writing
from service.events.tables import DELIVERIES, EVENTS, WEBHOOKS
from service.jobs.tables import insert_new


class Kind(StrEnum):
    """What happened."""

    EDITION_PUBLISHED = "edition.published"
    EDITION_RECALLED = "edition.recalled"
    CHAMPION_CHANGED = "champion.changed"
    SOURCE_STALE = "source.stale"
    THRESHOLD_CROSSED = "threshold.crossed"


class Delivery(StrEnum):
    """Where a delivery is; ``dead``: it failed as often as it may, or its webhook is gone."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, not told yet.

    Attributes:
        key: which fact it is, unique among those of its kind.
        position: where it stands in the table it is read from; facts of a kind are told in that order.
        document: about it, JSON.
    """

    kind: Kind
    key: str
    position: int
    happened: datetime
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was told."""

    id: int
    kind: Kind
    happened: datetime
    document: Mapping[str, Any]

    def message(self) -> dict[str, Any]:
        """As streams and webhooks send it, in the form of Standard Webhooks."""
        return {"type": self.kind.value, "timestamp": rfc3339(self.happened), "data": dict(self.document)}


def record(engine: Engine, facts: Sequence[Fact]) -> int:
    """Tell facts that were not told yet, each with its deliveries, all or none; returns how many were new.

    Writers are one after the other, so whoever has read an event has read, or can read, all with lower numbers.
    """
    if not facts:
        return 0
    with writing(engine, EVENTS) as connection:
        return sum(_tell(connection, fact) for fact in facts)


def _tell(connection: Connection, fact: Fact) -> bool:
    row = {
        "kind": fact.kind.value,
        "key": fact.key,
        "position": fact.position,
        "happened": fact.happened,
        "document": json.dumps(fact.document),
    }
    number = insert_new(connection, EVENTS, row)
    if number is None:
        return False
    hooks = connection.execute(select(WEBHOOKS.c.id, WEBHOOKS.c.kinds).where(WEBHOOKS.c.removed.is_(None))).all()
    for hook, kinds in hooks:
        if fact.kind.value in json.loads(kinds):
            pending = {"state": Delivery.PENDING.value, "not_before": fact.happened}
            insert_new(connection, DELIVERIES, {"webhook": hook, "event": number} | pending)
    return True


def last_position(engine: Engine, kind: Kind) -> int:
    """The position of the last fact of a kind that was told; -1 before the first."""
    query = select(func.coalesce(func.max(EVENTS.c.position), -1)).where(EVENTS.c.kind == kind.value)
    with engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def events(engine: Engine, *, after: int, limit: int = 100) -> tuple[Event, ...]:
    """Events with numbers above ``after``, ascending."""
    query = select(EVENTS).where(EVENTS.c.id > after).order_by(EVENTS.c.id).limit(limit)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(Event(row["id"], Kind(row["kind"]), row["happened"], json.loads(row["document"])) for row in rows)


def newest(engine: Engine, kind: Kind | None = None) -> Event | None:
    """The last event, of a kind if one is named; None before the first."""
    query = select(EVENTS).order_by(EVENTS.c.id.desc()).limit(1)
    if kind is not None:
        query = query.where(EVENTS.c.kind == kind.value)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Event(row["id"], Kind(row["kind"]), row["happened"], json.loads(row["document"]))
