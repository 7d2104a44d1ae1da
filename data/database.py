"""The database: an engine for a URL or a path, and the one migration step."""

from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from data.errors import DataError, InvalidParameter, StoreLocked

BUSY_MILLISECONDS = 10_000
"""How long a SQLite connection waits for another writer."""

LOCK_SECONDS = 30.0
"""How long a migration waits for another process that migrates."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def database_url(where: str | Path) -> URL:
    """A SQLAlchemy URL from a URL or from the path of a SQLite file; raises :class:`InvalidParameter`.

    >>> str(database_url("var/headroom.db"))
    'sqlite:///var/headroom.db'
    """
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        return make_url(text)
    except ArgumentError:
        # The text is not repeated: it may hold a password.
        raise InvalidParameter("database_url", "is not a database URL", allowed=["sqlite:///FILE", "a path"]) from None


def engine(where: str | Path) -> Engine:
    """An engine for a URL or path; nothing is opened yet.

    SQLite runs with a write-ahead log (readers never wait for the writer), foreign keys and a busy timeout. Raises
    :class:`InvalidParameter` when the URL is malformed or its driver is not installed.
    """
    url = database_url(where)
    try:
        made = create_engine(url)
    except (NoSuchModuleError, ImportError) as error:
        raise InvalidParameter("database_url", f"no driver for {url.drivername}: {error}") from None
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare)
    return made


def upgrade(where: str | Path, *, timeout: float = LOCK_SECONDS) -> None:
    """Bring the schema to the current revision; running it again changes nothing.

    For a SQLite file this happens under a lock file beside it, so that of several processes that start at once one
    migrates and the others wait; the folder must exist. A server database is migrated by one deployment step.

    Raises:
        StoreLocked: another process kept the lock for ``timeout`` seconds.
        DataError: the file is no database, or its schema is of a later version than this code.
    """
    made = engine(where)
    try:
        if made.dialect.name == "sqlite" and made.url.database not in {None, "", ":memory:"}:
            lock = FileLock(f"{made.url.database}.lock")
            try:
                with lock.acquire(timeout=timeout):
                    _migrate(made)
            except Timeout:
                raise StoreLocked(str(made.url.database), timeout) from None
        else:
            _migrate(made)
    finally:
        made.dispose()


def _migrate(made: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    # The parser behind it reads a per cent sign as the start of a variable.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with made.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
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
