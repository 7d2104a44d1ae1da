"""Every error becomes a problem document."""

import inspect

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from data.base import errors
from service import problems
from service.api.operation.health import ProblemKind
from service.problems import Problem

TREE = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.HeadroomError)]


def test_every_error_of_the_house_has_a_status():
    assert set(problems.STATUS_OF) == set(TREE)


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


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_405_and_says_what_is_allowed(client, method):
    response = client.request(method, "/v1/gaps")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"
    assert Problem.model_validate(response.json()).code == "method_not_allowed"


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
