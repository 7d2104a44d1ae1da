"""Import of a user's own figures from a file, as a private source.

Required columns: ``series_id``, ``period`` and ``value``. Optional: ``unit``, ``freq``, ``low``, ``high``, ``kind``
(actual), ``scenario``, ``published`` (day of import), ``region``, ``confidence`` (primary) and ``note``. A period is
written as :mod:`data.periods.text` says, by its first day, its last, or its name. A series of the catalogue keeps its
definition: unit and region must agree with it or be left out. The id of a user's own series begins with ``private.``,
and its rows state unit, freq and region.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from data.base.errors import InvalidParameter
from data.base.regions import REGIONS
from data.base.scopes import Scope
from data.base.units import UNITS
from data.catalogue.definitions import Definition, H100eBasis, PowerBasis
from data.catalogue.definitions import Scope as Counted
from data.catalogue.reasons import Reason
from data.catalogue.support import support_of_name
from data.connectors.contract import ROW_SCHEMA, Parsed, Rejected
from data.ingest.reading import reading
from data.ingest.storing import Reading
from data.periods.days import first_days
from data.periods.period import Frequency
from data.periods.text import PeriodText, excerpt, parse, parse_day
from data.store.refreshes import Origin
from data.store.vintages import now
from data.user_files import (
    DecimalMark,
    Limits,
    NumberFormat,
    Row,
    Table,
    dotted_thousands,
    number_format,
    read_table,
)

OWN = "private."
"""What the id of a user's own series begins with."""

REQUIRED = ("series_id", "period", "value")
OPTIONAL = (
    "unit", "freq", "low", "high", "kind", "scenario", "published", "region", "confidence", "note",
)  # fmt: skip
FIGURES = ("value", "low", "high")
OWN_ID = re.compile(rf"{re.escape(OWN)}[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)
PLAIN = Limits()
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NOTHING: Mapping[str, Definition] = MappingProxyType({})
NO_DATA = frozenset({"", "NA", "N/A", "null"})
"""Cells that carry no figure; such a row is counted and left out."""


@dataclass(frozen=True)
class ImportResult:
    """A file as a reading, and the definitions of the user's own series in it."""

    reading: Reading
    definitions: Mapping[str, Definition]


def read_file(
    path: Path,
    *,
    source: str,
    definitions: Mapping[str, Definition],
    retrieved: datetime,
    before: Mapping[str, Definition] = NOTHING,
    limits: Limits = PLAIN,
    decimal: DecimalMark | None = None,
) -> ImportResult:
    """Read a file as the private source ``private.<source>``; rows that cannot be read go to quarantine.

    ``before`` are the user's own series of earlier imports (:func:`own_definitions`): a series keeps its unit and
    region for good.

    ``decimal`` is the decimal mark where the numbers alone do not show it.

    Raises :class:`InvalidParameter` when the file cannot be opened, is no table, lacks a required column or has
    an unknown one, and when the name of the source is malformed; :class:`data.base.errors.InputTooLarge` beyond
    ``limits``.
    """
    if not NAME.fullmatch(source):
        raise InvalidParameter("source", f"{source!r} is not a name", allowed=["a-z, 0-9, _ and -, at most 64"])
    started = now()
    table = read_table(path, required=REQUIRED, limits=limits, parameter="file")
    _check_columns(table, path)
    limits.check_series(str(path), len({row.cells["series_id"] for row in table.rows}))
    figures = [row.cells[name] for row in table.rows if not row.fault for name in FIGURES if name in row.cells]
    numbers = number_format(figures, separator=table.separator, stated=decimal)
    context = _Context(
        definitions=definitions,
        user_definitions=dict(before),
        source=f"{OWN}{source}",
        retrieved=retrieved,
        numbers=numbers,
        id_length=limits.id_length,
        dotted=_dotted(table),
    )
    dated: list[tuple[Row, dict[str, Any]]] = []
    rejected: list[Rejected] = []
    marked = 0
    for row in table.rows:
        cells = row.cells
        if row.fault:
            rejected.append(_rejected(row, Reason.ROW_MALFORMED, row.fault))
        elif cells["value"] in NO_DATA and not cells.get("low") and not cells.get("high"):
            marked += 1
        else:
            try:
                dated.append((row, _row(row, context)))
            except _Unread as unread:
                rejected.append(_rejected(row, unread.reason, str(unread)))
    rows, undated = _on_grid(dated)
    rejected += undated
    frame = pl.DataFrame(rows, schema=ROW_SCHEMA)
    parsed = Parsed({"observations": frame}, tuple(rejected), rows_read=len(rows) + len(rejected), marked=marked)
    whole = reading(
        f"{OWN}{source}", [parsed], (), started=started, retrieved=retrieved, origin=Origin.IMPORT, scope=Scope.PRIVATE
    )
    return ImportResult(whole, MappingProxyType({**definitions, **context.user_definitions}))


@dataclass(frozen=True)
class _Context:
    """What the rows of one file are read by; ``user_definitions`` grows with the series the rows define."""

    definitions: Mapping[str, Definition]
    user_definitions: dict[str, Definition]
    source: str
    retrieved: datetime
    numbers: NumberFormat
    id_length: int
    dotted: frozenset[int]
    """Lines whose number has a point where others of its series have none, as 1.700 beside 2290."""


class _Unread(Exception):  # noqa: N818 - it never leaves this file: it carries why a row is held back
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _rejected(row: Row, reason: Reason, detail: str) -> Rejected:
    return Rejected(reason, detail, f"line {row.line}", {**row.cells, "line": row.text} if row.fault else row.cells)


def _check_columns(table: Table, path: Path) -> None:
    names = table.columns
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name or "a column without a name" for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(names)) < len(names):
        faults = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(unknown)}"] * bool(unknown)
        message = "; ".join(faults) or "names a column twice"
        raise InvalidParameter("file", f"{path}: the header {message}", allowed=[*REQUIRED, *OPTIONAL])


def _dotted(table: Table) -> frozenset[int]:
    by_id: dict[str, list[Row]] = defaultdict(list)
    for row in table.rows:
        if not row.fault:
            by_id[row.cells["series_id"]].append(row)
    return frozenset(
        rows[place].line for rows in by_id.values() for place in dotted_thousands([row.cells["value"] for row in rows])
    )


def _row(row: Row, context: _Context) -> dict[str, Any]:
    # The period stays as written until the rows of the series can be read together.
    cells = row.cells
    series_id = cells["series_id"]
    definition = context.definitions.get(series_id) or _user_definition(cells, context)
    freq = cells.get("freq") or (next(iter(definition.units)) if len(definition.units) == 1 else "")
    if freq not in definition.units:
        raise _Unread(Reason.PERIOD_INVALID, f"{series_id} at frequency {freq!r}: {', '.join(definition.units)} exist")
    if row.line in context.dotted:
        detail = f"value: {cells['value']} beside thousands without a point: 1000 times what it says?"
        raise _Unread(Reason.JUMP, detail)
    return {
        "series_id": series_id,
        "region": cells.get("region") or definition.region,
        "metric": definition.metrics[0],
        "unit": cells.get("unit") or definition.units[freq],
        "freq": freq,
        "period": _text(cells["period"], "period", Reason.PERIOD_INVALID),
        **{name: _number(cells.get(name, ""), name, context.numbers) for name in FIGURES},
        "kind": cells.get("kind") or "actual",
        "scenario": cells.get("scenario", ""),
        "source_id": context.source,
        "published": _published(cells["published"]) if cells.get("published") else context.retrieved.date(),
        "confidence": cells.get("confidence") or "primary",
        "note": cells.get("note", ""),
        "table": definition.tables[0],
    }


def _on_grid(dated: Sequence[tuple[Row, dict[str, Any]]]) -> tuple[list[dict[str, Any]], list[Rejected]]:
    """Rows with the first day of their period, and those whose period fits no frequency of theirs."""
    by_series: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, (_, row) in enumerate(dated):
        by_series[row["series_id"], row["freq"]].append(place)
    days: dict[int, date | str] = {}
    for (_, freq), places in by_series.items():
        texts = [dated[place][1]["period"] for place in places]
        days.update(zip(places, first_days(texts, Frequency(freq)), strict=True))
    rows: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    for place, (line, figure) in enumerate(dated):
        day = days[place]
        if isinstance(day, str):
            rejected.append(_rejected(line, Reason.PERIOD_INVALID, f"period: {day}"))
        else:
            rows.append({**figure, "period": day})
    return rows, rejected


def _user_definition(cells: Mapping[str, str], context: _Context) -> Definition:
    series_id = cells["series_id"]
    user_definitions = context.user_definitions
    if not series_id.lower().startswith(OWN):
        detail = f"{excerpt(series_id)} is in no catalogue; an id of one's own begins with {OWN}"
        raise _Unread(Reason.SERIES_UNKNOWN, detail)
    if fault := _id_fault(series_id, context.id_length):
        raise _Unread(Reason.ID_INVALID, fault)
    unit, freq, region = (cells.get(name, "") for name in ("unit", "freq", "region"))
    before = user_definitions.get(series_id)
    if before is not None:
        freq = freq or next(iter(before.units))
        unit, region = unit or before.units.get(freq, ""), region or before.region
    if unit not in UNITS:
        raise _Unread(Reason.UNIT_UNEXPECTED, f"{series_id}: unit {unit!r} is not known; units.csv lists them")
    if region not in REGIONS:
        raise _Unread(Reason.DEFINITION_MISMATCH, f"{series_id}: region {region!r} is not known")
    if freq not in {one.value for one in Frequency}:
        raise _Unread(Reason.PERIOD_INVALID, f"{series_id}: frequency {freq!r} is none of A, H, Q, M")
    if before is not None and (before.region != region or before.units.get(freq, unit) != unit):
        raise _Unread(Reason.DEFINITION_MISMATCH, f"{series_id}: another unit or region than in an earlier line")
    units = {**(before.units if before else {}), freq: unit}
    definition = _definition(series_id, region, units)
    user_definitions[series_id] = definition
    return definition


def _id_fault(series_id: str, length: int) -> str:
    """What stands against an id of one's own; blank if nothing."""
    if len(series_id) > length:
        return f"an id of {len(series_id)} characters; at most {length} are read"
    if OWN_ID.fullmatch(series_id):
        return ""
    amiss = "".join(dict.fromkeys(re.findall(r"[^a-z0-9._-]", series_id)))
    rule = f"an id is {OWN} and parts of a-z, 0-9, _ and -, joined by single dots"
    simple = re.sub(r"[._-]*\.[._-]*", ".", re.sub(r"[^a-z0-9._-]+", "_", series_id.lower())).strip("._-")
    hint = f"; {simple} would do" if OWN_ID.fullmatch(simple) else ""
    return f"{excerpt(series_id)}: {rule}" + (f": {amiss!r} is not among them" if amiss else "") + hint


def own_definitions(rows: pl.DataFrame) -> Mapping[str, Definition]:
    """Definitions of the user's own series among stored rows, by the first row of each at each frequency.

    ``rows`` have the columns of :data:`data.store.vintages.STORED`, sorted as they came.
    """
    firsts = rows.filter(pl.col("series_id").str.starts_with(OWN)).unique(
        ["series_id", "freq"], keep="first", maintain_order=True
    )
    by_series: dict[str, Definition] = {}
    for series_id, region, freq, unit in firsts.select("series_id", "region", "freq", "unit").iter_rows():
        before = by_series.get(series_id)
        units = {**(before.units if before else {}), freq: unit}
        by_series[series_id] = _definition(series_id, before.region if before else region, units)
    return MappingProxyType(by_series)


def _definition(series_id: str, region: str, units: dict[str, str]) -> Definition:
    return Definition(
        series_id=series_id,
        region=region,
        metric="private",
        units=MappingProxyType(units),
        table="private",
        title=series_id,
        definition="ImportResult by a user; its meaning is theirs.",
        crypto=Counted.UNSPECIFIED,
        enterprise=Counted.UNSPECIFIED,
        behind_the_meter=Counted.UNSPECIFIED,
        power_basis=PowerBasis.UNSPECIFIED,
        h100e_basis=H100eBasis.NOT_APPLICABLE,
        support=support_of_name(series_id, unit=next(iter(units.values()))),
        layer=None,
        role=None,
        edition=False,
        connector=None,
        caveat=None,
        form=None,
        form_of=None,
        product_of=None,
    )


def _number(text: str, column: str, numbers: NumberFormat) -> float | None:
    if text in NO_DATA:
        return None
    try:
        return numbers.read(text)
    except ValueError as error:
        raise _Unread(Reason.NOT_A_NUMBER, f"{column}: {excerpt(text)} {error}") from None


def _text(text: str, column: str, reason: Reason) -> PeriodText:
    try:
        return parse(text, parameter=column)
    except InvalidParameter as error:
        raise _Unread(reason, f"{error.detail} ({error.remedy})") from None


def _published(text: str) -> date:
    try:
        return parse_day(text, parameter="published")
    except InvalidParameter as error:
        raise _Unread(Reason.ROW_MALFORMED, f"{error.detail} ({error.remedy})") from None
