"""The ledger: which model version was promoted when and why (append-only), and which editions were issued."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Date, DateTime, Engine, Integer, MetaData, String, Table, Text, insert, select
from sqlalchemy.engine import Dialect, RowMapping
from sqlalchemy.types import TypeDecorator

from data.errors import InvalidParameter


class _Utc(TypeDecorator[datetime]):
    # SQLite keeps no time zone: a moment is stored in UTC and read back as UTC.
    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidParameter("moment", f"{value} has no time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


METADATA = MetaData()
"""The tables as the migrations leave them; a test compares the two."""

PROMOTIONS = Table(
    "promotions",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("created", _Utc, nullable=False),
    Column("model_version", String, nullable=False),
    Column("previous_version", String, nullable=True),
    Column("actor", String, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)
EDITIONS = Table(
    "editions",
    METADATA,
    Column("id", String, primary_key=True),
    Column("issued", _Utc, nullable=False),
    Column("data_as_of", Date, nullable=False),
    Column("model_version", String, nullable=False),
    Column("manifest_sha256", String, nullable=False),
    Column("path", String, nullable=False),
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


@dataclass(frozen=True, slots=True)
class IssuedEdition:
    """One issued edition: where it lies and the hash of its manifest."""

    id: str
    issued: datetime
    data_as_of: date
    model_version: str
    manifest_sha256: str
    path: str


def promote(
    engine: Engine,
    *,
    model_version: str,
    actor: str,
    evidence: Mapping[str, Any],
    reason: str,
    created: datetime | None = None,
) -> Promotion:
    """Append a promotion; the version before it is read in the same transaction.

    Raises :class:`InvalidParameter` when the evidence is not JSON or ``created`` has no time zone.
    """
    try:
        text = json.dumps(evidence, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidParameter("evidence", f"is not JSON: {error}") from None
    moment = created or datetime.now(UTC)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # Take the write lock before reading, or two promotions could name the same predecessor.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        newest = select(PROMOTIONS.c.model_version).order_by(PROMOTIONS.c.id.desc()).limit(1)
        previous = connection.execute(newest).scalar_one_or_none()
        row = {
            "created": moment,
            "model_version": model_version,
            "previous_version": previous,
            "actor": actor,
            "evidence": text,
            "reason": reason,
        }
        key = connection.execute(insert(PROMOTIONS).values(row)).inserted_primary_key
    return Promotion(int(key[0]) if key else 0, moment, model_version, previous, actor, json.loads(text), reason)


def promotions(engine: Engine) -> tuple[Promotion, ...]:
    """Every promotion, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(PROMOTIONS).order_by(PROMOTIONS.c.id)).mappings().all()
    return tuple(_promotion(row) for row in rows)


def champion(engine: Engine) -> Promotion | None:
    """The last promotion: its version is the champion; None before the first."""
    with engine.connect() as connection:
        newest = select(PROMOTIONS).order_by(PROMOTIONS.c.id.desc()).limit(1)
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
                )
            )
        elif known != edition.manifest_sha256:
            raise InvalidParameter("edition", f"{edition.id} is recorded with another manifest")


def editions(engine: Engine) -> tuple[IssuedEdition, ...]:
    """Every recorded edition, oldest issue first."""
    with engine.connect() as connection:
        rows = connection.execute(select(EDITIONS).order_by(EDITIONS.c.issued, EDITIONS.c.id)).mappings().all()
    return tuple(IssuedEdition(**row) for row in rows)


def _promotion(row: RowMapping) -> Promotion:
    return Promotion(**{**row, "evidence": json.loads(row["evidence"])})
