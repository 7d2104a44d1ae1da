"""Draws that the policy no longer keeps are removed; what is cited, latest or a successor stays, and answers all do."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from issued_editions import record_of
from model_shares import assumed

from data.base.edition_errors import DrawsRemoved
from data.base.errors import InvalidParameter
from data.base.layers import Layer
from data.base.quantiles import Quantile
from data.store.citations import Citation
from data.store.ledger import IssuedEdition
from data.store.recalls import Recall
from data.store.store import Store
from features.view import View
from projection.edition.edition import Edition
from projection.edition.files import of_draws, remove_draws
from projection.edition.remote import RemoteEditions
from projection.edition.retention import LATEST, Policy, retentions
from projection.leads.leads import lead
from projection.project import readings
from projection.sharing import hub

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHY = {"day": "2026-11-24", "reason": "older than 90 days"}


def issued(name, days, *, successor=None):
    """An edition issued so many days ago, recalled where another stands instead."""
    recall = None if successor is None else Recall(NOON, "wrong", "me", successor)
    moment = NOON - timedelta(days=days)
    return IssuedEdition(name, moment, moment.date(), "m-1", "0" * 64, name, recalled=recall)


def test_every_reason_to_keep_draws_is_given():
    records = [
        issued("plain", 400), issued("cited", 399), issued("month", 398), issued("wrong", 200, successor="right"),
        issued("right", 200), issued("other", 200), issued("young", 80), issued("before", 2), issued("last", 1),
    ]  # fmt: skip
    citations = [Citation("cited", NOON, "me", "a paper")]
    reasons = {
        item.record.id: item.reason
        for item in retentions(records, citations, today=TODAY, policy=Policy(90, monthly=True))
    }
    assert reasons == {
        "plain": None,
        "cited": "it is cited in a paper",
        "month": "it is the last of 2025-10",
        "wrong": None,
        "right": "it stands instead of wrong",
        "other": "it is the last of 2026-05",
        "young": "it was issued in the last 90 days",
        "before": "it is the latest, or the one before",
        "last": "it is the latest, or the one before",
    }


@given(ages=st.lists(st.integers(0, 1000), min_size=1, max_size=40), days=st.integers(1, 400), data=st.data())
def test_the_latest_the_cited_and_successors_always_keep_their_draws(ages, days, data):
    records = [issued(f"e-{place}", age) for place, age in enumerate(sorted(ages, reverse=True))]
    cited = data.draw(st.sets(st.sampled_from([record.id for record in records])))
    citations = [Citation(name, NOON, "me", "somewhere") for name in cited]
    policy = Policy(days, monthly=data.draw(st.booleans()))
    removable = {
        item.record.id for item in retentions(records, citations, today=TODAY, policy=policy) if not item.reason
    }
    assert not removable & {*cited, *(record.id for record in records[-LATEST:])}
    assert all((TODAY - record.issued.date()).days > days for record in records if record.id in removable)


@pytest.fixture(scope="module")
def published(build_edition, tmp_path_factory) -> Edition:
    view = View.of(Store.shipped(), as_of=date(2026, 11, 23))
    return build_edition(tmp_path_factory.mktemp("editions"), readings=readings(view, partial(assumed, 400)))


@pytest.fixture
def edition(published, tmp_path) -> Edition:
    folder = shutil.copytree(published.directory, tmp_path / "editions" / published.id)
    return Edition.load(folder)


def test_an_edition_without_draws_answers_at_the_levels_that_are_kept(edition, published):
    record = record_of(edition.directory)
    size = sum(path.stat().st_size for path in edition.directory.glob("draws/**/*.parquet"))
    assert remove_draws(edition.directory, list(edition.manifest["files"]), WHY, None) >= size
    after = Edition.load(edition.directory, record=record)
    assert after.draws_removed == TODAY
    assert after.manifest == published.manifest | {"issued": after.manifest["issued"]}
    for layer in (Layer.POWER, Layer.ENERGY):
        cell = published.cell("US", layer)
        assert after.answer(after.cell("US", layer), above=(0.0,)) == published.answer(cell, above=(0.0,))
        assert after.first_likely_short(cell) == published.first_likely_short(cell)
    with pytest.raises(InvalidParameter, match=r"0\.33 is not kept of base"):
        after.answer(after.cell("US", Layer.POWER), levels=[Quantile(0.33)])


def test_a_hub_is_the_same_with_and_without_draws_and_what_takes_them_says_so(edition, published, tmp_path):
    from_bands = hub.export(published, tmp_path / "kept").read_bytes()
    files = {name: digest for name, digest in published.manifest["files"].items() if not name.startswith("bands/")}
    from_draws = hub.export(replace(published, manifest={**published.manifest, "files": files}), tmp_path / "draws")
    assert from_draws.read_bytes() == from_bands
    remove_draws(edition.directory, list(edition.manifest["files"]), WHY, None)
    after = Edition.load(edition.directory)
    assert hub.export(after, tmp_path / "removed").read_bytes() == from_bands
    view = View.of(Store.shipped(), as_of=date(2026, 11, 23))
    with pytest.raises(DrawsRemoved, match=r"removed on 2026-11-24, and this is read off draws \(ask an edition"):
        lead(after, view, "installed_h100e", region="US", against="CN")


class Killed:
    """Removes files until so many draws are gone; then the process dies."""

    def __init__(self, many):
        self.many = many
        self.unlink = Path.unlink

    def __call__(self, path, *, missing_ok=False):
        if path.suffix == ".parquet":
            if self.many == 0:
                raise KeyboardInterrupt
            self.many -= 1
        self.unlink(path, missing_ok=missing_ok)


def test_a_removal_killed_at_any_file_leaves_an_edition_that_answers(edition, published, monkeypatch):
    names = list(edition.manifest["files"])
    for many in range(0, sum(map(of_draws, names)), 7):
        folder = shutil.copytree(published.directory, edition.directory.parent / f"killed-{many}" / published.id)
        killed = Killed(many)
        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", lambda path, *, killed=killed, **options: killed(path, **options))
            with pytest.raises(KeyboardInterrupt):
                remove_draws(folder, names, WHY, None)
        after = Edition.load(folder)
        assert after.answer(after.cell("US", Layer.POWER)) == published.answer(published.cell("US", Layer.POWER))
        remove_draws(folder, names, WHY, None)
        assert not [name for name in names if of_draws(name) and (folder / name).exists()]


def test_draws_are_removed_from_the_storage_too(edition, tmp_path):
    remote = RemoteEditions(f"file://{tmp_path / 'storage'}", 2**30)
    remote.publish(edition)
    remove_draws(edition.directory, list(edition.manifest["files"]), WHY, remote)
    elsewhere = Edition.load(tmp_path / "elsewhere" / edition.id, remote=remote)
    assert elsewhere.draws_removed == TODAY
    assert elsewhere.answer(elsewhere.cell("US", Layer.POWER))
    assert not list((tmp_path / "storage").glob("*/draws/**/*.parquet"))
