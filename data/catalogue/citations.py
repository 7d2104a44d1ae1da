"""How a source is cited: publisher, licence, the line to print beside its figures, and its release lag."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from data.base.shipped_tables import release_lags, sources
from data.catalogue.registry import registry


@dataclass(frozen=True, slots=True)
class Citation:
    """What has to be said of a source.

    Attributes:
        attribution: the line to print beside its figures.
        release_lag_days: days from the end of a period to its publication; None where there is no rule.
    """

    source_id: str
    title: str
    publisher: str
    licence: str
    attribution: str
    release_lag_days: int | None


def citation(source_id: str, *, tables: Iterable[str] = ()) -> Citation | None:
    """How a source is cited, as one of the given tables cites it first; None for a source nobody describes.

    The shipped tables are asked first, then the registry of what is refreshed. Private sources are described nowhere.
    Raises :class:`TableCorrupt`.
    """
    described = _shipped().get(source_id)
    if described is not None:
        return next((described[table] for table in tables if table in described), next(iter(described.values())))
    one = registry().get(source_id)
    if one is None:
        return None
    return Citation(source_id, one.title, one.publisher, one.licence, one.attribution, one.release_lag_days)


@cache
def _shipped() -> dict[str, dict[str, Citation]]:
    # One source may stand under two terms in two tables, so it is kept by table.
    lags = dict(release_lags().select("source_id", "release_lag_days").iter_rows())
    citations: dict[str, dict[str, Citation]] = {}
    for row in sources().iter_rows(named=True):
        citations.setdefault(row["source_id"], {})[row["table"]] = Citation(
            source_id=row["source_id"],
            title=row["title"],
            publisher=row["publisher"],
            licence=row["licence"],
            attribution=f"Source: {row['publisher']}, {row['title']}, {row['licence']}",
            release_lag_days=lags.get(row["source_id"]),
        )
    return citations
