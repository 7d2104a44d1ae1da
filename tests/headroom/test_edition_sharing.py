"""Editions by hand: recalled and cited in the ledger, compared, and handed to another home or to a forecast hub."""

import json
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.layers import Layer
from data.store.citations import citations
from headroom import cli, wiring
from headroom.settings import load
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.publish import write

TIMELINE = Timeline(2025)


def publish(home, name, *, level=1.0, **facts):
    """Write an edition of one cell and record it."""
    paths = Paths(wanted=np.full((8, len(TIMELINE.quarters)), level, np.float32))
    manifest = {"data_as_of": "2026-11-22", "model_version": "m-1", "scenarios": ["base"], **facts}
    scenarios = [("base", drawn_cells({("EU", Layer.POWER): paths}, {}, TIMELINE))]
    issued = datetime(2026, 11, 23, tzinfo=UTC)
    write(home / "editions", edition_id=name, issued=issued, facts=manifest, scenario_files=writer_of(scenarios))
    assert cli.run(["editions", "adopt", name]) == 0


@pytest.fixture
def home(tmp_path, monkeypatch, database):
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HEADROOM_DATABASE_URL", database)
    publish(tmp_path / "var", "e-1")
    publish(tmp_path / "var", "e-2", level=2.0, model_version="m-2")
    return tmp_path / "var"


@pytest.fixture
def run(home, capsys):
    """Runs a command with --json in the home and returns its exit code and what it printed."""
    del home

    def command(*words):
        capsys.readouterr()
        code = cli.run(["editions", *words, "--json"])
        printed = capsys.readouterr()
        return code, json.loads(printed.out) if printed.out else printed.err

    return command


def test_a_recall_shows_in_the_list_and_takes_the_edition_out_of_service(run):
    code, recall = run("recall", "e-2", "--reason", "wrong unit", "--successor", "e-1", "--by", "ann")
    assert (code, recall["edition"], recall["successor"], recall["actor"]) == (0, "e-2", "e-1", "ann")
    states = {row["edition"]: row["state"] for row in run("list")[1]["items"]}
    assert states == {"e-2": "recalled: wrong unit", "e-1": "verified"}
    assert run("show", "newest")[1]["id"] == "e-1"
    assert run("show", "e-2")[1]["id"] == "e-2"
    assert run("verify", "e-2")[0] == 0
    code, message = run("recall", "e-3", "--reason", "wrong unit")
    assert (code, "e-1" in message) == (2, True)


def test_a_citation_is_recorded(run):
    code, cited = run("cite", "e-1", "--in", "doi:10.1/x", "--by", "ann")
    assert (code, cited["edition"], cited["place"]) == (0, "e-1", "doi:10.1/x")
    with wiring.ledger(load()) as engine:
        assert [(one.edition, one.actor) for one in citations(engine)] == [("e-1", "ann")]


def test_two_editions_are_compared(run, capsys):
    code, difference = run("diff", "e-1", "newest")
    assert (code, difference["causes"], difference["after"]) == (0, ["models"], "e-2")
    (cell,) = difference["cells"]
    assert {(point["demand"]["before"], point["demand"]["after"]) for point in cell["points"]} == {(1.0, 2.0)}
    assert cli.run(["editions", "diff", "e-1", "e-2"]) == 0
    printed = capsys.readouterr().out
    assert "e-1 to e-2: models changed" in printed
    assert "EU power" in printed


def test_another_home_imports_a_bundle_and_serves_the_same_edition(run, tmp_path, monkeypatch):
    code, exported = run("export", "e-1", "--output", str(tmp_path / "e-1.tar"), "--hubverse", str(tmp_path / "hub"))
    assert (code, exported["edition"]) == (0, "e-1")
    assert (tmp_path / "hub" / "hub-config" / "tasks.json").exists()
    before = run("show", "e-1")[1]
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "other"))
    monkeypatch.setenv("HEADROOM_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    code, imported = run("import", str(tmp_path / "e-1.tar"))
    assert (code, imported["edition"]) == (0, "e-1")
    assert run("show", "newest")[1] == before
    assert run("verify", "e-1")[0] == 0


def test_an_export_to_nowhere_says_what_can_be_written(run):
    code, message = run("export", "e-1")
    assert (code, "--output FILE" in message) == (2, True)
