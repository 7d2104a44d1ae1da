"""A look at the ledger, at the latest edition and at a page of the index costs the same whatever there is."""

import json
import shutil
import tarfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from data.store.database import open_database, upgrade
from data.store.ledger import EDITIONS
from headroom.editions import LedgerEditions
from headroom.settings import load
from projection.edition.edition import Edition
from service.editions import DirectoryEditions

GOLDEN = Path(__file__).parents[1] / "projection" / "edition" / "golden" / "format_4.tar.xz"


def home_of(folder, count):
    """A home with so many editions, all but the last without draws, and its settings."""
    with tarfile.open(GOLDEN) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (golden,) = (folder / "unpacked").iterdir()
    manifest = json.loads((golden / "manifest.json").read_text())
    url = f"sqlite:///{folder / 'headroom.db'}"
    upgrade(url)
    rows = []
    for number in range(1, count + 1):
        name = f"e-{number:05d}"
        place = folder / "editions" / name
        place.mkdir(parents=True)
        (place / "manifest.json").write_text(json.dumps(manifest | {"id": name}))
        edition = Edition(place, manifest | {"id": name}, {})
        rows.append(
            {
                "id": name,
                "issued": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=number),
                "data_as_of": date(2024, 1, 1),
                "model_version": "m-1",
                "manifest_sha256": edition.manifest_sha256,
                "path": str(place),
                "scope": "public",
                "sequence": number,
            }
        )
    for path in golden.iterdir():
        if path.name != "manifest.json":
            shutil.move(path, place / path.name)
    with open_database(url) as engine, engine.begin() as connection:
        connection.execute(insert(EDITIONS), rows)
    return load(home=folder)


@pytest.fixture
def work(monkeypatch):
    """Counts what is asked of the disk and of the database."""
    counted = {"stat": 0, "listed": 0, "opened": 0}

    def counting(name, original):
        def call(self, *arguments, **options):
            counted[name] += 1
            return original(self, *arguments, **options)

        return call

    for name, method in (("stat", "stat"), ("listed", "iterdir"), ("opened", "open")):
        monkeypatch.setattr(Path, method, counting(name, getattr(Path, method)))
    return counted


def looks(folder, count, work):
    """What the first look and a later one ask for, where there are so many editions."""
    settings = home_of(folder, count)
    editions = DirectoryEditions(settings.editions, records=LedgerEditions(settings))
    assert editions.edition.id == f"e-{count:05d}"
    before = dict(work)
    editions.refresh()
    return {name: work[name] - before[name] for name in before}


def test_a_look_at_a_thousand_editions_asks_for_what_a_look_at_ten_does(tmp_path, work):
    assert looks(tmp_path / "ten", 10, work) == looks(tmp_path / "thousand", 1000, work)


def test_the_ledger_is_read_whole_only_after_a_change(tmp_path):
    settings = home_of(tmp_path, 1000)
    records = LedgerEditions(settings)
    first = records()
    assert len(first) == 1000
    assert records() is first
    with open_database(settings.database_url.get_secret_value()) as engine, engine.begin() as connection:
        connection.execute(EDITIONS.update().where(EDITIONS.c.id == "e-00001").values(sequence=1001))
    assert records()[-1].id == "e-00001"
