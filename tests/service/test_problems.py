"""Every error becomes a problem document."""

import inspect
import json
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI
from queries import MODELS, NAMES
from starlette.testclient import TestClient

from data.base import access_errors, edition_errors, errors
from service import problems
from service.api.operation.health import ProblemKind
from service.problems import Problem

TREE = {
    cls
    for module in (errors, access_errors, edition_errors)
    for _, cls in inspect.getmembers(module, inspect.isclass)
    if issubclass(cls, errors.HeadroomError)
}


def test_every_error_of_the_house_has_a_status():
    assert set(problems.STATUS_OF) == TREE


def test_codes_are_unique():
    codes = [cls.code for cls in TREE] + [kind.code for kind in problems.HTTP_KINDS]
    assert len(set(codes)) == len(codes) == len(problems.KINDS)


@pytest.mark.parametrize("code", sorted(problems.KINDS))
def test_every_code_is_described(client, code):
    kind = ProblemKind.model_validate(client.get(f"/problems/{code}").json())
    assert kind.type == f"/problems/{code}"
    assert kind.description


def test_an_unknown_code_is_404(client):
    assert client.get("/problems/nope").json()["errors"][0]["parameter"] == "code"


@pytest.mark.parametrize(
    "path", ["/nope", "/v1", "/v1/gaps/", "/v1/gaps/US", "/static/nope.js", "/docs/nope.js", "/assets/nope.js"]
)
def test_an_unknown_path_is_a_problem(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    Problem.model_validate(response.json())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_method_is_405_and_says_what_is_allowed(client, method):
    response = client.request(method, "/v1/gaps")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert Problem.model_validate(response.json()).code == "method_not_allowed"


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/jobs", "GET, HEAD, OPTIONS, POST"),
        ("/v1/scenarios:evaluate", "OPTIONS, POST"),
        ("/", "GET, HEAD, OPTIONS"),
    ],
)
def test_every_path_says_what_it_may_be_asked_with(client, path, methods):
    answer = client.options(path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, methods, b"")
    assert client.put(path).headers["allow"] == methods


def test_every_fault_of_a_query_is_told_in_one_answer(client):
    answer = client.get("/v1/gaps?layer=water&freq=M&from=2030&to=2029&quantiles=2&nope=1&above=").json()
    assert {error["parameter"] for error in answer["errors"]} == {
        "region", "layer", "freq", "quantiles", "nope", "above",
    }  # fmt: skip
    assert all(error["allowed"] for error in answer["errors"])
    for error in answer["errors"]:
        assert f"{error['parameter']}: {error['message']}" in answer["detail"]


def test_every_repeated_parameter_is_told(client):
    answer = client.get("/v1/gaps?region=US&region=CN&layer=power&layer=energy").json()
    assert [error["parameter"] for error in answer["errors"]] == ["region", "layer"]


LONG = "x" * 500


@pytest.mark.parametrize(
    "path",
    [
        *(f"{path}&{name}={LONG}" for path in MODELS for name in NAMES[path]),
        f"/v1/gaps?{LONG}=1",
        f"/v1/gaps?{LONG}=1&{LONG}=2",
        *(
            f"{place}/{LONG}"
            for place in ("/v1/series", "/v1/claims", "/v1/jobs", "/v1/editions", "/problems", "/static")
        ),
        f"/v1/scenarios/{LONG}",
        f"/v1/{LONG}",
    ],
)
def test_no_value_is_repeated_at_length(client, path):
    base, _, query = path.partition("?")
    answer = client.get(base, params=dict(parse_qsl(query, keep_blank_values=True)))
    assert "x" * 101 not in answer.text


def test_problems_name_no_folder_of_the_server():
    error = errors.ArtifactCorrupt("/srv/home/var/editions/e-1/draws.npz", "differs; see /v1/editions")
    detail = json.loads(problems.of_error(error).body)["detail"]
    assert detail.startswith("draws.npz: differs; see /v1/editions")
    assert "/srv" not in detail


def test_what_passes_by_itself_says_when_to_ask_again():
    assert problems.of_error(errors.EditionMissing("the home", "none")).headers["retry-after"] == "5"
    assert "retry-after" not in problems.of_error(errors.NotFound("series", "a")).headers


def test_a_crash_is_a_problem_that_tells_nothing_of_the_inside():
    app = FastAPI()
    problems.install(app)

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError("secret")

    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/crash")
    assert response.status_code == 500
    assert Problem.model_validate(response.json()).code == "internal_error"
    assert "secret" not in response.text


def test_what_fastapi_itself_refuses_is_a_problem():
    app = FastAPI()
    problems.install(app)

    @app.get("/n/{number}")
    def read(number: int) -> int:
        return number

    with TestClient(app) as client:
        response = client.get("/n/x")
    assert response.status_code == 422
    assert Problem.model_validate(response.json()).errors[0].parameter == "number"


def test_problems_are_not_cached(client):
    assert client.get("/nope").headers["cache-control"] == "no-store"


def test_a_subclass_outside_the_table_takes_its_parents_status():
    class Odd(errors.ArtifactCorrupt):
        code = "odd"

    assert problems.of_error(Odd("file", "is odd")).status_code == 503
