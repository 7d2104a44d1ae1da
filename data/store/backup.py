"""Backups of the database: every row of every table as JSON lines, the same for SQLite and PostgreSQL.

Rows are read in one transaction, so they belong together whatever is written meanwhile. They are put back into an empty
database of the schema they were read from, which is then brought to the current one: a backup of an earlier release,
and of either kind of database, is restored into this release and either kind.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select
from sqlalchemy.types import Date, DateTime, LargeBinary

from data.base.errors import DataError, InvalidParameter
from data.store.database import migrate_to, open_database, revision, upgrade

VERSIONS = "alembic_version"
ROWS = 5_000
"""Rows that are written at once."""


def dump(where: str, folder: Path, *, answer: float) -> dict[str, Any]:
    """Write every table into a folder, a file each; the revision of the schema and how many rows of each.

    Raises:
        DataError: there is no schema, or the database cannot be read.
    """
    with open_database(where, timeout=answer) as database:
        schema = revision(database)
        if schema is None:
            raise DataError("the database holds no schema", remedy="run: headroom db upgrade")
        with database.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                connection.exec_driver_sql("BEGIN")
            rows = {table.name: _dump(connection, table, folder) for table in _tables(connection)}
            connection.rollback()
    return {"revision": schema, "rows": rows}


def restore(where: str, folder: Path, facts: Mapping[str, Any], *, answer: float) -> None:
    """Put the rows of a dump into a database that holds none, and bring it to the current schema.

    Raises:
        InvalidParameter: the database holds a schema already.
        DataError: the dump is of a later release, or does not hold the rows it says.
    """
    with open_database(where, timeout=answer) as database:
        if revision(database) is not None:
            raise InvalidParameter("database", "holds a schema already: restore into one that is empty")
        migrate_to(database, str(facts["revision"]))
        with database.begin() as connection:
            for table in _tables(connection):
                _fill(connection, table, folder, int(facts["rows"].get(table.name, 0)))
    upgrade(where, answer=answer)


def _tables(connection: Connection) -> list[Table]:
    """Tables as they stand, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSIONS]


def _dump(connection: Connection, table: Table, folder: Path) -> int:
    count = 0
    ordered = select(table).order_by(*table.primary_key.columns)
    with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as lines:
        for row in connection.execute(ordered).mappings():
            lines.write(json.dumps({name: _plain(value) for name, value in row.items()}) + "\n")
            count += 1
    return count


def _fill(connection: Connection, table: Table, folder: Path, expected: int) -> None:
    count = 0
    for rows in _batches(folder / f"{table.name}.jsonl", table):
        connection.execute(insert(table), rows)
        count += len(rows)
    if count != expected:
        message = f"the backup holds {count} rows of {table.name} and says {expected}"
        raise DataError(message, remedy="take another copy of the backup")
    key = next(iter(table.primary_key.columns), None)
    if connection.dialect.name == "postgresql" and key is not None and isinstance(key.type, Integer):
        # What is inserted next takes a number nobody has.
        sequence = func.pg_get_serial_sequence(table.name, key.name)
        if connection.execute(select(sequence)).scalar_one() is not None:
            following = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            connection.execute(select(func.setval(sequence, following, False)))  # noqa: FBT003 - PostgreSQL's own


def _batches(file: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    if not file.exists():
        return
    batch: list[dict[str, Any]] = []
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            batch.append({name: _typed(table.c[name], value) for name, value in json.loads(line).items()})
            if len(batch) == ROWS:
                yield batch
                batch = []
    if batch:
        yield batch


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return b64decode(value)
    return value
