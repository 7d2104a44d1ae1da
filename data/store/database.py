"""The database: an engine for a URL or a path, and the one migration step."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, Table, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from data.base.errors import DataError, InvalidParameter, StoreLocked
from data.store.database_errors import BUSY_MILLISECONDS, place, translated

WRITER_SECONDS = 600.0
"""How long a refresh or an import waits for another one: judging and storing 200,000 rows takes 10 seconds."""

ANSWER_SECONDS = 30.0
"""How long a database server may take to connect or to answer a statement, unless the caller says otherwise."""

LOCK_SECONDS = 30.0
"""How long a migration waits for another process that migrates."""

MIGRATION_LOCK = 4_713_202_611
"""Key of the advisory lock on PostgreSQL: any number nobody else uses in this database."""

OWNER_ONLY = 0o600

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def database_url(where: str | Path) -> URL:
    """A SQLAlchemy URL from a URL or from the path of a SQLite file; raises :class:`InvalidParameter`.

    >>> str(database_url("var/headroom.db"))
    'sqlite:///var/headroom.db'
    """
    address = str(where)
    if "://" not in address:
        return URL.create("sqlite", database=address)
    try:
        url = make_url(address)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise InvalidParameter("database_url", "is not a database URL", allowed=["sqlite:///FILE", "a path"]) from None
    # What people paste says neither psycopg nor its version; the driver we install is the third.
    plain = url.drivername in {"postgres", "postgresql"}
    return url.set(drivername="postgresql+psycopg") if plain else url


def engine(where: str | Path, *, timeout: float = ANSWER_SECONDS) -> Engine:
    """An engine for a URL or path; nothing is opened yet.

    SQLite runs with a write-ahead log (readers never wait for the writer), foreign keys and a busy timeout. PostgreSQL
    gets ``timeout`` seconds to connect and for every statement that waits for no lock. Raises
    :class:`InvalidParameter` when the URL is malformed or its driver is not installed. What the database says later is
    raised as :mod:`data.store.database_errors` words it.
    """
    url = database_url(where)
    try:
        database = create_engine(url)
    except (NoSuchModuleError, ImportError) as error:
        raise InvalidParameter("database_url", f"no driver for {url.drivername}: {error}") from None
    if database.dialect.name == "sqlite":
        event.listen(database, "connect", _prepare)
    elif database.dialect.name == "postgresql":
        from data.store.postgres import limit_waiting

        limit_waiting(database, timeout)
    event.listen(database, "handle_error", translated)
    return database


@contextmanager
def open_database(where: str | Path, *, timeout: float = ANSWER_SECONDS) -> Iterator[Engine]:
    """An :func:`engine` whose connections are closed when the block ends."""
    database = engine(where, timeout=timeout)
    try:
        yield database
    finally:
        database.dispose()


def upgrade(where: str | Path, *, timeout: float = LOCK_SECONDS, answer: float = ANSWER_SECONDS) -> None:
    """Bring the schema to the current revision; running it again changes nothing.

    It happens under a lock, so that of several processes that start at once one migrates and the others wait: for a
    SQLite file a lock file beside it (the folder must exist), for PostgreSQL an advisory lock.

    Raises:
        StoreLocked: another process kept the lock for ``timeout`` seconds.
        DataError: the file is no database, its schema is of a later version than this code, or a server gives no
            connection or answer within ``answer`` seconds.
    """
    with open_database(where, timeout=answer) as database:
        if database.dialect.name == "sqlite" and database.url.database not in {None, "", ":memory:"}:
            _close_to_others(Path(str(database.url.database)))
            lock = FileLock(f"{database.url.database}.lock")
            try:
                with lock.acquire(timeout=timeout):
                    _migrate(database)
            except Timeout:
                raise StoreLocked(place(database.url), timeout) from None
        elif database.dialect.name == "postgresql":
            with _advisory(database, timeout):
                _migrate(database)
        else:
            _migrate(database)


@contextmanager
def writing(database: Engine, *tables: Table, timeout: float = WRITER_SECONDS) -> Iterator[Connection]:
    """A transaction that no other writer of the tables overlaps, from its first read on; readers never wait.

    What happens inside is written as a whole when the block ends, or not at all. On PostgreSQL a transaction without
    tables claims nothing; a SQLite file has one writer whatever it writes. Raises :class:`StoreLocked` when
    another writer is not done within ``timeout`` seconds.
    """
    with database.begin() as connection:
        try:
            _claim(connection, tables, int(timeout * 1000))
        except StoreLocked:
            raise StoreLocked(place(database.url), timeout) from None
        yield connection


def _claim(connection: Connection, tables: tuple[Table, ...], milliseconds: int) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout={milliseconds}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            # The connection goes back to a pool.
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
        return
    if not tables:
        return
    _allow(connection, milliseconds / 1000)
    # Always in the same order, or two writers could wait for each other.
    names = ", ".join(sorted(table.name for table in tables))
    connection.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
    connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(text("SET LOCAL lock_timeout = 0"))


def _allow(connection: Connection, seconds: float) -> None:
    from data.store.postgres import allow

    allow(connection, seconds)


@contextmanager
def _advisory(database: Engine, timeout: float) -> Iterator[None]:
    with database.connect() as connection:
        try:
            _allow(connection, timeout)
            connection.execute(text(f"SET lock_timeout = {int(timeout * 1000)}"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        except StoreLocked:
            raise StoreLocked(place(database.url), timeout) from None
        try:
            yield
        finally:
            # Closing the connection would do; a pooled one is not closed.
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()


def _close_to_others(file: Path) -> None:
    """Let only its owner read a SQLite file, whatever the umask: it holds private figures. Its logs take its mode."""
    if not file.exists():
        file.touch(mode=OWNER_ONLY)
    if file.stat().st_mode & 0o077 and file.stat().st_uid == os.geteuid():
        file.chmod(OWNER_ONLY)


def migrate_to(database: Engine, target: str) -> None:
    """Bring an empty database to the schema of a revision, as a backup of that schema needs it.

    Raises :class:`DataError` for a revision of a later version than this code.
    """
    _migrate(database, target)


def revision(database: Engine) -> str | None:
    """The revision of the schema; None where there is none."""
    from alembic.migration import MigrationContext

    with database.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _migrate(database: Engine, target: str = "head") -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    # The parser behind it reads a per cent sign as the start of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        # One transaction: a migration that is killed leaves the schema it found. SQLite's driver opens none by itself
        # before a statement that defines a table.
        # Reading waits for no writer, so a command that finds the schema it knows never stands behind a long refresh.
        if target == "head" and revision(database) == ScriptDirectory.from_config(config).get_current_head():
            return
        with writing(database) as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, target)
    except CommandError as error:
        raise DataError(f"the schema is not known to this version: {error}", remedy="use the newer version") from None
    except DatabaseError as error:
        remedy = "check that the path is a Headroom database and can be written"
        raise DataError(f"the database cannot be migrated: {error.orig}", remedy=remedy) from None


def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection type
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
