"""``headroom scoreboard`` as a user types it."""

import json

import pytest

from headroom import cli


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))


def board(capsys, *options):
    assert cli.run(["scoreboard", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_scored_projections_are_listed_and_the_others_on_request(capsys) -> None:
    short, long = board(capsys), board(capsys, "--pending")
    assert short["counts"] == long["counts"]
    assert {item["state"] for item in short["items"]} == {"scored"}
    assert len(short["items"]) == short["counts"]["scored"] > 50
    assert len(long["items"]) == sum(long["counts"].values())
    assert {item["state"] for item in long["items"]} == {"scored", "pending", "unmatched"}


def test_the_table_says_who_was_how_far_off_and_when_it_was_said(capsys) -> None:
    assert cli.run(["scoreboard"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (gartner,) = [line for line in lines if line.startswith("Gartner") and "world.datacenter.electricity" in line]
    assert gartner.split()[2:] == [
        "2025",
        "2025-11-30",
        "0.1",
        "448",
        "TWh",
        "447..485",
        "-3.8%",
        "-",
        "0.039",
        "scored",
    ]
    assert lines[-2].startswith("as of ")
    assert "within" in lines[-1]
