"""Withdrawals of imports. A withdrawal deletes nothing.

From its day on, figures imported before it are not shown; read as of an earlier day, they still are.
"""

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, Engine, insert, select

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.store.database import writing
from data.store.refreshes import Origin, Refresh, Status, record
from data.store.relations import GROWING, WITHDRAWALS
from data.store.vintages import now, stored_rows

COLUMNS: dict[str, pl.DataType] = {
    "source_id": pl.String(),
    "withdrawn": pl.Datetime("us", "UTC"),
    "actor": pl.String(),
    "reason": pl.String(),
}
"""Columns of withdrawals as they are read."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was withdrawn: the source, when, by whom and why, and how many of its figures stood until then."""

    source: str
    withdrawn: datetime
    actor: str
    reason: str
    rows: int


def withdrawals(connection: Connection) -> pl.DataFrame:
    """Every withdrawal, columns of :data:`COLUMNS`, oldest first."""
    columns = [WITHDRAWALS.c.source, *(WITHDRAWALS.c[name] for name in COLUMNS if name != "source_id")]
    rows = connection.execute(select(*columns).order_by(WITHDRAWALS.c.id)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=COLUMNS, orient="row")


def standing(rows: pl.DataFrame, withdrawn: pl.DataFrame) -> pl.DataFrame:
    """Rows that no withdrawal came after; both frames have ``source_id``, rows the moment ``retrieved``."""
    if withdrawn.is_empty():
        return rows
    last = withdrawn.group_by("source_id").agg(pl.col("withdrawn").max().alias("_withdrawn"))
    later = pl.col("_withdrawn").is_null() | (pl.col("retrieved") > pl.col("_withdrawn"))
    return rows.join(last, on="source_id", how="left", maintain_order="left").filter(later).drop("_withdrawn")


def withdraw(engine: Engine, source: str, *, actor: str, reason: str) -> Withdrawal:
    """Withdraw everything that was imported as a private source; importing it again afterwards is possible.

    Raises:
        NotFound: nothing was ever imported under that name.
        InvalidParameter: no reason is given, or all of it was withdrawn before.
    """
    if not reason.strip():
        raise InvalidParameter("reason", "say why the figures are withdrawn")
    with writing(engine, *GROWING) as connection:
        private_rows = stored_rows(connection, scope=Scope.PRIVATE).filter(pl.col("scope") == Scope.PRIVATE.value)
        sources = sorted(private_rows["source_id"].unique())
        if source not in sources:
            raise NotFound("imported source", source, allowed=sources, hint="" if sources else "nothing was imported")
        rows = standing(private_rows.filter(pl.col("source_id") == source), withdrawals(connection)).height
        if not rows:
            raise InvalidParameter("source", f"all of {source} was withdrawn before")
        moment = now()
        number = record(
            connection,
            Refresh(
                source=source, scope=Scope.PRIVATE, origin=Origin.WITHDRAWN, started=moment, finished=moment,
                status=Status.COMPLETE, read=rows,
            ),
        )  # fmt: skip
        row = {"source": source, "withdrawn": moment, "actor": actor, "reason": reason.strip()}
        connection.execute(insert(WITHDRAWALS).values(refresh_id=number, **row))
    return Withdrawal(source, moment, actor, reason.strip(), rows)
