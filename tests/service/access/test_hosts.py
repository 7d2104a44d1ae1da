"""Which names a service answers for, and that private answers stay in no cache."""

import socket

import pytest
from starlette.testclient import TestClient

from service.access.rules import AccessRules, host_names
from service.app import create_app
from service.problems import Problem

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
GAP = "/v1/gaps?region=US&layer=power"
ANYWHERE = [GAP, "/", "/healthz", "/readyz", "/static/app.js", "/nope", "/v1/gaps"]


@pytest.fixture(scope="module")
def private(make_context, editions):
    rules = AccessRules(hosts=LOOPBACK | host_names("headroom.example.org"), private=True)
    with TestClient(create_app(make_context(editions, access=rules)), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("path", ANYWHERE)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.nip.io", "[::2]", "testserver"]
)
def test_a_name_that_leads_here_by_rebinding_is_misdirected(private, path, host):
    private.get(GAP, headers={"host": "localhost"})
    answer = private.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert Problem.model_validate(answer.json()).code == "misdirected_request"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:1", "[::1]:8000", "[::1]", "headroom.example.org"]
)
def test_names_of_this_machine_and_of_the_settings_are_answered(private, host):
    assert private.get(GAP, headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["", "a b", "me@localhost", "localhost/", "localhost,evil.example"])
def test_what_is_no_host_is_a_bad_request(private, host):
    assert private.get(GAP, headers={"host": host}).status_code == 400


@pytest.mark.parametrize("path", ANYWHERE)
def test_private_answers_are_kept_by_no_cache(private, path):
    for _ in range(2):
        assert private.get(path, headers={"host": "localhost"}).headers["cache-control"] == "private, no-store"


def test_a_private_answer_not_modified_is_kept_by_none_either(private):
    tag = private.get(GAP, headers={"host": "localhost"}).headers["etag"]
    answer = private.get(GAP, headers={"host": "localhost", "if-none-match": tag})
    assert (answer.status_code, answer.headers["cache-control"]) == (304, "private, no-store")


def test_public_answers_go_out_under_any_name_and_may_be_kept(client):
    answer = client.get(GAP, headers={"host": "anything.example"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, no-cache")


def test_a_public_service_can_be_bound_to_its_names_too(make_context, editions):
    rules = AccessRules(hosts=host_names("headroom.example.org, [::1]"))
    with TestClient(create_app(make_context(editions, access=rules))) as client:
        codes = [client.get(GAP, headers={"host": host}).status_code for host in ("headroom.example.org", "[::1]", "x")]
    assert codes == [200, 200, 421]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("HTTP/1.1\r\n", b"400"),
        ("HTTP/1.1\r\nHost: a\r\nHost: b\r\n", b"400"),
        ("HTTP/1.1\r\nHost: a\r\n", b"200"),
        ("HTTP/1.0\r\n", b"200"),
    ],
)
def test_a_request_names_its_host_exactly_once(live_server, lines, status):
    address = live_server.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=600) as connection:
        connection.sendall(f"GET /v1/layers {lines}Connection: close\r\n\r\n".encode())
        assert connection.recv(4096).split(b" ")[1] == status
