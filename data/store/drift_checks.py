"""Recorded checks of the champion against new figures (append-only)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Date, Engine, Integer, String, Table, Text, insert, select

from data.base.scopes import Scope
from data.store.database import writing
from data.store.metadata import METADATA, Utc

DRIFT_CHECKS = Table(
    "drift_checks",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("created", Utc, nullable=False),
    Column("model_version", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("data_as_of", Date, nullable=False),
    Column("advised", Boolean, nullable=False),
    Column("report", Text, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """One recorded check.

    Attributes:
        data_as_of: day of the newest figures that were looked at.
        advised: whether retraining is advised.
        report: reasons and figures, JSON.
    """

    created: datetime
    model_version: str
    data_as_of: date
    advised: bool
    report: Mapping[str, Any]


def record_check(
    engine: Engine,
    *,
    model_version: str,
    data_as_of: date,
    advised: bool,
    report: Mapping[str, Any],
    scope: Scope = Scope.PUBLIC,
) -> DriftCheck:
    """Append a check."""
    text, moment = json.dumps(report, sort_keys=True, allow_nan=False), datetime.now(UTC)
    row = {
        "created": moment,
        "model_version": model_version,
        "scope": scope.value,
        "data_as_of": data_as_of,
        "advised": advised,
        "report": text,
    }
    with writing(engine, DRIFT_CHECKS) as connection:
        connection.execute(insert(DRIFT_CHECKS).values(row))
    return DriftCheck(moment, model_version, data_as_of, advised, json.loads(text))


def last_check(engine: Engine, *, model_version: str, scope: Scope = Scope.PUBLIC) -> DriftCheck | None:
    """The newest check of a version; None before the first."""
    query = (
        select(DRIFT_CHECKS)
        .where(DRIFT_CHECKS.c.model_version == model_version, DRIFT_CHECKS.c.scope == scope.value)
        .order_by(DRIFT_CHECKS.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return DriftCheck(
        row["created"], row["model_version"], row["data_as_of"], row["advised"], json.loads(row["report"])
    )
