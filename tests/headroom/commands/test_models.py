"""``headroom models``: decisions of people, written once, and what follows them."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date

import pytest
from databases import database, postgres_url
from starlette.testclient import TestClient
from versions import trials, version

from data.connectors.census.census_owid import HEADER
from data.store.store import Store
from features.view import View
from headroom import cli, serving, wiring
from headroom.settings import load
from projection.project import identify
from service.app import create_app
from training.artifact.published import Published
from training.champion.ledger import promotions

__all__ = ["database", "postgres_url"]

PROGRAM = """
import sys
from headroom import serving, wiring
from headroom.cli import run
wiring.obstacle = lambda *_: None
sys.exit(run(sys.argv[1:]))
"""
"""The command in a process of its own, for versions that forecast nothing a projection reads."""
CHART = "/ourworldindata.org/grapher/monthly-spending-data-center-us.csv"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with three versions, the first of them champion, and no tracking store."""
    models = tmp_path / "var" / "models"
    for number in (1, 2, 3):
        version(models, f"m-{number}", trials(bias=0.1 * number), data_as_of=f"2026-11-0{number}")
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HEADROOM_TRACKING_URI", f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}")
    # These versions forecast nothing that a projection reads; what a trial finds is tested in test_gated_promotion.py.
    monkeypatch.setattr(wiring, "obstacle", lambda *_: None)
    assert cli.run(["models", "promote", "m-1", "--reason", "the first", "--by", "ann"]) == 0
    return tmp_path / "var"


def output(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def lines(home):
    return [
        (line.kind.value, line.previous_version, line.model_version, line.actor, line.reason)
        for line in promotions(home / "headroom.db")
    ]


def test_list_tells_who_is_champion_and_which_files_do_not_verify(home, capsys):
    (home / "models" / "m-3" / "drops.parquet").write_bytes(b"")
    capsys.readouterr()
    assert cli.run(["models", "list", "--json"]) == 0
    items = {item["version"]: item for item in output(capsys)["items"]}
    assert {name: (item["standing"], item["status"]) for name, item in items.items()} == {
        "m-1": ("champion", "good"), "m-2": (None, "good"), "m-3": (None, "corrupt"),
    }  # fmt: skip
    assert cli.run(["models", "list"]) == 0
    assert "champion" in capsys.readouterr().out


def test_promotion_and_rollback_leave_lines_and_the_files_that_were_promoted(home, capsys):
    assert cli.run(["models", "promote", "m-2", "--reason", "newer", "--by", "ann", "--json"]) == 0
    line = output(capsys)
    assert line["evidence"]["gate"]["champion"] == "m-1"
    assert line["manifest_sha256"] == Published.load(home / "models" / "m-2").sha256
    assert "no such database" in line["tracking_fault"], "MLflow is told later; the ledger holds the decision"
    assert cli.run(["models", "rollback", "--reason", "numbers look wrong", "--by", "bob"]) == 0
    assert lines(home) == [
        ("promote", None, "m-1", "ann", "the first"),
        ("promote", "m-1", "m-2", "ann", "newer"),
        ("rollback", "m-2", "m-1", "bob", "numbers look wrong"),
    ]
    assert wiring.champion(load()).version == "m-1"
    capsys.readouterr()
    assert cli.run(["models", "show", "--json"]) == 0
    listing = output(capsys)
    assert listing["version"] == "m-1"
    assert [line["kind"] for line in listing["decisions"]] == ["promote", "rollback"]


def test_a_former_champion_whose_files_changed_is_not_brought_back(home, capsys):
    assert cli.run(["models", "promote", "m-2", "--reason", "newer"]) == 0
    before = lines(home)
    changed = version(home / "other", "m-1", trials(bias=0.3), data_as_of="2026-11-01")
    target = home / "models" / "m-1"
    for path in changed.directory.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    Published.load(target)
    # It verifies by itself, but it is not what was promoted, and no tracking store has that.
    assert cli.run(["models", "rollback", "m-1", "--reason", "back"]) != 0
    assert capsys.readouterr().err
    assert lines(home) == before
    assert wiring.champion(load()).version == "m-2"


def broken(home, name):
    (home / "models" / name / "drops.parquet").write_bytes(b"")


def test_a_corrupt_champion_that_cannot_be_restored_is_told_a_remedy_that_works(home, capsys):
    assert cli.run(["models", "promote", "m-2", "--reason", "newer"]) == 0
    broken(home, "m-2")
    capsys.readouterr()
    assert cli.run(["models", "rollback", "m-2", "--reason", "its file was changed", "--json"]) == 1
    fault = json.loads(capsys.readouterr().err)
    assert fault["code"] == "artifact_corrupt"
    assert fault["remedy"] == "run: headroom models rollback m-1 --reason ..."
    assert cli.run(["models", "rollback", "m-1", "--reason", "as told"]) == 0
    assert wiring.champion(load()).version == "m-1"


def test_a_corrupt_champion_is_restored_from_registered_files_and_stays(home, monkeypatch, capsys):
    registry = home.parent / "registered"
    shutil.copytree(home / "models" / "m-1", registry)
    broken(home, "m-1")
    monkeypatch.setattr(
        "training.tracking.tracking.fetch",
        lambda _, target, **__: shutil.copytree(registry, target, dirs_exist_ok=True),
    )
    assert cli.run(["models", "rollback", "m-1", "--reason", "its file was changed", "--by", "bob"]) == 0
    assert wiring.champion(load()).version == "m-1"
    assert lines(home)[-1] == ("rollback", "m-1", "m-1", "bob", "its file was changed")
    assert cli.run(["models", "rollback", "m-1", "--reason", "again"]) == 2
    assert "its files are whole" in capsys.readouterr().err


def test_a_corrupt_champion_without_another_is_told_to_train(home, capsys):
    broken(home, "m-1")
    capsys.readouterr()
    assert cli.run(["models", "rollback", "m-1", "--reason", "x"]) == 1
    assert "run: headroom train" in capsys.readouterr().err


def test_a_version_that_cannot_be_projected_is_not_promoted_and_says_why(home, monkeypatch, capsys):
    monkeypatch.undo()
    before = lines(home)
    capsys.readouterr()
    assert cli.run(["models", "promote", "m-2", "--reason", "x", "--home", str(home), "--json"]) == 1
    fault = json.loads(capsys.readouterr().err)
    assert fault["code"] == "not_projectable"
    assert "m-2 cannot be projected: " in fault["detail"]
    assert lines(home) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["promote", "m-9", "--reason", "x"], 2, "m-1, m-2, m-3"),
        (["promote", "m-1", "--reason", "x"], 2, "champion already"),
        (["promote", "m-2", "--reason", " "], 2, "reason"),
        (["rollback", "--reason", "x"], 2, "nothing to go back to"),
        (["rollback", "m-2", "--reason", "x"], 2, "former champion"),
        (["rollback", "m-1", "--reason", "x"], 2, "its files are whole"),
        (["promote", "m-2", "--reason", "x", "--over", "m-3"], 1, "promotion_conflict"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_remedy_and_changes_nothing(home, capsys, arguments, code, words):
    before = lines(home)
    capsys.readouterr()
    assert cli.run(["models", *arguments]) == code
    assert words in capsys.readouterr().err
    assert lines(home) == before


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_of_two_people_who_promote_at_once_one_wins_and_the_other_is_told(database):
    """Two real processes, on SQLite and on PostgreSQL, both over the same champion."""
    environment = os.environ | {"HEADROOM_DATABASE_URL": database}
    command = [sys.executable, "-P", "-c", PROGRAM, "models", "promote"]
    subprocess.run([*command, "m-1", "--reason", "first"], env=environment, check=True, timeout=600)
    names = ("m-2", "m-3")
    both = [
        subprocess.Popen(
            [*command, name, "--reason", f"mine is {name}", "--over", "m-1", "--json"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    ends = {
        name: (*process.communicate(timeout=600), process.returncode)
        for name, process in zip(("m-2", "m-3"), both, strict=True)
    }
    (winner,) = [name for name, end in ends.items() if end[2] == 0]
    (loser,) = set(ends) - {winner}
    fault = json.loads(ends[loser][1].splitlines()[-1])
    assert (ends[loser][2], fault["code"]) == (1, "promotion_conflict")
    assert f"{loser} was to follow m-1, but {winner} stands by now" in fault["detail"]
    assert "models list" in fault["remedy"]
    assert [line.model_version for line in promotions(database)] == ["m-1", winner]


def test_a_version_that_came_back_makes_an_edition_of_its_own(home):
    figures, published = View.of(Store.shipped(), as_of=date(2026, 11, 1)), Published.load(home / "models" / "m-1")
    edition_facts = {"seed": 1, "draws": 10_000}
    first, facts = identify(figures, published, **edition_facts)
    again, back = identify(figures, published, **edition_facts, turn=2)
    assert first != again
    assert (facts.get("champion_turn"), back["champion_turn"]) == (None, 2)


def test_a_choice_or_a_setting_that_is_not_known_is_told_with_what_is(home, capsys):
    capsys.readouterr()
    assert cli.run(["train", "--set", "gate.margn=0.1"]) == 2
    told_of = capsys.readouterr().err
    assert "gate.margin=..." in told_of
    assert "workers=..." in told_of
    assert cli.run(["train", "--set", "workers=none"]) == 2
    assert "whole number" in capsys.readouterr().err
    assert cli.run(["train", "--members", "prophett"]) == 2
    assert "prophet" in capsys.readouterr().err
    assert cli.run(["train", "--series", "nvidia.datacenter.revenu"]) == 2
    assert "nvidia.datacenter.revenue" in capsys.readouterr().err
    assert lines(home) == [("promote", None, "m-1", "ann", "the first")]


@pytest.mark.usefixtures("home")
def test_a_check_of_the_champion_is_recorded_and_shown_beside_it(capsys):
    capsys.readouterr()
    assert cli.run(["models", "drift", "--json"]) == 0
    checked = output(capsys)
    assert checked["version"] == "m-1"
    assert [finding["name"] for finding in checked["findings"]] == ["bands", "coverage", "revisions", "age"]
    assert cli.run(["models", "list", "--json"]) == 0
    items = {item["version"]: item["drift"] for item in output(capsys)["items"]}
    assert items["m-2"] is None
    assert (items["m-1"]["advised"], items["m-1"]["reasons"]) == (checked["advised"], checked["reasons"])
    assert cli.run(["models", "list"]) == 0
    text = capsys.readouterr().out
    assert ("retrain advised" in text) is checked["advised"]


def test_without_a_champion_there_is_nothing_to_check(tmp_path, capsys):
    assert cli.run(["models", "drift", "--home", str(tmp_path / "empty")]) == 1
    assert "no_champion" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_a_refresh_that_brings_figures_checks_the_champion_others_do_not(source_server, monkeypatch, capsys):
    monkeypatch.setenv("HEADROOM_MIRROR", source_server.url)
    body = "\n".join([",".join(HEADER), "United States,USA,2014-01-01,149693689"]) + "\n"
    for _ in range(3):
        source_server.answer(CHART, body, etag='"a"')
    capsys.readouterr()
    assert cli.run(["data", "refresh", "census_owid", "--dry-run", "--json"]) == 0
    assert output(capsys)["drift"] is None
    assert cli.run(["data", "refresh", "census_owid", "--json"]) == 0
    drift = output(capsys)["drift"]
    assert drift["version"] == "m-1"
    assert cli.run(["models", "list", "--json"]) == 0
    drift_line = next(item["drift"] for item in output(capsys)["items"] if item["champion"])
    assert (drift_line["advised"], drift_line["reasons"]) == (drift["advised"], drift["reasons"])
    assert cli.run(["data", "refresh", "census_owid", "--json"]) == 0
    assert output(capsys)["drift"] is None


def test_a_running_service_shows_a_promotion_made_meanwhile(home):
    settings = load()
    context = serving.context(settings, wiring.store(settings), faults=[])
    app = create_app(context)
    with TestClient(app) as asking:
        before = asking.get("/v1/models/promotions")
        assert [item["champion"] for item in before.json()["items"]] == ["m-1"]
        assert cli.run(["models", "promote", "m-2", "--reason", "newer"]) == 0
        app.state.serving.refresh()  # in a server a thread of its own does so every few seconds
        after = asking.get("/v1/models/promotions")
        assert [item["champion"] for item in after.json()["items"]] == ["m-2", "m-1"]
        assert after.headers["etag"] != before.headers["etag"]
    assert lines(home)[-1][2] == "m-2"
