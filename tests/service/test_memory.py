"""What is sent from memory in one step is what the whole service would send."""

import pytest
from starlette.testclient import TestClient

from service.access.rules import AccessRules
from service.app import create_app

GAP = "/v1/gaps?region=US&layer=power"
PLAIN = {"accept-encoding": "identity"}
"""Answers as they are: what is compressed is asked for by another header."""
VARYING = {"x-request-id", "server-timing", "ratelimit"}


@pytest.fixture(scope="module")
def answered(make_context, editions):
    """A service that was asked, and its client."""
    app = create_app(make_context(editions, access=AccessRules(read_limit=1000)))
    with TestClient(app, base_url="http://127.0.0.1", headers=PLAIN) as client:
        yield app, client


def scope_of(path, *, method="GET", headers=(), **changes):
    place, _, query = path.partition("?")
    lines = [(b"host", b"127.0.0.1"), *((name.encode(), value.encode()) for name, value in headers)]
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": place, "query_string": query.encode()}
    return scope | {"headers": lines, "client": ("127.0.0.1", 5)} | changes


def headers_of(answer):
    pairs = [line.split(": ", 1) for line in answer.lines.decode().splitlines()]
    return sorted((name, value) for name, value in pairs if name not in VARYING)


@pytest.mark.parametrize("path", [GAP, "/v1/layers", "/", "/docs", "/openapi.json", "/static/app.js"])
@pytest.mark.parametrize("same", [False, True])
def test_it_is_the_answer_of_the_whole_service(answered, path, same):
    app, client = answered
    tag = client.get(path).headers["etag"]
    conditions = [("if-none-match", tag)] if same else []
    whole = client.get(path, headers=dict(conditions))
    at_once = app.memory(scope_of(path, headers=conditions))
    assert (at_once.status, at_once.body) == (whole.status_code, whole.content) == (304 if same else 200, whole.content)
    assert headers_of(at_once) == sorted(
        (name, value) for name, value in whole.headers.multi_items() if name not in VARYING
    )


@pytest.mark.parametrize(
    "scope",
    [
        scope_of("/v1/gaps?region=CN&layer=power"),
        scope_of(GAP, method="HEAD"),
        scope_of(GAP, headers=[("x-api-key", "hr_1")]),
        scope_of(GAP, headers=[("host", "twice")]),
    ],
    ids=["not asked before", "HEAD", "with a key", "two hosts"],
)
def test_what_needs_more_than_memory_is_left_to_the_service(answered, scope):
    app, client = answered
    client.get(GAP)
    assert app.memory(scope) is None


@pytest.mark.parametrize(
    "rules", [AccessRules(private=True), AccessRules(require_keys=True), AccessRules(hosts=frozenset({"other"}))]
)
def test_what_not_everybody_may_read_is_left_to_the_service(make_context, editions, rules):
    app = create_app(make_context(editions, access=rules))
    with TestClient(app, base_url="http://127.0.0.1", headers=PLAIN) as client:
        client.get("/")
        assert app.memory(scope_of("/")) is None


def test_requests_are_counted_and_held_to_their_limit(make_context, editions):
    app = create_app(make_context(editions, access=AccessRules(read_limit=3)))
    with TestClient(app, base_url="http://127.0.0.1", headers=PLAIN, client=("127.0.0.1", 5)) as client:
        client.get("/v1/layers")
        answers = [app.memory(scope_of("/v1/layers")) for _ in range(3)]
        assert [answer is None for answer in answers] == [False, False, True]
        assert client.get("/v1/layers").status_code == 429
        count = 'headroom_request_duration_seconds_count{method="GET",route="/v1/layers",status="200"} 3.0'
        assert count in client.get("/metrics").text


def test_behind_a_prefix_each_has_its_own_document(make_context, editions):
    app = create_app(make_context(editions, access=AccessRules("/x")))
    with TestClient(app, base_url="http://127.0.0.1", headers=PLAIN) as client:
        document = client.get("/x/openapi.json").content
    assert app.memory(scope_of("/x/openapi.json")).body == document
    assert b'"servers":[{"url":"/x"}]' in document
