"""The forecast as issued: an edition asked for by name or by day, recalled or not, beside the one that is served."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event

import pytest
from following_client import FollowingClient
from issued_editions import Ledger, record_of
from queries import MODELS

from data.base.errors import InvalidParameter, NotFound
from service.app import create_app
from service.base.query import EditionQuery
from service.editions import DirectoryEditions
from service.named_editions import NamedEditions

US_POWER = "/v1/gaps?region=US&layer=power"
FIRST, SECOND, THIRD = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb", "e-20261124-cccccccccc"
FROM_AN_EDITION = [path for path, model in MODELS.items() if issubclass(model, EditionQuery)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory, editions, edition_writer):
    directory = tmp_path_factory.mktemp("issued") / "editions"
    shutil.copytree(editions, directory)
    for place, name in enumerate((SECOND, THIRD), start=1):
        edition_writer(directory, edition_id=name, days=place, shift=1 + place / 2)
    return directory


@pytest.fixture
def ledger(folder):
    return Ledger((name, record_of(folder / name)) for name in (FIRST, SECOND, THIRD))


@pytest.fixture
def client(make_context, folder, ledger):
    holder = DirectoryEditions(folder, records=lambda: tuple(ledger.values()))
    return FollowingClient(create_app(replace(make_context(folder), editions=holder)), raise_server_exceptions=False)


def stamp(moment):
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("path", FROM_AN_EDITION)
def test_every_answer_can_be_had_from_an_edition_that_is_named(client, path):
    usual = client.get(path)
    named = client.get(f"{path}&edition={THIRD}")
    assert usual.status_code == named.status_code == 200
    assert usual.json() == named.json()
    assert usual.headers["cache-control"] == "public, no-cache"
    assert named.headers["cache-control"] == "public, max-age=60"
    earlier = client.get(f"{path}&edition={FIRST}")
    assert earlier.headers["etag"].startswith(f'"{FIRST}-')
    assert client.get(f"{path}&edition={FIRST}", headers={"If-None-Match": earlier.headers["etag"]}).status_code == 304


def test_the_forecast_is_had_exactly_as_issued(client, make_context, tmp_path, folder):
    shutil.copytree(folder / FIRST, tmp_path / FIRST)
    then = FollowingClient(create_app(make_context(tmp_path)))
    assert client.get(US_POWER).json()["edition"] == THIRD
    assert client.get(f"{US_POWER}&edition={FIRST}").json() == then.get(US_POWER).json()


def test_a_moment_answers_from_the_edition_that_was_served_right_before_it(client, ledger):
    def edition_at(moment):
        answer = client.get(f"{US_POWER}&issued_before={stamp(moment)}")
        return answer.json().get("edition") or answer.json()["errors"][0]["message"]

    first, second, third = (ledger[name].issued for name in (FIRST, SECOND, THIRD))
    assert edition_at(third + timedelta(seconds=1)) == THIRD
    assert edition_at(third) == SECOND
    assert edition_at(second + timedelta(microseconds=1)) == SECOND
    assert edition_at(second) == FIRST
    assert "no edition stood before" in edition_at(first)
    assert "the first was issued at" in edition_at(first)
    assert client.get(f"{US_POWER}&issued_before={third.date() + timedelta(days=1)}").json()["edition"] == THIRD


def test_a_moment_answers_from_what_stood_then_whatever_was_recalled_since(client, ledger):
    moment = ledger[THIRD].issued
    ledger.recall(SECOND, at=moment + timedelta(hours=1))
    answer = client.get(f"{US_POWER}&issued_before={stamp(moment)}").json()
    assert (answer["edition"], answer["recalled"]["reason"]) == (SECOND, "chips were counted twice")
    ledger.recall(SECOND, at=moment - timedelta(hours=1))
    assert client.get(f"{US_POWER}&issued_before={stamp(moment)}").json()["edition"] == FIRST


@pytest.mark.parametrize("path", FROM_AN_EDITION)
def test_every_answer_from_a_recalled_edition_says_so(client, ledger, path):
    before = client.get(f"{path}&edition={FIRST}")
    assert "edition-recalled" not in before.headers
    recall = ledger.recall(FIRST, successor=SECOND)
    after = client.get(f"{path}&edition={FIRST}", headers={"If-None-Match": before.headers["etag"]})
    assert after.headers["edition-recalled"] == stamp(recall.at.replace(microsecond=0))
    assert after.links["successor-version"]["url"].endswith(f"editions/{SECOND}")
    assert after.url.join(after.links["successor-version"]["url"]).path == f"/v1/editions/{SECOND}"
    body = before.json()
    if "items" in body and "edition" not in body:
        return  # A list of names has no field of its own for it.
    answer = after.json()
    recalled = answer["usermeta"]["recalled"] if "usermeta" in answer else answer["recalled"]
    assert (recalled["reason"], recalled["successor"]) == ("chips were counted twice", SECOND)


def test_a_recalled_edition_is_not_served_and_the_one_before_says_why(client, ledger):
    assert client.get(US_POWER).json()["edition"] == THIRD
    modified = client.get("/v1/editions/latest").headers["last-modified"]
    recall = ledger.recall(THIRD)
    answer = client.get(US_POWER).json()
    assert (answer["edition"], answer["recalled"]) == (SECOND, None)
    assert answer["withheld"] == [{"edition": THIRD, "reason": "recalled: chips were counted twice"}]
    latest = client.get("/v1/editions/latest", headers={"If-Modified-Since": modified})
    assert (latest.status_code, latest.json()["id"]) == (200, SECOND)
    assert parsedate_to_datetime(latest.headers["last-modified"]) == recall.at.replace(microsecond=0)
    assert client.get("/readyz").status_code == 200


def test_with_every_edition_recalled_nothing_is_served_but_what_is_named(client, ledger):
    for name in (FIRST, SECOND, THIRD):
        ledger.recall(name)
    answer = client.get(US_POWER)
    assert (answer.status_code, answer.json()["code"]) == (503, "edition_missing")
    assert "chips were counted twice" in answer.json()["detail"]
    assert client.get(f"{US_POWER}&edition={THIRD}").json()["recalled"]["reason"] == "chips were counted twice"


def test_editions_are_listed_with_their_state_the_last_issued_first(client, ledger):
    ledger.recall(SECOND, successor=THIRD)
    first = client.get("/v1/editions?limit=2").json()
    second = client.get("/v1/editions", params={"limit": 2, "cursor": first["next"]}).json()
    assert [(item["id"], item["state"]) for item in first["items"] + second["items"]] == [
        (THIRD, "served"),
        (SECOND, "recalled"),
        (FIRST, "issued"),
    ]
    assert second["next"] is None
    assert first["items"][1]["recalled"]["successor"] == THIRD


def test_latest_can_be_asked_cheaply_whether_it_changed_and_current_leads_to_it(client, ledger):
    latest = client.get("/v1/editions/latest")
    assert latest.headers["cache-control"] == "public, max-age=10"
    assert parsedate_to_datetime(latest.headers["last-modified"]) == ledger[THIRD].issued.replace(microsecond=0)
    for header, mark in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
        assert client.get("/v1/editions/latest", headers={header: latest.headers[mark]}).status_code == 304
    assert client.get("/v1/editions/current").json() == latest.json()


def test_a_manifest_is_had_by_name(client):
    manifest = client.get(f"/v1/editions/{FIRST}").json()
    assert (manifest["id"], manifest["recalled"], manifest["withheld"]) == (FIRST, None, [])
    missing = client.get("/v1/editions/e-0")
    assert (missing.status_code, missing.json()["errors"][0]["parameter"]) == (404, "edition")


def test_an_unknown_edition_and_two_ways_to_name_one_are_refused(client):
    (error,) = client.get(f"{US_POWER}&edition=e-0").json()["errors"]
    assert (error["parameter"], error["allowed"]) == ("edition", [THIRD, SECOND, FIRST])
    (error,) = client.get(f"{US_POWER}&edition={FIRST}&issued_before=2026-12-01").json()["errors"]
    assert error["parameter"] == "issued_before"


def test_a_corrupt_edition_is_no_answer_and_the_one_served_stays(client, folder, tmp_path):
    name = "draws/base/US.power.wanted.parquet"
    shutil.copy(folder / FIRST / name, tmp_path / "aside")
    try:
        (folder / FIRST / name).write_bytes(b"other bytes")
        answer = client.get(f"{US_POWER}&edition={FIRST}")
        assert (answer.status_code, answer.json()["code"]) == (503, "artifact_corrupt")
        assert client.get(US_POWER).json()["edition"] == THIRD
    finally:
        shutil.copy(tmp_path / "aside", folder / FIRST / name)
    assert client.get(f"{US_POWER}&edition={FIRST}").json()["edition"] == FIRST


class Counting:
    """A ledger of editions that are nothing, which counts how often each is read."""

    def __init__(self, records):
        self.records = records
        self.read = []

    def recorded(self):
        """The entries."""
        return self.records

    def load(self, record):
        """The name alone."""
        self.read.append(record.id)
        return record.id


def test_an_edition_in_memory_is_had_while_another_is_read(ledger):
    entered, leave = Event(), Event()

    class Slow(Counting):
        def load(self, record):
            """Wait inside the second reading."""
            if self.read:
                entered.set()
                leave.wait(30)
            return super().load(record)

    named = NamedEditions(Slow([replace(ledger[FIRST], id=name) for name in ("e-0", "e-1")]))
    named.load(named.record("e-0"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(named.load, named.record("e-1"))
        assert entered.wait(30)
        assert named.load(named.record("e-0")) == "e-0"
        leave.set()
        assert slow.result(30) == "e-1"


def test_few_editions_are_held_and_the_least_used_is_read_again(ledger):
    counting = Counting([replace(ledger[FIRST], id=f"e-{place}") for place in range(4)])
    named = NamedEditions(counting, size=2)
    for name in ("e-0", "e-1", "e-0", "e-2", "e-0", "e-1"):
        named.load(named.record(name))
    assert counting.read == ["e-0", "e-1", "e-2", "e-1"]
    with pytest.raises(NotFound):
        named.record("e-9")
    with pytest.raises(InvalidParameter):
        NamedEditions(Counting([])).issued_before(datetime.now(UTC))
