"""Headers that every answer carries, and what scripts of other sites may read."""

import re

import pytest
from starlette.testclient import TestClient

from data.base.errors import InvalidParameter
from service.access.rules import AccessRules, origins
from service.app import create_app

EVERY = ("/", "/healthz", "/v1/layers", "/v1/layers", "/v1/gaps", "/nothing", "/static/page.css", "/openapi.json")
SITE = "https://dash.example"
PREFLIGHT = {"origin": SITE, "access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}


@pytest.fixture
def asking(make_context, editions):
    """A client of a service whose answers scripts of some sites may read."""

    def make(text, **rules):
        context = make_context(editions, access=AccessRules(origins=origins(text), **rules))
        return TestClient(create_app(context), raise_server_exceptions=False)

    return make


@pytest.mark.parametrize("path", EVERY)
def test_every_answer_is_safe_to_show(client, path):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    (policy,) = headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert re.fullmatch(r"app;dur=[0-9]+\.[0-9]", headers["server-timing"])


@pytest.mark.parametrize(("hosts", "status"), [({"elsewhere"}, 421), (None, 400)])
def test_answers_of_the_boundary_carry_them_too(asking, hosts, status):
    client = asking("*", hosts=hosts and frozenset(hosts))
    answer = client.get("/v1/layers", headers={"host": "a b" if status == 400 else "other", "x-request-id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (status, "mine")
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", EVERY)
def test_scripts_of_every_site_may_read_by_default(client, path):
    headers = client.get(path, headers={"origin": SITE}).headers
    assert headers["access-control-allow-origin"] == "*"
    assert "ETag" in headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in headers


def test_a_browser_that_asks_first_is_told_it_may(client):
    answer = client.options("/v1/layers", headers=PREFLIGHT)
    assert answer.status_code == 204
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert client.options("/nothing", headers=PREFLIGHT).status_code == 404


def test_only_named_sites_may_read_where_some_are_named(asking):
    client = asking(f"{SITE}, http://localhost:3000")
    for origin in (SITE, "http://localhost:3000"):
        headers = client.get("/v1/layers", headers={"origin": origin}).headers
        assert headers["access-control-allow-origin"] == origin
        assert "Origin" in headers["vary"]
    for sent in ({"origin": "https://evil.example"}, {"origin": "null"}, {}):
        headers = client.get("/v1/layers", headers=sent).headers
        assert "access-control-allow-origin" not in headers
        assert "Origin" in headers["vary"]


def test_no_site_may_read_where_none_is_named(asking):
    assert "access-control-allow-origin" not in asking("none").get("/v1/layers", headers={"origin": SITE}).headers


@pytest.mark.parametrize("text", ["example.org", "https://a/b", "ftp://a", "*, https://a"])
def test_what_is_no_origin_is_refused(text):
    with pytest.raises(InvalidParameter, match="is no origin"):
        origins(text)


def test_the_next_page_of_a_list_is_a_link(client):
    path, codes = "/v1/regions?limit=40", []
    while path:
        answer = client.get(path)
        codes += [item["code"] for item in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url")
        assert bool(path) is (answer.json()["next"] is not None)
        path = path and f"/v1/regions{path}"
    assert len(codes) == len(set(codes)) > 80
