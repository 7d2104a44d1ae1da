"""What was published of the years before an edition, in the unit of a cell: ``history.toml`` says which figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from data.base.layers import LAYERS, DemandConcept, Layer, Timing
from data.base.toml_tables import Entry, read_shipped
from data.base.units import convert
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from features.view import View
from projection.edition.edition import BASE, Cell, Edition
from projection.electricity.firm import TWH_PER_AVERAGE_GW
from projection.third_party.own_levels import BASE as OWN_BASE
from projection.third_party.own_levels import OwnLevels

FILE = "history.toml"
FIRST = date(2018, 1, 1)
"""Figures of earlier years would leave the years to come no room."""


class Address(Entry):
    """Where the figures of a publisher stand."""

    region: str
    layer: Layer
    name: str
    series: str
    source: str


class _File(Entry):
    history: tuple[Address, ...]


ADDRESSES = read_shipped(_File, "service.pages.charts", FILE).history


class PastValue(NamedTuple):
    """One published figure: ``day`` is where it stands in time, ``value`` is in the cell's unit."""

    day: date
    value: float
    name: str
    kind: str


@dataclass(frozen=True)
class History:
    """Figures of past periods, oldest first, and what was done to them, in words; blank where nothing was."""

    values: tuple[PastValue, ...] = ()
    basis: str = ""


NONE = History()


def place(period: Period, timing: Timing) -> date:
    """Where a value stands in time: a stock at its period's end, a flow or an average in its middle."""
    return period.end if timing is Timing.END else period.start + (period.end - period.start) / 2


def history(edition: Edition, view: View, cell: Cell) -> History:
    """What was published of a cell before the edition's first period, and our own estimate of the base year.

    Empty where nothing was published.
    """
    if cell.layer is not Layer.POWER:
        return History(_with_own(edition, cell.region, cell.layer, _values(edition, view, cell.region, cell.layer)))
    levels = OwnLevels.of(edition, cell.region, scenario=BASE) if edition.has_draws(BASE) else None
    first = None if levels is None else levels.load_factor(next(iter(levels.years)))
    if first is None:
        return History()
    load_factor = float(np.median(first))
    values = tuple(
        value._replace(value=value.value / TWH_PER_AVERAGE_GW / load_factor)
        for value in _with_own(edition, cell.region, Layer.ENERGY, _values(edition, view, cell.region, Layer.ENERGY))
    )
    basis = f"Published electricity of the year, as the peak it asks for at our load factor of {load_factor:.2f}."
    return History(values, basis if values else "")


def _with_own(edition: Edition, region: str, layer: Layer, values: Iterator[PastValue]) -> tuple[PastValue, ...]:
    """The same, oldest first, with our median of the base year behind them where the edition keeps one."""
    published = sorted(values)
    cell = edition.cell(region, layer, demand=DemandConcept.BOUGHT)
    if not published or layer is not Layer.ENERGY or not edition.has_draws(BASE):
        return tuple(published)
    year = Period(date(edition.base_year, 1, 1), Frequency.YEAR)
    draws = edition.draws(cell, OWN_BASE, [year])
    if draws is not None:
        published.append(PastValue(place(year, cell.timing), float(np.median(draws)), "Headroom", "estimate"))
    return tuple(published)


def _values(edition: Edition, view: View, region: str, layer: Layer) -> Iterator[PastValue]:
    spec = LAYERS[layer]
    end = date(edition.base_year, 12, 31)
    for address in ADDRESSES:
        if (address.region, address.layer) != (region, layer):
            continue
        rows = view.rows.filter(
            (pl.col("series_id") == address.series)
            & (pl.col("source_id") == address.source)
            & pl.col("kind").is_in(OBSERVED)
            & pl.col("value").is_not_null()
            & pl.col("period").is_between(FIRST, end)
        )
        for row in rows.iter_rows(named=True):
            period = Period(row["period"], Frequency(row["freq"]))
            value = convert(row["value"], row["unit"], spec.unit)
            yield PastValue(place(period, spec.timing), value, address.name, row["kind"])
