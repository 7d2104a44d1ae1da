"""What holds of a home after a kill, whatever was killed: a sentence on everything that does not."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from sqlalchemy import text

from benchmarks.torture.bench import Bench
from data.base.errors import HeadroomError
from data.base.scopes import Scope
from data.store import ledger
from data.store.database import open_database
from projection.edition.edition import Edition
from training.artifact.published import Published


def faults_of(home: Path) -> list[str]:
    """A sentence on everything in a home that is neither as it was nor as it is to be."""
    faults: list[str] = []
    with open_database(home / "headroom.db") as database:
        with database.connect() as connection:
            if (state := connection.execute(text("PRAGMA integrity_check")).scalar_one()) != "ok":
                faults.append(f"the database is damaged: {state}")
        lines, records = ledger.promotions(database), ledger.editions(database)
    faults += [
        f"line {later.id} of the ledger does not follow the one before"
        for earlier, later in pairwise(lines)
        if later.previous_version != earlier.model_version
    ]
    if lines:
        faults += _unloadable(Published.load, home / "models" / lines[-1].model_version)
    for record in records:
        faults += _unloadable(partial(Edition.load, record=record), home / "editions" / record.id)
    for kind, load in (("models", Published.load), ("editions", Edition.load)):
        for folder in (home / kind).iterdir():
            if not folder.name.startswith("."):
                faults += _unloadable(load, folder)
    return faults


def _unloadable(load: Callable[[Path], object], folder: Path) -> list[str]:
    try:
        load(folder)
    except (HeadroomError, OSError) as error:
        return [f"{folder.name} is not whole: {error}"]
    return []


def champion(home: Path) -> str | None:
    """The version that is used; None where there is none."""
    with open_database(home / "headroom.db") as database:
        promotion = ledger.champion(database, scope=Scope.PUBLIC)
    return None if promotion is None else promotion.model_version


def other_champion(home: Path, before: str | None, command: Sequence[str]) -> list[str]:
    """Only a promotion by hand may have made another champion, and only the version it names."""
    allowed = {before, command[2]} if command[:2] == ["models", "promote"] else {before}
    after = champion(home)
    return [] if after in allowed else [f"{after} is champion after a kill, {before} was"]


def decided_versions(home: Path) -> set[str]:
    """Versions the ledger decided about."""
    with open_database(home / "headroom.db") as database:
        return {line.candidate or line.model_version for line in ledger.promotions(database)}


def tracking_faults(bench: Bench, home: Path, *, earlier: set[str]) -> list[str]:
    """Versions decided about in this copy that MLflow does not know, once it was brought up to date.

    A copy has an empty tracking store of its own: what was decided ``earlier`` is recorded elsewhere.
    """
    sync = bench.headroom(home, "models", "sync")
    new = decided_versions(home) - earlier
    with open_database(home.parent / "mlflow.db") as store, store.connect() as connection:
        names = "SELECT value FROM model_version_tags WHERE key = 'version'"
        registered = set(connection.execute(text(names)).scalars())
        states = "SELECT status, count(*) FROM runs WHERE lifecycle_stage = 'active' GROUP BY status"
        open_runs = [state for state, _ in connection.execute(text(states)).all() if state != "FINISHED"]
    missing = [f"{name} is not in MLflow after sync: {sync.stderr.strip()[-300:]}" for name in sorted(new - registered)]
    return missing + [f"a run stays {state} in MLflow" for state in open_runs]


def editions(home: Path) -> list[str]:
    """Editions of the ledger, in its order."""
    with open_database(home / "headroom.db") as database:
        return [record.id for record in ledger.editions(database)]


def storage_faults(bench: Bench, home: Path, url: object, *, earlier: Sequence[str]) -> list[str]:
    """Editions the ledger names since, which another home with the same ledger cannot read whole from the storage."""
    new = [edition for edition in editions(home) if edition not in earlier]
    other = home.parent / "elsewhere"
    faults = []
    for edition in new:
        other.mkdir()
        for path in home.glob("headroom.db*"):
            shutil.copy(path, other)
        # A bundle holds every file, each compared with its hash.
        bundle = bench.headroom(
            other, "editions", "export", edition, "--output", str(other / "bundle.tar"), editions_url=url
        )
        if bundle.returncode:
            faults.append(f"{edition} is not whole in the storage: {bundle.stderr.strip()[-300:]}")
        shutil.rmtree(other)
    return faults
