"""Refresh: reads, checks and stores each requested source by itself. A failing source does not stop the others."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock

import polars as pl
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from data.base.errors import DataError, HeadroomError, SourceKeyMissing
from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.registry import Source
from data.connectors.by_source import connector
from data.connectors.contract import Access, Connector
from data.connectors.fetch import Fetcher
from data.ingest.reading import read
from data.ingest.storing import Reading, store
from data.store.database import writing
from data.store.refreshes import Origin, Refresh, Status, last_answers, record
from data.store.relations import REFRESHES
from data.store.vintages import now

AT_ONCE = 4
"""Sources read at the same time; storing is one after the other."""


@dataclass(frozen=True, slots=True)
class SourceOutcome:
    """How one source fared.

    Attributes:
        refresh: what came of it; None when the source was not asked.
        fault: the error that stopped it, None when none did.
        skipped: why it was not asked, such as a key that is not set; empty when it was.
    """

    source: str
    refresh: Refresh | None
    fault: HeadroomError | None = None
    skipped: str = ""


@dataclass(frozen=True)
class RefreshOptions:
    """What a refresh is to do.

    Attributes:
        since: only periods from that day on, where a source can narrow.
        dry: judge and count, and store nothing.
        again: ask for everything whole, as if it had never been read.
        named: the sources were named one by one, so that a missing key is a fault and no reason to skip.
    """

    today: date
    since: date | None = None
    dry: bool = False
    again: bool = False
    named: bool = False


def refresh(
    engine: Engine,
    sources: Sequence[Source],
    *,
    base: pl.DataFrame,
    access: Access,
    fetcher: Callable[[], Fetcher],
    refresh_options: RefreshOptions,
    report: Callable[[str, str], None],
    connector_of: Callable[[Source], Connector] = connector,
) -> Iterator[SourceOutcome]:
    """Read the sources, a few at a time, and store each as a whole; yields outcomes as they come.

    Args:
        engine: database of the current schema.
        sources: connected sources of the registry.
        base: the shipped observations, columns of :attr:`data.store.store.Store.observations`.
        access: keys.
        fetcher: makes a fetcher; each source has its own.
        refresh_options: what to do.
        report: called with every request, as (source, words), from several threads.
        connector_of: which connector reads a source.
    """
    storing = Lock()

    def one(source: Source) -> SourceOutcome:
        started = now()
        try:
            # A narrowed request is another request; what is known of the whole one says nothing about it.
            last = {} if refresh_options.again else last_answers(engine, source.name)
            with fetcher() as client:
                reading = read(
                    connector_of(source),
                    client,
                    access,
                    since=refresh_options.since,
                    today=refresh_options.today,
                    last=last,
                    report=lambda words: report(source.name, words),
                )
            with storing:
                return SourceOutcome(source.name, _store(engine, source, reading, base=base, dry=refresh_options.dry))
        except SourceKeyMissing as error:
            if not refresh_options.named:
                return SourceOutcome(source.name, None, skipped=f"{error.detail}: {error.remedy}")
            return _failed(engine, source, started, error, dry=refresh_options.dry)
        except HeadroomError as error:
            return _failed(engine, source, started, error, dry=refresh_options.dry)
        except DatabaseError as error:
            # One source's rows the database refuses are that source's fault; the others go on.
            refusal = DataError(f"the database refused it: {error.orig}", remedy="run: headroom data check")
            return _failed(engine, source, started, refusal, dry=refresh_options.dry)

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="refresh") as pool:
        waiting: list[Future[SourceOutcome]] = [pool.submit(one, source) for source in sources]
        try:
            for finished in as_completed(waiting):
                yield finished.result()
        finally:
            for future in waiting:
                future.cancel()


def _store(engine: Engine, source: Source, reading: Reading | None, *, base: pl.DataFrame, dry: bool) -> Refresh:
    if reading is not None:
        return store(engine, reading, base, definitions=definitions(), revision=source.revision_limit, dry=dry)
    moment = now()
    same = Refresh(
        source=source.name,
        scope=Scope.PUBLIC,
        origin=Origin.SOURCE,
        started=moment,
        finished=moment,
        status=Status.UNCHANGED,
    )
    return same if dry else _logged(engine, same)


def _failed(engine: Engine, source: Source, started: datetime, error: HeadroomError, *, dry: bool) -> SourceOutcome:
    failed = Refresh(
        source=source.name,
        scope=Scope.PUBLIC,
        origin=Origin.SOURCE,
        started=started,
        finished=now(),
        status=Status.FAILED,
        error=f"{error.code}: {error.detail}",
    )
    return SourceOutcome(source.name, failed if dry else _logged(engine, failed), fault=error)


def _logged(engine: Engine, entry: Refresh) -> Refresh:
    with writing(engine, REFRESHES) as connection:
        record(connection, entry)
    return entry
