"""Rejected rows, kept with the reason. They can be listed, and enter the store only when a person accepts them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Engine, func, insert, select

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.catalogue.reasons import MEANINGS, Reason
from data.connectors.contract import ROW_SCHEMA, Rejected
from data.store.database import writing
from data.store.refreshes import Origin, Refresh, Status, record
from data.store.relations import ACCEPTANCES, OBSERVATIONS, QUARANTINE, REFRESHES
from data.store.vintages import append, now

DATED = ("published",)
"""Columns left out of a row's digest: a source that states no day would make every day's row a new one."""


@dataclass(frozen=True, slots=True)
class QuarantinedRows:
    """One row in quarantine.

    Attributes:
        place: where in the answer it stood; empty where the rule saw the row among others.
        row: the row: a whole observation where the rule judged one, else the text as far as it was read.
        accepted: the moment it was let in; None while it is held.
    """

    id: int
    source: str
    scope: Scope
    reason: Reason
    detail: str
    place: str
    row: Mapping[str, Any]
    seen: datetime
    accepted: datetime | None


JUDGEMENT = frozenset(
    {
        Reason.DUPLICATE,
        Reason.SIGN,
        Reason.OUT_OF_RANGE,
        Reason.STOCK_FELL,
        Reason.JUMP,
        Reason.PUBLISHED_IMPOSSIBLE,
        Reason.DISAGREES,
        Reason.REVISION,
    }
)
"""Reasons a person may know better about. A row in another unit, or of a series nobody defined, stays out: no word
makes a figure of it that can be read beside the others."""


def fresh(
    connection: Connection, *, scope: Scope, source: str, rejected: Iterable[Rejected], bad: pl.DataFrame
) -> list[dict[str, Any]]:
    """Entries for rows that were not let in, less those that lie in quarantine already.

    ``rejected`` are rows a parser could not read; ``bad`` are whole rows with ``reason`` and ``detail``.
    """
    entries = [(r.reason.value, r.detail, r.where, dict(r.row)) for r in rejected]
    entries += [(row.pop("reason"), row.pop("detail"), "", row) for row in bad.iter_rows(named=True)]
    mine = select(QUARANTINE.c.digest).where(QUARANTINE.c.source == source, QUARANTINE.c.scope == scope.value)
    digests = set(connection.execute(mine).scalars())
    rows: dict[str, dict[str, Any]] = {}
    for reason, detail, place, row in entries:
        content = {name: value for name, value in row.items() if name not in DATED}
        digest = _digest(reason, place, content)
        if digest not in digests:
            text = json.dumps(row, ensure_ascii=False, sort_keys=True, default=str)
            rows[digest] = {"reason": reason, "detail": detail, "place": place, "row": text, "digest": digest}
    return list(rows.values())


def hold(
    connection: Connection,
    entries: list[dict[str, Any]],
    *,
    refresh_id: int,
    scope: Scope,
    source: str,
    retrieved: datetime,
) -> None:
    """Put entries into quarantine."""
    common = {"refresh_id": refresh_id, "scope": scope.value, "source": source, "seen": retrieved}
    if entries:
        connection.execute(insert(QUARANTINE), [common | entry for entry in entries])


def quarantined_rows(
    engine: Engine, *, source: str | None = None, reason: Reason | None = None, include_accepted: bool = False,
    scope: Scope = Scope.PRIVATE,
) -> tuple[QuarantinedRows, ...]:  # fmt: skip
    """Rows in quarantine, oldest first; with those let in since on request. The public scope hides private rows."""
    query = (
        select(QUARANTINE, ACCEPTANCES.c.accepted)
        .join(ACCEPTANCES, ACCEPTANCES.c.quarantine_id == QUARANTINE.c.id, isouter=True)
        .order_by(QUARANTINE.c.id)
    )
    if source is not None:
        query = query.where(QUARANTINE.c.source == source)
    if reason is not None:
        query = query.where(QUARANTINE.c.reason == reason.value)
    if not include_accepted:
        query = query.where(ACCEPTANCES.c.id.is_(None))
    if scope is Scope.PUBLIC:
        query = query.where(QUARANTINE.c.scope == Scope.PUBLIC.value)
    with engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(_entry(row) for row in rows)


def accept(engine: Engine, entry: int, *, actor: str, reason: str) -> QuarantinedRows:
    """Let one held row in, as a vintage of the day it was given; who and why is kept.

    Raises:
        NotFound: there is no such entry.
        InvalidParameter: it was let in before, no reason is given, or its reason is none of :data:`JUDGEMENT`.
    """
    if not reason.strip():
        raise InvalidParameter("reason", "say why the row is right")
    with writing(engine, REFRESHES, OBSERVATIONS, QUARANTINE, ACCEPTANCES) as connection:
        row = connection.execute(select(QUARANTINE).where(QUARANTINE.c.id == entry)).mappings().one_or_none()
        if row is None:
            raise NotFound("quarantine entry", str(entry), hint="headroom data quarantine lists them")
        acceptances = select(func.count()).where(ACCEPTANCES.c.quarantine_id == entry)
        if connection.execute(acceptances).scalar_one():
            raise InvalidParameter("entry", f"{entry} was let in before")
        frame = _observation(entry, json.loads(row["row"]))
        held_for = Reason(row["reason"])
        if held_for not in JUDGEMENT:
            message = f"{entry} is held as {held_for.value}: {MEANINGS[held_for]}; it cannot be let in as it is"
            raise InvalidParameter("entry", message, allowed=sorted(JUDGEMENT))
        moment = now()
        scope = Scope(row["scope"])
        refresh = Refresh(
            source=row["source"], scope=scope, origin=Origin.ACCEPTED, started=moment, finished=moment,
            status=Status.COMPLETE, read=1, added=1,
        )  # fmt: skip
        refresh_id = record(connection, refresh)
        append(connection, frame, refresh_id=refresh_id, scope=scope, retrieved=moment)
        connection.execute(
            insert(ACCEPTANCES).values(quarantine_id=entry, accepted=moment, actor=actor, reason=reason.strip())
        )
    return _entry({**row, "accepted": moment})


def _observation(entry: int, row: Mapping[str, Any]) -> pl.DataFrame:
    if set(row) != set(ROW_SCHEMA):
        raise InvalidParameter("entry", f"{entry} could not be read as a figure, so there is nothing to let in")
    dates = {name: date.fromisoformat(row[name]) for name, kind in ROW_SCHEMA.items() if kind is pl.Date and row[name]}
    return pl.DataFrame([{**row, **dates}], schema=ROW_SCHEMA)


def _entry(row: Mapping[Any, Any]) -> QuarantinedRows:
    return QuarantinedRows(
        id=row["id"],
        source=row["source"],
        scope=Scope(row["scope"]),
        reason=Reason(row["reason"]),
        detail=row["detail"],
        place=row["place"],
        row=json.loads(row["row"]),
        seen=row["seen"],
        accepted=row["accepted"],
    )


def _digest(reason: str, place: str, content: Mapping[str, Any]) -> str:
    text = json.dumps([reason, place, content], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
