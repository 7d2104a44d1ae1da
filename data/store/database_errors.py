"""Turns errors of the database into errors of the error tree: which database, its message, and a remedy.

One SQLAlchemy event handler does it, so that every command and request reports the same fault in the same way.
"""

import re
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL, ExceptionContext

from data.base.errors import DataError, StoreLocked, StoreUnreachable, StoreUnusable

BUSY_MILLISECONDS = 10_000
"""How long a SQLite connection waits for another writer."""
LEAST_SPACE = 2**20
"""Bytes free on a disk below which SQLite's failure to open or write a file is reported as a full disk."""
SERVER = {"53100": "disk full", "25006": "read-only", "42501": "no rights", "42P01": "older", "42703": "older"}
"""PostgreSQL's codes of conditions that are named in :data:`REMEDIES`."""
LOCK_NOT_AVAILABLE = "55P03"
"""What PostgreSQL answers when a lock is not had in time."""
REMEDIES = {
    "disk full": "free space on that disk; what is stored stays as it is",
    "read-only": "make the file and its folder writable for the user who runs this, or name another place",
    "no rights": "give the user in HEADROOM_DATABASE_URL rights on this database",
    "older": "run: headroom db upgrade",
    "not a database": "restore the file from a backup, or move it away: a new one is made in its place",
    "cannot be opened": "check that its folder is there and may be read and written",
    "disk error": "check the disk",
}


def translated(context: ExceptionContext) -> DataError | None:
    """The error of ours for what the database said, None where it is a fault of the statement.

    SQLAlchemy raises what is returned in place of its own error.
    """
    fault, engine = context.original_exception, context.engine
    if engine is None:
        return None
    if engine.dialect.name == "sqlite":
        return _of_file(fault, Path(str(engine.url.database))) if isinstance(fault, sqlite3.Error) else None
    state = getattr(fault, "sqlstate", None)
    if state == LOCK_NOT_AVAILABLE:
        return StoreLocked(place(engine.url), BUSY_MILLISECONDS / 1000)
    if state in SERVER:
        return StoreUnusable(place(engine.url), _line(fault), remedy=REMEDIES[SERVER[state]])
    if context.connection is None or context.is_disconnect:
        return StoreUnreachable(place(engine.url), _line(fault))
    return None


def place(url: URL) -> str:
    """Where a database is, without who asks: a file, or a server's name, port and database."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    # A host may also stand among the parameters, as libpq takes it.
    host = url.host or url.query.get("host") or "this machine"
    return f"{url.get_backend_name()} at {host}:{url.port or 5432}, database {url.database or url.username or '?'}"


def _of_file(fault: sqlite3.Error, file: Path) -> DataError | None:
    code = getattr(fault, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreLocked(str(file), BUSY_MILLISECONDS / 1000)
    conditions = {
        sqlite3.SQLITE_FULL: "disk full",
        sqlite3.SQLITE_READONLY: "read-only",
        sqlite3.SQLITE_PERM: "read-only",
        sqlite3.SQLITE_NOTADB: "not a database",
        sqlite3.SQLITE_CORRUPT: "not a database",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened",
        sqlite3.SQLITE_IOERR: "disk error",
    }
    condition = conditions.get(code)
    if condition in {"cannot be opened", "disk error"} and _full(file):
        condition = "disk full"
    if re.match(r"no such (?:table|column)", str(fault)):
        condition = "older"
    return None if condition is None else StoreUnusable(str(file), _line(fault), remedy=REMEDIES[condition])


def _full(file: Path) -> bool:
    try:
        return shutil.disk_usage(file.parent).free < LEAST_SPACE
    except OSError:
        return False


def _line(fault: BaseException) -> str:
    return " ".join(str(fault).split())
