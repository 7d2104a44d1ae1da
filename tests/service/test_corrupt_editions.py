"""Bytes that change on disk while an edition is served: no answer is computed from them, the edition before speaks."""

import json
import os
import shutil
import time

import loopback
import numpy as np
import polars as pl
import pytest
from starlette.testclient import TestClient

from projection.edition.files import file_sha256
from service.app import create_app

OLDER, NEWER = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"
CELLS = [("US", "power"), ("US", "compute"), ("US", "energy"), ("CN", "energy"), ("WORLD", "storage"), ("EU", "power")]
QUESTIONS = [
    f"/v1/gaps?region={region}&layer={layer}&scenario={scenario}&freq={freq}"
    for region, layer in CELLS
    for scenario in ("base", "btm_slips")
    for freq in "AQ"
] + [
    "/v1/headlines?region=US&layer=power&period=2028",
    "/v1/comparisons?region=US&layer=power",
    "/v1/open-models?region=CN",
    "/v1/funnel?region=US",
]


@pytest.fixture(scope="module")
def both(tmp_path_factory, editions, edition_writer):
    """An edition and a later one with other numbers."""
    directory = tmp_path_factory.mktemp("both")
    shutil.copytree(editions, directory, dirs_exist_ok=True)
    edition_writer(directory, edition_id=NEWER, days=1, shift=1.5)
    return directory


@pytest.fixture
def folder(tmp_path, both):
    return shutil.copytree(both, tmp_path / "editions")


@pytest.fixture(scope="module")
def right(make_context, editions, both):
    """What each edition answers, by its id and the question."""
    answers = {}
    for edition, directory in ((OLDER, editions), (NEWER, both)):
        with TestClient(create_app(make_context(directory))) as client:
            answers[edition] = {question: numbers(client.get(question).json()) for question in QUESTIONS}
    return answers


def flip(path, rng, count=8):
    """Change bytes in place, as a failing disk does: neither the size nor the time of change tells."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    for place in rng.choice(len(content), count):
        content[place] ^= 1 << rng.integers(8)
    with path.open("r+b") as handle:
        handle.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def numbers(answer):
    """What an answer says beside what names its edition."""
    return {key: value for key, value in answer.items() if key not in {"edition", "issued", "withheld"}}


def ask(server, question):
    answer = loopback.get(server.url + question, timeout=600)
    assert answer.status_code in {200, 503}, answer.text
    return answer.json() if answer.status_code == 200 else None


@pytest.mark.slow
def test_flipped_bytes_never_become_an_answer_and_the_edition_before_is_served(serve_live, folder, right):
    rng = np.random.default_rng(1)
    with serve_live(folder) as server:
        assert ask(server, "/readyz")["edition"] == NEWER
        for path in rng.permutation(sorted((folder / NEWER).rglob("*.parquet")))[:60]:
            flip(path, rng)
        refused = 0
        for question in rng.permutation(QUESTIONS):
            answer = ask(server, question)
            refused += answer is None
            if answer is not None:
                assert numbers(answer) == right[answer["edition"]][question]
        assert refused == 1, "the question that met the fault; it is answered when it is asked again"
        ready = ask(server, "/readyz")
        assert ready["edition"] == OLDER
        (withheld,) = ready["withheld"]
        assert withheld["edition"] == NEWER
        assert "differs from the hash in its manifest" in withheld["reason"]
        for question in QUESTIONS[::4]:
            answer = ask(server, question)
            assert numbers(answer) == right[OLDER][question]
            assert answer["withheld"] == [withheld]
        assert ask(server, "/v1/editions/latest")["withheld"] == [withheld]
        assert json.loads((folder / NEWER / "manifest.json").read_text())["id"] == NEWER


@pytest.mark.slow
def test_an_edition_published_again_is_served_again(serve_live, folder, edition_writer):
    with serve_live(folder) as server:
        broken = folder / NEWER / "draws" / "base" / "US.power.wanted.parquet"
        flip(broken, np.random.default_rng(1))
        assert ask(server, QUESTIONS[0]) is None
        assert ask(server, QUESTIONS[0])["edition"] == OLDER
        edition_writer(folder, edition_id=NEWER, days=1, shift=1.5)
        for _ in range(100):
            answer = ask(server, QUESTIONS[0])
            if answer["edition"] == NEWER:
                break
            time.sleep(0.1)
        assert (answer["edition"], answer["withheld"]) == (NEWER, [])


def test_without_an_edition_before_the_service_says_that_it_is_not_ready(serve_live, editions, tmp_path):
    directory = tmp_path / "editions"
    shutil.copytree(editions, directory)
    with serve_live(directory) as server:
        flip(directory / OLDER / "draws" / "base" / "US.power.wanted.parquet", np.random.default_rng(1))
        assert ask(server, QUESTIONS[0]) is None
        ready = loopback.get(f"{server.url}/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "edition_missing")
        assert "US.power.wanted.parquet differs" in ready.json()["detail"]


def test_draws_and_manifest_rewritten_alike_are_not_served(serve_live, folder):
    with serve_live(folder) as server:
        rewrite(folder / NEWER)
        assert ask(server, QUESTIONS[0]) is None
        assert ask(server, QUESTIONS[0])["edition"] == OLDER
        assert "differs from the hash in" in ask(server, "/readyz")["withheld"][0]["reason"]


def rewrite(edition):
    """Double a demand and write its hash into the manifest."""
    path = edition / "draws" / "base" / "US.power.wanted.parquet"
    (pl.read_parquet(path) * 2).write_parquet(path)
    manifest = json.loads((edition / "manifest.json").read_text())
    manifest["files"]["draws/base/US.power.wanted.parquet"] = file_sha256(path)
    (edition / "manifest.json").write_text(json.dumps(manifest))
