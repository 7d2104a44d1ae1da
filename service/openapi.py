"""The OpenAPI 3.1 document: operations from the routes, shapes from :mod:`service.shapes`, problems from the table."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from data.base.release import release
from service import problems
from service.examples import EXAMPLES
from service.parameters import Parameter
from service.representations import JSON
from service.shapes import ALL

REF = "#/components/schemas/{model}"
DESCRIPTION = """\
How much compute, power, energy, firm capacity and storage data centers need, how much is really being built, and how
wide the gap is: with bands read off joint draws, never a number alone.

Every answer is a view of an immutable *edition*. It carries a strong ETag; ask again with `If-None-Match` and get 304.
Quantile keys are shortest decimals. A cell without enough figures answers 200 with `status: unavailable` and a reason.
Errors are `application/problem+json` (RFC 9457) and name the parameter and what is allowed; a method other than GET or
HEAD answers 405.
"""
TAGS = [
    {"name": "gaps", "description": "Demand, deliverable supply and their difference."},
    {"name": "forecasts", "description": "Plain forecasts of single series."},
    {"name": "open-models", "description": "Whose models are used: shares of use by country of the lab."},
    {"name": "figures", "description": "What was said, by whom, and when."},
    {"name": "models", "description": "Which version of the models is champion since when, and why."},
    {"name": "names", "description": "Regions, layers, scenarios, and the edition behind every answer."},
    {"name": "service", "description": "Whether the service is up, and what its problems mean."},
]


def documented(
    shape: type[BaseModel],
    *,
    parameters: Sequence[Parameter] = (),
    errors: Sequence[str] = (),
    cached: bool = True,
    media_type: str = JSON,
) -> dict[str, Any]:
    """Keyword arguments of a route: its shape, its parameters and every problem it can answer.

    Args:
        shape: what a 200 carries.
        parameters: query parameters.
        errors: codes of problems beside those that all routes share: an unknown query parameter, a bad or a
            misdirected request, and an internal error.
        cached: whether the answer carries an ETag and may be 304.
        media_type: of the 200.
    """
    schema = {"$ref": REF.format(model=shape.__name__)}
    ok: dict[str, Any] = {"description": "OK", "content": {media_type: {"schema": schema}}}
    responses: dict[int | str, dict[str, Any]] = {200: ok}
    if cached:
        ok["headers"] = {"ETag": {"description": "Strong: edition and hash of the body.", "schema": {"type": "string"}}}
        responses[304] = {"description": "The copy named by If-None-Match is still true."}
    for code in ("invalid_parameter", "bad_request", "misdirected_request", "internal_error", *errors):
        _add_problem(responses, code)
    return {
        "responses": responses,
        "response_class": Response,
        "openapi_extra": {"parameters": [parameter.document() for parameter in parameters]} if parameters else {},
    }


def _add_problem(responses: dict[int | str, dict[str, Any]], code: str) -> None:
    kind = problems.KINDS[code]
    items = [problems.item("layer", "'water' is not known", ["compute", "power"])] if kind.status == 422 else []  # noqa: PLR2004 - HTTP's number
    example = {"summary": kind.title, "value": problems.document(kind, kind.description, items)}
    content = {"schema": {"$ref": REF.format(model="Problem")}, "examples": {code: example}}
    entry = responses.setdefault(kind.status, {"description": kind.title, "content": {problems.MEDIA_TYPE: content}})
    entry["content"][problems.MEDIA_TYPE]["examples"][code] = example


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document; made once at start."""
    api = get_openapi(
        title="Headroom",
        version=release(),
        openapi_version="3.1.0",
        summary="The gap between what data centers need and what is being built.",
        description=DESCRIPTION,
        routes=app.routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
    )
    for methods in api["paths"].values():
        for operation in methods.values():
            # Filled in here because FastAPI drops nulls from the examples it is given; a null is part of the shape.
            for media in operation["responses"]["200"]["content"].values():
                media["example"] = EXAMPLES[media["schema"]["$ref"].rsplit("/", 1)[1]]
    _, schemas = models_json_schema([(model, "serialization") for model in ALL], ref_template=REF)
    api.setdefault("components", {})["schemas"] = dict(sorted(schemas["$defs"].items()))
    return api


def as_30(node: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The same document in OpenAPI 3.0.3, which the bundled Swagger UI 4 can draw; it knows no null type and no const.

    >>> as_30({"anyOf": [{"type": "string"}, {"type": "null"}]})
    {'type': 'string', 'nullable': True}
    """
    if isinstance(node, list):
        return [as_30(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    out = {key: as_30(value) for key, value in node.items()}
    if "openapi" in out and "paths" in out:
        out["openapi"] = "3.0.3"
        out["info"] = {key: value for key, value in out["info"].items() if key != "summary"}
        out["info"]["license"] = {"name": out["info"]["license"]["name"]}
    if out.get("type") == "null":
        return {"enum": [None], "nullable": True} | {key: out[key] for key in ("title", "description") if key in out}
    if "const" in out:
        out["enum"] = [out.pop("const")]
    if isinstance(out.get("examples"), list) and out["examples"]:
        out["example"] = out.pop("examples")[0]
    if isinstance(out.get("anyOf"), list):
        kinds = [kind for kind in out["anyOf"] if kind.get("enum") != [None]]
        if len(kinds) < len(out["anyOf"]):
            rest = {key: value for key, value in out.items() if key != "anyOf"}
            only = kinds[0]
            return {**({"allOf": [only]} if "$ref" in only else only), **rest, "nullable": True}
    return out
