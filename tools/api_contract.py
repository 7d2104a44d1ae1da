"""Compares the OpenAPI document with that of the last release: python tools/api_contract.py [--write].

It prints what would break a client of the release, and ends with 1 if anything would. ``--write`` renews
docs/api-contract.json, which is done when a version is released, or when something that was never released is taken
back.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RELEASED = ROOT / "docs" / "api-contract.json"
PROSE = frozenset({"description", "example", "examples", "summary", "tags", "title"})
"""What says the same to a program if it is put in other words."""
METHODS = frozenset({"delete", "get", "patch", "post", "put"})

Node = dict[str, Any]


def document() -> tuple[Node, list[str]]:
    """The document of the routes as they are, and what could not be completed of it."""
    from fastapi import FastAPI

    from service.base.documentation import document_and_faults
    from service.resources import RESOURCES

    app = FastAPI(openapi_url=None)
    for resource in RESOURCES:
        app.include_router(resource.router)
    return document_and_faults(app)


def breaks(before: Node, after: Node) -> list[str]:
    """What of a document a client of the one before would miss, each in a sentence."""
    return sorted({*_of_paths(before, after), *_of_shapes(before, after)})


def _of_paths(before: Node, after: Node) -> Iterator[str]:
    for path, methods in before["paths"].items():
        for method in METHODS & methods.keys():
            place = f"{method.upper()} {path}"
            now = after["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{place} is gone"
                continue
            yield from _of_parameters(methods[method], now, place)
            for status in methods[method]["responses"].keys() - now["responses"].keys():
                if status < "400":
                    yield f"{place} answers {status} no more"
            for kind in _content(methods[method]) - _content(now):
                yield f"{place} answers in {kind} no more"
            if now["security"] and not methods[method]["security"]:
                yield f"{place} needs a key"


def _content(operation: Node) -> set[str]:
    answers = (answer for status, answer in operation["responses"].items() if status < "400")
    return {kind for answer in answers for kind in answer.get("content", {})}


def _of_parameters(before: Node, after: Node, place: str) -> Iterator[str]:
    parameters = {one["name"]: one for one in after.get("parameters", [])}
    names = {one["name"] for one in before.get("parameters", [])}
    for one in before.get("parameters", []):
        now = parameters.get(one["name"])
        if now is None:
            yield f"{place}: the parameter {one['name']} is gone"
        else:
            yield from _of_schema(one["schema"], now["schema"], f"{place}: the parameter {one['name']}")
    for name, one in parameters.items():
        earlier = next((other for other in before.get("parameters", []) if other["name"] == name), None)
        if one.get("required") and (name not in names or (earlier is not None and not earlier.get("required"))):
            yield f"{place}: the parameter {name} is required"


def _of_shapes(before: Node, after: Node) -> Iterator[str]:
    sent = set(_sent(before))
    for name, shape in before["components"]["schemas"].items():
        now = after["components"]["schemas"].get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        yield from _of_schema(shape, now, name)
        for field, schema in shape.get("properties", {}).items():
            if field not in now.get("properties", {}):
                yield f"{name}.{field} is gone"
            else:
                yield from _of_schema(schema, now["properties"][field], f"{name}.{field}")
        required, required_now = set(shape.get("required", ())), set(now.get("required", ()))
        if name in sent:
            yield from (f"{name}.{field} is required" for field in required_now - required)
        else:
            yield from (f"{name}.{field} may be missing" for field in required - required_now)


def _sent(api: Node) -> Iterator[str]:
    """Names of the shapes that clients send."""
    for methods in api["paths"].values():
        for operation in methods.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                yield media["schema"].get("$ref", "").rpartition("/")[2]


def _of_schema(before: Node, after: Node, place: str) -> Iterator[str]:
    if kinds := sorted(_kinds(before) ^ _kinds(after)):
        yield f"{place} is another type ({', '.join(kinds)})"
    if values := [value for value in before.get("enum", ()) if value not in after.get("enum", before["enum"])]:
        yield f"{place} has no longer {', '.join(map(str, values))}"


def _kinds(schema: Node) -> set[str]:
    """Every type, format and reference in a schema."""
    kinds = {str(schema[key]) for key in ("type", "format", "$ref") if key in schema}
    for inner in (*schema.get("anyOf", ()), schema.get("items"), schema.get("additionalProperties")):
        if isinstance(inner, dict):
            kinds |= _kinds(inner)
    return kinds


def bare(node: Any) -> Any:  # noqa: ANN401 - any JSON
    """A document without prose and without problems, which all have one shape."""
    if isinstance(node, dict):
        # A property may be called as prose is: its value is a schema, and no text.
        return {
            name: bare(value)
            for name, value in node.items()
            if (name not in PROSE or (name != "example" and isinstance(value, dict))) and not _is_problem(name)
        }
    return [bare(one) for one in node] if isinstance(node, list) else node


def _is_problem(name: str) -> bool:
    return name.isdigit() and name >= "400"


def stored(api: Node) -> str:
    """The document as it is stored, a line for each operation and shape, so that a difference can be read."""
    parts = bare(api)
    lines = ["{", f'"version": {json.dumps(api["info"]["version"])},', '"paths": {']
    lines += _lines(parts["paths"])
    lines += ["},", '"components": {"schemas": {', *_lines(parts["components"]["schemas"]), "}}", "}"]
    return "\n".join(lines) + "\n"


def _lines(entries: Node) -> list[str]:
    lines = [f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in sorted(entries.items())]
    return [f"{line}," for line in lines[:-1]] + lines[-1:]


def main() -> int:
    """Compare, or write."""
    api, _ = document()
    if "--write" in sys.argv[1:]:
        RELEASED.write_text(stored(api), "utf-8")
        return 0
    sentences = breaks(json.loads(RELEASED.read_text("utf-8")), api)
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
