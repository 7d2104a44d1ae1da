"""Yardsticks that are counted: the last figure of each region as known on a day, and other counts beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.base.errors import NotFound, TableCorrupt
from data.base.toml_tables import Entry, read_shipped
from data.catalogue.observations import OBSERVED
from features.chips.designers import designers
from features.storage.market import Fact, facts
from features.view import View

FILE = "measured.toml"


class FigureEntry(Entry):
    """Where a figure of a region stands: a series, or what a designer's chips come to."""

    region: str
    basis: str
    series: str | None = None
    designer: str | None = None


class MeasuredEntry(Entry):
    """A counted yardstick in words; of each region the first figure is compared."""

    name: str
    title: str
    definition: str
    unit: str
    figure: tuple[FigureEntry, ...]


class _File(Entry):
    measured: tuple[MeasuredEntry, ...]


def _shipped() -> dict[str, MeasuredEntry]:
    entries = read_shipped(_File, "projection.leads", FILE).measured
    for entry in entries:
        for figure in entry.figure:
            if (figure.series is None) is (figure.designer is None):
                raise TableCorrupt(FILE, f"{entry.name}: a figure of {figure.region} names a series or a designer")
    return {entry.name: entry for entry in entries}


MEASURED: Mapping[str, MeasuredEntry] = _shipped()
"""Counted yardsticks by name, in the order of answers."""


@dataclass(frozen=True)
class MeasuredFigure:
    """One figure.

    Attributes:
        period: as a label; published: ISO date, None where only the compilers' day is known.
        low, high: the range printed with it, None where none is.
    """

    region: str
    basis: str
    series: str
    period: str
    value: float
    low: float | None
    high: float | None
    unit: str
    kind: str
    source: str
    published: str | None


def figures(view: View, name: str, region: str) -> tuple[MeasuredFigure, ...]:
    """What the view's day knows of a counted yardstick of a region, the one that is compared first.

    Raises :class:`NotFound` where nobody counts the region, or the compared figure is not known on the day.
    """
    entries = [entry for entry in MEASURED[name].figure if entry.region == region]
    if not entries:
        raise NotFound("yardstick", f"{name} of {region}", hint=f"No figure of {region} is carried.")
    readings = [_read(view, entry) for entry in entries]
    if readings[0] is None:
        subject = entries[0].series or entries[0].designer
        raise NotFound("yardstick", f"{name} of {region}", hint=f"Nothing of {subject} is known on {view.as_of}.")
    return tuple(reading for reading in readings if reading is not None)


def latest(view: View, series_id: str) -> Fact | None:
    """The observed figure of the latest period, as last published by the day; None where none is known."""
    observed = [fact for fact in facts(view, (series_id,)) if fact.kind in OBSERVED]
    return observed[-1] if observed else None


def _read(view: View, entry: FigureEntry) -> MeasuredFigure | None:
    if entry.series is not None:
        fact = latest(view, entry.series)
        return None if fact is None else _of_fact(entry, fact)
    chips = next((chips for chips in designers(view) if chips.name == entry.designer), None)
    if chips is None:
        return None
    series_id = f"{chips.name}.ai_chips.cumulative_compute"
    fact = latest(view, series_id)
    return MeasuredFigure(
        region=entry.region,
        basis=entry.basis,
        series=series_id,
        period=f"{chips.last.shift(1 - chips.quarters).label} to {chips.last.label}",
        value=chips.h100e_per_unit,
        low=None,
        high=None,
        unit="H100e",
        kind="estimate",
        source="" if fact is None else fact.source,
        published=None if fact is None or fact.published is None else fact.published.isoformat(),
    )


def _of_fact(entry: FigureEntry, fact: Fact) -> MeasuredFigure:
    return MeasuredFigure(
        region=entry.region,
        basis=entry.basis,
        series=fact.series_id,
        period=fact.period.label,
        value=fact.value,
        low=fact.low,
        high=fact.high,
        unit=fact.unit,
        kind=fact.kind,
        source=fact.source,
        published=None if fact.published is None else fact.published.isoformat(),
    )
