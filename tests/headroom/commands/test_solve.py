"""``headroom scenarios solve``: what reaches a target, and what another's number requires, in words and as JSON."""

import json

import pytest

from benchmarks.engine_inputs import made_model_inputs
from data.base.layers import DemandConcept, Layer, Status
from projection.base.timeline import Timeline
from projection.inverse import published
from projection.inverse.published import OwnNumber, PublishedNumber
from projection.inverse.requirements import RequirementSearch
from projection.scenarios.evaluation import BaseDraws

ASKED = ("scenarios", "solve", "--p-short", "0.3")


class AnyEdition:
    """Has every cell of the years asked about."""

    id, base_year = "e-1", 2025

    def cell(self, *_, **__):
        return type("Cell", (), {"status": Status.AVAILABLE, "reason": None})()

    def periods(self, cell, freq):
        del cell
        return [one for one in (*Timeline(2025).years, *Timeline(2025).quarters) if one.freq is freq]


@pytest.fixture(autouse=True)
def base(monkeypatch):
    draws = BaseDraws(made_model_inputs(), seed=3, draws=100)
    monkeypatch.setattr("headroom.editions.newest", lambda _: AnyEdition())
    monkeypatch.setattr("headroom.evaluating.base_draws", lambda *_: draws)
    monkeypatch.setattr(RequirementSearch, "movable", [("us_energy_base",), ("us_published_growth",)])


def test_a_person_reads_what_every_lever_takes(ask):
    code, text, _ = ask(*ASKED)
    assert code == 0
    first, *lines = text.splitlines()
    assert first == "From base, e-1, on 100 draws"
    assert len(lines) == 8
    assert any("models would have to need 0." in line for line in lines)
    assert any("open-model-investment does not affect this layer" in line for line in lines)


def test_a_program_reads_a_frontier(ask):
    code, text, _ = ask(*ASKED, "--lever", "permitting", "--lever", "efficiency", "--period", "2030", "--json")
    answer = json.loads(text)
    assert (code, answer["edition"], len(answer["items"])) == (0, "e-1", 1)
    points = answer["items"][0]["frontier"]["points"]
    assert all(point["solution"]["lever"] == "efficiency" for point in points)


def test_a_number_of_others_is_read_in_words(ask, monkeypatch):
    ours = OwnNumber(Timeline(2025), "US", 2028, layer=Layer.ENERGY, reading=DemandConcept.BOUGHT)
    number = PublishedNumber("a@one", "One", "2026", "energy of US", ours, 464.0, converted=False, position=0.7)
    monkeypatch.setattr("headroom.wiring.store", lambda _: None)
    monkeypatch.setattr("features.view.View.of", lambda *_, **__: None)
    monkeypatch.setattr(published, "published", lambda *_, **__: number)
    monkeypatch.setattr(AnyEdition, "data_as_of", None, raising=False)
    code, text, _ = ask("scenarios", "solve", "--projection", "a@one", "--period", "2028")
    assert code == 0
    assert "One: energy of US, 2028: 464 TWh. Ours (US energy bought): " in text
    code, text, _ = ask("scenarios", "solve", "--projection", "a@one", "--period", "2028", "--json")
    assert json.loads(text)["beside"] == "energy"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--p-short", "0.2", "--gap", "1"), "one target"),
        ((), "one target"),
        (("--p-short", "1.2"), "0 to 1"),
        (("--p-short", "0.2", "--lever", "magic"), "nuclear"),
        (("--p-short", "0.2", "--period", "2060"), "2026 to 2035"),
        (("--p-short", "0.2", "--region", "XX"), "US"),
        (("--p-short", "0.2", "--projection", "a@b"), "one of the two"),
    ],
)
def test_what_cannot_be_asked_says_what_can(ask, arguments, words):
    code, _, error = ask("scenarios", "solve", *arguments)
    assert code != 0
    assert words in error
