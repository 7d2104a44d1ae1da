"""EIA API v2: requests, paging, and the rows of one answer.

Documented at https://www.eia.gov/opendata/documentation.php (version 2.1): at most 5,000 rows an answer, values as
strings, ``response.total`` rows in all, ``response.warnings`` where the answer is not all that was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import orjson
import polars as pl

from data.base.errors import PayloadTruncated, SourceChanged
from data.connectors.contract import Rejected
from data.connectors.eia.cells import months, read_cells
from data.connectors.payload import Form, Payload, Request

ROOT: Final = "https://api.eia.gov/v2"
KEY: Final = "eia_key"
LENGTH: Final = 5000
FIRST_MONTH: Final = "2001-01"
PAGING: Final = "incomplete return"
"""The warning that comes with every answer that has further pages."""


@dataclass(frozen=True, slots=True)
class Column:
    """A value column of a route: its name, where its unit stands, and the unit it must have."""

    name: str
    unit: str

    @property
    def unit_column(self) -> str:
        """The column that states the unit in every row."""
        return f"{self.name}-units"


def ask(
    route: str,
    *,
    columns: Sequence[Column],
    facets: Mapping[str, Sequence[str]],
    since: date | None,
    key: str,
    part: str,
) -> Request:
    """The first page of monthly rows. Facets are numbered, which the API takes too: a name stands once in a query."""
    filters = {f"facets[{facet}][{place}]": code for facet, codes in facets.items() for place, code in enumerate(codes)}
    data = {f"data[{place}]": column.name for place, column in enumerate(columns)}
    order = ["period", *facets]
    sort = {f"sort[{place}][column]": name for place, name in enumerate(order)}
    ways = {f"sort[{place}][direction]": "asc" for place in range(len(order))}
    parameters = {
        "frequency": "monthly",
        **data,
        **filters,
        **sort,
        **ways,
        "start": f"{since:%Y-%m}" if since else FIRST_MONTH,
        "offset": "0",
        "length": str(LENGTH),
    }
    return Request(f"{ROOT}/{route}/data/", Form.JSON, parameters, {"api_key": key}, part=part)


def next_page(payload: Payload, key: str) -> Request | None:
    """The page after this one, or None when it was the last."""
    offset = int(payload.request.parameters["offset"])
    _, total = _response(payload)
    if offset + LENGTH >= total:
        return None
    parameters = {**payload.request.parameters, "offset": str(offset + LENGTH)}
    return replace(payload.request, parameters=parameters, secrets={"api_key": key})


def rows(
    payload: Payload, *, area: str, code: str, columns: Sequence[Column], extra: Sequence[str] = ()
) -> pl.DataFrame:
    """Rows of a page as text: where, month, area, code, ``extra``, and each column with its unit.

    Raises :class:`SourceChanged` when a column is missing or EIA warns of anything but further pages, and
    :class:`PayloadTruncated` when there are fewer rows than the answer says.
    """
    entries, total = _response(payload)
    offset = int(payload.request.parameters["offset"])
    expected = max(0, min(LENGTH, total - offset))
    if len(entries) < expected:
        raise PayloadTruncated(payload.request.key, f"{len(entries)} rows where {expected} were announced")
    names = {"period": "month", area: "area", code: "code", **{name: name for name in extra}}
    names |= {name: name for column in columns for name in (column.name, column.unit_column)}
    for place, row in enumerate(entries):
        if not isinstance(row, dict) or not names.keys() <= row.keys():
            lacking = sorted(names.keys() - row.keys()) if isinstance(row, dict) else sorted(names)
            raise SourceChanged(payload.request.key, f"row {place} lacks {', '.join(lacking)}")
    texts = [
        [f"response/data[{place}]", *(None if row[name] is None else str(row[name]) for name in names)]
        for place, row in enumerate(entries)
    ]
    return pl.DataFrame(texts, schema={"where": pl.String, **dict.fromkeys(names.values(), pl.String)}, orient="row")


def figures(
    frame: pl.DataFrame, column: Column, codes: pl.DataFrame, payload: Payload
) -> tuple[pl.DataFrame, tuple[Rejected, ...], int]:
    """Figures of one column for the series in ``codes``: the frame, what was rejected, and how many cells are marks.

    Raises :class:`SourceChanged` when a unit is not the one of the column.
    """
    matches = frame.join(codes, on=["area", "code"], how="inner", maintain_order="left").with_columns(
        pl.col(column.name).alias("cell"),
        pl.col(column.unit_column).alias("stated"),
        (pl.col("month") + "-01").alias("day"),
    )
    other = matches.filter(pl.col("stated").is_null() | (pl.col("stated") != column.unit), pl.col("cell").is_not_null())
    if other.height:
        raise SourceChanged(
            payload.request.key, f"{column.unit_column} is {other['stated'][0]!r} where {column.unit!r} was expected"
        )
    label_columns = ["month", "area", "code"]
    dated, undated = months(matches, "day", label_columns=label_columns)
    cells = read_cells(dated, label_columns=label_columns)
    return cells.figures, (*undated, *cells.rejected), cells.marked


def _response(payload: Payload) -> tuple[list[Any], int]:
    """Rows of an answer and how many there are on all pages."""
    whole = orjson.loads(payload.text())
    response = whole.get("response") if isinstance(whole, dict) else None
    if not isinstance(response, dict):
        raise SourceChanged(payload.request.key, "has no response")
    warned = [
        f"{warning.get('warning')}: {warning.get('description')}" if isinstance(warning, dict) else str(warning)
        for warning in response.get("warnings") or []
        if not (isinstance(warning, dict) and warning.get("warning") == PAGING)
    ]
    if warned:
        raise SourceChanged(payload.request.key, f"EIA warns: {'; '.join(warned)}")
    entries, total = response.get("data"), str(response.get("total", ""))
    if not isinstance(entries, list) or not total.isdecimal():
        raise SourceChanged(payload.request.key, "response has no data or no total")
    return entries, int(total)
