"""The stream of events, from a real server, and the list."""

import http.client
import json
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from job_tools import NOON
from starlette.testclient import TestClient
from threaded_server import answering

from service.app import create_app
from service.events.events import Fact, Kind, record
from service.events.retention import remove_old


@pytest.fixture
def app(client, database):
    return create_app(replace(client.app.state.serving.inputs, database=lambda: database, streams=2))


def happens(database, *numbers):
    for number in numbers:
        fact = Fact(Kind.EDITION_PUBLISHED, f"e-{number}:{number}", number, NOON, {"edition": f"e-{number}"})
        assert record(database, [fact]) == 1


@pytest.fixture
def port(app):
    """The port of a real server."""
    with answering(app) as port:
        yield port


@contextmanager
def stream(port, path="/v1/events", **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        yield connection.getresponse()


def read(answer, count):
    """The next messages of a stream, with their ids."""
    messages, number = [], None
    while len(messages) < count:
        line = answer.readline().decode().rstrip("\r\n")
        if line.startswith("id: "):
            number = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            messages.append((number, json.loads(line.removeprefix("data: "))["data"]["edition"]))
    return messages


def test_a_stream_goes_on_from_any_event(port, database):
    happens(database, 1, 2, 3)
    with stream(port, **{"Last-Event-ID": "1"}) as answer:
        assert answer.getheader("content-type").startswith("text/event-stream")
        assert read(answer, 2) == [(2, "e-2"), (3, "e-3")]
        happens(database, 4)
        assert read(answer, 1) == [(4, "e-4")]
    with stream(port, "/v1/events?after=0") as answer:
        assert read(answer, 4) == [(1, "e-1"), (2, "e-2"), (3, "e-3"), (4, "e-4")]


def test_without_a_place_it_begins_with_what_happens_next(port, database):
    happens(database, 1)
    with stream(port) as answer:
        # At once, so that a reader who is cut off before the next event misses none.
        lines = [answer.readline().decode().strip() for _ in range(4)]
        assert lines == ["id: 1", "event: events.begin", 'data: {"type": "events.begin", "data": {"after": 1}}', ""]
        happens(database, 2)
        assert read(answer, 1) == [(2, "e-2")]


def test_the_number_of_streams_is_bounded_and_one_that_ends_makes_room(port, database):
    happens(database, 1)
    with stream(port, "/v1/events?after=0") as first:
        read(first, 1)
        with stream(port, "/v1/events?after=0") as second:
            read(second, 1)
            with stream(port) as third:
                assert third.status == 503
                assert json.loads(third.read())["code"] == "too_many_streams"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with stream(port, "/v1/events?after=0") as answer:
            if answer.status == 200:
                assert read(answer, 1) == [(1, "e-1")]
                return
        time.sleep(0.1)
    pytest.fail("streams that ended are still counted")


def test_a_reader_that_goes_on_from_before_removed_events_learns_so(port, app, database):
    happens(database, 1, 2, 3, 4)
    later = NOON + timedelta(days=1)
    assert remove_old(database, before=later, now=later) == 3
    client = TestClient(app, headers={"Accept": "application/json"})
    assert client.get("/v1/events?after=1").json()["removed_up_to"] == 3
    assert client.get("/v1/events?after=3").json()["removed_up_to"] is None
    with stream(port, **{"Last-Event-ID": "1"}) as answer:
        lines = [answer.readline().decode().rstrip("\r\n") for _ in range(5)]
    assert lines[:2] == ["event: events.missing", 'data: {"type": "events.missing", "data": {"removed_up_to": 3}}']
    assert lines[3] == "id: 4"


def test_head_opens_no_stream(port, app):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("HEAD", "/v1/events")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    assert app.state.streams._open == 0


def test_the_list_holds_what_the_stream_sends(app, database):
    happens(database, 1, 2)
    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/v1/events?after=1", headers={"Accept": "application/json"})
    assert answer.json() == {
        "items": [
            {"id": 2, "type": "edition.published", "timestamp": "2026-11-23T12:00:00Z", "data": {"edition": "e-2"}}
        ],
        "removed_up_to": None,
    }


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "99999999999", "²"])
def test_what_is_no_id_is_a_problem(app, text):
    client = TestClient(app, raise_server_exceptions=False)
    assert client.get(f"/v1/events?after={text}").json()["errors"][0]["parameter"] == "after"
    assert client.get("/v1/events", headers={"Last-Event-ID": text.encode()}).status_code == 422
