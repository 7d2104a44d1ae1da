"""Who may ask for what: with and without keys, from here and from elsewhere, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from data.store.database import engine, upgrade
from service.access.callers import address
from service.access.keys import Keys, utc_now
from service.access.rules import AccessRules, networks
from service.app import create_app
from service.problems import Problem

ELSEWHERE = ("203.0.113.9", 50_000)
HERE = ("127.0.0.1", 50_000)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "headroom.db"
    upgrade(path)
    database = engine(path)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def keys(database):
    """The text of a key of each kind."""
    stored = Keys(database)
    scopes = ("read", "evaluate", "train", "admin", "private")
    texts = {scope: stored.create(scope, scopes=[scope], actor="ann")[1] for scope in scopes}
    revoked, texts["revoked"] = stored.create("revoked", scopes=["admin"], actor="ann")
    stored.revoke(revoked.id)
    return texts


@pytest.fixture
def asking(client, database):
    """Clients of a service by its rules and the address they come from."""

    def make(peer=ELSEWHERE, **rules):
        access = AccessRules(trusted_proxies=networks("127.0.0.1"), **rules)
        inputs = replace(client.app.state.serving.inputs, database=lambda: database, access=access)
        base = "http://127.0.0.1:8000" if peer is HERE else "http://headroom.example"
        return TestClient(create_app(inputs), base_url=base, client=peer, raise_server_exceptions=False)

    return make


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


def code(answer):
    return answer.status_code, Problem.model_validate(answer.json()).code


def test_reads_are_open(asking):
    assert asking().get("/v1/layers").status_code == 200


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer {}"}, {"authorization": "bearer {}"}, {"X-API-Key": "{}"}]
)
def test_a_key_may_ask_for_work_from_anywhere(asking, keys, headers):
    sent = {name: value.format(keys["train"]) for name, value in headers.items()}
    answer = asking().post("/v1/jobs", json={"kind": "score"}, headers=sent)
    assert answer.status_code == 202
    assert answer.json()["actor"].startswith("key train (")
    assert keys["train"][13:] not in answer.text


def test_without_one_only_programs_here_may_and_only_while_that_is_open(asking):
    assert code(asking().post("/v1/jobs", json={"kind": "score"})) == (403, "local_only")
    assert asking(HERE).post("/v1/jobs", json={"kind": "score"}).status_code == 202
    closed = asking(HERE, open_loopback=False).post("/v1/jobs", json={"kind": "score"})
    assert code(closed) == (401, "key_required")
    assert closed.headers["www-authenticate"] == 'Bearer realm="headroom", scope="train"'


def test_a_key_for_other_things_may_not(asking, keys):
    answer = asking(HERE).post("/v1/jobs", json={"kind": "score"}, headers=bearer(keys["read"]))
    assert code(answer) == (403, "scope_missing")
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/v1/layers", "/v1/jobs", "/nothing"])
@pytest.mark.parametrize("wrong", ["revoked", "x", f"hdr_0a1b2c3d_{'a' * 43}"])
def test_a_key_that_is_none_is_refused_everywhere(asking, keys, path, wrong):
    answer = asking().get(path, headers=bearer(keys.get(wrong, wrong)))
    assert code(answer) == (401, "key_invalid")
    assert answer.headers["www-authenticate"] == 'Bearer realm="headroom", error="invalid_token"'


def test_several_keys_and_other_kinds_of_authorization_are_refused(asking, keys):
    client = asking()
    both = bearer(keys["read"]) | {"X-API-Key": keys["train"]}
    assert code(client.get("/v1/layers", headers=both)) == (401, "key_invalid")
    assert code(client.get("/v1/layers", headers={"Authorization": "Basic YTpi"})) == (401, "key_invalid")


def test_where_reading_needs_a_key_only_probes_go_without(asking, keys):
    client = asking(HERE, require_keys=True)
    first = client.get("/v1/layers", headers=bearer(keys["read"]))
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    for path in ("/v1/layers", "/", "/nothing"):
        assert code(client.get(path)) == (401, "key_required")
    assert code(client.get("/v1/layers", headers=bearer(keys["train"]))) == (403, "scope_missing")
    assert client.get("/v1/layers", headers=bearer(keys["admin"])).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.options("/v1/layers").status_code == 204


def test_private_figures_need_a_key_of_their_own(asking, keys):
    client = asking(HERE, require_keys=True, private=True)
    assert code(client.get("/v1/layers")) == (401, "key_required")
    assert code(client.get("/v1/layers", headers=bearer(keys["admin"]))) == (403, "scope_missing")
    answer = client.get("/v1/layers", headers=bearer(keys["private"]))
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")


def test_a_new_key_is_known_at_once_and_a_revoked_one_after_a_look(asking, database):
    client = asking(require_keys=True)
    key, text = Keys(database).create("new", scopes=["read"], expires=utc_now() + timedelta(days=1), actor="ann")
    assert client.get("/v1/layers", headers=bearer(text)).status_code == 200
    Keys(database).revoke(key.id)
    client.app.state.control.refresh()
    assert code(client.get("/v1/layers", headers=bearer(text))) == (401, "key_invalid")
    assert Keys(database).key(key.id).last_used is not None


def test_a_caller_has_a_limit_and_is_told_of_it(asking, keys):
    client = asking(read_limit=3)
    answers = [client.get("/v1/layers") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers] == [
        '"reads";r=2', '"reads";r=1', '"reads";r=0', '"reads";r=0',
    ]  # fmt: skip
    assert answers[3].headers["ratelimit-policy"] == '"reads";q=3;w=60'
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert code(answers[3]) == (429, "limit_reached")
    assert client.get("/healthz").status_code == 200
    assert client.get("/v1/layers", headers=bearer(keys["read"])).headers["ratelimit-policy"] == '"reads";q=30;w=60'


def test_what_is_worked_out_has_a_limit_of_its_own(asking):
    client = asking(read_limit=100, evaluation_limit=1)
    assert client.post("/v1/scenarios:evaluate", content=b"{").status_code == 422
    assert client.post("/v1/scenarios:evaluate", content=b"{").status_code == 429
    assert client.get("/v1/attribution").status_code == 429
    assert client.get("/v1/layers").status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "192.0.2.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, 127.0.0.1", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("2001:db8::1:2:3:4", None, "2001:db8::/64"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
    ],
)
def test_callers_without_a_key_are_told_apart_by_address(peer, forwarded, expected):
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"client": (peer, 1), "headers": headers}
    assert address(scope, AccessRules(trusted_proxies=networks("127.0.0.1"))) == expected


@pytest.mark.parametrize("path", ["/v1/attribution", "/v1/requirements", "/v1/solve", "/v1/what-if.csv"])
def test_what_is_asked_by_get_and_worked_out_counts_as_such(asking, path):
    client = asking(read_limit=100, evaluation_limit=1)
    assert client.get(path).headers["ratelimit-policy"] == '"evaluations";q=1;w=60'
    assert client.get(path).status_code == 429
