"""``/mcp`` as agents use it over HTTP, by the SDK's client: on a live server, and in this process as somebody else."""

import json
from dataclasses import replace

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient

from data.store.database import engine, upgrade
from service.access.keys import Keys
from service.access.rules import AccessRules
from service.app import create_app
from service.mcp import endpoint
from service.problems import Problem

US_POWER = {"region": "US", "layer": "power", "first": "2028"}
ELSEWHERE = ("203.0.113.9", 50_000)
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
FORMS = {"accept": "application/json, text/event-stream"}


def conversation(url, question, **http):
    """What ``question`` gets from an agent that speaks to a server."""

    async def spoken():
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=60.0, **http) as client,
            Client(streamable_http_client(url, http_client=client)) as agent,
        ):
            return await question(agent)

    return anyio.run(spoken)


def call(tool, arguments):
    return lambda agent: agent.call_tool(tool, arguments)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "headroom.db"
    upgrade(path)
    database = engine(path)
    yield database
    database.dispose()


@pytest.fixture
def served(client, database):
    """Applications by the rules of access."""

    def make(**rules):
        inputs = client.app.state.serving.inputs
        return create_app(replace(inputs, database=lambda: database, access=AccessRules(**rules)))

    return make


@pytest.fixture
def asking(served):
    """Replies of tools to an agent elsewhere, with headers, of an application by its rules of access."""

    def make(*questions, headers=None, **rules):
        transport = httpx2.ASGITransport(served(**rules), client=ELSEWHERE)

        async def all_of_them(agent):
            return [await agent.call_tool(tool, arguments) for tool, arguments in questions]

        return conversation("http://headroom.example/mcp", all_of_them, transport=transport, headers=headers)

    return make


def test_a_live_server_offers_the_tools_and_answers_as_the_api_does(live_server):
    url = f"{live_server.url}/mcp"
    offer = conversation(url, lambda agent: agent.list_tools())
    assert len(offer.tools) == 8
    reply = conversation(url, call("ask_gap", US_POWER))
    plain = httpx2.get(f"{live_server.url}/v1/gaps?region=US&layer=power&from=2028&to=2028", trust_env=False).json()
    assert reply.structured_content["answer"]["points"][0]["p_short"] == plain["points"][0]["p_short"]
    refused = conversation(url, call("ask_gap", US_POWER | {"region": "XX"}))
    assert refused.is_error
    assert "allowed: US, CN" in refused.content[0].text


def test_a_tool_asks_with_the_key_of_its_caller(asking, database):
    read, evaluate = (
        {"Authorization": f"Bearer {Keys(database).create('agent', scopes=scopes, actor='ann')[1]}"}
        for scopes in (["read"], ["read", "evaluate"])
    )
    explain = "explain", {"region": "US", "layer": "power", "period": "2028", "scenario": "btm_slips"}
    gap, refused = asking(("ask_gap", US_POWER), explain, headers=read, require_keys=True)
    assert not gap.is_error
    assert "scope_missing" in refused.content[0].text
    (let_in,) = asking(explain, headers=evaluate, require_keys=True)
    assert "scope_missing" not in let_in.content[0].text


def test_a_tool_is_counted_as_its_caller(asking):
    solve = "what_would_it_take", {"region": "US", "layer": "power", "period": "2028", "lever": "nuclear", "gap": 0.0}
    first, second = asking(solve, solve, evaluation_limit=1)
    assert "limit_reached" not in first.content[0].text
    assert "limit_reached" in second.content[0].text


def test_a_tool_asks_under_the_id_of_the_request(served, monkeypatch):
    ids = []
    app = served()
    front = app._front

    async def noting(scope, receive, send):
        ids.append(dict(scope["headers"]).get(b"x-request-id"))
        await front(scope, receive, send)

    monkeypatch.setattr(app, "_front", noting)
    content = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask_gap", "arguments": US_POWER}}
    response = TestClient(app).post("/mcp", json=content, headers=FORMS | {"x-request-id": "agent-7"})
    assert response.headers["x-request-id"] == "agent-7"
    assert not response.json()["result"]["isError"]
    assert len(ids) > 1
    assert set(ids) == {b"agent-7"}


@pytest.mark.parametrize(
    ("rules", "request_headers", "status"),
    [
        ({}, {}, 200),
        ({}, {"origin": "https://any.example"}, 200),
        ({"origins": frozenset({"https://dash.example"})}, {"origin": "https://dash.example"}, 200),
        ({"origins": frozenset()}, {"origin": "http://testserver"}, 200),
        ({"origins": frozenset()}, {"origin": "https://any.example"}, 403),
        ({"hosts": frozenset({"headroom.example"})}, {}, 421),
        ({"require_keys": True}, {}, 401),
    ],
)
def test_hosts_pages_and_keys_are_those_of_every_path(served, rules, request_headers, status):
    response = TestClient(served(**rules)).post("/mcp", json=LIST, headers=FORMS | request_headers)
    assert response.status_code == status, response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    if status == 200:
        assert len(response.json()["result"]["tools"]) == 8
    else:
        Problem.model_validate(response.json())


def test_what_is_no_question_is_refused_and_never_a_crash(client):
    answers = {
        "long": client.post("/mcp", content=json.dumps(LIST) + " " * endpoint.BODY_BYTES, headers=FORMS),
        "get": client.get("/mcp"),
        "no json": client.post("/mcp", content="{", headers=FORMS | {"content-type": "application/json"}),
        "no form": client.post("/mcp", json=LIST, headers={"accept": "text/csv"}),
        "method": client.post("/mcp", json=LIST | {"method": "tools/none"}, headers=FORMS),
    }
    statuses = {name: answer.status_code for name, answer in answers.items()}
    assert statuses == {"long": 413, "get": 405, "no json": 400, "no form": 406, "method": 200}
    assert answers["method"].json()["error"]["message"]
    for name in ("long", "get"):
        Problem.model_validate(answers[name].json())


def test_without_the_extra_it_says_what_to_install(client, monkeypatch):
    monkeypatch.setattr(endpoint, "find_spec", lambda _: None)
    response = client.post("/mcp", json=LIST, headers=FORMS)
    assert (response.status_code, response.json()["code"]) == (501, "not_implemented")
    assert "the extra mcp" in response.json()["detail"]
    assert "/mcp" not in client.get("/openapi.json").json()["paths"]
