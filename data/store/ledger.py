"""The ledger: which model version is champion since when and why (append-only), and which editions were issued.

The last entry of a scope names its champion. A challenger that the gate rejected leaves an entry too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, Date, Engine, Index, Integer, String, Table, Text, func, insert, select, update
from sqlalchemy.engine import RowMapping

from data.base.errors import InvalidParameter, NotFound, PromotionConflict
from data.base.scopes import Scope
from data.store.database import writing
from data.store.metadata import METADATA, Utc
from data.store.recalls import RECALLS, Recall, recalls

PROMOTIONS = Table(
    "promotions",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("created", Utc, nullable=False),
    Column("model_version", String, nullable=False),
    Column("previous_version", String, nullable=True),
    Column("actor", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", String, nullable=False, server_default=Scope.PUBLIC.value),
    Column("kind", String, nullable=False, server_default="promote"),
    Column("candidate", String, nullable=True),
    Column("manifest_sha256", String, nullable=True),
    sqlite_autoincrement=True,
)
EDITIONS = Table(
    "editions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("issued", Utc, nullable=False),
    Column("data_as_of", Date, nullable=False),
    Column("model_version", String, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("path", String, nullable=False),
    Column("scope", String, nullable=False, server_default=Scope.PUBLIC.value),
    Column("sequence", Integer, nullable=False, server_default="0"),
    Index("editions_sequence", "sequence", unique=True),
)

GATE = "gate"
"""Who decided, where no person did."""


class Decision(StrEnum):
    """What a line of the ledger decided."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of the promotion ledger.

    Attributes:
        model_version: the champion after it; previous_version: the one before, None for the first.
        actor: who or what decided: a name, or ``gate``.
        evidence: the scores the decision rests on.
        reason: the decision in words.
        kind: what was decided; candidate: the version it was about, which only a ``keep`` did not make champion.
        manifest_sha256: of the candidate's manifest on that day; None on lines older than the column.
    """

    id: int
    created: datetime
    model_version: str
    previous_version: str | None
    actor: str
    evidence: Mapping[str, Any]
    reason: str
    scope: Scope = Scope.PUBLIC
    kind: Decision = Decision.PROMOTE
    candidate: str | None = None
    manifest_sha256: str | None = None

    def public_fields(self) -> dict[str, Any]:
        """The line by the names that readers of the API and of ``headroom models`` know; without its scope."""
        return {
            "id": self.id,
            "created": self.created,
            "kind": self.kind.value,
            "champion": self.model_version,
            "previous": self.previous_version,
            "candidate": self.candidate,
            "actor": self.actor,
            "reason": self.reason,
            "manifest_sha256": self.manifest_sha256,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Over:
    """The champion a decision was made over: None says that there was none."""

    version: str | None


@dataclass(frozen=True, slots=True)
class ChampionStatus:
    """How the champion came to be it.

    Attributes:
        promotion: the line that made it champion.
        turn: 1 the first time a version is champion, 2 when it came back once, and so on.
        challenger: the version the last line kept out; None when the last line changed the champion.
        manifest_sha256: of the champion's manifest when its files were last written or restored; None on old lines.
    """

    promotion: Promotion
    turn: int
    challenger: str | None
    manifest_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedEdition:
    """One issued edition: where it lies, the hash of its manifest, and whether it was recalled since."""

    id: str
    issued: datetime
    data_as_of: date
    model_version: str
    manifest_sha256: str
    path: str
    scope: Scope = Scope.PUBLIC
    recalled: Recall | None = None


def promote(
    engine: Engine,
    *,
    model_version: str,
    actor: str,
    evidence: Mapping[str, Any],
    reason: str,
    created: datetime | None = None,
    scope: Scope = Scope.PUBLIC,
    kind: Decision = Decision.PROMOTE,
    manifest_sha256: str | None = None,
    over: Over | None = None,
) -> Promotion:
    """Append a decision about a version; the champion of the scope is read in the same transaction.

    Args:
        engine: of a migrated database.
        model_version: the version decided about.
        actor: who or what decided.
        evidence: what it rests on, JSON.
        reason: in words.
        created: now unless given.
        scope: whose champion.
        kind: ``keep`` leaves the champion as it is.
        manifest_sha256: of the version's manifest.
        over: the champion the decision was made over; None takes whoever stands.

    Raises:
        InvalidParameter: the evidence is not JSON, ``created`` has no time zone, or nothing stands to be kept.
        PromotionConflict: another champion stands by now than the one the decision was made over.
    """
    try:
        text = json.dumps(evidence, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidParameter("evidence", f"is not JSON: {error}") from None
    # The write lock is taken before reading, or two promotions could name the same predecessor.
    with writing(engine, PROMOTIONS) as connection:
        newest = select(PROMOTIONS.c.model_version).where(PROMOTIONS.c.scope == scope.value)
        previous = connection.execute(newest.order_by(PROMOTIONS.c.id.desc()).limit(1)).scalar_one_or_none()
        if over is not None and previous != over.version:
            raise PromotionConflict(model_version, expected=over.version, standing=previous)
        if kind is Decision.KEEP and previous is None:
            raise InvalidParameter("kind", "nothing stands that could be kept")
        row = {
            "created": created or datetime.now(UTC),
            "model_version": previous if kind is Decision.KEEP else model_version,
            "previous_version": previous,
            "actor": actor,
            "evidence": text,
            "reason": reason,
            "scope": scope.value,
            "kind": kind.value,
            "candidate": model_version,
            "manifest_sha256": manifest_sha256,
        }
        key = connection.execute(insert(PROMOTIONS).values(row)).inserted_primary_key
        return _promotion({**row, "id": int(key[0]) if key else 0})


def promotions(engine: Engine) -> tuple[Promotion, ...]:
    """Every line of every scope, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(PROMOTIONS).order_by(PROMOTIONS.c.id)).mappings().all()
    return tuple(_promotion(row) for row in rows)


def champion(engine: Engine, *, scope: Scope = Scope.PUBLIC) -> Promotion | None:
    """The last line of a scope: its version is the champion; None before the first."""
    with engine.connect() as connection:
        newest = select(PROMOTIONS).where(PROMOTIONS.c.scope == scope.value).order_by(PROMOTIONS.c.id.desc()).limit(1)
        row = connection.execute(newest).mappings().one_or_none()
    return None if row is None else _promotion(row)


def champion_status(engine: Engine, *, scope: Scope = Scope.PUBLIC) -> ChampionStatus | None:
    """How the champion of a scope came to be it; None before the first promotion."""
    lines = [line for line in promotions(engine) if line.scope is scope]
    if not lines:
        return None
    last = lines[-1]
    entries = [
        line
        for line in lines
        if line.model_version == last.model_version and line.previous_version != last.model_version
    ]
    kept_version = last.candidate if last.kind is Decision.KEEP else None
    versions = [line for line in lines if line.kind is not Decision.KEEP]
    return ChampionStatus(
        entries[-1],
        len(entries),
        None if kept_version == last.model_version else kept_version,
        versions[-1].manifest_sha256,
    )


def record_edition(engine: Engine, edition: IssuedEdition) -> None:
    """Record an issued edition as the last of its scope.

    Recording the last one again changes nothing. An earlier one becomes the last again, as when a champion or figures
    were taken back: it keeps its entry and its time of issue. The order does not depend on a clock.

    Raises :class:`InvalidParameter` when the id is taken by an edition with another manifest: editions are immutable.
    """
    with writing(engine, EDITIONS) as connection:
        row = connection.execute(
            select(EDITIONS.c.manifest_sha256, EDITIONS.c.scope).where(EDITIONS.c.id == edition.id)
        ).one_or_none()
        last = connection.execute(
            select(EDITIONS.c.id)
            .where(EDITIONS.c.scope == edition.scope.value)
            .order_by(EDITIONS.c.sequence.desc())
            .limit(1)
        ).scalar_one_or_none()
        following = connection.execute(select(func.coalesce(func.max(EDITIONS.c.sequence), 0) + 1)).scalar_one()
        if row is None:
            connection.execute(
                insert(EDITIONS).values(
                    id=edition.id,
                    issued=edition.issued,
                    data_as_of=edition.data_as_of,
                    model_version=edition.model_version,
                    manifest_sha256=edition.manifest_sha256,
                    path=edition.path,
                    scope=edition.scope.value,
                    sequence=following,
                )
            )
        elif tuple(row) != (edition.manifest_sha256, edition.scope.value):
            raise InvalidParameter("edition", f"{edition.id} is recorded with another manifest or scope")
        elif last != edition.id:
            connection.execute(update(EDITIONS).where(EDITIONS.c.id == edition.id).values(sequence=following))


def editions(engine: Engine, *, scope: Scope | None = None) -> tuple[IssuedEdition, ...]:
    """Every recorded edition, or those of a scope, in the order they were issued; the last one is to be served."""
    columns = [column for column in EDITIONS.c if column.name != "sequence"]
    chosen = select(*columns).order_by(EDITIONS.c.sequence)
    if scope is not None:
        chosen = chosen.where(EDITIONS.c.scope == scope.value)
    with engine.connect() as connection:
        rows = connection.execute(chosen).mappings().all()
        recalled = recalls(connection)
    return tuple(
        IssuedEdition(**{**row, "scope": Scope(row["scope"]), "recalled": recalled.get(row["id"])}) for row in rows
    )


def editions_mark(engine: Engine, *, scope: Scope) -> tuple[Any, ...]:
    """What changes when an edition of a scope is issued, issued again or recalled: read by index, however many."""
    last = (
        select(EDITIONS.c.id, EDITIONS.c.manifest_sha256, EDITIONS.c.sequence)
        .where(EDITIONS.c.scope == scope.value)
        .order_by(EDITIONS.c.sequence.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(last).one_or_none()
        recalled = connection.execute(select(func.max(RECALLS.c.id))).scalar_one()
    return (*(row or ()), recalled)


def recall_edition(
    engine: Engine,
    edition: str,
    *,
    reason: str,
    actor: str,
    successor: str | None = None,
    scope: Scope = Scope.PUBLIC,
    at: datetime | None = None,
) -> Recall:
    """Recall an edition: it stays readable, says so, and is not the one served any more.

    Recalling it again, as once a corrected edition is issued, changes reason and successor and not since when.

    Args:
        engine: of a migrated database.
        edition: the one recalled.
        reason: what is wrong with it.
        actor: who recalls it.
        successor: the edition to use instead, issued and not recalled itself.
        scope: of both.
        at: now unless given.

    Raises:
        NotFound: the ledger has no such edition, or no such successor, in the scope.
        InvalidParameter: no reason is given, or the successor is recalled or the edition itself.
    """
    if not reason.strip():
        raise InvalidParameter("reason", "say what is wrong with the edition")
    with writing(engine, RECALLS) as connection:
        ids = connection.execute(select(EDITIONS.c.id).where(EDITIONS.c.scope == scope.value)).scalars().all()
        for kind, name in (("edition", edition), ("successor", successor)):
            if name is not None and name not in ids:
                raise NotFound(kind, name, allowed=ids)
        if successor is not None and successor in {edition, *recalls(connection)}:
            raise InvalidParameter("successor", f"{successor} is recalled itself")
        row = {"edition": edition, "recalled": at or datetime.now(UTC), "actor": actor, "reason": reason.strip()}
        connection.execute(insert(RECALLS).values(row | {"successor": successor}))
        return recalls(connection)[edition]


def _promotion(row: RowMapping | Mapping[str, Any]) -> Promotion:
    return Promotion(
        **{
            **row,
            "evidence": json.loads(row["evidence"]),
            "scope": Scope(row["scope"]),
            "kind": Decision(row["kind"]),
            # A line older than the column is about the version it made champion.
            "candidate": row["candidate"] or row["model_version"],
        }
    )
