"""The last scoreboard of each scope: what projections said and what became of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Column, Date, Engine, Integer, LargeBinary, String, Table, Text, delete, insert, select

from data.base.scopes import Scope
from data.store.database import writing
from data.store.metadata import METADATA, Utc

SCOREBOARDS = Table(
    "scoreboards",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("scope", String, nullable=False, index=True),
    Column("scored", Utc, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("sha256", String, nullable=False),
    Column("skipped", Text, nullable=False),
    Column("outcomes", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """A scoreboard as it lies in the database.

    Attributes:
        scored: when it was made, UTC.
        as_of: day whose figures it knows.
        sha256: of the outcomes.
        skipped: sentences on editions that could not be read.
        outcomes: Parquet.
    """

    scored: datetime
    as_of: date
    sha256: str
    skipped: tuple[str, ...]
    outcomes: bytes


def record_board(
    engine: Engine, *, as_of: date, sha256: str, skipped: Sequence[str], outcomes: bytes, scope: Scope
) -> bool:
    """Put a scoreboard in the place of the scope's last one; the same one again changes nothing. Whether it did."""
    row = {"as_of": as_of, "sha256": sha256, "skipped": json.dumps(list(skipped))}
    of_scope = SCOREBOARDS.c.scope == scope.value
    with writing(engine, SCOREBOARDS) as connection:
        last = connection.execute(select(*(SCOREBOARDS.c[name] for name in row)).where(of_scope)).mappings().first()
        if last is not None and dict(last) == row:
            return False
        connection.execute(delete(SCOREBOARDS).where(of_scope))
        new = row | {"scope": scope.value, "scored": datetime.now(UTC), "outcomes": outcomes}
        connection.execute(insert(SCOREBOARDS).values(new))
    return True


def last_board(engine: Engine, *, scope: Scope) -> StoredBoard | None:
    """The scope's scoreboard; None before the first scoring."""
    query = select(*(SCOREBOARDS.c[name] for name in StoredBoard.__slots__)).where(SCOREBOARDS.c.scope == scope.value)
    with engine.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else StoredBoard(**{**row, "skipped": tuple(json.loads(row["skipped"]))})
