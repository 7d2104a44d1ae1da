"""The ledger is the authority over editions: its hash, its order, and what is not in it, on every database."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.layers import Layer
from data.store.database import engine
from data.store.ledger import promote
from headroom import cli, serving, wiring
from headroom.settings import load
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.files import file_sha256
from projection.edition.publish import write
from service.jobs.queue import Queue

NOW = datetime.now(UTC)
FILE = "draws/base/EU.power.wanted.parquet"


@pytest.fixture
def home(tmp_path, monkeypatch, database):
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HEADROOM_DATABASE_URL", database)
    return tmp_path / "var"


def published(folder, name, *, issued=NOW, scope="public"):
    timeline = Timeline(2025)
    paths = Paths(wanted=np.ones((8, len(timeline.quarters)), np.float32))
    facts = {"data_as_of": "2026-11-22", "model_version": "m-1", "scenarios": ["base"], "scope": scope, "name": name}
    scenarios = [("base", drawn_cells({("EU", Layer.POWER): paths}, {}, timeline))]
    write(folder, edition_id=name, issued=issued, facts=facts, scenario_files=writer_of(scenarios))


def issued(folder, name, **facts):
    published(folder, name, **facts)
    assert cli.run(["editions", "adopt", name]) == 0


def rewrite(folder):
    """Double the demand and make the manifest agree."""
    (pl.read_parquet(folder / FILE) * 2).write_parquet(folder / FILE)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][FILE] = file_sha256(folder / FILE)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def listed(capsys, *more):
    capsys.readouterr()
    assert cli.run(["editions", "list", "--json", *more]) == 0
    return {row["edition"]: row["state"] for row in json.loads(capsys.readouterr().out)["items"]}


def served():
    """The edition a server of this home would answer from, and what it says of others."""
    editions = serving.context(load(), wiring.store(load()), faults=[]).editions
    return (editions.edition.id if editions.edition else None), " ".join([*editions.skipped, editions.reason or ""])


def test_an_edition_rewritten_with_its_manifest_is_neither_verified_nor_served(home, capsys):
    for name in ("e-1", "e-2"):
        issued(home / "editions", name)
    assert served() == ("e-2", "")
    rewrite(home / "editions" / "e-2")
    assert cli.run(["editions", "verify", "e-2"]) == 1
    assert "manifest.json: differs from the hash in the ledger" in capsys.readouterr().err
    assert cli.run(["editions", "verify", "e-1"]) == 0
    state = listed(capsys)
    assert "differs from the hash in the ledger" in state["e-2"]
    assert state["e-1"] == "verified"
    name, reason = served()
    assert name == "e-1"
    assert "e-2: manifest.json differs from the hash in the ledger" in reason
    assert cli.run(["editions", "adopt", "e-2"]) == 2
    assert "another manifest" in capsys.readouterr().err


def test_editions_follow_the_ledger_whatever_the_clocks_of_their_machines_said(home, capsys):
    for name, days in (("e-1", 400), ("e-2", 0), ("e-3", -2)):
        issued(home / "editions", name, issued=NOW + timedelta(days=days))
        assert served()[0] == name
    assert list(listed(capsys)) == ["e-3", "e-2", "e-1"]
    assert cli.run(["editions", "adopt", "e-1"]) == 0
    assert list(listed(capsys)) == ["e-1", "e-3", "e-2"]
    assert served()[0] == "e-1"
    capsys.readouterr()
    assert cli.run(["editions", "show", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "e-1"
    shutil.rmtree(home / "editions" / "e-1")
    assert "manifest.json: is missing" in listed(capsys)["e-1"]
    assert served()[0] == "e-3"


def test_a_copied_edition_is_served_once_it_is_adopted(home, capsys, tmp_path, database):
    if not database.startswith("sqlite"):
        wiring.migrate(load())  # There is always a server's database; a file that nothing made is none.
    published(tmp_path / "elsewhere", "e-1")
    shutil.copytree(tmp_path / "elsewhere", home / "editions")
    assert "headroom editions adopt e-1" in listed(capsys)["e-1"]
    assert cli.run(["editions", "verify", "e-1"]) == 2
    assert "headroom editions adopt e-1" in capsys.readouterr().err
    name, reason = served()
    assert name is None
    assert "e-1 is not in the ledger: headroom editions adopt e-1 records it" in reason
    assert cli.run(["editions", "adopt", "e-1"]) == 0
    assert served() == ("e-1", "")
    with wiring.ledger(load()) as engine:
        assert [job.kind for job in Queue(engine).jobs()] == ["score"]


def test_a_broken_or_misplaced_edition_is_not_adopted(home, capsys):
    published(home / "editions", "e-1")
    shutil.copytree(home / "editions" / "e-1", home / "editions" / "e-2")
    (home / "editions" / "e-1" / "cells.json").write_text("{}")
    for name, why in (("e-1", "differs"), ("e-2", "is the folder of e-1"), ("e-3", "no edition named")):
        assert cli.run(["editions", "adopt", name]) in {1, 2}
        assert why in capsys.readouterr().err
    assert served()[0] is None


def test_public_and_private_editions_have_an_order_of_their_own(home, capsys, monkeypatch):
    issued(home / "editions", "e-1")
    published(home / "private" / "editions", "e-2", scope="private")
    assert cli.run(["editions", "adopt", "e-2", "--private"]) == 0
    shutil.copytree(home / "private" / "editions" / "e-2", home / "editions" / "e-2")
    assert cli.run(["editions", "adopt", "e-2"]) == 2
    assert "private scope" in capsys.readouterr().err
    assert served()[0] == "e-1"
    rewrite(home / "private" / "editions" / "e-2")
    assert "differs from the hash in the ledger" in listed(capsys, "--private")["e-2"]
    monkeypatch.setenv("HEADROOM_SCOPE", "private")
    assert served()[0] is None


@pytest.mark.parametrize(
    ("days", "message"), [(400, "399 days earlier"), (-400, "400 days later"), (-20, None), (0, None)]
)
@pytest.mark.usefixtures("home")
def test_a_clock_far_from_the_newest_entry_is_told_with_both_moments(capsys, database, days, message):
    wiring.migrate(load())
    entry = NOW + timedelta(days=days)
    database_engine = engine(database)
    promote(database_engine, model_version="m-1", actor="a", evidence={}, reason="r", created=entry)
    database_engine.dispose()
    before = datetime.now(UTC)
    assert cli.run(["models", "promote", "m-2", "--reason", "newer"]) == 2
    clock_days = {f"{moment:%Y-%m-%d}" for moment in (before, datetime.now(UTC))}  # two, where midnight falls between
    errors = capsys.readouterr().err
    assert ("warning: the clock" in errors) == (message is not None)
    if message is not None:
        assert message in errors
        assert f"{entry:%Y-%m-%d}" in errors
        assert any(f"clock of this machine says {day}" in errors for day in clock_days)
