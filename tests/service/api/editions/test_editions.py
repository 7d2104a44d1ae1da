"""Editions as resources: what changed since another, how each is cited, its files, and the feed."""

import hashlib
import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from following_client import FollowingClient
from issued_editions import record_of

from data.store.recalls import Recall
from service.access.rules import AccessRules
from service.api.editions.changes import ChangesAnswer
from service.api.editions.editions import CitationItem
from service.api.editions.feed import NAMESPACE
from service.app import create_app
from service.editions import DirectoryEditions

FIRST, SECOND = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"
ATOM = {"atom": NAMESPACE}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, editions, edition_writer):
    directory = tmp_path_factory.mktemp("issued") / "editions"
    shutil.copytree(editions, directory)
    edition_writer(directory, edition_id=SECOND, days=1, shift=1.5)
    return directory


@pytest.fixture
def ledger(folder):
    return {name: record_of(folder / name) for name in (FIRST, SECOND)}


@pytest.fixture
def serve(make_context, folder, ledger):
    def start(**access):
        holder = DirectoryEditions(folder, records=lambda: tuple(ledger.values()))
        inputs = replace(make_context(folder), editions=holder, access=AccessRules(**access))
        return FollowingClient(create_app(inputs), raise_server_exceptions=False)

    return start


@pytest.fixture
def client(serve):
    return serve()


def recall(ledger, name, *, successor=None):
    moment = ledger[name].issued + timedelta(hours=3)
    ledger[name] = replace(ledger[name], recalled=Recall(moment, "chips were counted twice.", "ann", successor))
    return moment


def test_changes_give_both_values_of_every_cell_as_the_editions_answer(client):
    answer = client.get(f"/v1/editions/{SECOND}/changes?since={FIRST}")
    assert answer.status_code == 200
    changes = ChangesAnswer.model_validate(answer.json())
    assert (changes.edition, changes.since) == (SECOND, FIRST)
    (power,) = [cell for cell in changes.cells if (cell.region, cell.layer) == ("US", "power")]
    gaps = {
        name: client.get(f"/v1/gaps?region=US&layer=power&edition={name}").json()["points"] for name in (FIRST, SECOND)
    }
    for before, after, point in zip(gaps[FIRST], gaps[SECOND], power.points, strict=True):
        assert point.period.isoformat() == before["period"] == after["period"]
        assert (point.gap.before, point.gap.after) == (before["gap"]["0.5"], after["gap"]["0.5"])
        assert (point.p_short.before, point.p_short.after) == (before["p_short"], after["p_short"])
        assert (point.demand.before, point.demand.after) == (before["demand"]["0.5"], after["demand"]["0.5"])


def test_changes_of_what_is_not_there_are_refused(client):
    assert client.get(f"/v1/editions/e-0/changes?since={FIRST}").status_code == 404
    for query in ("", "?since=e-0"):
        (error,) = client.get(f"/v1/editions/{SECOND}/changes{query}").json()["errors"]
        assert error["parameter"] == "since"


def test_an_edition_is_cited_in_three_forms_and_says_when_it_was_recalled(client, ledger):
    cited = CitationItem.model_validate(client.get(f"/v1/editions/{FIRST}/cite").json())
    assert client.get(f"/v1/editions/{FIRST}").json()["cite"] == cited.model_dump()
    assert all(ledger[FIRST].manifest_sha256 in form for form in (cited.text, cited.bibtex, cited.cff))
    recall(ledger, FIRST, successor=SECOND)
    again = client.get(f"/v1/editions/{FIRST}/cite").json()
    assert all(f"{SECOND} stands instead" in again[form] for form in ("text", "bibtex", "cff"))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/gaps?region=us&layer=power&from=2027Q2&to=2029&quantiles=0.9,0.1&above=5",
        "/v1/headlines?region=WORLD&layer=energy&period=2029",
        f"/v1/gaps?region=US&layer=compute&basis=16bit&edition={FIRST}",
        "/v1/gaps?region=US&layer=power&issued_before=2026-11-25T08:00:00Z",
    ],
)
def test_a_permalink_leads_to_the_same_answer_for_good(client, path):
    answer = client.get(path).json()
    assert f"edition={answer['edition']}" in answer["cite"]["permalink"]
    again = client.get(answer["cite"]["permalink"]).json()
    assert again == answer
    assert answer["edition"] in answer["cite"]["text"]


def test_a_permalink_begins_with_the_public_address(serve):
    client = serve(public_url="https://example.org/headroom")
    answer = client.get("/v1/gaps?region=US&layer=power").json()
    assert answer["cite"]["permalink"].startswith("https://example.org/headroom/v1/gaps?")
    manifest = client.get(f"/v1/editions/{FIRST}").json()
    assert manifest["cite"]["permalink"] == f"https://example.org/headroom/v1/editions/{FIRST}"


@pytest.mark.parametrize("name", ["cells.json", "draws/base/US.power.wanted.parquet"])
def test_a_file_of_an_edition_is_its_bytes_and_may_be_kept_for_ever(client, folder, name):
    answer = client.get(f"/v1/editions/{FIRST}/files/{name}")
    assert answer.content == (folder / FIRST / name).read_bytes()
    manifest = client.get(f"/v1/editions/{FIRST}").json()
    assert hashlib.sha256(answer.content).hexdigest() == manifest["files"][name]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    unchanged = {"If-None-Match": answer.headers["etag"]}
    assert client.get(f"/v1/editions/{FIRST}/files/{name}", headers=unchanged).status_code == 304


@pytest.mark.parametrize("name", ["manifest.json", "../cells.json", "%2e%2e/%2e%2e/headroom.db", "draws", "nothing"])
def test_nothing_else_is_a_file_of_an_edition(client, name):
    assert client.get(f"/v1/editions/{FIRST}/files/{name}").status_code == 404


def feed(client):
    answer = client.get("/v1/editions.atom")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return ET.fromstring(answer.content)  # noqa: S314 - our own


def check(root):
    """Whether a feed has what RFC 4287 asks for (4.1.1, 4.1.2, 4.2.6, 4.2.7.2, 4.2.15)."""
    assert root.tag == f"{{{NAMESPACE}}}feed"
    assert root.find("atom:author/atom:name", ATOM).text
    assert len(root.findall("atom:link[@rel='self']", ATOM)) == 1
    ids = []
    for part in [root, *root.findall("atom:entry", ATOM)]:
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"atom:{name}", ATOM)) == 1
        kind, space, name = part.find("atom:id", ATOM).text.split(":")
        assert (kind, space) == ("urn", "uuid")
        ids.append(uuid.UUID(name))
        assert datetime.fromisoformat(part.find("atom:updated", ATOM).text).tzinfo
    assert len(set(ids)) == len(ids)
    for entry in root.findall("atom:entry", ATOM):
        assert entry.find("atom:link[@rel='alternate']", ATOM).get("href")
        assert entry.find("atom:summary", ATOM).text


def test_the_feed_tells_what_was_published_and_recalled_the_last_first(client, ledger):
    root = feed(client)
    check(root)
    before = [entry.find("atom:id", ATOM).text for entry in root.findall("atom:entry", ATOM)]
    moment = recall(ledger, FIRST, successor=SECOND)
    root = feed(client)
    check(root)
    entries = root.findall("atom:entry", ATOM)
    events = [
        (entry.find("atom:category", ATOM).get("term"), entry.find("atom:link", ATOM).get("href")) for entry in entries
    ]
    assert events == [
        ("published", f"editions/{SECOND}"),
        ("recalled", f"editions/{FIRST}"),
        ("published", f"editions/{FIRST}"),
    ]
    assert entries[1].find("atom:summary", ATOM).text == f"chips were counted twice. Use {SECOND} instead."
    assert entries[1].find("atom:updated", ATOM).text == moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [entries[0].find("atom:id", ATOM).text, entries[2].find("atom:id", ATOM).text] == before
    for href in {entry.find("atom:link", ATOM).get("href") for entry in entries}:
        assert client.get(client.get("/v1/editions.atom").url.join(href).path).status_code == 200


def test_a_feed_without_editions_is_a_feed(make_context, tmp_path):
    check(feed(FollowingClient(create_app(make_context(tmp_path)))))
