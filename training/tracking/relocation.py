"""A tracking database that was moved or copied with its artifacts: MLflow keeps absolute addresses and cannot follow.

MLflow offers no call that changes them, so they are changed in its tables, and only where the files lie beside the
database now.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

LOCATION = re.compile(r"(?:file:|/)")
"""What an address on this machine begins with."""
COLUMNS = (("runs", "artifact_uri"), ("model_versions", "source"), ("model_versions", "storage_location"))
BUSY_SECONDS = 30.0


def relocate(file: Path, experiment_id: str, before: str, now: str) -> str | None:
    """Let an experiment write its new runs at ``now``, and be read there as far as its files lie there.

    Args:
        file: MLflow's SQLite database.
        experiment_id: of the experiment.
        before: address of its artifacts as the database has it.
        now: where they are to be, as a ``file:`` address.

    Returns what was done in words; None where they lie there already, or not on a disk of this machine.
    """
    if not LOCATION.match(before) or _path(before) == _path(now):
        return None
    with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as database, database:
        database.execute(
            "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?", (now, int(experiment_id))
        )
        for table, column in COLUMNS:
            rows = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()  # noqa: S608 - our own names
            for row, address in rows:
                place = _moved(str(address), before, now)
                if place is not None:
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (place, row))  # noqa: S608 - our own names
    return f"artifacts {_path(before)} -> {_path(now)}"


def _moved(address: str, before: str, now: str) -> str | None:
    """The address below ``now``, None where it was not below ``before`` or nothing is there."""
    if not LOCATION.match(address) or not _path(address).is_relative_to(_path(before)):
        return None
    place = _path(now) / _path(address).relative_to(_path(before))
    return place.as_uri() if place.exists() else None


def _path(address: str) -> Path:
    return Path(unquote(re.sub(r"^file:(?://)?", "", address)))
