"""The tools as an agent uses them, by the SDK's own client: in memory, and over standard input and output."""

import json
import sys

import anyio
import httpx2
import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp.server.mcpserver.exceptions import ToolError

from data.base.layers import Layer
from headroom.cli import run
from headroom.commands import mcp as command
from projection.cells.cells import REGIONS_ANSWERED
from service.mcp.answers import Answers
from service.mcp.tools import server

US_POWER = {"region": "US", "layer": "power"}
PERIOD = "2028"


def in_memory(app, question):
    """What ``question`` gets from a client whose server asks the application in this process."""

    async def conversation():
        http = httpx2.AsyncClient(base_url="http://127.0.0.1", transport=httpx2.ASGITransport(app))
        async with http, Client(server(http)) as agent:
            return await question(agent)

    return anyio.run(conversation)


@pytest.fixture(scope="module")
def ask(client):
    return lambda tool, **arguments: in_memory(client.app, lambda agent: agent.call_tool(tool, arguments))


@pytest.fixture(scope="module")
def tools(client):
    return {tool.name: tool for tool in in_memory(client.app, lambda agent: agent.list_tools()).tools}


def test_there_are_eight_that_only_read_and_say_what_they_take(tools):
    assert set(tools) == {
        "ask_gap", "compare", "explain", "what_would_it_take", "claim", "scoreboard", "find_series", "cite"
    }  # fmt: skip
    for tool in tools.values():
        assert tool.description
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        assert all(one.get("description") or "$ref" in one for one in tool.input_schema["properties"].values())


@pytest.mark.parametrize("tool", ["ask_gap", "compare", "explain", "what_would_it_take"])
def test_names_are_lists_of_what_there_is(tools, tool):
    schema = tools[tool].input_schema
    assert schema["properties"]["region"]["enum"] == list(REGIONS_ANSWERED)
    assert schema["$defs"]["Layer"]["enum"] == [layer.value for layer in Layer]


@pytest.mark.parametrize(
    ("tool", "arguments", "path", "alike"),
    [
        ("ask_gap", {**US_POWER, "first": PERIOD}, f"/v1/gaps?region=US&layer=power&from={PERIOD}&to={PERIOD}", "unit"),
        ("compare", {**US_POWER, "period": PERIOD}, f"/v1/comparisons?region=US&layer=power&period={PERIOD}", "points"),
        ("scoreboard", {"region": "US"}, "/v1/scoreboard/summary?region=US", "groups"),
        ("find_series", {"words": "power", "limit": 2}, "/v1/series?q=power&limit=2", "items"),
        ("cite", {"edition": "current"}, "/v1/editions/{edition}/cite", "bibtex"),
    ],
)
def test_an_answer_is_that_of_the_api_with_edition_day_and_citation(client, ask, tool, arguments, path, alike):
    reply = ask(tool, **arguments)
    cited = reply.structured_content
    assert not reply.is_error
    assert json.loads(reply.content[0].text) == cited
    stated = client.get(f"/v1/editions/{cited['edition']}").json()
    plain = client.get(path.format(edition=stated["id"])).json()
    assert cited["answer"][alike] == plain[alike]
    assert (cited["edition"], cited["issued"]) == (stated["id"], stated["issued"])
    assert cited["as_of"] == (plain.get("as_of") or stated["data_as_of"])
    assert stated["id"] in cited["citation"]
    assert client.get(cited["permalink"]).status_code == 200


def test_a_number_has_its_unit_and_its_band(client, ask):
    answer = ask("ask_gap", **US_POWER, first=PERIOD).structured_content["answer"]
    (point,) = answer["points"]
    assert answer["unit"] == "GW"
    assert list(point["gap"]) == ["0.1", "0.5", "0.9"]
    whole = client.get("/v1/gaps?region=US&layer=power&from=2028&to=2028").json()["points"][0]
    assert {level: whole["gap"][level] for level in point["gap"]} == point["gap"]
    assert point["p_short"] == whole["p_short"]


def test_a_cell_that_is_not_answered_has_a_reason_and_no_number(ask):
    answer = ask("ask_gap", region="DE", layer="power", first=PERIOD).structured_content["answer"]
    assert (answer["status"], answer["points"]) == ("unavailable", [])
    assert "Germany" in answer["reason"]


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask_gap", {**US_POWER, "region": "XX", "first": PERIOD}, "allowed: US, CN"),
        ("ask_gap", {**US_POWER, "layer": "powr", "first": PERIOD}, "'compute', 'power'"),
        ("ask_gap", {**US_POWER, "first": "soon"}, "from"),
        ("ask_gap", {**US_POWER, "first": PERIOD, "scenaro": "base"}, "scenaro"),
        ("explain", {**US_POWER, "period": PERIOD, "scenario": "calm"}, "allowed: base"),
        ("what_would_it_take", {**US_POWER, "period": PERIOD, "lever": "efficiency"}, "a question has one target"),
        ("claim", {"claim": "all-is-well"}, "no claim named 'all-is-well'"),
        ("claim", {"claim": "../editions/current"}, "no_such_path"),
        ("cite", {"edition": "e-nowhere"}, "no edition named 'e-nowhere'"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_can_be(ask, tool, arguments, message):
    reply = ask(tool, **arguments)
    assert reply.is_error
    assert message in reply.content[0].text


def answered_by(handler, *, patience=60.0):
    async def question():
        async with httpx2.AsyncClient(base_url="http://there", transport=httpx2.MockTransport(handler)) as http:
            return await Answers(http, patience=patience).get("/v1/solve")

    return anyio.run(question)


def test_an_evaluation_is_waited_for(monkeypatch):
    monkeypatch.setattr("service.mcp.answers.PAUSE", 0.0)
    statuses = iter([202, 202, 200])
    assert answered_by(lambda _: httpx2.Response(next(statuses), json={"state": "done"})) == {"state": "done"}


def test_one_that_takes_too_long_is_no_answer():
    with pytest.raises(ToolError, match="not whole after 0 seconds"):
        answered_by(lambda _: httpx2.Response(202, json={"state": "preview"}), patience=0.0)


def test_a_service_that_is_not_there_is_named():
    def refuse(request):
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(ToolError, match=r"http://there.* cannot be reached: refused"):
        answered_by(refuse)


def test_an_answer_of_something_else_is_none():
    with pytest.raises(ToolError, match="status 502 and no reason"):
        answered_by(lambda _: httpx2.Response(502, text="<html>"))


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://here:port", "http://"])
def test_an_address_that_is_none_is_a_usage_error(address, capsys):
    assert run(["mcp", "--url", address]) == 2
    assert "is no address of a service" in capsys.readouterr().err


def test_a_service_is_asked_with_the_key_of_the_setting(monkeypatch):
    clients = []
    monkeypatch.setattr(command, "_answer", clients.append)
    monkeypatch.setenv("HEADROOM_SERVICE_KEY", "hdr_agent_secret")
    assert run(["mcp", "--url", "http://127.0.0.1:9"]) == 0
    assert clients[0].headers["authorization"] == "Bearer hdr_agent_secret"


def over_stdio(*arguments):
    """The reply of one question to ``headroom mcp`` as a desktop client starts it."""

    async def conversation():
        command = StdioServerParameters(command=sys.executable, args=["-m", "headroom", "mcp", *arguments])
        async with Client(stdio_client(command)) as agent:
            return await agent.call_tool("ask_gap", {**US_POWER, "first": PERIOD})

    return anyio.run(conversation)


@pytest.mark.slow
def test_over_stdio_a_running_service_is_asked(live_server):
    reply = over_stdio("--url", live_server.url)
    assert reply.structured_content["answer"]["status"] == "available"


@pytest.mark.slow
def test_over_stdio_an_empty_home_has_no_number(tmp_path):
    reply = over_stdio("--home", str(tmp_path))
    assert reply.is_error
    assert "edition_missing" in reply.content[0].text
