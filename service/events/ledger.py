"""Reads events off the ledger and the log of refreshes: what stands there is told, once each, whoever wrote it.

Nothing that publishes, recalls or promotes has to tell of it, so none can be killed in between. Each kind goes on after
the position of the last fact that was told, and a fact told twice is refused by a constraint.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Select, case, func, select

from data.base.scopes import Scope
from data.catalogue.registry import Standing, connected
from data.periods.timestamps import rfc3339
from data.store.ledger import EDITIONS, PROMOTIONS
from data.store.recalls import RECALLS
from data.store.refreshes import Origin, Status
from data.store.relations import REFRESHES
from service.events.events import Fact, Kind, last_position, newest, record
from service.events.thresholds import shipped

STALE_AFTER = timedelta(days=7)
"""A source is stale when it was not read with success for so long, although it was tried."""
BATCH = 100

Chances = Callable[[str], Mapping[str, float]]
"""P(short) by name of threshold in an edition; empty where it cannot be read."""


def tell(engine: Engine, *, chances: Chances, now: datetime) -> int:
    """Record every event that is not yet; returns how many were new."""
    facts = [*_editions(engine, chances), *_recalls(engine), *_champions(engine), *_stale(engine, now)]
    return record(engine, facts)


def _rows(engine: Engine, query: Select[Any]) -> list[Mapping[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _editions(engine: Engine, chances: Chances) -> Iterator[Fact]:
    after = last_position(engine, Kind.EDITION_PUBLISHED)
    query = select(EDITIONS).where(EDITIONS.c.scope == Scope.PUBLIC.value, EDITIONS.c.sequence > after)
    rows = _rows(engine, query.order_by(EDITIONS.c.sequence).limit(BATCH))
    last = newest(engine, Kind.EDITION_PUBLISHED) if rows else None
    before: dict[str, float] = dict(last.document["chances"]) if last else {}
    for row in rows:
        now = dict(chances(row["id"]))
        document = {
            "edition": row["id"],
            "issued": rfc3339(row["issued"]),
            "data_as_of": row["data_as_of"].isoformat(),
            "model_version": row["model_version"],
            # What could not be read is as it was: the next edition that can be read is compared with it.
            "chances": before | now,
        }
        key = f"{row['id']}:{row['sequence']}"
        yield Fact(Kind.EDITION_PUBLISHED, key, row["sequence"], row["issued"], document)
        for threshold in shipped():
            first, second = before.get(threshold.name), now.get(threshold.name)
            if first is None or second is None or (first > threshold.above) == (second > threshold.above):
                continue
            crossing = {
                "threshold": threshold.name,
                "title": threshold.title,
                "level": threshold.above,
                "direction": "above" if second > threshold.above else "below",
                "before": first,
                "chance": second,
                "edition": row["id"],
            }
            yield Fact(
                Kind.THRESHOLD_CROSSED, f"{threshold.name}:{row['sequence']}", row["sequence"], row["issued"], crossing
            )
        before |= now


def _recalls(engine: Engine) -> Iterator[Fact]:
    query = select(RECALLS).join(EDITIONS, EDITIONS.c.id == RECALLS.c.edition)
    query = query.where(EDITIONS.c.scope == Scope.PUBLIC.value)
    query = query.where(RECALLS.c.id > last_position(engine, Kind.EDITION_RECALLED)).order_by(RECALLS.c.id).limit(BATCH)
    for row in _rows(engine, query):
        document = {name: row[name] for name in ("edition", "reason", "actor", "successor")}
        yield Fact(Kind.EDITION_RECALLED, str(row["id"]), row["id"], row["recalled"], document)


def _champions(engine: Engine) -> Iterator[Fact]:
    query = select(PROMOTIONS).where(
        PROMOTIONS.c.scope == Scope.PUBLIC.value,
        PROMOTIONS.c.id > last_position(engine, Kind.CHAMPION_CHANGED),
        PROMOTIONS.c.model_version.is_distinct_from(PROMOTIONS.c.previous_version),
    )
    for row in _rows(engine, query.order_by(PROMOTIONS.c.id).limit(BATCH)):
        document = {
            "champion": row["model_version"],
            "previous": row["previous_version"],
            "kind": row["kind"],
            "actor": row["actor"],
            "reason": row["reason"],
        }
        yield Fact(Kind.CHAMPION_CHANGED, str(row["id"]), row["id"], row["created"], document)


def _stale(engine: Engine, now: datetime) -> Iterator[Fact]:
    """Sources that were tried and not read for long: once for each success they were last read with."""
    good = REFRESHES.c.status != Status.FAILED.value
    query = (
        select(
            REFRESHES.c.source,
            func.coalesce(func.max(case((good, REFRESHES.c.id))), 0).label("number"),
            func.max(case((good, REFRESHES.c.finished))).label("read"),
            func.min(REFRESHES.c.started).label("tried"),
            func.max(REFRESHES.c.id).label("newest"),
        )
        .where(REFRESHES.c.origin == Origin.SOURCE.value, REFRESHES.c.scope == Scope.PUBLIC.value)
        .group_by(REFRESHES.c.source)
    )
    names = {one.name for one in connected() if one.status is Standing.CONNECTED}
    for row in _rows(engine, query):
        since = row["read"] or row["tried"]
        if row["source"] not in names or row["newest"] == row["number"] or now - since <= STALE_AFTER:
            continue
        document = {"source": row["source"], "last_read": row["read"] and rfc3339(row["read"]), "since": rfc3339(since)}
        happened = since + STALE_AFTER
        yield Fact(Kind.SOURCE_STALE, f"{row['source']}:{row['number']}", row["number"], happened, document)
