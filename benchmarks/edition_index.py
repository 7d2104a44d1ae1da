"""What a look at editions costs a server: ``python -m benchmarks.edition_index --editions 10 1000``.

Editions are hard links of the one a home serves, in a home of their own that is removed at the end. Each time is the
median of so many tries, in milliseconds; the first look verifies every file of the latest edition.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert
from starlette.testclient import TestClient

from data.store.database import open_database, upgrade
from data.store.ledger import EDITIONS, editions
from headroom.editions import LedgerEditions, newest
from headroom.serving import context
from headroom.settings import Settings, load
from headroom.wiring import store
from projection.edition.edition import Edition
from service.app import create_app
from service.editions import DirectoryEditions

TRIES = 20
PATHS = ("/v1/editions/latest", "/v1/editions?limit=50", "/readyz")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--editions", type=int, nargs="+", default=[10, 1000])
    counts = parser.parse_args().editions
    edition = newest(load())
    columns = ("ledger read whole", "first look", "look without change", *PATHS)
    print("| editions |", " | ".join(columns), "|\n|---:|" + "---:|" * len(columns))
    for count in counts:
        with tempfile.TemporaryDirectory(dir=edition.directory.parents[1]) as folder:
            settings = _home(Path(folder), edition, count)
            print(f"| {count} |", " | ".join(f"{value:.1f}" for value in _times(settings)), "|")


def _home(folder: Path, edition: Edition, count: int) -> Settings:
    settings = load(home=folder)
    upgrade(settings.database_url.get_secret_value())
    rows = []
    for number in range(count):
        name = f"e-{number:06d}"
        place = folder / "editions" / name
        for file in edition.manifest["files"]:
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            os.link(edition.directory / file, place / file)
        manifest = edition.manifest | {"id": name}
        (place / "manifest.json").write_text(json.dumps(manifest))
        rows.append(
            {
                "id": name,
                "issued": edition.issued + timedelta(minutes=number),
                "data_as_of": edition.data_as_of,
                "model_version": edition.model_version,
                "manifest_sha256": Edition(place, manifest, {}).manifest_sha256,
                "path": str(place),
                "scope": settings.scope.value,
                "sequence": number + 1,
            }
        )
    with open_database(settings.database_url.get_secret_value()) as engine, engine.begin() as connection:
        connection.execute(insert(EDITIONS), rows)
    return settings


def _times(settings: Settings) -> list[float]:
    with open_database(settings.database_url.get_secret_value()) as engine:
        whole = _milliseconds(lambda: editions(engine, scope=settings.scope))
    first = _milliseconds(lambda: DirectoryEditions(settings.editions, records=LedgerEditions(settings)), tries=3)
    looking = DirectoryEditions(settings.editions, records=LedgerEditions(settings))
    again = _milliseconds(looking.refresh)
    inputs = context(settings, store(settings), faults=[])
    with TestClient(create_app(inputs)) as client:
        return [whole, first, again, *(_milliseconds(lambda path=path: client.get(path)) for path in PATHS)]


def _milliseconds(work: Callable[[], object], *, tries: int = TRIES) -> float:
    times = []
    for _ in range(tries):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return median(times)


if __name__ == "__main__":
    main()
