"""What the OpenAPI document says beyond what FastAPI writes, so that generators of clients make something of it.

A list of values has a name, and one name wherever it stands; lists are lists; what every property means is said, from
``meanings.toml`` where its model does not say it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from service import problems
from service.base.response import NAME
from service.cache import JSON

COMPONENTS = "#/components/schemas/"
COMMON = ("400", "401", "403", "421", "429", "500")
"""Statuses that every path answers with alike."""
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of `headroom keys create`."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
}
KEYED: dict[str, Any] = {"security": [{"bearer": []}, {"header": []}]}
"""What an operation says that asks for a key (``openapi_extra``)."""

Node = dict[str, Any]


@cache
def meanings() -> Mapping[str, Mapping[str, str]]:
    """Names of enumerations and shapes, and what properties mean, by ``Shape.property`` or the property alone."""
    return tomllib.loads((resources.files("service.base") / "meanings.toml").read_text("utf-8"))


def complete(api: Node) -> list[str]:
    """Complete the document in place; returns what could not be, each in a sentence, which a test keeps empty."""
    faults: list[str] = []
    shapes = api["components"]["schemas"]
    for operation in operations(api):
        operation.setdefault("security", [])
        for parameter in operation.get("parameters", []):
            _complete_parameter(parameter, operation["operationId"], faults)
        _name_body(operation, shapes)
    _rename(api, meanings()["shapes"])
    names = _Names(shapes, {f"{owner}.{name}": holder[key] for owner, name, holder, key in _places(api)}, faults)
    for owner, name, holder, key in _places(api):
        holder[key] = names.named(holder[key], f"{owner}.{name}")
        if key == name:
            holder[key] = _described(holder[key], owner, name, faults)
    api["components"]["schemas"] = dict(sorted({**shapes, **names.added}.items()))
    api["components"]["securitySchemes"] = SECURITY_SCHEMES
    _share_problems(api)
    return faults


def operations(api: Node) -> Iterator[Node]:
    """Every operation, in the order of paths."""
    for methods in api["paths"].values():
        yield from methods.values()


def _places(api: Node) -> Iterator[tuple[str, str, Node, str]]:
    """Every parameter and property: whose it is, its name, and where its schema stands, which may be replaced."""
    for operation in operations(api):
        for parameter in operation.get("parameters", []):
            yield operation["operationId"], parameter["name"], parameter, "schema"
    for shape, schema in sorted(api["components"]["schemas"].items()):
        for name in schema.get("properties", {}):
            yield shape, name, schema["properties"], name


def _rename(api: Node, names: Mapping[str, str]) -> None:
    """Give shapes that FastAPI tells apart by their modules the names they are to have."""
    shapes = api["components"]["schemas"]
    for before, after in names.items():
        if before in shapes:
            shapes[after] = {**shapes.pop(before), "title": after}
    for node in _nodes(api):
        reference = node.get("$ref", "")
        if (name := reference.removeprefix(COMPONENTS)) in names:
            node["$ref"] = f"{COMPONENTS}{names[name]}"


def _nodes(node: object) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in node:
            yield from _nodes(value)


def _complete_parameter(parameter: Node, operation: str, faults: list[str]) -> None:
    """A list is written with commas, a default is what a client of the schema would write, and a place says its own."""
    schema, name = parameter["schema"], parameter["name"]
    if parameter["in"] == "path" and "description" not in parameter:
        places = meanings()["places"]
        if (description := places.get(f"{operation}.{name}") or places.get(name)) is None:
            faults.append(f"[places] of meanings.toml describes no {name} of {operation}")
        else:
            parameter["description"] = description
        examples = meanings()["examples"]
        if (example := examples.get(f"{operation}.{name}") or examples.get(name)) is not None:
            schema["examples"] = [example]
    default = schema.get("default")
    if schema.get("type") == "array":
        parameter |= {"style": "form", "explode": False}
        read = float if schema["items"]["type"] == "number" else str
        if isinstance(default, str):
            schema["default"] = [read(part) for part in default.split(",")]
        schema["examples"] = [
            one if isinstance(one, list) else [read(part) for part in str(one).split(",")]
            for one in schema.get("examples", [])
        ]
    if parameter["in"] == "query" and schema.get("type") == "string" and not schema.keys() & {"enum", "format"}:
        # No parameter is empty.
        schema.setdefault("minLength", 1)
    if schema.get("type") == "boolean" and isinstance(default, str):
        schema["default"] = default == "true"
    if not schema.get("examples"):
        schema.pop("examples", None)
    schema.pop("description", None)


def _name_body(operation: Node, shapes: Node) -> None:
    """Move the shape of a body, and those it is made of, to where all shapes are."""
    media = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if media is not None and "$ref" not in media["schema"]:
        shape = media["schema"]
        parts = {**shape.pop("$defs", {}), shape["title"]: shape}
        for node in _nodes(parts):
            if node.get("$ref", "").startswith("#/$defs/"):
                node["$ref"] = COMPONENTS + node["$ref"].removeprefix("#/$defs/")
        shapes |= parts
        media["schema"] = {"$ref": f"{COMPONENTS}{shape['title']}"}


class _Names:
    """Moves lists of values, and shapes that are marked with a name, to where all shapes are."""

    def __init__(self, shapes: Node, places: Mapping[str, Node], faults: list[str]) -> None:
        self.added: Node = {}
        self._faults = faults
        self._shapes = shapes
        self._by_values = {_values(schema): name for name, schema in shapes.items() if "enum" in schema}
        for place, name in meanings()["enums"].items():
            values = next((_values(node) for node in _nodes(places.get(place)) if "enum" in node), None)
            if values is None:
                faults.append(f"[enums] of meanings.toml names {place}, where no list of values stands")
            else:
                self._by_values[values] = name

    def named(self, schema: Node, place: str) -> Node:
        """The schema of a place with references where something has a name."""
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                schema[key] = self.named(schema[key], place)
        if "anyOf" in schema:
            schema["anyOf"] = [self.named(one, place) for one in schema["anyOf"]]
        if (name := schema.pop(NAME, None)) is not None:
            return self._moved(schema, name, ("type", "additionalProperties"))
        if len(schema.get("enum", ())) > 1 and schema.get("type") == "string":
            return self._moved(schema, self._by_values.get(_values(schema)) or _own_name(place), ("type", "enum"))
        return schema

    def _moved(self, schema: Node, name: str, keys: tuple[str, ...]) -> Node:
        shape = {key: schema[key] for key in keys}
        standing = self._shapes.get(name) or self.added.get(name)
        if standing is not None and any(standing.get(key) != shape[key] for key in keys):
            self._faults.append(f"{name} is another shape: give this one a name in [enums] of meanings.toml: {shape}")
            return schema
        if standing is None:
            self.added[name] = {"title": name, **shape, "description": _meaning(name, "") or name}
            if any(not value[0].isalpha() for value in shape.get("enum", ())):
                # Names of constants, which no language lets begin with a digit.
                self.added[name]["x-enum-varnames"] = [_constant(name, value) for value in shape["enum"]]
            if "enum" in shape:
                self._by_values[_values(shape)] = name
        rest = {key: value for key, value in schema.items() if key not in {*keys, "title"}}
        return {"$ref": f"{COMPONENTS}{name}", **rest}


def _constant(name: str, value: str) -> str:
    return re.sub("[^A-Za-z0-9]", "_", value if value[0].isalpha() else f"{name}_{value}").upper()


def _values(schema: Node) -> tuple[Any, ...]:
    return tuple(schema["enum"])


def _own_name(place: str) -> str:
    """The name of a list of values that meanings.toml gives none: as its parameter or property is called."""
    return "".join(part.capitalize() for part in re.split("[_ -]", place.rpartition(".")[2]))


def _meaning(shape: str, name: str) -> str | None:
    table = meanings()["properties"]
    return table.get(f"{shape}.{name}") if name else meanings()["names"].get(shape)


def _described(schema: Node, shape: str, name: str, faults: list[str]) -> Node:
    """The schema of a property, which says what it means."""
    if "description" not in schema:
        meaning = _meaning(shape, name) or meanings()["properties"].get(name)
        if meaning is None:
            faults.append(f"{shape}.{name} has no description, and meanings.toml has none for it")
        else:
            schema["description"] = meaning
    return schema


def _share_problems(api: Node) -> None:
    """Write once what all paths answer alike, under the name of the first problem of its status."""
    responses = api["components"].setdefault("responses", {})
    for status in COMMON:
        alike = [operation["responses"][status] for operation in operations(api) if status in operation["responses"]]
        codes = list(alike[0]["content"][problems.MEDIA_TYPE]["examples"])
        name = "".join(part.capitalize() for part in codes[0].split("_"))
        responses[name] = min(alike, key=lambda one: len(one["content"][problems.MEDIA_TYPE]["examples"]))
        for operation in operations(api):
            if operation["responses"].get(status) == responses[name]:
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
