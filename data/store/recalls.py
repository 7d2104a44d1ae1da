"""Recalls of editions: what was wrong with one, and which one stands instead. A recall deletes nothing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, Text, select

from data.store.metadata import METADATA, Utc

RECALLS = Table(
    "edition_recalls",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("edition", String, ForeignKey("editions.id"), nullable=False, index=True),
    Column("recalled", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("successor", String, ForeignKey("editions.id"), nullable=True),
    sqlite_autoincrement=True,
)
"""Append-only. A further row of an edition changes reason and successor; it stays recalled since the first."""


@dataclass(frozen=True, slots=True)
class Recall:
    """That an edition was recalled.

    Attributes:
        at: when it was first recalled, UTC.
        reason: what is wrong with it, in words.
        actor: who recalled it.
        successor: the edition to use instead; None where none was named.
    """

    at: datetime
    reason: str
    actor: str
    successor: str | None


def recalls(connection: Connection) -> dict[str, Recall]:
    """Recalls by edition."""
    rows = connection.execute(select(RECALLS).order_by(RECALLS.c.id)).mappings()
    by_edition: dict[str, Recall] = {}
    for row in rows:
        first = by_edition.get(row["edition"])
        at = first.at if first else row["recalled"]
        by_edition[row["edition"]] = Recall(at, row["reason"], row["actor"], row["successor"])
    return by_edition
