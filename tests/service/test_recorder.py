"""Every request has an id, in its answer and in what is logged, and is counted by the template of its route."""

import asyncio
import re
from contextlib import suppress

import pytest
import structlog
from starlette.testclient import TestClient

from service.access.rules import AccessRules
from service.app import create_app
from service.recorder import RequestRecorder, Templates


@pytest.fixture
def client(make_context, editions):
    with TestClient(create_app(make_context(editions)), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("sent", ["9f3c-1", "a" * 64])
def test_the_id_of_a_client_is_taken_over(client, sent):
    assert client.get("/healthz", headers={"X-Request-ID": sent}).headers["x-request-id"] == sent


@pytest.mark.parametrize("sent", ["", "a" * 65, "two words", 'a"b', "ümlaut".encode().decode("latin-1")])
def test_an_id_that_does_not_fit_into_a_line_is_replaced(client, sent):
    answer = client.get("/healthz", headers={b"X-Request-ID": sent.encode("latin-1")})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_answers_from_memory_and_errors_carry_an_id_of_their_own(client):
    paths = ["/v1/regions", "/v1/regions", "/v1/gaps", "/nothing"]
    ids = [client.get(path).headers.get_list("x-request-id") for path in paths]
    assert all(len(one) == 1 for one in ids)
    assert len({one[0] for one in ids}) == len(paths)


def test_what_is_logged_while_a_request_is_answered_carries_its_id(client, monkeypatch):
    def broken(*_arguments, **_options):
        raise RuntimeError

    monkeypatch.setattr("service.api.figures.names.page", broken)
    processors = [structlog.contextvars.merge_contextvars]
    with structlog.testing.capture_logs(processors=processors) as lines:
        assert client.get("/v1/regions", headers={"X-Request-ID": "mine"}).status_code == 500
    (line,) = [line for line in lines if line["event"] == "request_crashed"]
    assert line["request_id"] == "mine"
    with structlog.testing.capture_logs(processors=processors) as lines:
        structlog.get_logger().info("afterwards")
    assert "request_id" not in lines[0]


def test_requests_are_counted_by_template_however_they_are_answered(client):
    for path in ("/v1/series/alphabet.capex_cash", "/v1/series/nothing", "/v1/regions", "/v1/regions", "/a", "/b"):
        client.get(path)
    client.head("/v1/regions")
    client.request("BREW", "/v1/regions")
    lines = client.get("/metrics").text.splitlines()
    counts = {line for line in lines if line.startswith("headroom_request_duration_seconds_count")}
    assert counts == {
        f"headroom_request_duration_seconds_count{{{labels}}} {number}"
        for labels, number in (
            ('method="GET",route="/v1/series/{series_id}",status="200"', "1.0"),
            ('method="GET",route="/v1/series/{series_id}",status="404"', "1.0"),
            ('method="GET",route="/v1/regions",status="200"', "2.0"),
            ('method="GET",route="none",status="404"', "2.0"),
            ('method="HEAD",route="/v1/regions",status="200"', "1.0"),
            ('method="other",route="/v1/regions",status="405"', "1.0"),
        )
    }


def test_a_path_behind_a_prefix_is_counted_by_its_template(make_context, editions):
    with TestClient(create_app(make_context(editions, access=AccessRules("/x")))) as client:
        assert client.get("/x/v1/regions").status_code == 200
        lines = client.get("/x/metrics").text
    assert 'headroom_request_duration_seconds_count{method="GET",route="/v1/regions",status="200"} 1.0' in lines


def recorded(app):
    """What is recorded of one request to an application, in an event loop of its own."""
    records = []
    scope = {"type": "http", "method": "GET", "path": "/a", "headers": []}
    recorder = RequestRecorder(app, Templates(["/a"]), lambda *record: records.append(record))

    async def exchange(*_messages):
        return {"type": "http.disconnect"}

    with suppress(RuntimeError):
        asyncio.run(recorder(scope, exchange, exchange))
    (record,) = records
    return record


def test_a_stream_counts_until_it_begins():
    async def stream(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.2)
        await send({"type": "http.response.body", "body": b""})

    route, method, status, seconds = recorded(stream)
    assert (route, method, status) == ("/a", "GET", "200")
    assert seconds < 0.2


def test_a_request_that_gets_no_answer_is_counted_too():
    async def broken(_scope, _receive, _send):
        await asyncio.sleep(0.01)
        raise RuntimeError

    route, method, status, seconds = recorded(broken)
    assert (route, method, status) == ("/a", "GET", "none")
    assert seconds >= 0.01


def test_the_first_template_that_fits_wins():
    templates = Templates(["/a/{x}", "/a/b", "/a/{x}/c", "/a/{x}"])
    paths = ["/a/b", "/a/z", "/a/z/c", "/a", "/a/z/d"]
    assert [templates.of(path) for path in paths] == ["/a/b", "/a/{x}", "/a/{x}/c", "none", "none"]
