"""Figures of the storage market that enter no draw, by definition, and an index of whether the market tightens.

Figures of makers and trackers count different things (all disks, nearline, a data-center segment). They are listed side
by side and never joined. Lead times and prices give a direction, not a size: too few figures stand behind each to
standardise it, as :mod:`features.storage.tightness` does for capacity. The index is a balance of opinion (OECD,
Business Tendency Surveys, 2003): the mean over groups of +1 for tighter, 0 for unchanged and -1 for looser. It is no
shortage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from data.periods.period import Frequency, Period
from features.storage.tightness import FRESH
from features.view import View


class Reads(StrEnum):
    """How a figure gives a direction."""

    CHANGE = "change"
    """It is a change in percent: its sign."""
    LEVEL = "level"
    """Against the figure before, whoever printed that."""
    NOTHING = "nothing"
    """It is a level without a figure before that could be compared."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """One indicator; gauges of one group say the same thing and count once together."""

    series_id: str
    group: str
    reads: Reads


GAUGES = (
    Gauge("world.hdd.nearline_lead_time", "lead_time", Reads.LEVEL),
    Gauge("seagate.hdd.price_per_eb_growth", "disk_price", Reads.CHANGE),
    Gauge("wdc.hdd.price_per_eb_growth", "disk_price", Reads.CHANGE),
    Gauge("seagate.hdd.revenue_per_tb", "disk_price", Reads.LEVEL),
    Gauge("world.enterprise_ssd.contract_price_change", "flash_price", Reads.CHANGE),
    Gauge("seagate.hdd.supply_allocated_until", "allocation", Reads.NOTHING),
)
MAKERS = ("seagate", "wdc", "toshiba")
SHIPMENTS = (
    *(f"{maker}.hdd.{metric}" for maker in MAKERS for metric in ("exabytes", "nearline_exabytes")),
    "seagate.hdd.datacenter_exabytes",
    "seagate.hdd.mass_capacity_exabytes",
    "toshiba.hdd.exabytes.annual",
    "world.hdd.exabytes",
    "world.hdd.nearline_exabytes",
    "world.hdd.exabytes.annual",
)
PROXIES = (
    "world.storagesphere.installed",
    "world.storagesphere.utilised",
    "world.datasphere.created",
    "world.hdd.exabyte_demand_growth",
    "world.ai_kv_storage.installed",
)
FLASH = ("world.nand.datacenter_share", "world.nand.revenue")
CHINA = ("cn.storage.installed",)


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure as known on a day.

    Attributes:
        source: id of the source; published: day it became known, None where only the compilers' day is.
    """

    series_id: str
    unit: str
    period: Period
    value: float
    low: float | None
    high: float | None
    kind: str
    source: str
    published: date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A gauge's last figure.

    Attributes:
        direction: 1 tighter, 0 unchanged, -1 looser; None where it shows none.
        against: the figure it is compared with, where it is.
        counts: whether it is recent enough, and shows enough, to enter the index.
    """

    group: str
    fact: Fact
    direction: int | None
    against: Fact | None
    counts: bool


@dataclass(frozen=True)
class Market:
    """The index, -1 to 1, None where no gauge counts; groups: the mean of each; readings: every gauge that is known."""

    index: float | None
    groups: dict[str, float]
    readings: tuple[Reading, ...]


def market(view: View) -> Market:
    """Whether the market for storage tightens, as known on the view's day."""
    readings = []
    for gauge in GAUGES:
        readable = facts(view, (gauge.series_id,))
        if readable:
            readings.append(_reading(view, gauge, readable))
    directions_by_group: dict[str, list[int]] = {}
    for reading in readings:
        if reading.counts and reading.direction is not None:
            directions_by_group.setdefault(reading.group, []).append(reading.direction)
    groups = {name: float(np.mean(directions)) for name, directions in directions_by_group.items()}
    return Market(float(np.mean(list(groups.values()))) if groups else None, groups, tuple(readings))


def facts(view: View, ids: Sequence[str]) -> list[Fact]:
    """Every figure of the series known on the day, in the order of ``ids``, then of periods and of publication."""
    rows = view.rows_with_value(*ids)
    ordered = rows.sort("period", pl.col("published").fill_null(view.compiled), "source_id").select(
        "series_id", "unit", "period", "freq", "value", "low", "high", "kind", "source_id", "published"
    )
    entries = [
        Fact(series_id, unit, Period(day, Frequency(freq)), value, low, high, kind, source, published)
        for series_id, unit, day, freq, value, low, high, kind, source, published in ordered.iter_rows()
    ]
    return sorted(entries, key=lambda fact: ids.index(fact.series_id))


def newest(facts: Sequence[Fact], *, each: int = 1) -> list[Fact]:
    """The last so many figures of every source and frequency of each series: another source may count another thing."""
    by_source: dict[tuple[str, str, Frequency], list[Fact]] = {}
    for fact in facts:
        by_source.setdefault((fact.series_id, fact.source, fact.period.freq), []).append(fact)
    return [fact for group in by_source.values() for fact in group[-each:]]


def _reading(view: View, gauge: Gauge, facts: Sequence[Fact]) -> Reading:
    last = facts[-1]
    before = [fact for fact in facts if fact.period < last.period]
    against = before[-1] if gauge.reads is Reads.LEVEL and before else None
    direction = None
    if gauge.reads is Reads.CHANGE:
        direction = int(np.sign(last.value))
    elif against is not None:
        direction = int(np.sign(last.value - against.value))
    fresh = view.as_of - last.period.end < FRESH
    return Reading(gauge.group, last, direction, against, counts=fresh and direction is not None)
