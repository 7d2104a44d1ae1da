"""What a path reads from its query: models whose fields are the parameters, and the types those fields share.

A field says everything about its parameter: name, meaning, type, default and example. The documentation of the API is
written from it. What does not fit is an :class:`data.base.errors.InvalidParameter` that names the parameter and what is
allowed.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Annotated, Any, Self

from fastapi import Query, Request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo

from data.base.errors import InvalidParameter
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Frequency, Period
from data.periods.text import DAY_FORMS, FORMS, day_span, excerpt, parse, parse_day, short
from projection.edition.points import shortest

LEVELS_MAXIMUM = 50
THRESHOLDS_MAXIMUM = 20
PERIOD = (
    r"^(19|20|21)[0-9]{2}(H[12]|-?Q[1-4]|-W(0[1-9]|[1-4][0-9]|5[0-2])|-(0[1-9]|1[0-2])"
    r"|-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|-(0[469]|11)-(0[1-9]|[12][0-9]|30)|-02-(0[1-9]|1[0-9]|2[0-8]))?$"
)
"""What periods look like; time stamps, years of three digits and the last day of a leap February are read too."""
PERIOD_SCHEMA = {"type": "string", "pattern": PERIOD}
DATE_FORMS = ("2028", "2028H1", "2028Q3", "2028-07", "2028-07-01")
PERIOD_FORMS = ("2028", "2028Q3")
LEVELS_EXAMPLE = "0.1,0.5,0.9"


class FieldError(ValueError):
    """What is wrong with the text of one field."""

    def __init__(self, fault: InvalidParameter) -> None:
        super().__init__(fault.detail)
        self.fault = fault


@dataclass(frozen=True)
class Text:
    """Annotates a field that a function reads from text; other values are taken as they are.

    Attributes:
        read: the function; it raises :class:`InvalidParameter` for what it cannot read.
        schema: the JSON schema of the text.
        hint: values named where none is given; those the schema lists, or an example, when left out.
    """

    read: Callable[[str], object]
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "string"})
    hint: Sequence[str] = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> Any:  # noqa: ANN401 - pydantic's
        """Read instead of checking the field's own type."""
        del source

        def read(value: object) -> object:
            try:
                return self.read(value) if isinstance(value, str) else value
            except InvalidParameter as error:
                # Of a class that pydantic collects, so that it goes on to the other fields.
                raise FieldError(error) from None

        return BeforeValidator(read).__get_pydantic_core_schema__(Any, handler)

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:  # noqa: ANN401 - pydantic's
        """The schema of what the text stands for, with the examples of the field."""
        examples = handler(schema).get("examples")
        return self.schema | ({"examples": examples} if examples else {})


def one_of(
    name: str,
    values: Sequence[str],
    *,
    hint: Sequence[str] = (),
    former: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Text:
    """Annotates the field of a parameter whose text is one of some values, in any case.

    Args:
        name: of the parameter.
        values: what is allowed.
        hint: values named where none is given.
        former: names that values had in an earlier version, with those that stand for them now.
    """
    schema = {"type": "string", "enum": [str(value) for value in values]}
    return Text(lambda text: choice(name, text, values, former=former), schema, hint)


def several(
    name: str,
    values: Sequence[str],
    *,
    hint: Sequence[str] = (),
    former: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Text:
    """Annotates the field of a parameter whose text is one of some values, or several separated by commas.

    Arguments as for :func:`one_of`; the field is the text with each value as it is listed.
    """

    def read(text: str) -> str:
        chosen = [str(choice(name, part.strip(), values, former=former)) for part in text.split(",")]
        if repeated := [value for value, times in Counter(chosen).items() if times > 1]:
            raise InvalidParameter(name, f"{repeated[0]} is given twice")
        return ",".join(chosen)

    items = {"type": "string", "enum": [str(value) for value in values]}
    schema = {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
    return Text(read, schema, hint or [str(value) for value in values])


class QueryModel(BaseModel):
    """The parameters of a path: none empty, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, values: Mapping[str, Any], read: ModelWrapValidatorHandler[Self]) -> Self:
        """Read texts without the blanks around them; raises :class:`InvalidParameter` with all that is wrong."""
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        faults = [_unknown(name, fields) for name in values if name not in fields]
        texts = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        texts = {name: text for name, text in texts.items() if name in fields}
        for name, about in fields.items():
            if texts.get(name) == "":
                faults.append(InvalidParameter(name, "is empty", allowed=_hint(about)))
            elif about.is_required() and name not in texts:
                faults.append(InvalidParameter(name, "is required", allowed=_hint(about)))
        faults += cls.together(texts)
        answered = {fault.parameter for fault in faults}
        try:
            model = read(texts)
            if "first" in cls.model_fields:
                _in_order(texts.get("from"), texts.get("to"))
            if not faults:
                return model
        except ValidationError as error:
            of_values = (fault(dict(one)) for one in error.errors(include_url=False, include_input=False))
            faults += [wrong for wrong in of_values if wrong.parameter not in answered]
        except InvalidParameter as error:
            faults.append(error)
        raise InvalidParameter.of(faults)

    @classmethod
    def together(cls, texts: Mapping[str, Any]) -> list[InvalidParameter]:
        """What is wrong with which parameters are given, by what models say of theirs."""
        del texts
        return []


def fault(error: Mapping[str, Any]) -> InvalidParameter:
    """What pydantic says of a value, as we say it."""
    raised = error.get("ctx", {}).get("error")
    if isinstance(raised, FieldError):
        return raised.fault
    return InvalidParameter(str(error["loc"][-1] if error["loc"] else "body"), error["msg"])


def _unknown(name: str, fields: Mapping[str, FieldInfo]) -> InvalidParameter:
    message = "is not a parameter of this path" + ("" if fields else ", which takes none")
    return InvalidParameter(short(name), message, allowed=list(fields))


def _hint(about: FieldInfo) -> list[str]:
    """What may stand in a field: every value where they are listed, else an example."""
    text = next((annotation for annotation in about.metadata if isinstance(annotation, Text)), None)
    listed = (text.hint or text.schema.get("enum")) if text else None
    return [str(value) for value in listed or about.examples or ()]


def _in_order(first: object, last: object) -> None:
    if isinstance(first, str) and isinstance(last, str) and span("from", first)[0] > span("to", last)[1]:
        raise InvalidParameter("from", f"{first} is after to={last}", allowed=[last])


class NoQuery(QueryModel):
    """The query of a path that takes no parameters."""


async def no_query(query: Annotated[NoQuery, Query()]) -> None:
    """A dependency that refuses every parameter."""
    del query


@dataclass(frozen=True)
class EachOnce:
    """A dependency that refuses parameters given twice, but for those that may be."""

    but: frozenset[str] = frozenset()

    async def __call__(self, request: Request) -> None:
        """Look at the query of a request."""
        times = Counter(name for name, _ in request.query_params.multi_items() if name not in self.but)
        if repeated := [InvalidParameter(short(name), "is given more than once") for name, n in times.items() if n > 1]:
            raise InvalidParameter.of(repeated)


def choice(
    name: str, text: str, allowed: Sequence[str], *, former: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> str:
    """The allowed value that equals the text in any case; raises :class:`InvalidParameter` if none does.

    The error of a former name says which values stand for it now.
    """
    for value in allowed:
        if value.casefold() == text.casefold():
            return value
    if successors := former.get(text.casefold()):
        raise InvalidParameter(name, f"{excerpt(text)} is called {' or '.join(successors)} now", allowed=successors)
    raise InvalidParameter(name, f"{excerpt(text)} is not known", allowed=allowed)


# A plus that was not percent-encoded arrives as a space.
_ZONE = re.compile(r"([Tt].*) ([0-9]{2}:?[0-9]{2})\Z")


def span(name: str, text: str) -> tuple[date, date]:
    """First and last day of the period a text names; raises :class:`InvalidParameter` saying what is wrong with it.

    >>> span("from", "2028Q3")
    (datetime.date(2028, 7, 1), datetime.date(2028, 9, 30))
    """
    try:
        return day_span(_ZONE.sub(r"\1+\2", text), parameter=name)
    except InvalidParameter as error:
        # Examples of what is projected say more here than the general ones.
        allowed = DATE_FORMS if error.allowed == FORMS else error.allowed
        raise InvalidParameter(name, error.message, allowed=allowed) from None


def exact_day(name: str, text: str) -> date:
    """One day, as 2026-11-23 or a time stamp of it; raises :class:`InvalidParameter` for anything else."""
    return parse_day(_ZONE.sub(r"\1+\2", text), parameter=name)


def moment(name: str, text: str) -> datetime:
    """A moment, UTC: a time stamp, one without a zone in UTC, or the beginning of a day.

    Raises :class:`InvalidParameter` for anything else; which moments answer depends on what was issued, so none is
    named as allowed.

    >>> moment("issued_before", "2026-11-23T13:00:00+01:00")
    datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.timezone.utc)
    """
    repaired = _ZONE.sub(r"\1+\2", text)
    try:
        day = parse_day(repaired, parameter=name)
        stamp = parse(repaired, parameter=name).moment or datetime.combine(day, time.min)
        return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)
    except InvalidParameter as error:
        raise InvalidParameter(name, f"{error.message}; forms are {' and '.join(DAY_FORMS)}") from None
    except OverflowError:
        raise InvalidParameter(name, f"{text} is outside of the calendar in UTC") from None


def levels(text: str, *, published: Sequence[Quantile] | None = None) -> tuple[Quantile, ...]:
    """Quantile levels, ascending; raises :class:`InvalidParameter` when malformed, repeated or not published.

    >>> levels("0.9,0.10")
    (0.1, 0.9)
    """
    chosen: list[Quantile] = []
    allowed = [LEVELS_EXAMPLE] if published is None else [str(level) for level in published]
    for part in text.split(","):
        try:
            level = Quantile.parse(part)
        except InvalidParameter as error:
            raise InvalidParameter("quantiles", error.message, allowed=allowed) from None
        if level in chosen:
            raise InvalidParameter("quantiles", f"{level} is given twice", allowed=allowed)
        if published is not None and level not in published:
            raise InvalidParameter("quantiles", f"{level} is not published", allowed=allowed)
        chosen.append(level)
    if len(chosen) > LEVELS_MAXIMUM:
        message = f"{len(chosen)} levels are more than {LEVELS_MAXIMUM}"
        raise InvalidParameter("quantiles", message, allowed=allowed)
    return tuple(sorted(chosen))


def year_or_quarter(name: str, text: str) -> Period:
    """The year or quarter a text names; raises :class:`InvalidParameter` for anything else.

    >>> year_or_quarter("period", "2028Q3").label
    '2028Q3'
    """
    first, last = span(name, text)
    for freq in (Frequency.YEAR, Frequency.QUARTER):
        period = Period.containing(first, freq)
        if (period.start, period.end) == (first, last):
            return period
    raise InvalidParameter(name, f"{excerpt(text)} is neither a year nor a quarter", allowed=PERIOD_FORMS)


def at_most(name: str, text: str, characters: int) -> str:
    """The text; raises :class:`InvalidParameter` where it is longer than that many characters."""
    if len(text) > characters:
        raise InvalidParameter(name, f"has {len(text)} characters", allowed=[f"up to {characters} characters"])
    return text


def whole_number(name: str, least: int, most: int) -> Text:
    """Annotates a field that is a whole number within bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(f"[0-9]{{1,{len(str(most))}}}", text) or not least <= int(text) <= most:
            message = f"{excerpt(text)} is not a whole number from {least} to {most}"
            raise InvalidParameter(name, message, allowed=[str(least), str(most)])
        return int(text)

    return Text(read, {"type": "integer", "minimum": least, "maximum": most})


def joined(numbers: Iterable[float]) -> str:
    """Numbers as one text, each as its shortest decimal."""
    return ",".join(map(shortest, numbers))


def thresholds(text: str, *, example: str) -> tuple[float, ...]:
    """Thresholds, ascending; raises :class:`InvalidParameter` when one is no finite number or given twice.

    >>> thresholds("10,-2.5", example="0,10")
    (-2.5, 10.0)
    """
    chosen: list[float] = []
    for part in text.split(","):
        try:
            value = float(part)
        except ValueError:
            raise InvalidParameter("above", f"{excerpt(part)} is not a number", allowed=[example]) from None
        if not math.isfinite(value):
            raise InvalidParameter("above", f"{excerpt(part)} is not finite", allowed=[example])
        if value in chosen:
            raise InvalidParameter("above", f"{shortest(value)} is given twice", allowed=[example])
        chosen.append(value)
    if len(chosen) > THRESHOLDS_MAXIMUM:
        message = f"{len(chosen)} thresholds are more than {THRESHOLDS_MAXIMUM}"
        raise InvalidParameter("above", message, allowed=[example])
    return tuple(sorted(chosen))


From = Annotated[
    date | None,
    Text(lambda text: span("from", text)[0], PERIOD_SCHEMA),
    Field(
        alias="from",
        description="First period, as 2028, 2028H1, 2028Q3, 2028-07, or any day or time stamp inside it; not after to.",
        examples=["2027"],
    ),
]
"""The first day of the first period asked for."""
To = Annotated[
    date | None,
    Text(lambda text: span("to", text)[1], PERIOD_SCHEMA),
    Field(alias="to", description="Last period, in the same forms; a year means all of it.", examples=["2030"]),
]
"""The last day of the last period asked for."""


LevelsField = Field(
    description=f"Levels strictly between 0 and 1, separated by commas, each once, at most {LEVELS_MAXIMUM}.",
    examples=[LEVELS_EXAMPLE],
)
# Lists stay one text, as the query has them: FastAPI takes a field that holds several values for a repeated parameter.
LEVELS_SCHEMA = {
    "type": "array",
    "items": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "minItems": 1,
    "maxItems": LEVELS_MAXIMUM,
    "uniqueItems": True,
}
NUMBERS_SCHEMA = {
    "type": "array",
    "items": {"type": "number"},
    "minItems": 1,
    "maxItems": THRESHOLDS_MAXIMUM,
    "uniqueItems": True,
}
Levels = Annotated[str, Text(lambda text: joined(levels(text)), LEVELS_SCHEMA), LevelsField]
"""The quantile levels of every band, ascending and separated by commas; :func:`levels` reads them."""
DEFAULT = joined(DEFAULT_LEVELS)
Scenario = Annotated[str, Field(description="A name of /v1/scenarios.", examples=["base"])]
"""A scenario as the query spells it."""
EditionName = Annotated[
    str | None,
    Text(str),
    Field(
        description="The edition to answer from, by its id in /v1/editions; by default the one that is served. Not "
        "beside issued_before."
    ),
]
IssuedBefore = Annotated[
    datetime | None,
    Text(lambda text: moment("issued_before", text), {"type": "string", "format": "date-time"}),
    Field(
        description="A day or a time stamp: the answer is that of the edition that was served right before it, the "
        "last one issued of those not recalled by then. Not beside edition."
    ),
]


class EditionQuery(QueryModel):
    """The edition a path is answered from: the one served, unless another is named."""

    edition: EditionName = None
    issued_before: IssuedBefore = None

    @model_validator(mode="after")
    def _one_edition(self) -> Self:
        if self.edition is not None and self.issued_before is not None:
            raise InvalidParameter("issued_before", "is given beside edition: give one of the two")
        return self


Theme = Annotated[
    str,
    one_of("theme", ("light", "dark")),
    Field(description="Colours for a light or a dark page.", examples=["light"]),
]
"""The colours of a chart."""
Size = Annotated[
    str,
    one_of("size", ("wide", "narrow")),
    Field(description="Wide for a page, narrow for a telephone.", examples=["wide"]),
]
"""The width of a chart."""
SWITCH = ("false", "true")
Switch = Text(lambda text: choice("include_history", text, SWITCH), {"type": "boolean"}, SWITCH)
"""A choice between no and yes."""
