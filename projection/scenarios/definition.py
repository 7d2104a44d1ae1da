"""A scenario as it is written: a document of overrides, each with the reason why its number is what it is.

A document is data. It is checked against what is declared here before anything is made of it, and an error names the
path in the document and what may stand there. What the overrides mean for a set of assumptions says
:mod:`projection.scenarios.resolution`.
"""

import tomllib
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data.base.errors import InvalidParameter
from projection.inputs.assumptions import Basis
from projection.inputs.distributions import Drawn

DOCUMENT = "scenario"
"""What the whole of a document is called in an error."""
BYTES = 65_536
OVERRIDES, COMPOSED = 64, 8
TITLE, TEXT = 120, 4_000
KINDS = ("set", "scale", "shift", "delay", "ramp")
"""What an override does; each does one of them."""
DISTRIBUTIONS = ("fixed", "normal", "lognormal", "logit", "split_normal", "triangular")


def _fixed(value: object) -> object:
    """A number alone is a constant."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return {"distribution": "fixed", "value": value} if plain else value


Size = Annotated[Drawn, BeforeValidator(_fixed)]
"""A number, or a distribution of one as assumptions have it."""


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class Ramp(_Written):
    """A size that comes between two dates, calendar years with their fraction, as 2030.5 for the middle of 2030."""

    value: Size
    from_: Size = Field(alias="from")
    until: Size


class OverrideEntry(_Written):
    """What is done to one assumption, and why.

    Attributes:
        set: the value in its place; scale: a factor on it; shift: a summand; delay: time later; ramp: of a dated one.
        unit: of the number: the assumption's own, 1 of a factor, and of a delay days, months, quarters or years.
        why: why the number is what it is; basis: what it rests on; sources: series or sources it is read off.
    """

    set: Size | None = None
    scale: Size | None = None
    shift: Size | None = None
    delay: Size | None = None
    ramp: Ramp | None = None
    unit: Annotated[str, Field(max_length=TEXT)]
    why: Annotated[str, Field(max_length=TEXT)] = ""
    basis: Basis = Basis.JUDGEMENT
    sources: Annotated[tuple[str, ...], Field(max_length=COMPOSED)] = ()

    @property
    def kind(self) -> str:
        """Which of :data:`KINDS` it does."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one(self) -> Self:
        stated = [name for name in KINDS if getattr(self, name) is not None]
        if len(stated) != 1:
            raise ValueError(f"does one of {', '.join(KINDS)}; it does {' and '.join(stated) or 'none'}")
        return self


class ScenarioDocument(_Written):
    """A scenario.

    Attributes:
        title: in a few words; story: what happens in it; evidence: what bounds it.
        compose: scenarios whose overrides it holds beside its own.
        overrides: by assumption.
    """

    title: Annotated[str, Field(min_length=1, max_length=TITLE)]
    story: Annotated[str, Field(max_length=TEXT)] = ""
    evidence: Annotated[str, Field(max_length=TEXT)] = ""
    compose: Annotated[tuple[str, ...], Field(max_length=COMPOSED)] = ()
    overrides: Annotated[dict[str, OverrideEntry], Field(max_length=OVERRIDES)] = Field(default_factory=dict)

    @classmethod
    def read(cls, content: object) -> Self:
        """From decoded JSON or TOML; raises :class:`InvalidParameter` naming the path and what is allowed there."""
        if not isinstance(content, dict):
            raise InvalidParameter(DOCUMENT, "is no table of fields", allowed=list(cls.model_fields))
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise _problem(error) from None

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From a TOML file; raises :class:`InvalidParameter` as :meth:`read` does, and for one that is none."""
        if len(raw) > BYTES:
            raise InvalidParameter(DOCUMENT, f"has {len(raw):,} bytes", allowed=[f"up to {BYTES:,} bytes"])
        try:
            content = tomllib.loads(raw.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InvalidParameter(DOCUMENT, f"is no TOML: {error}") from None
        except RecursionError:
            raise InvalidParameter(DOCUMENT, "is nested too deeply", allowed=["tables of scenario documents"]) from None
        return cls.read(content)


def _problem(error: ValidationError) -> InvalidParameter:
    """The first fault by its path; where a name is wrong, the names there are."""
    fault = error.errors(include_url=False, include_input=False)[0]
    path = [str(part) for part in fault["loc"] if part not in DISTRIBUTIONS]
    message, context = fault["msg"].removeprefix("Value error, "), fault.get("ctx", {})
    allowed: list[str] = []
    if fault["type"] == "extra_forbidden":
        message, allowed = "is not a field of it", _fields(path[:-1])
    elif "expected" in context:
        allowed = [str(context["expected"])]
    elif "expected_tags" in context:
        allowed = [str(context["expected_tags"])]
    return InvalidParameter(".".join(path) or DOCUMENT, message, allowed=allowed)


def _fields(path: list[str]) -> list[str]:
    """What may stand in the table at a path."""
    if not path:
        return list(ScenarioDocument.model_fields)
    of_override = ["overrides", "*"]
    if len(path) == len(of_override):
        return list(OverrideEntry.model_fields)
    if path[-1] == "ramp":
        return ["value", "from", "until"]
    return ["distribution", "value", "p10", "p50", "p90", "low", "mode", "high"]


def json_schema() -> dict[str, Any]:
    """JSON schema of a document."""
    return ScenarioDocument.model_json_schema(by_alias=True)
