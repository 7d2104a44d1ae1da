"""Two editions of a home split by cause: what is at hand is drawn again, and what is not is named."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from data.base.errors import ArtifactCorrupt, ProjectionError
from data.base.layers import Layer
from data.store.store import Store
from features.view import View
from headroom import cli
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.publish import write

DAY, TIMELINE = date(2026, 11, 22), Timeline(2025)
FIRST, SECOND = "e-20261122-one", "e-20261122-two"
NEWER = {"seed": 2, "model_version": "m-2", "code": {"version": "2", "sha256": "d"}}
FACTS = {
    "data_as_of": DAY.isoformat(),
    "data_rule": "strict",
    "model_version": "m-1",
    "assumptions": {"version": "1", "sha256": "a"},
    "code": {"version": "1", "sha256": "c"},
    "libraries": {"numpy": "2"},
    "seed": 1,
    "draws": 8,
    "scenarios": ["base"],
}
GAPS = {"m-1": 1.0, "m-2": 3.0}
"""What is drawn again with a model, GW, plus the seed."""
EARLIER, LATER = 1.5, 6.0
"""What was published, GW."""


@pytest.fixture(scope="module")
def store():
    return Store.shipped()


@pytest.fixture
def ask(monkeypatch, capsys, tmp_path, store):
    """Ask for the causes of two editions; each combination that is drawn again is added to ``combinations``."""
    sha256 = View.of(store, as_of=DAY).sha256()
    combinations = []

    def edition(name, gap, facts):
        supply = np.full((8, len(TIMELINE.quarters)), 12.0, np.float32)
        paths = {("US", Layer.POWER): Paths(wanted=supply + np.float32(gap), supply=supply)}
        drawn_again = writer_of([("base", drawn_cells(paths, {}, TIMELINE))])
        manifest = FACTS | {"data_sha256": sha256} | facts
        issued = datetime(2026, 11, 23, tzinfo=UTC)
        return write(tmp_path, edition_id=name, issued=issued, facts=manifest, scenario_files=drawn_again)

    def gap_again(model, _key, _demand, periods, *, seed, draws):
        combinations.append((model, seed))
        return np.full((len(periods), draws), GAPS[model] + seed)

    def run(*options, **newer):
        editions = {FIRST: edition(FIRST, EARLIER, {}), SECOND: edition(SECOND, LATER, newer)}
        monkeypatch.setattr("headroom.editions.find", lambda _, name: editions[name])
        code = cli.run(["editions", "explain", FIRST, SECOND, "--period", "2028", *options])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    monkeypatch.setattr("headroom.wiring.store", lambda _: store)
    monkeypatch.setattr("training.artifact.published.Published.load", lambda folder: folder.name)
    monkeypatch.setattr("projection.simulate.model_inputs.ModelInputs.of", lambda _, model: model)
    monkeypatch.setattr("projection.scenarios.attribution.editions.gap_again", gap_again)
    run.combinations = combinations
    return run


def parts_of(text):
    answer = json.loads(text)
    return answer, next(one["parts"] for one in answer["splits"] if one["quantity"] == "median_gap")


def test_causes_at_hand_are_drawn_again_and_the_rest_is_code(ask):
    code, text, _ = ask("--json", **NEWER)
    answer, parts = parts_of(text)
    assert (code, answer["causes"]) == (0, ["models", "code", "draws"])
    assert sorted(ask.combinations) == [("m-1", 1), ("m-1", 2), ("m-2", 1), ("m-2", 2)]
    assert parts == pytest.approx({"models": 2.0, "draws": 1.0, "code": LATER - EARLIER - 3.0})
    assert answer["notes"] == []


def test_a_person_reads_the_same(ask):
    code, text, _ = ask(**NEWER)
    assert code == 0
    assert text.startswith(f"power of US, from {FIRST} to {SECOND}: models, code, draws changed")
    assert f"Median gap: 1.5 GW in {FIRST}, 6 GW in {SECOND}\n  +2 GW by models" in text


def test_one_cause_alone_is_all_of_it_and_nothing_is_drawn_again(ask):
    _, text, _ = ask("--json", seed=2)
    assert parts_of(text)[1] == {"draws": LATER - EARLIER}
    assert not ask.combinations


def test_what_cannot_be_combined_is_taken_together_and_said(ask, monkeypatch):
    def mixed(model, _key, _demand, periods, *, seed, draws):
        if (model, seed) in {("m-1", 2), ("m-2", 1)}:
            raise ProjectionError("they do not fit", remedy="none")
        return np.full((len(periods), draws), GAPS[model] + seed)

    monkeypatch.setattr("projection.scenarios.attribution.editions.gap_again", mixed)
    answer, parts = parts_of(ask("--json", **NEWER)[1])
    assert parts == pytest.approx({"models and draws": 3.0, "code": LATER - EARLIER - 3.0})
    assert "models and draws could not be told apart" in answer["notes"][0]


def test_without_a_model_version_nothing_is_told_apart(ask, monkeypatch):
    def gone(folder):
        raise ArtifactCorrupt(str(folder), "is gone")

    monkeypatch.setattr("training.artifact.published.Published.load", gone)
    answer, parts = parts_of(ask("--json", **NEWER)[1])
    assert parts == {"models and code and draws": LATER - EARLIER}
    assert "Nothing could be drawn again" in answer["notes"][0]


@pytest.mark.parametrize(("options", "word"), [(("--layer", "firm"), "no gap"), (("--region", "XX"), "XX")])
def test_what_is_in_neither_edition_is_refused(ask, options, word):
    code, text, error = ask(*options)
    assert (code, text) == (2, "")
    assert word in error
