"""Citations of editions: which ones are referred to elsewhere and must therefore never be removed from disk."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, Text, insert, select

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.store.database import writing
from data.store.ledger import EDITIONS
from data.store.metadata import METADATA, Utc

CITATIONS = Table(
    "edition_citations",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("edition", String, ForeignKey("editions.id"), nullable=False, index=True),
    Column("cited", Utc, nullable=False),
    Column("actor", String, nullable=False),
    Column("place", Text, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Citation:
    """That an edition is cited: when that was recorded, by whom, and where it is cited, in words."""

    edition: str
    cited: datetime
    actor: str
    place: str


def record_citation(
    engine: Engine, edition: str, *, actor: str, place: str, scope: Scope = Scope.PUBLIC, at: datetime | None = None
) -> Citation:
    """Record where an edition is cited; ``at`` is now unless given.

    Raises:
        NotFound: the ledger has no such edition in the scope.
        InvalidParameter: no place is named.
    """
    if not place.strip():
        raise InvalidParameter("place", "say where the edition is cited")
    citation = Citation(edition, at or datetime.now(UTC), actor, place.strip())
    with writing(engine, CITATIONS) as connection:
        ids = connection.execute(select(EDITIONS.c.id).where(EDITIONS.c.scope == scope.value)).scalars().all()
        if edition not in ids:
            raise NotFound("edition", edition, allowed=ids)
        connection.execute(
            insert(CITATIONS).values(edition=edition, cited=citation.cited, actor=actor, place=citation.place)
        )
    return citation


def citations(engine: Engine) -> tuple[Citation, ...]:
    """Every citation of every scope, oldest first."""
    columns = [CITATIONS.c.edition, CITATIONS.c.cited, CITATIONS.c.actor, CITATIONS.c.place]
    with engine.connect() as connection:
        return tuple(Citation(*row) for row in connection.execute(select(*columns).order_by(CITATIONS.c.id)))
