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
from training.champion.promotion import House, by_gate

TODAY = date(2026, 11, 24)


@pytest.fixture
def house(tmp_path):
    upgrade(tmp_path / "headroom.db")
    made = House(tmp_path / "models", str(tmp_path / "headroom.db"), Scope.PUBLIC)
    version(made.models, "m-1", trials(bias=0.9), data_as_of="2026-11-01")
    return made


def decided(house, found, *, held_back=None):
    return by_gate(found, house=house, today=TODAY, limits=Limits(), held_back=held_back)


def named(house, name):
    return promotion.version_of(name, house)


def lines(house):
    return [(line.kind, line.candidate, line.model_version) for line in ledger.promotions(house.database_url)]


def test_the_first_version_is_promoted_with_what_it_missed_in_its_reason(house):
    found = decided(house, version(house.models, "m-0", trials(width=0.3), data_as_of="2026-11-01"))
    assert found.promoted
    assert "first version" in found.reason
    assert "coverage" in found.reason
    assert not ledger.promotions(house.database_url)[0].evidence["gate"]["passed"]


def test_what_passes_is_promoted_and_what_is_held_back_is_not(house):
    decided(house, named(house, "m-1"))
    better = version(house.models, "m-2", trials(), data_as_of="2026-11-20")
    kept = decided(house, better, held_back="trained without promotion")
    assert not kept.promoted
    assert kept.verdict.passed
    assert decided(house, better).promoted
    assert lines(house) == [
        (Decision.PROMOTE, "m-1", "m-1"), (Decision.KEEP, "m-2", "m-1"), (Decision.PROMOTE, "m-2", "m-2"),
    ]  # fmt: skip


def test_what_is_held_back_is_not_promoted_where_nothing_stands_either(house):
    first = decided(house, named(house, "m-1"), held_back="a version of a past day")
    assert not first.promoted
    assert first.reason.startswith("a version of a past day")
    assert lines(house) == []
    assert decided(house, version(house.models, "m-2", trials(), data_as_of="2026-11-20")).promoted


def test_the_reason_of_a_first_version_lists_what_failed_and_only_that(house):
    reason = decided(house, version(house.models, "m-0", trials(width=0.3), data_as_of="2026-11-01")).reason
    assert "; FAILED coverage, pseudo_vintage: 80 % bands hold" in reason
    assert "freshness" not in reason


def test_what_cannot_be_projected_is_not_promoted_and_gives_way_where_it_stands(house):
    decided(house, named(house, "m-1"))
    without = replace(house, obstacle=lambda found: "no driver" if found.version in {"m-1", "m-2"} else None)
    better = version(house.models, "m-2", trials(), data_as_of="2026-11-20")
    kept = decided(without, better)
    assert not kept.promoted
    assert kept.reason.startswith("m-1 stays champion; it cannot be projected: no driver")
    with pytest.raises(NotProjectable, match="no driver"):
        promotion.by_hand("m-2", house=without, actor="ann", reason="mine", today=TODAY, limits=Limits())
    worse = version(house.models, "m-3", trials(bias=1.2), data_as_of="2026-11-20")
    found = decided(without, worse)
    assert found.promoted
    assert found.reason.startswith("the champion m-1 cannot be projected: no driver; FAILED")
    assert lines(house)[-1] == (Decision.PROMOTE, "m-3", "m-3")


def test_a_champion_whose_files_training_made_again_is_recorded_as_it_is_now(house):
    decided(house, named(house, "m-1"))
    before = ledger.reign(house.database_url)
    folder = house.models / "m-1"
    rmtree(folder)
    again = version(house.models, "m-1", trials(bias=0.9), data_as_of="2026-11-02")
    assert decided(house, again).promoted
    after = ledger.reign(house.database_url)
    assert after.manifest_sha256 == again.sha256 != before.manifest_sha256
    assert after.turn == before.turn, "it is the same champion, and its edition the same"
    assert len(lines(house)) == 2
    assert decided(house, again).reason == "m-1 is the champion already"
    assert len(lines(house)) == 2


def test_a_champion_from_before_what_is_read_today_gives_way_to_any_that_has_it(house):
    decided(house, version(house.models, "m-0", trials(), data_as_of="2026-11-20"))
    worse = version(house.models, "m-2", trials(bias=0.9), data_as_of="2026-11-20")
    assert not decided(house, worse).promoted
    whole = version(house.models, "m-3", trials(bias=0.9), data_as_of="2026-11-20", shares={"proxies": []})
    found = decided(house, whole)
    assert found.promoted
    assert "the champion m-0 is from before open_models.json" in found.reason
    assert "accuracy" in found.reason
    assert not decided(house, version(house.models, "m-4", trials(bias=0.9), data_as_of="2026-11-20")).promoted


def test_a_champion_that_changes_while_the_gate_judges_is_judged_against(house, monkeypatch):
    decided(house, named(house, "m-1"))
    version(house.models, "m-2", trials(bias=0.1), data_as_of="2026-11-10")
    challenger = version(house.models, "m-3", trials(bias=0.7), data_as_of="2026-11-20")
    real = promotion.judge

    def meanwhile(*given, **more):
        if ledger.current(house.database_url) == "m-1":
            ledger.promote(house.database_url, version="m-2", actor="ann", evidence={}, reason="mine")
        return real(*given, **more)

    monkeypatch.setattr(promotion, "judge", meanwhile)
    found = decided(house, challenger)
    assert found.verdict.champion == "m-2"
    assert not found.promoted, "it is better than the champion it was first held against, and not than this one"
    assert lines(house)[-1] == (Decision.KEEP, "m-3", "m-2")


def test_a_champion_that_never_stands_still_is_a_conflict_in_the_end(house, monkeypatch):
    decided(house, named(house, "m-1"))
    challenger = version(house.models, "m-3", trials(), data_as_of="2026-11-20")
    real = promotion.judge

    def restless(*given, **more):
        other = {"m-1": "m-2", "m-2": "m-1"}[ledger.current(house.database_url)]
        version(house.models, other, trials(bias=0.9), data_as_of="2026-11-01")
        ledger.promote(house.database_url, version=other, actor="ann", evidence={}, reason="mine")
        return real(*given, **more)

    monkeypatch.setattr(promotion, "judge", restless)
    with pytest.raises(PromotionConflict):
        decided(house, challenger)
    assert "m-3" not in {candidate for _, candidate, _ in lines(house)}


def test_what_a_rollback_is_fetching_is_not_swept_by_a_process_that_starts(house):
    decided(house, named(house, "m-1"))
    decided(house, version(house.models, "m-2", trials(), data_as_of="2026-11-20"))
    folder = house.models / "m-1"
    registered = folder.rename(house.models.parent / "registered")

    def fetch(_version, target):
        copytree(registered, target, dirs_exist_ok=True)
        sweep(house.models, ".m-*")

    line = promotion.rollback(None, house=house, actor="ann", reason="back", fetch=fetch)
    assert (line.model_version, line.evidence["restored_from"]) == ("m-1", "registry")
    assert {path.name for path in house.models.iterdir()} == {"m-1", "m-2"}
