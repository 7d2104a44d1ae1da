"""The OpenAPI document as generators of clients read it, and what would break clients of the last release."""

import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "tools"))

import api_contract  # noqa: E402 - found on the line above

NAMED = {"Region", "Layer", "DemandConcept", "Timing", "Status", "Band", "JobKind", "EventKind"}
MOMENTARY = re.compile(
    r"/v1/(jobs|webhooks|events|schedules|claims/|attribution|solve|requirements|(charts/)?what-if|levers/reach)|evaluations"
)
"""Paths that depend on what a service did, or that need claims or evaluations, which the small edition has not."""


DOCUMENT, FAULTS = api_contract.document()


@pytest.fixture(scope="module")
def api():
    return DOCUMENT


def operations(api):
    return [
        (path, method, operation) for path, methods in api["paths"].items() for method, operation in methods.items()
    ]


def schemas(node, place=""):
    if isinstance(node, dict):
        yield place, node
        for name, value in node.items():
            yield from schemas(value, f"{place}/{name}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from schemas(value, f"{place}/{number}")


def test_nothing_breaks_clients_of_the_last_release(api):
    before = json.loads(api_contract.RELEASED.read_text())
    assert api_contract.breaks(before, api_contract.bare(api)) == []


def test_everything_has_a_name_and_a_meaning():
    assert FAULTS == []


def test_every_list_of_values_is_a_component(api):
    inline = [
        place
        for place, node in schemas({"paths": api["paths"], "schemas": api["components"]["schemas"]})
        if len(node.get("enum", ())) > 1
        and node.get("type") == "string"
        and not re.fullmatch(r"/schemas/[A-Za-z0-9]+", place)
    ]
    assert inline == []
    assert set(api["components"]["schemas"]) >= NAMED


def test_shapes_are_named_as_a_person_would(api):
    assert not [name for name in api["components"]["schemas"] if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)]


def test_no_property_is_always_null(api):
    for name, shape in api["components"]["schemas"].items():
        for field, schema in shape.get("properties", {}).items():
            assert schema.get("type") != "null", f"{name}.{field}"


def test_every_property_and_parameter_is_described(api):
    for name, shape in api["components"]["schemas"].items():
        for field, schema in shape.get("properties", {}).items():
            assert schema["description"], f"{name}.{field}"
    for path, _, operation in operations(api):
        for parameter in operation.get("parameters", []):
            assert parameter["description"], f"{path} {parameter['name']}"


def test_days_and_moments_say_what_they_are(api):
    day, moment = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"), re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*Z\Z")
    without = []
    for name, shape in api["components"]["schemas"].items():
        for field, schema in shape.get("properties", {}).items():
            texts = [one for one in schema.get("examples", []) if isinstance(one, str)]
            formats = {node.get("format") for _, node in schemas(schema)}
            expected = (
                {"date"} if all(map(day.match, texts)) else {"date-time"} if all(map(moment.match, texts)) else set()
            )
            without += [f"{name}.{field}"] if texts and not expected <= formats else []
    assert without == []


def test_lists_are_lists(api):
    parameters = {
        parameter["name"]: parameter
        for _, _, operation in operations(api)
        for parameter in operation.get("parameters", [])
    }
    for name in ("quantiles", "above"):
        assert parameters[name]["schema"]["type"] == "array"
        assert (parameters[name]["style"], parameters[name]["explode"]) == ("form", False)
    assert parameters["include_history"]["schema"] == {"type": "boolean", "title": "Include History", "default": False}


def test_what_needs_a_key_says_so(api):
    keyed = {(method, path) for path, method, operation in operations(api) if operation["security"]}
    assert ("post", "/v1/jobs") in keyed
    assert all(path.startswith(("/v1/jobs", "/v1/webhooks")) for _, path in keyed)
    assert all(("get", path) not in keyed for path in ("/v1/gaps", "/v1/jobs"))
    assert set(api["components"]["securitySchemes"]) == {"bearer", "header"}


@pytest.mark.parametrize("form", ["quantiles=0.1,0.9", "quantiles=0.1%2C0.9", "quantiles=0.1&quantiles=0.9"])
def test_a_list_is_read_in_either_form(client, form):
    answer = client.get(f"/v1/gaps?region=US&layer=power&{form}")
    assert list(answer.json()["points"][0]["demand"]) == ["0.1", "0.9"]


def test_periods_that_cannot_be_do_not_pass_the_pattern(api):
    parameters = {one["name"]: one for one in api["paths"]["/v1/gaps"]["get"]["parameters"]}
    pattern = re.compile(parameters["from"]["schema"]["pattern"])
    for text in ("2028", "2028H1", "2028Q3", "2028-Q3", "2028-07", "2028-07-31", "2028-W27", "2028-02-28"):
        assert pattern.match(text), text
    for text in ("2028-61", "2028-13", "2028-02-30", "2028-06-31", "2028Q5", "2028-W60", "tomorrow", "28"):
        assert not pattern.match(text), text


def examples(api):
    for path, method, operation in operations(api):
        parameters = operation.get("parameters", [])
        shown = {one["name"]: one["schema"]["examples"][0] for one in parameters if "examples" in one["schema"]}
        places = {one["name"] for one in parameters if one["in"] == "path"}
        if method == "get" and places <= shown.keys() and not MOMENTARY.search(path):
            query = {name: value for name, value in shown.items() if name not in places}
            yield (
                path.format(**shown),
                {n: ",".join(map(str, v)) if isinstance(v, list) else v for n, v in query.items()},
            )


@pytest.mark.parametrize(("path", "query"), list(examples(DOCUMENT)), ids=lambda value: str(value)[:60])
def test_examples_of_the_documentation_run(client, path, query):
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    if path == "/v1/series":
        assert answer.json()["items"]


def test_what_is_deprecated_says_so_in_its_answers(client, api):
    documented = api["paths"]["/v1/editions/current"]["get"]
    answer = client.get("/v1/editions/current")
    assert documented["deprecated"]
    assert set(documented["responses"]["200"]["headers"]) == {"ETag", "Deprecation", "Sunset", "Link"}
    assert answer.headers["deprecation"] == "@1796083200"
    assert answer.headers["sunset"] == "Wed, 01 Dec 2027 00:00:00 GMT"
    assert answer.headers["link"] == '<latest>; rel="successor-version"'


CHANGES = [
    (lambda api: api["paths"].pop("/v1/gaps"), "GET /v1/gaps is gone"),
    (lambda api: api["paths"]["/v1/gaps"]["get"]["parameters"].pop(), "GET /v1/gaps: the parameter unit is gone"),
    (
        lambda api: api["paths"]["/v1/gaps"]["get"]["parameters"][0].update(required=True),
        "GET /v1/gaps: the parameter format is required",
    ),
    (lambda api: api["components"]["schemas"]["GapPoint"]["properties"].pop("gap"), "GapPoint.gap is gone"),
    (lambda api: api["components"]["schemas"]["Layer"]["enum"].remove("firm"), "Layer has no longer firm"),
    (
        lambda api: api["components"]["schemas"]["NewJob"]["required"].append("why"),
        "NewJob.why is required",
    ),
    (
        lambda api: api["components"]["schemas"]["Manifest"]["properties"].update(id={"type": "integer"}),
        "Manifest.id is another type (integer, string)",
    ),
    (lambda api: api["paths"]["/v1/gaps"]["get"].update(security=[{"bearer": []}]), "GET /v1/gaps needs a key"),
]


@pytest.mark.parametrize(("change", "sentence"), CHANGES)
def test_what_would_break_a_client_is_found(api, change, sentence):
    changed = copy.deepcopy(api)
    change(changed)
    assert api_contract.breaks(api, changed) == [sentence]


def test_what_is_added_breaks_nobody(api):
    changed = copy.deepcopy(api)
    changed["paths"]["/v1/new"] = changed["paths"]["/v1/layers"]
    changed["components"]["schemas"]["GapPoint"]["properties"]["new"] = {"type": "string"}
    changed["components"]["schemas"]["Layer"]["enum"].append("water")
    assert api_contract.breaks(api, changed) == []


@pytest.mark.slow
def test_the_linter_of_openapi_finds_nothing(api, tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: the document is linted where it is")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "openapi.json").write_text(json.dumps(api))
    lint = ["npm", "exec", "--yes", "--package=@redocly/cli@2", "--", "redocly", "lint", "openapi.json"]
    process = subprocess.run(lint, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    if "npm error" in process.stderr:
        pytest.skip(f"npm gives no linter here: {process.stderr[:500]}")
    assert process.returncode == 0, process.stdout + process.stderr
    # Warnings leave the code at 0, and are counted in a line of their own.
    assert "You have" not in process.stdout + process.stderr
