"""What an answer is made from: models whose fields are the keys of the JSON, each with its meaning and an example."""

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite, log10
from types import NoneType
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from data.base.errors import ArtifactCorrupt
from data.periods.timestamps import rfc3339

SIGNIFICANT = 6
"""Digits sent; draws carry about two to three."""


def rounded(value: float) -> float:
    """Six significant digits; raises :class:`ArtifactCorrupt` for a number JSON cannot carry."""
    if not isfinite(value):
        raise ArtifactCorrupt("draws", f"gave {value}")
    if value == 0:
        return 0.0
    return round(value, SIGNIFICANT - 1 - int(log10(abs(value)) // 1))


Number = Annotated[float, AfterValidator(rounded)]
"""A number at the digits sent."""
NAME = "x-name"
"""Marks a shape that stands in the documentation by itself, under a name."""
Band = Annotated[dict[str, Number], Field(json_schema_extra={NAME: "Band"})]
"""Values by quantile level, as its shortest decimal."""
Stamp = Annotated[
    datetime,
    PlainSerializer(rfc3339, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
"""A moment, UTC, in whole seconds."""
Status = Literal["available", "partial", "unavailable"]
Chance = Annotated[float, Field(ge=0, le=1), AfterValidator(rounded)]
"""A probability or a share."""


class ResponseModel(BaseModel):
    """A JSON object with these keys and no others, in this order."""

    model_config = ConfigDict(extra="forbid", from_attributes=True, json_schema_serialization_defaults_required=True)

    @classmethod
    def of(cls, *sources: object, **overrides: Any) -> Self:  # noqa: ANN401 - any field
        """The model of what the sources call by the names of its fields.

        Args:
            sources: objects and mappings; of several that have a name, the first counts.
            overrides: values of fields that no source has, or has otherwise.
        """
        values = {name: overrides[name] if name in overrides else _value(name, sources) for name in cls.model_fields}
        return cls.model_validate(values)


def _value(name: str, sources: tuple[object, ...]) -> object:
    for source in sources:
        if isinstance(source, Mapping):
            if name in source:
                return source[name]
        elif hasattr(source, name):
            return getattr(source, name)
    raise AttributeError(f"no source has {name}")


class Withheld(ResponseModel):
    """An edition that is not served although it was issued later than the one that is, and why."""

    edition: str
    reason: str


Withholding = Annotated[
    list[Withheld],
    Field(description="Later editions that are not served because they are corrupt or recalled.", examples=[[]]),
]


class Recalled(ResponseModel):
    """That the edition was recalled after it was issued: what is wrong with it, and the edition to use instead."""

    at: Stamp
    reason: str
    successor: str | None


Recalling = Annotated[
    Recalled | None,
    Field(description="Null, or that the edition behind the answer was recalled, why, and what stands instead."),
]


class EditionHead(ResponseModel):
    """Which edition an answer is read off."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: date = Field(examples=["2026-11-22"])
    withheld: Withholding
    recalled: Recalling


class Cite(ResponseModel):
    """How to cite an answer."""

    text: str = Field(
        description="Its edition in words; /v1/editions/{edition}/cite has it for BibTeX and as a CFF document.",
        examples=[
            (
                "Headroom (2026). Demand, deliverable supply and the gap of data centers, edition "
                "e-20261122-0a1b2c3d4e (figures known on 2026-11-22, model m-20261122-5f6a7b8c9d). Issued 2026-11-23. "
                "/v1/editions/e-20261122-0a1b2c3d4e, manifest SHA-256 9f86d081884c7d659a2feaa0c55ad015."
            )
        ],
    )
    permalink: str = Field(
        description="Leads to the same answer after later editions too; it begins with the public address of the "
        "service where that is set (HEADROOM_PUBLIC_URL).",
        examples=["/v1/gaps?region=US&layer=power&edition=e-20261122-0a1b2c3d4e"],
    )


def example(model: type[BaseModel]) -> dict[str, Any]:
    """A document of the model, made of the examples of its fields; null where a field may be and has none."""
    return {
        field.alias or name: _example(field.annotation, field.examples) for name, field in model.model_fields.items()
    }


def _example(annotation: Any, examples: list[Any] | None) -> Any:  # noqa: ANN401 - any JSON
    if examples:
        return examples[0]
    inner = get_args(annotation)
    if annotation is NoneType or NoneType in inner:
        return None
    if inner and isinstance(inner[0], type) and issubclass(inner[0], BaseModel):
        return [example(inner[0])]
    return example(annotation)
