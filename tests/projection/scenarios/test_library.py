"""Scenarios that ship: every override says why, rests on what there is, and keeps within what is allowed."""

from importlib import resources

import polars as pl
import pytest

from data.base.errors import InvalidParameter
from data.store.store import Store
from projection.inputs.assumptions import Assumptions
from projection.scenarios import library
from projection.scenarios.resolution import check_sizes

NAMES = {
    "base", "us-shortfall", "china-full-stack", "worst-case", "us-nuclear-push", "us-fast-permitting",
    "us-open-models", "chips-to-china", "export-controls-tight", "ban-chinese-open-models", "on-site-power-boom",
    "efficiency-leap", "demand-bust", "taiwan-disruption", "on-site-power-late", "plans-on-time", "chip-exports-open",
}  # fmt: skip


def test_the_library_has_every_scenario_and_base_first():
    assert set(library.documents()) == NAMES
    assert next(iter(library.documents())) == "base"
    assert not library.scenario("base", Assumptions.shipped()).overrides


def test_every_override_says_why_and_its_sources_are_in_the_tables():
    sources = pl.read_csv(resources.files("data.tables") / "sources.csv", columns=["source_id"])
    names = {*Store.shipped().catalogue().entries, *sources["source_id"]}
    for name, document in library.documents().items():
        assert document.story
        assert document.evidence, name
        for assumption, entry in document.overrides.items():
            assert len(entry.why) > 20, f"{name} {assumption}"
            assert set(entry.sources) <= names, f"{name} {assumption}"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_scenario_keeps_within_what_is_allowed(model_inputs, name):
    check_sizes(library.scenario(name, model_inputs.assumptions), model_inputs.assumptions)


@pytest.mark.parametrize(("former", "now"), [(old, new) for old, (new,) in library.FORMER.items()])
def test_a_former_name_is_answered_with_the_new_one(former, now):
    assert now in NAMES
    with pytest.raises(InvalidParameter, match=f"is called {now} now") as caught:
        library.document(former)
    assert caught.value.allowed == (now,)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(InvalidParameter) as caught:
        library.document("miracle")
    assert set(caught.value.allowed) == NAMES
