"""Stores what one reading of a source brought, in one transaction: all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine

from data.base.scopes import Scope
from data.base.shipped_tables import SCHEMAS
from data.catalogue.definitions import Definition
from data.catalogue.observations import KEY
from data.connectors.contract import Rejected
from data.ingest.validation import REVISION, plausible, well_formed
from data.store import quarantine, vintages
from data.store.database import writing
from data.store.refreshes import Origin, Refresh, SourceResponse, Status, record
from data.store.relations import GROWING
from data.store.vintages import FIGURE
from data.store.withdrawals import standing, withdrawals


@dataclass(frozen=True)
class Reading:
    """What one source said, before it is judged.

    Attributes:
        observations: rows of :data:`data.connectors.contract.ROW_SCHEMA`.
        site_vintages: steps of tracked sites, or None.
        accelerators: chip specifications, or None.
        rejected: rows the parser could not read.
        answers: what was asked, for the next conditional request.
        retrieved: the moment the last answer came.
    """

    source: str
    scope: Scope
    origin: Origin
    started: datetime
    retrieved: datetime
    observations: pl.DataFrame
    site_vintages: pl.DataFrame | None = None
    accelerators: pl.DataFrame | None = None
    rejected: tuple[Rejected, ...] = ()
    answers: tuple[SourceResponse, ...] = ()
    rows_read: int = 0
    marked: int = 0


def store(
    engine: Engine,
    reading: Reading,
    base: pl.DataFrame,
    *,
    definitions: Mapping[str, Definition],
    revision: float = REVISION,
    dry: bool = False,
) -> Refresh:
    """Judge a reading, store what is new, put what breaks a rule into quarantine, and log it.

    Judging happens inside the transaction that stores, so two refreshes at once cannot both store one figure.

    Args:
        engine: database of the current schema.
        reading: what the source said.
        base: the shipped observations, columns of :attr:`data.store.store.Store.observations`.
        definitions: definitions by series id that rows are held against.
        revision: largest relative revision let in.
        dry: judge and count, then store nothing.
    """
    with writing(engine, *GROWING) as connection:
        judged = well_formed(reading.observations, definitions, retrieved=reading.retrieved)
        # What was withdrawn is no measure of what comes: the same file may be imported again, or a corrected one.
        vintages_before = standing(vintages.stored_rows(connection, scope=reading.scope), withdrawals(connection))
        mine = vintages_before.filter(
            (pl.col("source_id") == reading.source) & (pl.col("scope") == reading.scope.value)
        )
        news = vintages.news(judged.good, mine)
        context = _latest(base, vintages_before, news.rows)
        checked = plausible(news.rows, context, source_id=reading.source, revision=revision)
        firsts = news.rows.filter("first").join(checked.good, on=list(KEY), how="semi").height
        steps, chips, rerated = _others(connection, reading)
        entries = quarantine.fresh(
            connection,
            scope=reading.scope,
            source=reading.source,
            rejected=reading.rejected,
            bad=pl.concat([judged.bad, checked.bad]),
        )
        total = sum(frame.height for frame in (reading.site_vintages, reading.accelerators) if frame is not None)
        refresh = Refresh(
            source=reading.source,
            scope=reading.scope,
            origin=reading.origin,
            started=reading.started,
            finished=vintages.now(),
            status=Status.COMPLETE,
            read=reading.rows_read,
            marked=reading.marked,
            added=firsts + steps.height + chips.height - rerated,
            revised=checked.good.height - firsts + rerated,
            unchanged=news.unchanged + total - steps.height - chips.height,
            quarantined=len(entries),
        )
        if dry:
            return refresh
        # The log is written before the rows that name it; all of it is seen at once, when the transaction ends.
        number = record(connection, refresh, reading.answers)
        vintages.append(connection, checked.good, refresh_id=number, scope=reading.scope, retrieved=reading.retrieved)
        vintages.append_sites(connection, steps, refresh_id=number)
        vintages.append_accelerators(connection, chips, refresh_id=number, retrieved=reading.retrieved)
        quarantine.hold(
            connection,
            entries,
            refresh_id=number,
            scope=reading.scope,
            source=reading.source,
            retrieved=reading.retrieved,
        )
    return refresh


def _others(connection: Connection, reading: Reading) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    # New site steps, new chip specifications, and how many of the latter are of chips known before.
    no_steps, no_chips = (pl.DataFrame(schema=SCHEMAS[name]) for name in ("site_vintages", "accelerators"))
    steps = no_steps if reading.site_vintages is None else vintages.new_sites(connection, reading.site_vintages)
    if reading.accelerators is None:
        return steps, no_chips, 0
    return steps, *vintages.new_accelerators(connection, reading.accelerators)


def _latest(base: pl.DataFrame, vintages_before: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    # The last vintage of every figure of the series the news is about, shipped or stored, whoever gave it.
    series = rows["series_id"].unique().implode()
    columns = [*FIGURE, "published", "value", "metric"]
    together = pl.concat(
        [
            frame.filter(pl.col("series_id").is_in(series)).select(*columns, pl.lit(order).alias("order"))
            for order, frame in enumerate((base, vintages_before))
        ]
    )
    ordered = together.sort("published", "order", nulls_last=True, maintain_order=True)
    return ordered.unique(FIGURE, keep="last", maintain_order=True)
