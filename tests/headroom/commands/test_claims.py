"""``headroom claims`` and ``headroom leads`` as a user types them."""

import json
import shlex

import pytest
from claim_editions import write_claim_edition

from headroom import cli
from projection.claims.library import shipped


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    edition = write_claim_edition(home / "editions")
    assert cli.run(["editions", "adopt", edition.id, "--home", str(home)]) == 0
    return home


@pytest.fixture(autouse=True)
def _home(home, monkeypatch):
    monkeypatch.setenv("HEADROOM_HOME", str(home))


def printed(capsys, *words):
    capsys.readouterr()
    assert cli.run(list(words)) == 0
    return capsys.readouterr().out


def test_the_command_of_every_claim_gives_its_numbers_again(home, capsys):
    (document,) = (home / "editions").glob("*/claims.json")
    for claim in json.loads(document.read_text())["claims"]:
        program, *words = shlex.split(claim["command"])
        assert program == "headroom"
        (again,) = json.loads(printed(capsys, *words))["claims"]
        assert again == claim


def test_claims_are_listed_with_verdict_and_sentence(capsys):
    lines = printed(capsys, "claims").splitlines()
    assert len(lines) == 2 + len(shipped())
    (solar,) = [line for line in lines if line.startswith("china-solar-2025")]
    assert "holds" in solar
    assert solar.endswith(shipped()["china-solar-2025"].sentence)


def test_one_claim_shows_what_holds_a_joint_event_back(capsys):
    text = printed(capsys, "claims", "worst-case-2028")
    assert "the others without it" in text
    assert "Do not misread" in text
    assert "What would decide it" in text
    (history,) = json.loads(printed(capsys, "claims", "worst-case-2028", "--json"))["claims"][0]["history"]
    assert history["verdict"] in text


@pytest.mark.parametrize("words", [["claims", "none"], ["claims", "--edition", "none"], ["leads", "--kind", "none"]])
def test_what_there_is_not_is_refused_with_what_there_is(words, capsys):
    assert cli.run(words) == 2
    assert capsys.readouterr().err


def test_figures_that_changed_since_are_pointed_out(tmp_path, monkeypatch, capsys):
    edition = write_claim_edition(tmp_path / "editions")
    manifest = edition.directory / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"data_sha256": "0" * 64}))
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    assert cli.run(["editions", "adopt", edition.id]) == 0
    assert cli.run(["claims", "china-solar-2025", "--again"]) == 0
    assert "not those" in capsys.readouterr().err


def test_leads_are_printed_by_period_and_as_documents(capsys):
    text = printed(capsys, "leads", "--kind", "power_headroom")
    assert "2028-10-01" in text
    (item,) = json.loads(printed(capsys, "leads", "--kind", "power_headroom", "--json"))["items"]
    assert {"region", "against", "difference", "ratio", "p_ahead"} < item["points"][0].keys()
    counted = printed(capsys, "leads", "--kind", "reactors_under_construction")
    assert "-28" in counted
    assert "published for China" in printed(capsys, "leads", "--kind", "firm_headroom")
