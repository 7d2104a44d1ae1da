"""Refreshed figures as vintages: new figures are appended, and nothing stored is overwritten.

A figure is stored again only if it differs from its last vintage. Refreshing twice therefore adds nothing, and a value
that returns to what it once was is a new vintage.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, insert, select

from data.base.scopes import Scope
from data.base.shipped_tables import SCHEMAS
from data.catalogue.observations import COLUMNS, KEY
from data.store.relations import ACCELERATORS, OBSERVATIONS, SITE_STEPS

FIGURE: tuple[str, ...] = KEY[:-1]
"""What the vintages of one figure share."""

SAID: tuple[str, ...] = ("value", "low", "high", "kind", "unit")
"""Columns in which two vintages differ when something else is said; a changed note alone is no news."""

STORED: dict[str, pl.DataType] = {
    **{name: kind() for name, kind in COLUMNS.items()},
    "table": pl.String(),
    "retrieved": pl.Datetime("us", "UTC"),
    "scope": pl.String(),
}
"""Columns of stored observations as they are read."""

CHUNK = 5_000
"""Rows sent to the database at a time."""


@dataclass(frozen=True)
class News:
    """Rows of one refresh against what is stored.

    Attributes:
        rows: those to be stored, with ``first``: nothing of the figure was known before, and ``before``: the value
            of the last vintage known before it.
        unchanged: rows that say nothing new.
    """

    rows: pl.DataFrame
    unchanged: int


def news(incoming: pl.DataFrame, existing: pl.DataFrame) -> News:
    """Which incoming rows say something that was not known.

    Both frames have the columns of a stored observation; ``existing`` holds the same sources. Each incoming row is
    compared with the last vintage published on or before its own day, stored or given in the same answer.
    """
    columns = [*FIGURE, "published", *SAID]
    together = pl.concat(
        [
            existing.select(*columns, "retrieved").with_columns(pl.lit(value=False).alias("new"), row=pl.lit(0)),
            incoming.with_row_index("row").select(
                *columns,
                pl.lit(None, dtype=STORED["retrieved"]).alias("retrieved"),
                pl.lit(value=True).alias("new"),
                pl.col("row").cast(pl.Int32),
            ),
        ]
    ).sort(*FIGURE, "published", "new", "retrieved", maintain_order=True)
    content = pl.struct(SAID)
    ordered = together.with_columns(
        content.shift(1).over(*FIGURE).alias("before"),
        (pl.int_range(pl.len()).over(*FIGURE) == 0).alias("first"),
    ).filter(pl.col("new"))
    new_rows = ordered.filter(pl.col("first") | content.ne_missing(pl.col("before")))
    order = new_rows.select(
        pl.col("row").cast(pl.UInt32), "first", pl.col("before").struct.field("value").alias("before")
    )
    rows = incoming.with_row_index("row").join(order, on="row").drop("row")
    return News(rows, incoming.height - rows.height)


def stored_rows(connection: Connection, *, scope: Scope, source: str | None = None) -> pl.DataFrame:
    """Stored observations seen under a scope, all vintages, columns of :data:`STORED`, sorted as they came."""
    query = select(*(OBSERVATIONS.c[name] for name in STORED)).order_by(OBSERVATIONS.c.id)
    if scope is Scope.PUBLIC:
        query = query.where(OBSERVATIONS.c.scope == Scope.PUBLIC.value)
    if source is not None:
        query = query.where(OBSERVATIONS.c.source_id == source)
    return _frame(connection, query, STORED)


def append(connection: Connection, rows: pl.DataFrame, *, refresh_id: int, scope: Scope, retrieved: datetime) -> None:
    """Store observations; the caller's transaction decides when they are seen."""
    common = {"refresh_id": refresh_id, "scope": scope.value, "retrieved": retrieved}
    _insert(connection, OBSERVATIONS, rows.select(*COLUMNS, "table"), common)


def site_steps(connection: Connection) -> pl.DataFrame:
    """Stored steps of tracked sites, columns of :data:`data.base.shipped_tables.SCHEMAS` ``site_vintages``."""
    schema = {name: kind() for name, kind in SCHEMAS["site_vintages"].items()}
    return _frame(connection, select(*(SITE_STEPS.c[name] for name in schema)).order_by(SITE_STEPS.c.id), schema)


def accelerators(connection: Connection) -> pl.DataFrame:
    """Stored chip specifications, the last of each source, vendor and chip, and the moment it was retrieved."""
    schema = {**{name: kind() for name, kind in SCHEMAS["accelerators"].items()}, "retrieved": STORED["retrieved"]}
    columns = (ACCELERATORS.c[name] for name in schema)
    all_rows = _frame(connection, select(*columns).order_by(ACCELERATORS.c.id), schema)
    return all_rows.unique(["source_id", "vendor", "chip"], keep="last", maintain_order=True)


def new_sites(connection: Connection, steps: pl.DataFrame) -> pl.DataFrame:
    """Steps of site vintages that are not stored yet.

    A vintage is one edition of the tracker and is never added to: a day that is stored is left as it is.
    """
    days = site_steps(connection)["vintage"].unique()
    return steps.filter(~pl.col("vintage").is_in(days.implode()))


def new_accelerators(connection: Connection, rows: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Specifications that say something new, and how many of them are of chips known before."""
    existing = accelerators(connection).drop("retrieved")
    fresh = rows.join(existing, on=rows.columns, how="anti", nulls_equal=True)
    return fresh, fresh.join(existing, on=["source_id", "vendor", "chip"], how="semi").height


def append_sites(connection: Connection, steps: pl.DataFrame, *, refresh_id: int) -> None:
    """Store steps of tracked sites."""
    _insert(connection, SITE_STEPS, steps, {"refresh_id": refresh_id})


def append_accelerators(connection: Connection, rows: pl.DataFrame, *, refresh_id: int, retrieved: datetime) -> None:
    """Store chip specifications."""
    _insert(connection, ACCELERATORS, rows, {"refresh_id": refresh_id, "retrieved": retrieved})


def _insert(connection: Connection, table: Table, rows: pl.DataFrame, common: dict[str, Any]) -> None:
    for part in rows.iter_slices(CHUNK):
        connection.execute(insert(table), [common | row for row in part.iter_rows(named=True)])


def _frame(connection: Connection, query: Any, schema: dict[str, pl.DataType]) -> pl.DataFrame:  # noqa: ANN401 - a select of any shape
    # Moments come back with their zone, which polars reads into a column of UTC.
    rows = connection.execute(query).all()
    if not rows:
        return pl.DataFrame(schema=schema)
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)
