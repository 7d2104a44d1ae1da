"""Which edition is served when some are missing, broken or new."""

import os
import resource
import shutil
import time
from contextlib import contextmanager

import pytest
import structlog
from following_client import FollowingClient
from issued_editions import Recorded
from starlette.testclient import TestClient

from projection.edition.issued import newest
from service.api.operation.health import CHECK_SECONDS
from service.app import create_app
from service.editions import DirectoryEditions

US_POWER = "/v1/gaps?region=US&layer=power"
GOOD, LATER = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"


@pytest.fixture
def folder(tmp_path, editions):
    directory = tmp_path / "editions"
    shutil.copytree(editions, directory)
    return directory


@pytest.fixture
def later(tmp_path_factory, edition_writer):
    """A newer, different edition, ready to be moved into place."""
    directory = tmp_path_factory.mktemp("later")
    edition_writer(directory, edition_id=LATER, days=1, shift=1.5)
    return directory / LATER


def spoil(edition):
    (edition / "cells.json").write_text("{}")


def serve(make_context, folder):
    return FollowingClient(create_app(make_context(folder)), raise_server_exceptions=False)


def test_without_an_edition_the_process_lives_and_says_why_it_is_not_ready(make_context, tmp_path):
    client = serve(make_context, tmp_path / "none")
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["content-type"] == "application/problem+json"
    assert ready.json()["code"] == "edition_missing"
    assert "none has been projected" in ready.json()["detail"]
    assert client.get(US_POWER).status_code == 503
    assert client.get("/v1/series?limit=1").status_code == 200
    assert client.get("/v1/forecasts/derived.world.hyperscaler_capex").json()["edition"] is None
    assert client.get("/").status_code == 503


def test_a_corrupt_edition_alone_is_not_served_and_is_named(make_context, folder):
    spoil(folder / GOOD)
    client = serve(make_context, folder)
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "differs from the hash in its manifest" in ready.json()["detail"]
    assert client.get(US_POWER).json()["code"] == "edition_missing"


def test_a_first_edition_is_picked_up_without_a_restart(make_context, tmp_path, editions):
    client = serve(make_context, tmp_path / "editions")
    assert client.get("/readyz").status_code == 503
    shutil.copytree(editions, tmp_path / "editions")
    assert client.get("/readyz").status_code == 200
    assert client.get(US_POWER).json()["edition"] == GOOD


def test_a_newer_edition_replaces_cached_answers(make_context, folder, later):
    client = serve(make_context, folder)
    old = client.get(US_POWER)
    assert client.get(US_POWER).json()["edition"] == GOOD
    shutil.move(later, folder / LATER)
    new = client.get(US_POWER, headers={"If-None-Match": old.headers["etag"]})
    assert new.status_code == 200
    assert new.json()["edition"] == LATER
    assert new.json()["points"][0]["demand"] != old.json()["points"][0]["demand"]


def test_a_broken_newer_edition_does_not_displace_the_good_one_and_is_named(make_context, folder, later):
    client = serve(make_context, folder)
    spoil(later)
    shutil.move(later, folder / LATER)
    assert client.get(US_POWER).json()["edition"] == GOOD
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["edition"] == GOOD
    assert any(LATER in sentence for sentence in ready.json()["skipped"])


def test_a_manifest_of_nonsense_does_not_stop_the_service(make_context, folder):
    (folder / "e-zzz").mkdir()
    (folder / "e-zzz" / "manifest.json").write_text('{"format": 1, "files": {"a": "b"}}')
    client = serve(make_context, folder)
    assert client.get(US_POWER).json()["edition"] == GOOD


def test_losing_the_folder_is_not_ready(make_context, folder):
    client = TestClient(create_app(make_context(folder)), raise_server_exceptions=False)
    assert client.get("/readyz").status_code == 200
    shutil.rmtree(folder)
    time.sleep(CHECK_SECONDS)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "edition_missing")
    assert GOOD in ready.json()["detail"]
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("loss", ["", "draws", "bands"])
def test_the_edition_before_is_served_when_the_served_one_is_lost(make_context, folder, later, loss):
    shutil.move(later, folder / LATER)
    client = serve(make_context, folder)
    assert client.get("/readyz").json()["edition"] == LATER
    shutil.rmtree(folder / LATER / loss)
    time.sleep(CHECK_SECONDS)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["edition"]) == (200, GOOD)
    assert ready.json()["withheld"][0]["edition"] == LATER
    assert client.get(US_POWER).json()["edition"] == GOOD


@pytest.mark.parametrize("name", ["draws", "draws/base/US.power.wanted.parquet", "cells.json"])
def test_an_edition_whose_files_are_put_back_is_served_again(make_context, folder, tmp_path, name):
    client = serve(make_context, folder)
    shutil.move(folder / GOOD / name, tmp_path / "aside")
    time.sleep(CHECK_SECONDS)
    client.get("/readyz")
    client.get("/v1/gaps?region=US&layer=power&above=33.25")
    shutil.move(tmp_path / "aside", folder / GOOD / name)
    time.sleep(CHECK_SECONDS)
    assert client.get("/readyz").status_code == 200
    assert client.get(US_POWER).json()["edition"] == GOOD


def test_a_ledger_that_was_not_empty_and_is_takes_nothing_away(folder):
    entries = list(Recorded(folder)())
    holder = DirectoryEditions(folder, records=lambda: tuple(entries))
    entries.clear()
    (folder / "touched").mkdir()
    holder.refresh()
    assert holder.edition is not None
    assert "its database is gone" in (holder.reason or "")


def test_a_change_of_readiness_is_logged_once_however_often_it_is_probed(make_context, folder):
    client = TestClient(create_app(make_context(folder)), raise_server_exceptions=False)
    shutil.rmtree(folder)
    with structlog.testing.capture_logs() as lines:
        assert {client.get("/readyz").status_code for _ in range(20)} == {503}
    assert [line["event"] for line in lines].count("readiness_changed") == 1
    assert len(lines) == 3, "the edition, that none is left, and that it is not ready"


def test_being_short_of_file_handles_takes_no_edition_out_of_service(make_context, folder):
    with TestClient(create_app(make_context(folder)), raise_server_exceptions=False) as client:
        with short_of_handles():
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").json()["edition"] == GOOD


@contextmanager
def short_of_handles():
    """No further file can be opened by this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptor = os.dup(0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(descriptor)


def test_draws_that_vanish_are_a_503_and_not_a_crash(make_context, folder):
    client = serve(make_context, folder)
    (folder / GOOD / "draws" / "base" / "US.power.wanted.parquet").unlink()
    response = client.get(US_POWER)
    assert response.status_code == 503
    assert response.json()["code"] == "artifact_corrupt"


def test_an_older_edition_never_displaces_a_newer_one(folder, later):
    shutil.move(later, folder / LATER)
    holder = DirectoryEditions(folder, records=Recorded(folder))
    spoil(folder / LATER)
    (folder / "touched").mkdir()
    holder.refresh()
    assert holder.edition is not None
    assert holder.edition.id == LATER


def test_the_folder_is_read_again_only_after_a_change(folder):
    calls = []

    def counting(directory, records, *, corrupt):
        calls.append(directory)
        return newest(directory, records, corrupt=corrupt)

    holder = DirectoryEditions(folder, records=Recorded(folder), newest=counting)
    holder.refresh()
    assert len(calls) == 1
    (folder / "new").mkdir()
    holder.refresh()
    assert len(calls) == 2


def test_a_loader_that_breaks_leaves_the_good_edition_in_place(folder):
    broken = []

    def loader(directory, records, *, corrupt):
        if broken:
            raise KeyError("scenarios")
        return newest(directory, records, corrupt=corrupt)

    holder = DirectoryEditions(folder, records=Recorded(folder), newest=loader)
    broken.append(True)
    (folder / "new").mkdir()
    holder.refresh()
    assert holder.edition is not None
    assert holder.edition.id == GOOD
    assert "KeyError" in holder.reason
