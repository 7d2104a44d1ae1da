"""The ledger: which model version was promoted when and why (append-only), and which editions were issued."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Date, Engine, Integer, String, Table, Text, insert, select
from sqlalchemy.engine import RowMapping

from data.database import writing
from data.errors import InvalidParameter
from data.metadata import METADATA, Utc
from data.scopes import Scope

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
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of the promotion ledger.

    Attributes:
        previous_version: champion before it; None for the first.
        actor: who or what promoted: a name, or ``gate``.
        evidence: the scores the decision rests on.
        reason: the decision in words.
    """

    id: int
    created: datetime
    model_version: str
    previous_version: str | None
    actor: str
    evidence: Mapping[str, Any]
    reason: str
    scope: Scope = Scope.PUBLIC


@dataclass(frozen=True, slots=True)
class IssuedEdition:
    """One issued edition: where it lies and the hash of its manifest."""

    id: str
    issued: datetime
    data_as_of: date
    model_version: str
    manifest_sha256: str
    path: str
    scope: Scope = Scope.PUBLIC


def promote(
    engine: Engine,
    *,
    model_version: str,
    actor: str,
    evidence: Mapping[str, Any],
    reason: str,
    created: datetime | None = None,
    scope: Scope = Scope.PUBLIC,
) -> Promotion:
    """Append a promotion; the version before it in the same scope is read in the same transaction.

    Raises :class:`InvalidParameter` when the evidence is not JSON or ``created`` has no time zone.
    """
    try:
        text = json.dumps(evidence, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidParameter("evidence", f"is not JSON: {error}") from None
    moment = created or datetime.now(UTC)
    # The write lock is taken before reading, or two promotions could name the same predecessor.
    with writing(engine, PROMOTIONS) as connection:
        newest = select(PROMOTIONS.c.model_version).where(PROMOTIONS.c.scope == scope.value)
        previous = connection.execute(newest.order_by(PROMOTIONS.c.id.desc()).limit(1)).scalar_one_or_none()
        row = {
            "created": moment,
            "model_version": model_version,
            "previous_version": previous,
            "actor": actor,
            "evidence": text,
            "reason": reason,
            "scope": scope.value,
        }
        key = connection.execute(insert(PROMOTIONS).values(row)).inserted_primary_key
    return Promotion(int(key[0]) if key else 0, moment, model_version, previous, actor, json.loads(text), reason, scope)


def promotions(engine: Engine) -> tuple[Promotion, ...]:
    """Every promotion of every scope, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(PROMOTIONS).order_by(PROMOTIONS.c.id)).mappings().all()
    return tuple(_promotion(row) for row in rows)


def champion(engine: Engine, *, scope: Scope = Scope.PUBLIC) -> Promotion | None:
    """The last promotion of a scope: its version is the champion; None before the first."""
    with engine.connect() as connection:
        newest = select(PROMOTIONS).where(PROMOTIONS.c.scope == scope.value).order_by(PROMOTIONS.c.id.desc()).limit(1)
        row = connection.execute(newest).mappings().one_or_none()
    return None if row is None else _promotion(row)


def record_edition(engine: Engine, edition: IssuedEdition) -> None:
    """Record an issued edition; recording the same one again changes nothing.

    Raises :class:`InvalidParameter` when the id is taken by an edition with another manifest: editions are immutable.
    """
    with engine.begin() as connection:
        known = connection.execute(
            select(EDITIONS.c.manifest_sha256).where(EDITIONS.c.id == edition.id)
        ).scalar_one_or_none()
        if known is None:
            connection.execute(
                insert(EDITIONS).values(
                    id=edition.id,
                    issued=edition.issued,
                    data_as_of=edition.data_as_of,
                    model_version=edition.model_version,
                    manifest_sha256=edition.manifest_sha256,
                    path=edition.path,
                    scope=edition.scope.value,
                )
            )
        elif known != edition.manifest_sha256:
            raise InvalidParameter("edition", f"{edition.id} is recorded with another manifest")


def editions(engine: Engine) -> tuple[IssuedEdition, ...]:
    """Every recorded edition, oldest issue first."""
    with engine.connect() as connection:
        rows = connection.execute(select(EDITIONS).order_by(EDITIONS.c.issued, EDITIONS.c.id)).mappings().all()
    return tuple(IssuedEdition(**{**row, "scope": Scope(row["scope"])}) for row in rows)


def _promotion(row: RowMapping) -> Promotion:
    return Promotion(**{**row, "evidence": json.loads(row["evidence"]), "scope": Scope(row["scope"])})
