"""What others published: which figure of the store is which quantity, of which kind and from which family of publisher.

``projections.toml`` is the table of it. A figure that stands under several ids is one figure. Counters of announced
projects and models of equipment are two families and never averaged: the first revise by 30 to 100 % a year, the second
by 0 to 7 % (docs/method.md, section 9). Nor are they laid beside the same reading of our demand: models of equipment
and of the energy it uses speak of what is bought, counters of projects and published needs of what is wanted.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from itertools import product
from typing import Any, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from data.base.errors import TableCorrupt
from data.base.layers import DemandConcept, Layer
from data.base.toml_tables import Entry, read_toml
from data.base.units import convert
from data.periods.period import Frequency, Period
from features.gigawatts import KINDS
from features.view import View

FILE = "projections.toml"
FORWARD = ("projection", "plan")
Row = Mapping[str, Any]
"""One row of the store by column."""
Rows = dict[tuple[str, str], list[Row]]
"""Rows by series and source."""


class Family(StrEnum):
    """How a publisher arrives at its figures."""

    EQUIPMENT = "equipment"
    ANNOUNCED = "announced"


READING = {Family.EQUIPMENT: DemandConcept.BOUGHT, Family.ANNOUNCED: DemandConcept.WANTED}
"""Which of our readings of demand a family speaks of."""


class Kind(StrEnum):
    """Which quantity a figure is; the gigawatts are those of :mod:`features.gigawatts`."""

    ENERGY = "energy"
    AVERAGE = "average"
    PEAK = "peak"
    NAMEPLATE = "nameplate"
    REQUESTED = "requested"
    COMPUTE = "compute"
    GROWTH = "growth"
    """Peak gigawatts that data centers add from a year on."""
    LOAD = "load"
    """Peak gigawatts that all uses of a grid add from a year on."""
    OTHER = "other"
    """A flow, a growth, a share or a shortfall: beside the layer, not in its currency."""


UNITS = {Kind.ENERGY: "TWh", Kind.COMPUTE: "H100e", Kind.GROWTH: "GW", Kind.LOAD: "GW"}
LAYERS_OF = {
    Kind.ENERGY: (Layer.ENERGY, Layer.POWER),
    Kind.AVERAGE: (Layer.ENERGY, Layer.POWER),
    Kind.PEAK: (Layer.POWER, Layer.ENERGY),
    Kind.NAMEPLATE: (Layer.POWER, Layer.ENERGY),
    Kind.COMPUTE: (Layer.COMPUTE,),
    Kind.GROWTH: (Layer.POWER, Layer.ENERGY),
    Kind.LOAD: (Layer.FIRM,),
}
SINCE = {Kind.GROWTH, Kind.LOAD}
NEAREST = {
    Layer.ENERGY: (Kind.ENERGY, Kind.AVERAGE, Kind.PEAK, Kind.NAMEPLATE, Kind.GROWTH),
    Layer.POWER: (Kind.PEAK, Kind.AVERAGE, Kind.ENERGY, Kind.NAMEPLATE, Kind.GROWTH),
    Layer.COMPUTE: (Kind.COMPUTE,),
    Layer.FIRM: (Kind.LOAD,),
}
"""Which of several quantities one edition prints is pooled, the least converted first."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a figure stands: a series, a source, and a scenario where one of several is meant."""

    series_id: str
    source_id: str
    scenario: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """From ``series@source`` or ``series@source#scenario``.

        >>> Address.parse("us.x@iea#base").scenario
        'base'
        """
        where, _, scenario = text.partition("#")
        series_id, _, source_id = where.partition("@")
        if not series_id or not source_id:
            raise ValueError(f"{text} is not series@source")
        return cls(series_id, source_id, scenario or None)


class Figure(Entry):
    """One quantity one edition of a publisher prints for a region.

    Attributes:
        at: addresses of the same figure; of two that print one case of a year, the first counts.
        middle: scenarios the publisher puts in the middle, in the order they are looked for.
        ends: two scenarios whose geometric middle stands for a middle that is not printed.
        cases: addresses of further cases, by name.
        basis: what says that it is of this kind.
        scope: how it differs from what the cell counts; such a figure is converted and not pooled.
        apart: why it is not converted; ``layers`` then says beside which layers it is shown.
        what: names the quantity where the kind is other.
        reading: which of our readings it speaks of, where that is not its family's.
        since: the year a growth counts from; base: address of the electricity of that year, where it is none of ours.
    """

    publisher: str
    edition: str
    family: Family
    region: str
    kind: Kind
    at: tuple[str, ...] = Field(min_length=1)
    middle: tuple[str, ...] = ("", "base")
    ends: tuple[str, str] | None = None
    cases: dict[str, str] = Field(default_factory=dict)
    basis: str = ""
    scope: str = ""
    apart: str = ""
    layers: tuple[Layer, ...] = ()
    what: str = ""
    reading: DemandConcept | None = None
    since: int | None = None
    base: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        convertible = self.kind in LAYERS_OF
        if convertible == bool(self.layers):
            raise ValueError("layers are named where the kind has none, and only there")
        if not convertible and not self.apart:
            raise ValueError("what is not converted says why")
        if self.kind.value in KINDS and not self.apart and not self.basis:
            raise ValueError("a gigawatt says what makes it the kind it is")
        if (self.since is not None) != (self.kind in SINCE):
            raise ValueError("a growth says since when, and nothing else does")
        if self.reading is not None and not (self.scope or self.apart):
            raise ValueError("what is pooled speaks of the reading of its family")
        for text in (*self.at, *self.cases.values(), *([self.base] if self.base else [])):
            Address.parse(text)
        return self

    @property
    def speaks_of(self) -> DemandConcept:
        """Which of our readings of demand it is laid beside."""
        return self.reading or READING[self.family]

    @property
    def shown_beside(self) -> tuple[Layer, ...]:
        """Layers it is shown beside."""
        return self.layers or LAYERS_OF[self.kind]


class Reason(Entry):
    """Why ours lies above or below a family's pool, in words."""

    region: str
    layers: tuple[Layer, ...] = Field(min_length=1)
    family: Family
    sides: tuple[Literal["above", "below"], ...] = Field(min_length=1)
    text: str = Field(min_length=40)


class LeftOut(Entry):
    """Projections that are no figure of a cell, by pattern of their id."""

    series: tuple[str, ...]
    reason: str


class _File(Entry):
    pool_months: int
    differs: float
    metrics: tuple[str, ...]
    figure: tuple[Figure, ...]
    reason: tuple[Reason, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Table:
    """The file.

    Attributes:
        pool_months: how old an edition in a pool may be.
        differs: ratio to a pool, or its inverse, from which a difference has to be explained.
        metrics: patterns of the metrics every projection of which is a figure or left out.
    """

    pool_months: int
    differs: float
    metrics: tuple[str, ...]
    figures: tuple[Figure, ...]
    reasons: Mapping[tuple[str, Layer, Family, str], str]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def parse(cls, raw: str) -> Self:
        """Read the TOML; raises :class:`TableCorrupt` naming what is malformed."""
        file = read_toml(_File, raw, file=FILE)
        addresses: set[str] = set()
        for text in (text for figure in file.figure for text in (*figure.at, *figure.cases.values())):
            if text in addresses:
                raise TableCorrupt(FILE, f"{text} is named twice: one figure counts once")
            addresses.add(text)
        reasons: dict[tuple[str, Layer, Family, str], str] = {}
        for item in file.reason:
            for layer, side in product(item.layers, item.sides):
                key = (item.region, layer, item.family, side)
                if key in reasons:
                    raise TableCorrupt(FILE, f"two reasons for {' '.join(map(str, key))}")
                reasons[key] = item.text
        return cls(file.pool_months, file.differs, file.metrics, file.figure, reasons, file.left_out)

    def covers(self, series_id: str, source_id: str) -> bool:
        """Whether a projection is a figure of the table or left out with a reason."""
        if any(fnmatchcase(series_id, pattern) for item in self.left_out for pattern in item.series):
            return True
        addresses = {Address.parse(text) for figure in self.figures for text in (*figure.at, *figure.cases.values())}
        return any((item.series_id, item.source_id) == (series_id, source_id) for item in addresses)


@lru_cache(maxsize=1)
def shipped() -> Table:
    """The table of the product."""
    return Table.parse((resources.files("projection.third_party") / FILE).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Line:
    """One figure for one year, as printed.

    Attributes:
        value: the publisher's own middle; None where only a range or two ends are printed. low, high: that range.
        cases: what other cases print, by name.
        unit: of the store.
        base: electricity of the year a growth counts from, TWh; None where the table names none or it is not known.
    """

    figure: Figure
    year: int
    series_id: str
    source_id: str
    published: date
    unit: str
    value: float | None
    low: float | None
    high: float | None
    cases: Mapping[str, float]
    base: float | None = None

    @property
    def middle(self) -> float | None:
        """The value, or the geometric middle of the range; None where neither is positive."""
        if self.value is not None:
            return self.value if self.value > 0 else None
        if self.low is None or self.high is None or self.low <= 0:
            return None
        return math.sqrt(self.low * self.high)

    def amount(self, value: float) -> float:
        """A printed value in TWh, GW or H100e; raises :class:`data.base.errors.UnitMismatch` for another dimension."""
        kind = self.figure.kind
        if kind.value in KINDS:
            return KINDS[kind.value].of(value, self.unit).value
        return convert(value, self.unit, UNITS[kind])


def lines(view: View, region: str, layer: Layer, *, table: Table) -> tuple[Line, ...]:
    """Every published figure of a region and layer known on the view's day, all editions, by year and publisher."""
    rows = view.rows.filter(pl.col("series_id").is_in(_ids(table, region)))
    index: Rows = {}
    past: Rows = {}
    for row in rows.iter_rows(named=True):
        target = index if row["kind"] in FORWARD else past
        target.setdefault((row["series_id"], row["source_id"]), []).append(row)
    all_lines = [
        line
        for figure in table.figures
        if figure.region == region and layer in figure.shown_beside
        for line in _lines(figure, index, _base(figure, past))
    ]
    return tuple(
        sorted(all_lines, key=lambda line: (line.year, line.figure.publisher, line.published, line.figure.kind))
    )


def _ids(table: Table, region: str) -> list[str]:
    series_ids = [
        text
        for figure in table.figures
        if figure.region == region
        for text in (*figure.at, *figure.cases.values(), *([figure.base] if figure.base else []))
    ]
    return sorted({Address.parse(text).series_id for text in series_ids})


def _base(figure: Figure, past: Rows) -> float | None:
    """TWh of the year a growth counts from, as its address gives it."""
    if figure.base is None:
        return None
    figures = [
        row
        for row in _at(Address.parse(figure.base), past)
        if _period(row).end.year == figure.since and row["value"] is not None
    ]
    return convert(figures[0]["value"], figures[0]["unit"], "TWh") if figures else None


def _lines(figure: Figure, index: Rows, base: float | None) -> list[Line]:
    by_year: dict[int, dict[str, Row]] = {}
    for name, text in figure.cases.items():
        for row in _at(Address.parse(text), index):
            by_year.setdefault(_period(row).end.year, {}).setdefault(name, row)
    for text in figure.at:
        for row in _at(Address.parse(text), index):
            by_year.setdefault(_period(row).end.year, {}).setdefault(row["scenario"] or "", row)
    yearly_lines = [line for year, rows in sorted(by_year.items()) if (line := _line(figure, year, rows)) is not None]
    return [replace(line, base=base) for line in yearly_lines]


def _at(address: Address, index: Rows) -> list[Row]:
    rows = index.get((address.series_id, address.source_id), [])
    of_scenario = [row for row in rows if address.scenario is None or row["scenario"] == address.scenario]
    return [row for row in of_scenario if _ends_year(row)]


def _period(row: Row) -> Period:
    return Period(row["period"], Frequency(row["freq"]))


def _ends_year(row: Row) -> bool:
    """Whether a figure counts for a year: it is of the year, or of a part that ends with it."""
    end = _period(row).end
    return end == date(end.year, 12, 31)


def _line(figure: Figure, year: int, rows: Mapping[str, Row]) -> Line | None:
    """One year of a figure; None where its middle is not printed for the year."""
    name = next((name for name in figure.middle if name in rows), None)
    if name is not None:
        row = rows[name]
        value, low, high = row["value"], row["low"], row["high"]
    elif figure.ends is not None and all(end in rows for end in figure.ends):
        row = rows[figure.ends[0]]
        value, low, high = None, row["value"], rows[figure.ends[1]]["value"]
    else:
        return None
    ends = figure.ends if name is None else None
    others = {case: rows[case] for case in rows if case not in figure.middle and case not in (ends or ())}
    return Line(
        figure=figure,
        year=year,
        series_id=row["series_id"],
        source_id=row["source_id"],
        published=row["visible"],
        unit=row["unit"],
        value=value,
        low=low,
        high=high,
        cases={case: case_row["value"] for case, case_row in sorted(others.items()) if case_row["value"] is not None},
    )
