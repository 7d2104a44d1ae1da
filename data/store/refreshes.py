"""The log of refreshes: when a source was read, with what result, and what the next request should say."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, func, insert, select

from data.base.scopes import Scope
from data.store.relations import ANSWERS, REFRESHES


class Status(StrEnum):
    """How a refresh ended."""

    COMPLETE = "complete"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Origin(StrEnum):
    """Where rows came from."""

    SOURCE = "source"
    FILE = "file"
    IMPORT = "import"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Refresh:
    """One reading of one source.

    Attributes:
        error: code and detail of what failed; empty otherwise.
        read: figures the answers held; of a withdrawal, those that stood until then.
        marked: cells with the publisher's mark for "no data".
        added: figures nobody had given before.
        revised: figures given before with something else said.
        unchanged: rows that said nothing new.
        quarantined: rows put into quarantine that did not lie there before.
    """

    source: str
    scope: Scope
    origin: Origin
    started: datetime
    finished: datetime
    status: Status
    error: str = ""
    read: int = 0
    marked: int = 0
    added: int = 0
    revised: int = 0
    unchanged: int = 0
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class SourceResponse:
    """One answer of a refresh, as far as the next one needs it.

    Attributes:
        request: :attr:`data.connectors.payload.Request.key`.
        followed: another page followed; such answers are always asked for whole.
    """

    request: str
    retrieved: datetime
    sha256: str
    bytes: int
    etag: str | None
    last_modified: str | None
    followed: bool


def record(connection: Connection, refresh: Refresh, answers: Sequence[SourceResponse] = ()) -> int:
    """Write a refresh and its answers; returns its number."""
    row = asdict(refresh) | {
        "scope": refresh.scope.value,
        "origin": refresh.origin.value,
        "status": refresh.status.value,
    }
    key = connection.execute(insert(REFRESHES).values(row)).inserted_primary_key
    number = int(key[0]) if key else 0
    if answers:
        connection.execute(insert(ANSWERS), [asdict(answer) | {"refresh_id": number} for answer in answers])
    return number


def last_answers(engine: Engine, source: str) -> dict[str, SourceResponse]:
    """The last answer to every request of a source whose figures were stored, by request key."""
    query = (
        select(*(ANSWERS.c[name] for name in SourceResponse.__slots__))
        .join(REFRESHES, REFRESHES.c.id == ANSWERS.c.refresh_id)
        .where(REFRESHES.c.source == source, REFRESHES.c.origin == Origin.SOURCE.value)
        .order_by(ANSWERS.c.id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return {row["request"]: SourceResponse(**row) for row in rows}


def refreshes(engine: Engine, *, source: str | None = None) -> tuple[Refresh, ...]:
    """Every recorded refresh, oldest first."""
    query = select(*(REFRESHES.c[name] for name in Refresh.__slots__)).order_by(REFRESHES.c.id)
    if source is not None:
        query = query.where(REFRESHES.c.source == source)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(
        Refresh(
            **{
                **row,
                "scope": Scope(row["scope"]),
                "origin": Origin(row["origin"]),
                "status": Status(row["status"]),
            }
        )
        for row in rows
    )


def last_readings(engine: Engine) -> dict[str, datetime]:
    """When each source was last read with success, over HTTP or from a file, UTC."""
    query = (
        select(REFRESHES.c.source, func.max(REFRESHES.c.finished).label("finished"))
        .where(
            REFRESHES.c.status != Status.FAILED.value,
            REFRESHES.c.origin.in_([Origin.SOURCE.value, Origin.FILE.value]),
        )
        .group_by(REFRESHES.c.source)
    )
    with engine.connect() as connection:
        return {row.source: row.finished for row in connection.execute(query)}
