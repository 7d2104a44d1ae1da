"""The OpenAPI document: operations, examples, errors, and the form the documentation page draws."""

import pytest
from fastapi.routing import iter_route_contexts

from service.base.documentation import answer_model
from service.negotiation import MEDIA_TYPES, TABLES
from service.pages.charts.style import VegaLite
from service.pages.headline import Headline
from service.problems import Problem
from service.resources import RESOURCES

EVENTS = "text/event-stream"
TABLE_TYPES = {MEDIA_TYPES[form][0] for form in TABLES}
ROUTES = [context.original_route for resource in RESOURCES for context in iter_route_contexts(resource.router.routes)]
MODELS = {route.operation_id: answer_model(route) for route in ROUTES}


@pytest.fixture(scope="module")
def api(client):
    return client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def operations(api):
    return [(path, operation) for path, methods in api["paths"].items() for operation in methods.values()]


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_public_path_is_documented(api):
    assert api["openapi"] == "3.1.0"
    assert set(api["paths"]) == {
        "/v1/gaps",
        "/v1/headlines",
        "/v1/charts/gap",
        "/v1/comparisons",
        "/v1/charts/leads",
        "/v1/charts/track-record",
        "/v1/charts/series",
        "/v1/charts/site",
        "/v1/charts/sites",
        "/v1/charts/comparison",
        "/v1/forecasts/{series_id}",
        "/v1/forecasts",
        "/v1/forecasts/own/{name}",
        "/v1/observables",
        "/v1/claims",
        "/v1/claims/{claim}",
        "/v1/leads",
        "/v1/open-models",
        "/v1/funnel",
        "/v1/gaps:batch",
        "/v1/coverage",
        "/v1/limits",
        "/v1/pace",
        "/v1/figures",
        "/v1/routes",
        "/v1/stock",
        "/v1/editions/{edition}/draws/{cell}.parquet",
        "/v1/observations",
        "/v1/sites",
        "/v1/sites/{site}",
        "/v1/series",
        "/v1/series/{series_id}",
        "/v1/series/{series_id}/observations",
        "/v1/designers",
        "/v1/scoreboard",
        "/v1/scoreboard/summary",
        "/v1/calibration",
        "/v1/regions",
        "/v1/layers",
        "/v1/scenarios",
        "/v1/scenarios/{name}",
        "/v1/levers",
        "/v1/scenarios:evaluate",
        "/v1/what-if",
        "/v1/charts/what-if",
        "/v1/levers/reach",
        "/v1/attribution",
        "/v1/solve",
        "/v1/requirements",
        "/v1/scenarios/evaluations/{name}",
        "/v1/editions",
        "/v1/editions/current",
        "/v1/editions/latest",
        "/v1/editions/{edition}",
        "/v1/editions/{edition}/changes",
        "/v1/editions/{edition}/cite",
        "/v1/editions/{edition}/files/{name}",
        "/v1/editions.atom",
        "/v1/models/promotions",
        "/v1/jobs",
        "/v1/jobs/{job}",
        "/v1/jobs/{job}:cancel",
        "/v1/schedules",
        "/v1/events",
        "/v1/webhooks",
        "/v1/webhooks/{webhook}",
        "/v1/webhooks/{webhook}/deliveries",
        "/healthz",
        "/readyz",
        "/problems/{code}",
    }


def test_operation_ids_are_unique_and_every_operation_is_told(operations):
    ids = [operation["operationId"] for _, operation in operations]
    assert len(set(ids)) == len(ids)
    for _, operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]


def test_every_200_has_an_example_that_fits_its_shape(operations):
    for path, operation in operations:
        if operation["responses"].keys() & {"204"}:
            continue
        (kind, media), *tables = next(
            operation["responses"][status]["content"].items()
            for status in ("200", "201", "202")
            if status in operation["responses"]
        )
        types = dict.fromkeys(TABLE_TYPES, "string") | {EVENTS: "object"}
        assert all(table["schema"]["type"] == types.get(form) for form, table in tables), path
        if kind != "application/json":
            assert (MODELS[operation["operationId"]], media) == (None, {"schema": {"type": "string"}}), path
            continue
        assert media["example"], path
        assert MODELS[operation["operationId"]].model_validate(media["example"]), path


def test_every_error_is_a_problem_with_an_example(api, operations):
    for path, operation in operations:
        errors = {status: entry for status, entry in operation["responses"].items() if status >= "400"}
        assert {"422", "500"} <= set(errors), path
        shared = api["components"]["responses"]
        for entry in (shared.get(entry.get("$ref", "").rpartition("/")[2], entry) for entry in errors.values()):
            assert set(entry["content"]) == {"application/problem+json"}
            media = entry["content"]["application/problem+json"]
            assert media["schema"]["$ref"].endswith("/Problem")
            for example in media["examples"].values():
                Problem.model_validate(example["value"])


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/v1/gaps", {"200", "304", "406", "422", "500", "503"}),
        ("/v1/forecasts/{series_id}", {"200", "304", "404", "406", "422", "500", "503"}),
        ("/v1/series/{series_id}", {"200", "304", "404", "422", "500", "503"}),
        ("/readyz", {"200", "422", "500", "503"}),
    ],
)
def test_statuses_that_can_occur_are_listed(api, path, statuses):
    assert set(api["paths"][path]["get"]["responses"]) == statuses | {"400", "401", "403", "421", "429"}


def test_query_parameters_are_described_and_bounded(operations):
    for path, operation in operations:
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert len(set(names)) == len(names), path
        for parameter in operation.get("parameters", []):
            assert parameter["in"] in {"query", "path"}
            if parameter["in"] == "query":
                assert parameter["description"]


def test_whatever_says_its_edition_can_be_asked_of_another(operations):
    for path, operation in operations:
        model = MODELS[operation["operationId"]]
        # A forecast of a series is the champion's, and /readyz is about the edition served.
        fields = {} if model is None or "{edition}" in path else model.model_fields
        if "edition" in fields and path not in {"/v1/forecasts/{series_id}", "/readyz"}:
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert {"edition", "issued_before"} <= names, path
            assert "recalled" in fields, path


def test_every_reference_leads_somewhere(api):
    for reference in references(api):
        _, kind, name = reference.removeprefix("#/").split("/")
        assert name in api["components"][kind]


def test_every_shape_is_used(api):
    used = {reference.rsplit("/", 1)[1] for reference in references(api)}
    assert used == set(api["components"]["schemas"]) | set(api["components"]["responses"])


def test_the_page_draws_the_31_document(client):
    script = client.get("/static/docs.js").text
    assert '"../openapi.json"' in script
    assert 'PACKAGE_VERSION:"5.' in client.get("/docs/swagger-ui-bundle.js").text


def test_real_answers_fit_the_document(client):
    for path in ("/v1/headlines?region=US&layer=power", "/v1/charts/gap?region=US&layer=power"):
        assert client.get(path).status_code == 200
    Headline.model_validate(client.get("/v1/headlines?region=US&layer=power").json())
    VegaLite.model_validate(client.get("/v1/charts/gap?region=US&layer=power").json())
