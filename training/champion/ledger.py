"""Promotion: the append-only ledger says which version is champion, and MLflow's aliases follow it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.base.errors import NoChampion
from data.base.scopes import Scope
from data.store import ledger
from data.store.database import open_database
from data.store.ledger import ChampionStatus, Decision, Over, Promotion


def champion(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str:
    """The champion's version in a scope; raises :class:`NoChampion` before the first promotion."""
    version = current(database_url, scope=scope)
    if version is None:
        raise NoChampion("the promotion ledger")
    return version


def current(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str | None:
    """The champion's version in a scope, None before the first promotion."""
    with open_database(database_url) as database:
        row = ledger.champion(database, scope=scope)
    return None if row is None else row.model_version


def champion_status(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> ChampionStatus | None:
    """How the champion of a scope came to be it, None before the first promotion."""
    with open_database(database_url) as database:
        return ledger.champion_status(database, scope=scope)


def promote(
    database_url: str | Path,
    *,
    version: str,
    actor: str,
    evidence: Mapping[str, Any],
    reason: str,
    scope: Scope = Scope.PUBLIC,
    kind: Decision = Decision.PROMOTE,
    manifest_sha256: str | None = None,
    over: Over | None = None,
) -> Promotion:
    """Append a decision about a version in a scope; see :func:`data.store.ledger.promote` for what it raises."""
    with open_database(database_url) as database:
        return ledger.promote(
            database,
            model_version=version,
            actor=actor,
            evidence=evidence,
            reason=reason,
            scope=scope,
            kind=kind,
            manifest_sha256=manifest_sha256,
            over=over,
        )


def promotions(database_url: str | Path) -> tuple[Promotion, ...]:
    """Every line, oldest first."""
    with open_database(database_url) as database:
        return ledger.promotions(database)
