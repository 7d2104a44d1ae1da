"""Bounds of evaluations as a client meets them: the line, the limit of time, and a client that leaves."""

import json
import time

import pytest
from starlette.testclient import TestClient

from service.api.scenarios import evaluation
from service.app import create_app
from service.base import waiting
from service.evaluations import pool

EVALUATE = "/v1/scenarios:evaluate"
WAIT = 120


def content(number=0):
    document = {"title": f"T{number}"}
    return json.dumps({"document": document, "region": "US", "layers": ["power"]})


def slow(edition):
    """A source that takes for ever."""
    del edition
    time.sleep(600)


@pytest.fixture
def served(make_context, editions, monkeypatch):
    """A service whose evaluations never come, and that a request waits for only a moment."""
    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    monkeypatch.setattr(pool, "WAITING", 2)
    app = create_app(make_context(editions, evaluation_source=slow, evaluation_limit=1.0))
    with TestClient(app) as client:
        yield app, client


def test_more_questions_than_may_wait_are_refused(served):
    _, client = served
    # One is being answered, perhaps, and two wait.
    codes = [client.post(EVALUATE, content=content(number)).status_code for number in range(4)]
    assert codes[:2] == [202, 202]
    assert codes[3] == 503
    refused = client.post(EVALUATE, content=content(99)).json()
    assert (refused["code"], "waiting already" in refused["detail"]) == ("evaluation_unavailable", True)


def test_one_that_takes_too_long_says_so_where_its_answer_would_be(served, monkeypatch):
    monkeypatch.setattr(pool, "STARTING", 0.5)
    _, client = served
    first = client.post(EVALUATE, content=content())
    assert (first.status_code, first.json()["state"]) == (202, "waiting")
    until = time.monotonic() + WAIT
    while (answer := client.get(first.headers["location"])).status_code == 202 and time.monotonic() < until:
        time.sleep(0.05)
    assert answer.status_code == 503
    assert "took longer than 1 seconds" in answer.json()["detail"]


def test_a_client_that_leaves_is_waited_for_no_more(served, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", float(WAIT))
    app, client = served
    messages = [{"type": "http.request", "body": content().encode(), "more_body": False}]
    sent = []

    async def receive():
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": EVALUATE,
        "raw_path": EVALUATE.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "http_version": "1.1",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("testserver", 80),
    }
    started = time.monotonic()
    client.portal.call(app, scope, receive, send)
    assert time.monotonic() - started < WAIT
    assert "the client left" in str(sent)
    question = evaluation.EvaluationRequest.read(json.loads(content())).question(
        client.get("/v1/editions/latest").json()["id"]
    )
    assert app.state.evaluations.find(question.name) is None
