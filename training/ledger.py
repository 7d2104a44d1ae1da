"""Promotion: the append-only ledger says which version is champion, and MLflow's aliases follow it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from data import ledger
from data.database import engine
from data.errors import NoChampion
from data.ledger import Decision, Over, Promotion, Reign
from data.scopes import Scope


@contextmanager
def _opened(database_url: str | Path) -> Iterator[Engine]:
    made = engine(database_url)
    try:
        yield made
    finally:
        made.dispose()


def champion(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str:
    """The champion's version in a scope; raises :class:`NoChampion` before the first promotion."""
    found = current(database_url, scope=scope)
    if found is None:
        raise NoChampion("the promotion ledger")
    return found


def current(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> str | None:
    """The champion's version in a scope, None before the first promotion."""
    with _opened(database_url) as made:
        row = ledger.champion(made, scope=scope)
    return None if row is None else row.model_version


def reign(database_url: str | Path, *, scope: Scope = Scope.PUBLIC) -> Reign | None:
    """How the champion of a scope came to be it, None before the first promotion."""
    with _opened(database_url) as made:
        return ledger.reign(made, scope=scope)


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
    """Append a decision about a version in a scope; see :func:`data.ledger.promote` for what it raises."""
    with _opened(database_url) as made:
        return ledger.promote(
            made,
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
    with _opened(database_url) as made:
        return ledger.promotions(made)
