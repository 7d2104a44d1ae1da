"""Decisions of the gate in a house where others decide too."""

from dataclasses import replace
from datetime import date
from shutil import copytree, rmtree

import pytest
from versions import trials, version

from data.base.artifacts import sweep
from data.base.errors import NotProjectable, PromotionConflict
from data.base.scopes import Scope
from data.store.database import upgrade
from data.store.ledger import Decision
from training.champion import ledger, promotion
from training.champion.gate import Limits
from training.champion.promotion import ModelStore, by_gate

TODAY = date(2026, 11, 24)


@pytest.fixture
def model_store(tmp_path):
    upgrade(tmp_path / "headroom.db")
    store = ModelStore(tmp_path / "models", str(tmp_path / "headroom.db"), Scope.PUBLIC)
    version(store.models, "m-1", trials(bias=0.9), data_as_of="2026-11-01")
    return store


def decided(model_store, challenger, *, held_back=None):
    return by_gate(challenger, model_store=model_store, today=TODAY, limits=Limits(), held_back=held_back)


def version_named(model_store, name):
    return promotion.version_of(name, model_store)


def lines(model_store):
    return [(line.kind, line.candidate, line.model_version) for line in ledger.promotions(model_store.database_url)]


def test_the_first_version_is_promoted_with_what_it_missed_in_its_reason(model_store):
    decision = decided(model_store, version(model_store.models, "m-0", trials(width=0.3), data_as_of="2026-11-01"))
    assert decision.promoted
    assert "first version" in decision.reason
    assert "coverage" in decision.reason
    assert not ledger.promotions(model_store.database_url)[0].evidence["gate"]["passed"]


def test_what_passes_is_promoted_and_what_is_held_back_is_not(model_store):
    decided(model_store, version_named(model_store, "m-1"))
    better = version(model_store.models, "m-2", trials(), data_as_of="2026-11-20")
    decision = decided(model_store, better, held_back="trained without promotion")
    assert not decision.promoted
    assert decision.verdict.passed
    assert decided(model_store, better).promoted
    assert lines(model_store) == [
        (Decision.PROMOTE, "m-1", "m-1"), (Decision.KEEP, "m-2", "m-1"), (Decision.PROMOTE, "m-2", "m-2"),
    ]  # fmt: skip


def test_what_is_held_back_is_not_promoted_where_nothing_stands_either(model_store):
    first = decided(model_store, version_named(model_store, "m-1"), held_back="a version of a past day")
    assert not first.promoted
    assert first.reason.startswith("a version of a past day")
    assert lines(model_store) == []
    assert decided(model_store, version(model_store.models, "m-2", trials(), data_as_of="2026-11-20")).promoted


def test_the_reason_of_a_first_version_lists_what_failed_and_only_that(model_store):
    reason = decided(model_store, version(model_store.models, "m-0", trials(width=0.3), data_as_of="2026-11-01")).reason
    assert "; FAILED coverage, pseudo_vintage: 80 % bands hold" in reason
    assert "freshness" not in reason


def test_what_cannot_be_projected_is_not_promoted_and_gives_way_where_it_stands(model_store):
    decided(model_store, version_named(model_store, "m-1"))
    without = replace(
        model_store, obstacle=lambda champion: "no driver" if champion.version in {"m-1", "m-2"} else None
    )
    better = version(model_store.models, "m-2", trials(), data_as_of="2026-11-20")
    decision = decided(without, better)
    assert not decision.promoted
    assert decision.reason.startswith("m-1 stays champion; it cannot be projected: no driver")
    with pytest.raises(NotProjectable, match="no driver"):
        promotion.by_hand("m-2", model_store=without, actor="ann", reason="mine", today=TODAY, limits=Limits())
    worse = version(model_store.models, "m-3", trials(bias=1.2), data_as_of="2026-11-20")
    decision = decided(without, worse)
    assert decision.promoted
    assert decision.reason.startswith("the champion m-1 cannot be projected: no driver; FAILED")
    assert lines(model_store)[-1] == (Decision.PROMOTE, "m-3", "m-3")


def test_a_champion_whose_files_training_made_again_is_recorded_as_it_is_now(model_store):
    decided(model_store, version_named(model_store, "m-1"))
    before = ledger.champion_status(model_store.database_url)
    folder = model_store.models / "m-1"
    rmtree(folder)
    again = version(model_store.models, "m-1", trials(bias=0.9), data_as_of="2026-11-02")
    assert decided(model_store, again).promoted
    after = ledger.champion_status(model_store.database_url)
    assert after.manifest_sha256 == again.sha256 != before.manifest_sha256
    assert after.turn == before.turn, "it is the same champion, and its edition the same"
    assert len(lines(model_store)) == 2
    assert decided(model_store, again).reason == "m-1 is the champion already"
    assert len(lines(model_store)) == 2


def test_a_champion_from_before_what_is_read_today_gives_way_to_any_that_has_it(model_store):
    decided(model_store, version(model_store.models, "m-0", trials(), data_as_of="2026-11-20"))
    worse = version(model_store.models, "m-2", trials(bias=0.9), data_as_of="2026-11-20")
    assert not decided(model_store, worse).promoted
    whole = version(model_store.models, "m-3", trials(bias=0.9), data_as_of="2026-11-20", shares={"proxies": []})
    decision = decided(model_store, whole)
    assert decision.promoted
    assert "the champion m-0 is from before open_models.json" in decision.reason
    assert "accuracy" in decision.reason
    assert not decided(
        model_store, version(model_store.models, "m-4", trials(bias=0.9), data_as_of="2026-11-20")
    ).promoted


def test_a_champion_that_changes_while_the_gate_judges_is_judged_against(model_store, monkeypatch):
    decided(model_store, version_named(model_store, "m-1"))
    version(model_store.models, "m-2", trials(bias=0.1), data_as_of="2026-11-10")
    challenger = version(model_store.models, "m-3", trials(bias=0.7), data_as_of="2026-11-20")
    real = promotion.judge

    def meanwhile(*arguments, **more):
        if ledger.current(model_store.database_url) == "m-1":
            ledger.promote(model_store.database_url, version="m-2", actor="ann", evidence={}, reason="mine")
        return real(*arguments, **more)

    monkeypatch.setattr(promotion, "judge", meanwhile)
    decision = decided(model_store, challenger)
    assert decision.verdict.champion == "m-2"
    assert not decision.promoted, "it is better than the champion it was first held against, and not than this one"
    assert lines(model_store)[-1] == (Decision.KEEP, "m-3", "m-2")


def test_a_champion_that_never_stands_still_is_a_conflict_in_the_end(model_store, monkeypatch):
    decided(model_store, version_named(model_store, "m-1"))
    challenger = version(model_store.models, "m-3", trials(), data_as_of="2026-11-20")
    real = promotion.judge

    def restless(*arguments, **more):
        other = {"m-1": "m-2", "m-2": "m-1"}[ledger.current(model_store.database_url)]
        version(model_store.models, other, trials(bias=0.9), data_as_of="2026-11-01")
        ledger.promote(model_store.database_url, version=other, actor="ann", evidence={}, reason="mine")
        return real(*arguments, **more)

    monkeypatch.setattr(promotion, "judge", restless)
    with pytest.raises(PromotionConflict):
        decided(model_store, challenger)
    assert "m-3" not in {candidate for _, candidate, _ in lines(model_store)}


def test_what_a_rollback_is_fetching_is_not_swept_by_a_process_that_starts(model_store):
    decided(model_store, version_named(model_store, "m-1"))
    decided(model_store, version(model_store.models, "m-2", trials(), data_as_of="2026-11-20"))
    folder = model_store.models / "m-1"
    registered = folder.rename(model_store.models.parent / "registered")

    def fetch(_version, target):
        copytree(registered, target, dirs_exist_ok=True)
        sweep(model_store.models, ".m-*")

    line = promotion.rollback(None, model_store=model_store, actor="ann", reason="back", fetch=fetch)
    assert (line.model_version, line.evidence["restored_from"]) == ("m-1", "registry")
    assert {path.name for path in model_store.models.iterdir()} == {"m-1", "m-2"}
