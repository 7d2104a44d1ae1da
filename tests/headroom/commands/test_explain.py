"""``headroom scenarios explain``: a difference in words that sum up, and the same as JSON."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.engine_inputs import made_model_inputs
from projection.scenarios.evaluation import BaseDraws

DRAWS = 100
ASKED = ("scenarios", "explain", "base", "worst-case", "--period", "2028", "--assumptions", "2")


@pytest.fixture(autouse=True)
def base(monkeypatch):
    draws = BaseDraws(made_model_inputs(), seed=3, draws=DRAWS)
    monkeypatch.setattr("headroom.editions.newest", lambda _: SimpleNamespace(id="e-1"))
    monkeypatch.setattr("headroom.evaluating.base_draws", lambda *_: draws)


def test_a_person_reads_where_the_difference_comes_from(ask):
    code, text, _ = ask(*ASKED)
    assert code == 0
    assert text.startswith("power of US (wanted), from base to worst-case, on 100 draws")
    assert "by halls and sites (what is planned" in text
    assert "What keeps demand from being served\n  in base: " in text
    assert "does not affect the layer: chips and disks, demand." in text
    assert "What moves the base most" in text


def test_a_program_reads_parts_that_sum_to_the_difference(ask):
    code, text, _ = ask(*ASKED, "--json")
    answer = json.loads(text)
    assert (code, answer["edition"], answer["scenario"], answer["against"]) == (0, "e-1", "worst-case", "base")
    for split in answer["points"][0]["quantities"]:
        assert sum(part["value"] for part in split["parts"]) == pytest.approx(split["difference"])
        assert len(split["bars"]) == 2


def test_a_file_and_levers_are_explained_too(ask, tmp_path):
    document = tmp_path / "late.toml"
    document.write_text('title = "Late"\ncompose = ["on-site-power-late"]\n')
    code, text, _ = ask(
        "scenarios", "explain", "us-shortfall", str(document), "--lever", "site-slip=2", "--layer", "firm", "--period",
        "2030", "--assumptions", "0", "--json",
    )  # fmt: skip
    answer = json.loads(text)
    assert code == 0
    assert [group["group"] for group in answer["groups"]] == ["halls", "grid", "generation"]
    assert answer["points"][0]["quantities"][0]["bars"] == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [(("base", "magic"), "magic"), (("base", "base", "--lever", "site-slip"), "no setting"),
     (("base", "base", "--lever", "site-slip=9"), "tested range"), (("base", "base", "--layer", "air"), "air"),
     (("base", "base", "--region", "EU"), "no gap"), (("base", "base", "--period", "1999"), "not answered")],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused(ask, arguments, word):
    code, text, error = ask("scenarios", "explain", *arguments)
    assert (code, text) == (2, "")
    assert word in error
