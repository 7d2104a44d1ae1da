"""Promotion: the append-only ledger says which version is champion, and MLflow's alias follows it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data import ledger
from data.database import engine
from data.errors import NoChampion
from data.scopes import Scope


def champion(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str:
    """The champion's version in a scope; raises :class:`NoChampion` before the first promotion."""
    found = current(database_url, scope=scope)
    if found is None:
        raise NoChampion("the promotion ledger")
    return found


def current(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str | None:
    """The champion's version in a scope, None before the first promotion."""
    made = engine(database_url)
    try:
        row = ledger.champion(made, scope=scope)
    finally:
        made.dispose()
    return None if row is None else row.model_version


def promote(
    database_url: str | Path,
    *,
    version: str,
    actor: str,
    evidence: Mapping[str, Any],
    reason: str,
    scope: Scope = Scope.PUBLIC,
) -> ledger.Promotion:
    """Append a promotion in a scope."""
    made = engine(database_url)
    try:
        return ledger.promote(made, model_version=version, actor=actor, evidence=evidence, reason=reason, scope=scope)
    finally:
        made.dispose()


def promotions(database_url: str | Path) -> tuple[ledger.Promotion, ...]:
    """Every promotion, oldest first."""
    made = engine(database_url)
    try:
        return ledger.promotions(made)
    finally:
        made.dispose()
