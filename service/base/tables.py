"""Tables: the rows of an answer, in forms that spreadsheets, notebooks and databases read in one step.

A row is made from a model of the answer, so that a table says the same numbers as the JSON. Scalars are columns of
their type, bands one column a level (``gap_p05``), lists of texts one text; what has a shape of its own stays JSON
inside its cell. Every table says what its sources ask to be said, in the column ``attribution``.
"""

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import polars as pl
from pydantic import BaseModel, Field, TypeAdapter

from data.base.csv_cells import plain_cells
from data.base.errors import InvalidParameter
from data.base.quantiles import Quantile
from data.catalogue.citations import citation
from data.periods.text import excerpt
from service.base.query import QueryModel, Text, one_of
from service.negotiation import Form

ROWS_MAXIMUM = 100_000
"""Rows of a table whose query has no ``limit``."""
ATTRIBUTION = "attribution"
ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)
SEPARATOR = "; "
"""Between texts in one cell."""
TYPES: tuple[tuple[type, pl.DataType], ...] = (
    (str, pl.String()),
    (bool, pl.Boolean()),
    (int, pl.Int64()),
    (float, pl.Float64()),
    (datetime, pl.Datetime("us", "UTC")),
    (date, pl.Date()),
)
"""Types of columns by that of their values, the first that fits."""


Format = Annotated[
    str | None,
    one_of("format", list(Form)),
    Field(description="The form of the answer; by default what Accept asks for, and JSON where it does not."),
]
"""The form of an answer, where a query names it."""


class FormQuery(QueryModel):
    """A query that says nothing but the form of its answer."""

    format: Format = None


class TableQuery(QueryModel):
    """What a query may say of the form of its answer."""

    format: Format = None
    fields: Annotated[
        str | None,
        Text(str),
        Field(
            description="Columns of a table, separated by commas, in that order; attribution always stays. With JSON "
            "they are refused.",
        ),
    ] = None


@dataclass(frozen=True)
class Column:
    """A column of a table, and how its cell is read off an item."""

    name: str
    kind: pl.DataType
    read: Callable[[Any], object]


def table(
    items: Sequence[BaseModel],
    model: type[BaseModel],
    *,
    bands: Collection[str] = (),
    levels: Iterable[Quantile] = (),
    keyed: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> pl.DataFrame:
    """A row an item, with the same columns whatever the items are.

    Args:
        items: of one model.
        model: theirs.
        bands: names of its fields that hold values by quantile level.
        levels: of those.
        keyed: keys of its fields that hold values by another key.
    """
    by_level = tuple(levels)
    keys = {name: {level_column(name, level): str(level) for level in by_level} for name in bands}
    keys |= {name: {f"{name}_{key}": key for key in inner} for name, inner in keyed.items()}
    columns = list(_columns(model, keys))
    return pl.DataFrame(
        {column.name: [column.read(item) for item in items] for column in columns},
        schema={column.name: column.kind for column in columns},
    )


def beside(frame: pl.DataFrame, **values: object) -> pl.DataFrame:
    """The table with columns that say the same in every row; a text where a value is None."""
    literals = [pl.lit(value, dtype=pl.String if value is None else None).alias(name) for name, value in values.items()]
    return frame.with_columns(literals)


def blank(schema: pl.Schema) -> pl.DataFrame:
    """One row without a value."""
    return pl.DataFrame([dict.fromkeys(schema)], schema=schema)


def attribution(sources: Iterable[str]) -> str:
    """What has to be printed beside figures of some sources: of each its line; one that nobody describes as it is."""
    cited = ((name, citation(name)) for name in dict.fromkeys(sources))
    return SEPARATOR.join(dict.fromkeys(name if cite is None else cite.attribution for name, cite in cited))


def attributed(frame: pl.DataFrame, sources: Iterable[str]) -> pl.DataFrame:
    """The table with what has to be printed beside all of its rows."""
    return beside(frame, **{ATTRIBUTION: attribution(sources)})


def attributed_by(frame: pl.DataFrame, sources: str) -> pl.DataFrame:
    """The table with what has to be printed beside each row; ``sources`` is the column of its source's identifier."""
    lines = {name: attribution([name]) for name in frame[sources].unique()}
    column = pl.col(sources).replace_strict(list(lines), list(lines.values()), return_dtype=pl.String)
    return frame.with_columns(column.alias(ATTRIBUTION))


def level_column(name: str, level: Quantile) -> str:
    """The column of a band at a level.

    >>> level_column("gap", Quantile(0.05)), level_column("gap", Quantile(0.975))
    ('gap_p05', 'gap_p97_5')
    """
    whole, _, part = format((Decimal(str(level)) * 100).normalize(), "f").partition(".")
    return f"{name}_p{whole:0>2}" + (f"_{part}" if part else "")


def chosen(frame: pl.DataFrame, fields: str | None) -> pl.DataFrame:
    """The columns asked for, and always the attribution; raises :class:`InvalidParameter` for others."""
    if fields is None:
        return frame
    names = list(dict.fromkeys([*map(str.strip, fields.split(",")), ATTRIBUTION]))
    for name in names:
        if name not in frame.columns:
            raise InvalidParameter("fields", f"{excerpt(name)} is no column of this table", allowed=frame.columns)
    return frame.select(names)


def write(frame: pl.DataFrame, form: Form) -> bytes:
    """A table in a form: dates and moments in CSV and JSON lines are texts of RFC 3339."""
    if form in {Form.CSV, Form.JSONL}:
        frame = frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    match form:
        case Form.CSV:
            return plain_cells(frame).write_csv().encode()
        case Form.JSONL:
            return frame.write_ndjson().encode()
        case Form.PARQUET:
            target = io.BytesIO()
            # Figures of the client itself ask for none.
            lines = frame[ATTRIBUTION].unique(maintain_order=True) if ATTRIBUTION in frame.columns else ()
            frame.write_parquet(target, metadata={ATTRIBUTION: SEPARATOR.join(lines)} if len(lines) else None)
            return target.getvalue()
        case Form.ARROW:
            # Strings as every reader of Arrow has them.
            return frame.write_ipc(None, compat_level=pl.CompatLevel.oldest()).getvalue()
        case Form.JSON:
            raise ValueError("an answer in JSON is no table")


def _columns(
    model: type[BaseModel],
    keys: Mapping[str, Mapping[str, str]],
    *,
    prefix: str = "",
    owner: Callable[[Any], object] = lambda item: item,
) -> Iterator[Column]:
    for name, field in model.model_fields.items():

        def read(item: object, name: str = name) -> Any:  # noqa: ANN401 - any field
            return getattr(owner(item), name, None)

        kind = _kind(field.annotation)
        if name in keys:
            yield from (Column(column, pl.Float64(), _at(read, key)) for column, key in keys[name].items())
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _columns(kind, {}, prefix=f"{prefix}{name}_", owner=read)
        elif isinstance(kind, type) and (fitting := [column for one, column in TYPES if issubclass(kind, one)]):
            yield Column(prefix + name, fitting[0], read)
        else:
            yield Column(prefix + name, pl.String(), _text(read, joined=kind == list[str]))


def _kind(annotation: Any) -> Any:  # noqa: ANN401 - any annotation
    """The type of a field without what is said of it, and without None."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inner[0])
    if origin in {Union, UnionType}:
        others = [one for one in inner if one is not NoneType]
        return _kind(others[0]) if len(others) == 1 else annotation
    return type(inner[0]) if origin is Literal else annotation


def _at(read: Callable[[Any], Mapping[str, float] | None], key: str) -> Callable[[Any], object]:
    return lambda item: (read(item) or {}).get(key)


def _text(read: Callable[[Any], Any], *, joined: bool) -> Callable[[Any], object]:
    def text(item: object) -> str | None:
        value = read(item)
        if value is None:
            return None
        return SEPARATOR.join(value) if joined else ANYTHING.dump_json(value).decode()

    return text
