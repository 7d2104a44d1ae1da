"""Scenarios over HTTP: what they are, and evaluations that are refused by the path of what is wrong."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projection.scenarios import library
from projection.scenarios.levers import levers
from service.api.scenarios.scenarios import LeverList, ScenarioAnswer

EVALUATE = "/v1/scenarios:evaluate"
UNKNOWN = {"x": {"set": 1, "unit": "1"}}
ASKED = {"scenario": "us-shortfall", "region": "US", "layers": ["power"]}


@pytest.mark.parametrize("name", list(library.documents()))
def test_every_scenario_is_shown_with_its_reasons(client, name):
    response = client.get(f"/v1/scenarios/{name}")
    assert response.status_code == 200
    shown = ScenarioAnswer.model_validate(response.json())
    assert all(one.why for one in shown.overrides)


def test_a_former_name_is_answered_with_the_new_one(client):
    problem = client.get("/v1/scenarios/btm_slips").json()
    assert problem["code"] == "invalid_parameter"
    assert problem["errors"][0]["allowed"] == ["on-site-power-late"]


def test_levers_are_listed_with_their_ranges(client):
    shown = LeverList.model_validate(client.get("/v1/levers").json())
    assert {item.lever for item in shown.items} == set(levers())
    assert all(item.least <= item.neutral <= item.most for item in shown.items)


@pytest.mark.parametrize(
    ("change", "parameter", "allowed"),
    [
        ({"scenario": "miracle"}, "scenario", "worst-case"),
        ({"scenario": "sites_on_time"}, "scenario", "plans-on-time"),
        ({"region": "XX"}, "region", "US"),
        ({"layers": ["water"]}, "layers.0", "power"),
        ({"layers": []}, "layers", None),
        ({"levers": {"magic": 1}}, "levers.magic", "nuclear"),
        ({"levers": {"nuclear": 99}}, "levers.nuclear", "0 to 40"),
        ({"colour": "red"}, "colour", "region"),
        ({"document": {"title": "T"}}, "document", "not both"),
        (
            {"scenario": None, "document": {"title": "T", "overrides": {"x": {"set": 1, "unit": "1"}}}},
            "overrides.x",
            None,
        ),
        ({"from": "then"}, "from", None),
    ],
)
def test_what_is_wrong_is_a_problem_that_names_it(client, change, parameter, allowed):
    response = client.post(EVALUATE, content=json.dumps(ASKED | change))
    problem = response.json()
    assert response.status_code == 422
    assert problem["errors"][0]["parameter"] == parameter
    assert allowed is None or any(allowed in text for text in problem["errors"][0]["allowed"])


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"\xff", b"3"])
def test_a_body_that_is_none_is_a_problem(client, body):
    assert client.post(EVALUATE, content=body).status_code == 422


def test_a_body_that_is_too_large_is_a_problem(client):
    assert client.post(EVALUATE, content=b'"' + b"a" * 70_000 + b'"').status_code == 413


def test_every_fault_of_a_body_is_told_in_one_answer(client):
    answer = client.post(EVALUATE, json={"region": 3, "layers": [], "draws": "all", "nope": 1}).json()
    assert {error["parameter"] for error in answer["errors"]} == {"region", "layers", "draws", "nope"}


def test_without_figures_nothing_is_evaluated_and_unknown_ones_are_not_found(client):
    response = client.post(EVALUATE, content=json.dumps(ASKED))
    assert (response.status_code, response.json()["code"]) == (503, "evaluation_unavailable")
    assert client.get("/v1/scenarios/evaluations/none").status_code == 404


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=6)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
DOCUMENTS = st.fixed_dictionaries({"title": st.text(max_size=3)}, optional={"overrides": JSON, "compose": JSON})
BODIES = st.one_of(JSON, st.fixed_dictionaries(
    {"region": st.sampled_from(["US", "CN"]), "layers": st.just(["power"])},
    optional={"document": st.one_of(JSON, DOCUMENTS),
              "levers": JSON, "scenario": JSON, "from": JSON, "to": JSON, "draws": JSON},
))  # fmt: skip


@given(body=BODIES)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_is_posted_is_a_problem_or_an_evaluation(client, body):
    with suppress(UnicodeEncodeError):
        response = client.post(EVALUATE, content=json.dumps(body).encode())
        refused = response.status_code == 503 and response.json()["code"] == "evaluation_unavailable"
        assert response.status_code == 422 or refused, response.text
