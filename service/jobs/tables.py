"""The tables of jobs, their runs and their schedules, and how a row is inserted once."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from data.store.metadata import METADATA, Utc


class State(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    DEAD = "dead"


SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("name", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("cron", String, nullable=False),
    Column("zone", String, nullable=False),
    Column("catch_up", String, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("next_slot", Utc, nullable=False),
    Column("last_slot", Utc, nullable=True),
)
JOBS = Table(
    "jobs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("cause", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("request", String, nullable=True),
    Column("schedule", String, ForeignKey("schedules.name"), nullable=True),
    Column("slot", Utc, nullable=True),
    Column("parent", Integer, ForeignKey("jobs.id"), nullable=True),
    Column("state", String, nullable=False),
    Column("created", Utc, nullable=False),
    Column("not_before", Utc, nullable=False),
    Column("finished", Utc, nullable=True),
    Column("runs", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("beats", Integer, nullable=False, server_default="0"),
    Column("worker", String, nullable=True),
    Column("cancelled_by", String, nullable=True),
    Column("progress", Text, nullable=True),
    Column("log", Text, nullable=False, server_default=""),
    Column("document", Text, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("schedule", "slot", name="jobs_slot"),
    UniqueConstraint("parent", "kind", name="jobs_follow_up"),
    Index("jobs_state", "state", "not_before"),
    Index(
        "jobs_running",
        "kind",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
    sqlite_autoincrement=True,
)
"""A slot of a schedule has one job, a job one follow-up of a kind, and of a kind one job runs at a time."""

RUNS = Table(
    "job_runs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("job", Integer, ForeignKey("jobs.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("worker", String, nullable=False),
    Column("started", Utc, nullable=False),
    Column("finished", Utc, nullable=True),
    Column("outcome", String, nullable=True),
    Column("error", Text, nullable=True),
    UniqueConstraint("job", "number", name="job_runs_number"),
    sqlite_autoincrement=True,
)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> Any | None:  # noqa: ANN401 - a key of any type
    """Insert a row, unless a constraint says that it is there already; its key if it was new, else None."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    key = table.primary_key.columns[0]
    insertion = dialect.insert(table).values(row).on_conflict_do_nothing().returning(key)
    return connection.execute(insertion).scalar_one_or_none()
