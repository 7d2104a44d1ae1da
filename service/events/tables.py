"""The tables of events, webhooks, deliveries and removals."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from data.store.metadata import METADATA, Utc

EVENTS = Table(
    "events",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("happened", Utc, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("kind", "key", name="events_once"),
    Index("events_position", "kind", "position"),
    sqlite_autoincrement=True,
)
"""``key`` says which fact it tells, so that each is told once; ``position`` where that fact stands in its own table."""

WEBHOOKS = Table(
    "webhooks",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("url", Text, nullable=False),
    Column("secret", String, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("created", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("removed", Utc, nullable=True),
    sqlite_autoincrement=True,
)
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("webhook", Integer, ForeignKey("webhooks.id"), nullable=False),
    Column("event", Integer, ForeignKey("events.id"), nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Utc, nullable=False),
    Column("finished", Utc, nullable=True),
    Column("status", Integer, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("webhook", "event", name="deliveries_once"),
    Index("deliveries_state", "state", "not_before"),
    sqlite_autoincrement=True,
)
REMOVALS = Table(
    "event_removals",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("removed", Utc, nullable=False),
    Column("last", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""When old events were removed, the highest id among them, and how many."""
