"""Writes the models of the Python client from the OpenAPI document: python tools/client_models.py [--check].

It takes the shapes that the client returns and no others, and leaves out what the API is about to remove. A client
reads what a later service answers, so lists of values are texts in answers and bounded in arguments alone. ``--check``
writes nothing, and ends with 1 if the file is not what would be written.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "clients" / "python" / "headroom_client" / "models.py"
ANSWERS = (
    "AttributionAnswer",
    "ClaimAnswer",
    "ClaimList",
    "EditionList",
    "EvaluationAnswer",
    "GapAnswer",
    "OwnForecastsAnswer",
    "Problem",
    "ScenarioAnswer",
    "ScenarioList",
    "SolveAnswer",
)
ARGUMENTS = (
    "ComputeBasis",
    "DemandConcept",
    "EvaluatedDemand",
    "EvaluationDraws",
    "FigureKind",
    "Frequency",
    "Layer",
    "PeriodLength",
    "Quantity",
    "ScoreState",
    "Shape",
    "Status",
    "VintageRule",
    "YearOrQuarter",
)
"""Lists of values that arguments of the client take."""
SHAPE = frozenset(
    {"$ref", "additionalProperties", "anyOf", "description", "format", "items", "properties", "required", "type"}
)
"""What of a schema says which type it is, and what it means."""
HEADER = '''"""Answers of the API and values of arguments, generated from its document by tools/client_models.py.

Do not edit: change the API, then run ``python tools/client_models.py``.
"""
'''

Node = dict[str, Any]


def shapes(api: Node) -> Node:
    """The shapes that the client knows, by name."""
    schemas = api["components"]["schemas"]
    answers: Node = {}
    names = list(ANSWERS)
    while names:
        name = names.pop()
        if name not in answers:
            answers[name] = _answer(schemas[name], schemas)
            names += _references(answers[name])
    arguments = {name: {"enum": schemas[name]["enum"], "type": "string"} for name in ARGUMENTS}
    return dict(sorted((answers | arguments).items()))


def _answer(schema: Node, schemas: Node) -> Node:
    """A schema without bounds, examples and what is deprecated, and without references but to objects."""
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2], {})
    if named and "properties" not in named:
        return _answer(named, schemas) | {key: schema[key] for key in ("description",) if key in schema}
    bare = {key: part for key, part in schema.items() if key in SHAPE}
    if "properties" in bare:
        bare.pop("additionalProperties", None)
        lasting = {name: part for name, part in bare["properties"].items() if not part.get("deprecated")}
        bare["properties"] = {name: _answer(part, schemas) for name, part in lasting.items()}
        bare["required"] = [name for name in bare.get("required", ()) if name in lasting]
    for key in ("items", "additionalProperties"):
        if isinstance(bare.get(key), dict):
            bare[key] = _answer(bare[key], schemas)
    if "anyOf" in bare:
        bare["anyOf"] = [_answer(part, schemas) for part in bare["anyOf"]]
    return bare


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, part in node.items():
            if key == "$ref":
                yield part.rpartition("/")[2]
            else:
                yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def source() -> str:
    """The module, as it is to be."""
    import api_contract
    from datamodel_code_generator import DataModelType, InputFileType, LiteralType, generate
    from datamodel_code_generator.format import Formatter, PythonVersion

    api, _ = api_contract.document()
    schema = {"openapi": "3.1.0", "info": api["info"], "paths": {}, "components": {"schemas": shapes(api)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = generate(
            json.dumps(schema),
            input_file_type=InputFileType.OpenAPI,
            output_model_type=DataModelType.PydanticV2BaseModel,
            target_python_version=PythonVersion.PY_311,
            base_class="headroom_client.answer.Answer",
            custom_file_header=HEADER,
            enum_field_as_literal=LiteralType.All,
            use_type_alias=True,
            use_field_description=True,
            use_schema_description=True,
            use_single_line_docstring=True,
            use_double_quotes=True,
            use_union_operator=True,
            use_standard_collections=True,
            disable_future_imports=True,
            formatters=[Formatter.BUILTIN],
        )
    return str(text)


def main() -> int:
    """Write, or compare."""
    text = source()
    if "--check" in sys.argv[1:]:
        return int(not MODELS.is_file() or MODELS.read_text("utf-8") != text)
    MODELS.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
    sys.exit(main())
