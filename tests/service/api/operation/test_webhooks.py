"""Webhooks over HTTP, for those with a key of the scope admin."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from data.store.database import engine, upgrade
from service.access.keys import Keys
from service.app import create_app
from service.events.webhooks import Webhooks

HOOK = {"url": "https://example.org/hook", "events": ["edition.published"]}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("hooks") / "headroom.db"
    upgrade(path)
    database = engine(path)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def app(client, database):
    return create_app(replace(client.app.state.serving.inputs, database=lambda: database))


@pytest.fixture(scope="module")
def admin(app, database):
    _, text = Keys(database).create("ops", scopes=["admin"], actor="ann")
    return TestClient(app, headers={"Authorization": f"Bearer {text}"}, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def reader(database):
    """A key that may not; before anything is asked, since unknown keys are looked for at most once in a while."""
    _, text = Keys(database).create("reader", scopes=["read", "train"], actor="ann")
    return text


@pytest.mark.usefixtures("reader")
def test_a_webhook_is_added_listed_and_removed(admin):
    added = admin.post("/v1/webhooks", json=HOOK)
    hook = added.json()
    assert (added.status_code, added.headers["location"]) == (201, f"webhooks/{hook['id']}")
    assert hook["secret"].startswith("whsec_")
    assert hook["actor"].startswith("key ops (")
    (item,) = admin.get("/v1/webhooks").json()["items"]
    assert item == {name: value for name, value in hook.items() if name != "secret"}
    assert admin.get(f"/v1/webhooks/{hook['id']}/deliveries").json() == {"items": []}
    removed = admin.delete(f"/v1/webhooks/{hook['id']}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert admin.get("/v1/webhooks").json() == {"items": []}
    assert admin.delete(f"/v1/webhooks/{hook['id']}").status_code == 404


def test_all_kinds_are_told_where_none_is_named(admin, database):
    number = admin.post("/v1/webhooks", json={"url": HOOK["url"]}).json()["id"]
    assert len(Webhooks(database).webhook(number).kinds) > 3
    admin.delete(f"/v1/webhooks/{number}")


@pytest.mark.parametrize(
    ("content", "parameter"),
    [
        ({}, "url"),
        ({"url": "https://127.0.0.1/hook"}, "url"),
        ({"url": "http://example.org/hook"}, "url"),
        (HOOK | {"events": []}, "events"),
        (HOOK | {"x": 1}, "x"),
    ],
)
def test_what_is_no_webhook_is_a_problem(admin, content, parameter):
    answer = admin.post("/v1/webhooks", json=content)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_nobody_without_an_admin_key_reaches_them_from_here_either(app, admin, reader, method):
    here = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5), raise_server_exceptions=False)
    path = "/v1/webhooks/1" if method == "DELETE" else "/v1/webhooks"
    assert here.request(method, path, json=HOOK).status_code == 401
    assert admin.get("/v1/webhooks").status_code == 200
    assert here.request(method, path, json=HOOK, headers={"X-API-Key": reader}).status_code == 403
