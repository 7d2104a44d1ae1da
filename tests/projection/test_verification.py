"""An edition made again is the same to the last bit, or says what differs and by how much."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from data.base.errors import ProjectionError
from data.store.store import Store
from features.view import View
from projection import verification
from projection.edition.publish import draws_sha256
from projection.project import identify, machine
from projection.verification import repeat, repeat_scenario

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))


@dataclass(frozen=True)
class Model:
    """Stands where a published version does: only its name is read here."""

    version: str = "m-1"


@pytest.fixture
def made_of(build_edition, tmp_path, monkeypatch):
    """An edition whose manifest names its inputs; making it again gives ``again`` of it."""

    def make(*, again=lambda edition: edition, **facts):
        _, inputs = identify(VIEW, Model(), seed=1, draws=10_000)
        inputs = inputs | {"scenarios": ["base"]}
        run = {"machine": machine(), "commit": "0123abcd"}
        edition = build_edition(tmp_path / "editions", facts=inputs | facts, run=run)
        other = again(edition)
        monkeypatch.setattr(verification, "project", lambda *_args, **_options: other)
        monkeypatch.setattr(verification, "identify", lambda *_args, **_options: (edition.id, inputs))
        return edition

    return make


def test_what_is_made_again_of_the_same_inputs_is_the_same(made_of):
    repetition = repeat(made_of(), VIEW, Model())
    assert repetition.holds
    assert (repetition.same, repetition.worst, repetition.circumstances) == (repetition.parts, 0.0, ())


def test_draws_that_differ_are_named_with_the_largest_difference(made_of, build_edition, tmp_path):
    edition = made_of(again=lambda _edition: build_edition(tmp_path / "other", seed=2))
    repetition = repeat(edition, VIEW, Model())
    assert not repetition.holds
    assert repetition.worst > 0.01
    assert repetition.where in edition.manifest["files"]
    assert 0 < repetition.same < repetition.parts


@pytest.mark.parametrize(("worst", "holds"), [(9e-6, True), (2e-5, False), (None, False)])
def test_other_code_is_allowed_a_small_difference_and_says_how_to_get_the_first(made_of, worst, holds):
    edition = made_of(code={"version": "0.0.9", "sha256": "1" * 64}, lock_sha256="2" * 64)
    repetition = repeat(edition, VIEW, Model())
    code, lock = repetition.circumstances
    assert "git checkout 0123abcd" in code
    assert "lock" in lock
    assert replace(repetition, same=0, worst=worst).holds == holds
    assert not replace(repetition, same=0, worst=9e-6, circumstances=()).holds


@pytest.mark.parametrize("changed", [{"data_sha256": "0" * 64}, {"model_version": "m-2"}])
def test_other_figures_or_models_are_no_repetition(made_of, changed):
    with pytest.raises(ProjectionError, match="are not those of"):
        repeat(made_of(**changed), VIEW, Model())


def test_a_scenario_is_told_by_the_hash_of_its_draws(made_of, monkeypatch):
    edition = made_of()
    draws = {
        name: column.to_numpy()
        for file in edition.manifest["files"]
        if file.startswith("draws/base/")
        for name, column in edition.table(file).to_dict().items()
    }
    assert draws_sha256(draws) == edition.manifest["draws_sha256"]["base"]
    monkeypatch.setattr(verification, "draw_again", lambda *_args, **_options: Drawn(draws))
    monkeypatch.setattr(verification, "columns", lambda table: table)
    assert repeat_scenario(edition, VIEW, Model(), "base").holds
    name = next(iter(draws))
    monkeypatch.setattr(
        verification, "draw_again", lambda *_args, **_options: Drawn(draws | {name: draws[name] * 1.000001})
    )
    repetition = repeat_scenario(edition, VIEW, Model(), "base")
    assert not repetition.holds
    assert 0 < repetition.worst < verification.TOLERANCE
    with pytest.raises(ProjectionError, match="no hash of the draws of other"):
        repeat_scenario(edition, VIEW, Model(), "other")


@dataclass(frozen=True)
class Drawn:
    """Draws by column, where a drawn scenario has a table."""

    table: dict
