"""Bring your own: a CSV file of a user's figures as rows of a private source.

Required columns: ``series_id``, ``period`` (ISO date of its first day) and ``value``. Optional: ``unit``, ``freq``,
``low``, ``high``, ``kind`` (actual), ``scenario``, ``published`` (day of import), ``region``, ``confidence`` (primary)
and ``note``. A series of the catalogue keeps its definition: unit and region must agree with it or be left
out. A series of one's own begins with ``private.`` and states its unit, freq and region.
"""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from data.connectors.contract import ROW_SCHEMA, Parsed, Rejected
from data.definitions import Definition, H100eBasis, PowerBasis
from data.definitions import Scope as Counted
from data.errors import InvalidParameter
from data.periods import Frequency
from data.reading import reading
from data.reasons import Reason
from data.refreshes import Origin
from data.regions import REGIONS
from data.scopes import Scope
from data.storing import Reading
from data.units import UNITS
from data.vintages import now

OWN = "private."
"""What the id of a user's own series begins with."""

REQUIRED = ("series_id", "period", "value")
OPTIONAL = (
    "unit", "freq", "low", "high", "kind", "scenario", "published", "region", "confidence", "note",
)  # fmt: skip
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NOTHING: Mapping[str, Definition] = MappingProxyType({})
NO_DATA = frozenset({"", "NA", "N/A", "null"})
"""Cells that carry no figure; such a row is counted and left out."""


@dataclass(frozen=True)
class Imported:
    """A file as a reading, and the definitions of the user's own series in it."""

    reading: Reading
    definitions: Mapping[str, Definition]


def read_csv(
    path: Path,
    *,
    source: str,
    known: Mapping[str, Definition],
    retrieved: datetime,
    before: Mapping[str, Definition] = NOTHING,
) -> Imported:
    """Read a file as the private source ``private.<source>``; rows that cannot be read go to quarantine.

    ``before`` are the user's own series of earlier imports (:func:`own_definitions`): a series keeps its unit and
    region for good.

    Raises :class:`InvalidParameter` when the file cannot be opened, is no UTF-8 CSV, or lacks a required column or has
    an unknown one, and when the name of the source is malformed.
    """
    if not NAME.fullmatch(source):
        raise InvalidParameter("source", f"{source!r} is not a name", allowed=["a-z, 0-9, _ and -, at most 64"])
    started = now()
    lines = _lines(path)
    own = dict(before)
    rows: list[dict[str, Any]] = []
    rejected: list[Rejected] = []
    marked = 0
    for number, line, fault in lines:
        if fault:
            rejected.append(Rejected(Reason.ROW_MALFORMED, fault, f"line {number}", line))
            continue
        if line["value"] in NO_DATA and not line.get("low") and not line.get("high"):
            marked += 1
            continue
        try:
            row = _row(line, known=known, own=own, source=f"{OWN}{source}", retrieved=retrieved)
        except _Unread as unread:
            rejected.append(Rejected(unread.reason, str(unread), f"line {number}", line))
        else:
            rows.append(row)
    frame = pl.DataFrame(rows, schema=ROW_SCHEMA)
    parsed = Parsed({"observations": frame}, tuple(rejected), read=len(rows) + len(rejected), marked=marked)
    whole = reading(
        f"{OWN}{source}", [parsed], (), started=started, retrieved=retrieved, origin=Origin.IMPORT, scope=Scope.PRIVATE
    )
    return Imported(whole, MappingProxyType({**known, **own}))


class _Unread(Exception):  # noqa: N818 - it never leaves this file: it carries why a row is held back
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _lines(path: Path) -> list[tuple[int, dict[str, str], str]]:
    # Line, cells by column, and what is wrong with the width: a thousands separator would make two cells of one figure.
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidParameter("file", f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InvalidParameter("file", f"{path}: not UTF-8 text at byte {error.start}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise InvalidParameter("file", f"{path}: line 1: {error}") from None
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(header)) < len(header):
        faults = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(unknown)}"] * bool(unknown)
        message = "; ".join(faults) or "names a column twice"
        raise InvalidParameter("file", f"{path}: the header {message}", allowed=[*REQUIRED, *OPTIONAL])
    try:
        return [
            (reader.line_num, *_cells([cell.strip() for cell in cells], header))
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise InvalidParameter("file", f"{path}: line {reader.line_num}: {error}") from None


def _cells(cells: list[str], header: list[str]) -> tuple[dict[str, str], str]:
    named = dict(zip_longest(header, cells[: len(header)], fillvalue=""))
    if len(cells) == len(header):
        return named, ""
    return {**named, "line": ",".join(cells)}, f"{len(cells)} cells under a header of {len(header)}"


def _row(
    line: Mapping[str, str],
    *,
    known: Mapping[str, Definition],
    own: dict[str, Definition],
    source: str,
    retrieved: datetime,
) -> dict[str, Any]:
    series_id = line["series_id"]
    definition = known.get(series_id) or _own(line, own)
    freq = line.get("freq") or (next(iter(definition.units)) if len(definition.units) == 1 else "")
    if freq not in definition.units:
        raise _Unread(Reason.PERIOD_INVALID, f"{series_id} at frequency {freq!r}: {', '.join(definition.units)} exist")
    return {
        "series_id": series_id,
        "region": line.get("region") or definition.region,
        "metric": definition.metrics[0],
        "unit": line.get("unit") or definition.units[freq],
        "freq": freq,
        "period": _day(line["period"], Reason.PERIOD_INVALID),
        "value": _number(line["value"]),
        "low": _number(line.get("low", "")),
        "high": _number(line.get("high", "")),
        "kind": line.get("kind") or "actual",
        "scenario": line.get("scenario", ""),
        "source_id": source,
        "published": _day(line["published"], Reason.ROW_MALFORMED) if line.get("published") else retrieved.date(),
        "confidence": line.get("confidence") or "primary",
        "note": line.get("note", ""),
        "table": definition.tables[0],
    }


def _own(line: Mapping[str, str], own: dict[str, Definition]) -> Definition:
    series_id = line["series_id"]
    if not re.fullmatch(rf"{re.escape(OWN)}[a-z0-9_-]+(\.[a-z0-9_-]+)*", series_id):
        detail = f"{series_id!r} is in no catalogue; an id of one's own begins with {OWN}"
        raise _Unread(Reason.SERIES_UNKNOWN, detail)
    unit, freq, region = (line.get(name, "") for name in ("unit", "freq", "region"))
    before = own.get(series_id)
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
    made = _definition(series_id, region, units)
    own[series_id] = made
    return made


def own_definitions(rows: pl.DataFrame) -> Mapping[str, Definition]:
    """Definitions of the user's own series among stored rows, by the first row of each at each frequency.

    ``rows`` have the columns of :data:`data.vintages.STORED`, sorted as they came.
    """
    firsts = rows.filter(pl.col("series_id").str.starts_with(OWN)).unique(
        ["series_id", "freq"], keep="first", maintain_order=True
    )
    found: dict[str, Definition] = {}
    for series_id, region, freq, unit in firsts.select("series_id", "region", "freq", "unit").iter_rows():
        before = found.get(series_id)
        units = {**(before.units if before else {}), freq: unit}
        found[series_id] = _definition(series_id, before.region if before else region, units)
    return MappingProxyType(found)


def _definition(series_id: str, region: str, units: dict[str, str]) -> Definition:
    return Definition(
        series_id=series_id,
        region=region,
        metric="private",
        units=MappingProxyType(units),
        table="private",
        title=series_id,
        definition="Imported by a user; its meaning is theirs.",
        crypto=Counted.UNSPECIFIED,
        enterprise=Counted.UNSPECIFIED,
        behind_the_meter=Counted.UNSPECIFIED,
        power_basis=PowerBasis.UNSPECIFIED,
        h100e_basis=H100eBasis.NOT_APPLICABLE,
    )


def _number(text: str) -> float | None:
    if text in NO_DATA:
        return None
    try:
        # Python reads 1_000 as a number; a file that holds it means something else or was written by mistake.
        value = float(text if "_" not in text else "")
    except ValueError:
        raise _Unread(Reason.NOT_A_NUMBER, f"{text!r} is not a number") from None
    if not math.isfinite(value):
        raise _Unread(Reason.NOT_A_NUMBER, f"{text!r} is not a finite number")
    return value


def _day(text: str, reason: Reason) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _Unread(reason, f"{text!r} is not an ISO date") from None
