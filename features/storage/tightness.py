"""Tightness of the market for data-center capacity, from vacancy, preleasing, rents, backlog, lead times and auctions.

Each indicator is put on a scale without bounds (logarithm, logit or growth), signed so that more is tighter, and
standardised against its own history as known on the view's day: distance from its median in robust spreads (1.4826
times the median absolute deviation; Rousseeuw and Croux, Alternatives to the Median Absolute Deviation, 1993). A
quarter's index is the mean over the groups that have a figure, each group being the mean of its indicators; its
standard error is the groups' disagreement. Missing indicators are named, never filled.

The index says tighter or looser than that indicator's own past, not how much demand goes unmet: histories are short and
start in years that were tight already.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.toml_tables import Entry, read_shipped
from data.catalogue.jumps import MAD_TO_SD
from data.periods.period import Frequency, Period, period_range
from features.chain import Z80
from features.series import FloatArray, ModelSeries
from features.view import View

FILE = "tightness.toml"
LEAST = 4
"""Fewest figures an indicator is standardised over."""
FRESH = timedelta(days=366)
"""How long after the end of its period a figure still counts: half-yearly reports skip halves."""
FEW_GROUPS = 3
"""Fewer groups than this make a quarter weak."""


class Scale(StrEnum):
    """What is standardised."""

    LOG = "log"
    LOGIT = "logit"
    """Of a percentage."""
    GROWTH = "growth"
    """Log growth a year since the figure before, at most a year earlier: for what trends upward anyway."""


class Gauge(Entry):
    """One indicator of tightness.

    Attributes:
        regions: whose index it is in.
        group: gauges of one group say the same thing and count once together.
        sign: 1 when more is tighter, -1 when more is looser.
        forward: its period lies ahead of its publication (capacity auctions), so it counts from the period's start.
    """

    series_id: str
    regions: tuple[str, ...]
    group: str
    scale: Scale
    sign: int = 1
    forward: bool = False


class _File(Entry):
    gauge: tuple[Gauge, ...]


def _gauges() -> dict[str, tuple[Gauge, ...]]:
    gauges = read_shipped(_File, "features.storage", FILE).gauge
    regions = dict.fromkeys(region for gauge in gauges for region in gauge.regions)
    return {region: tuple(gauge for gauge in gauges if region in gauge.regions) for region in regions}


GAUGES = _gauges()
"""Gauges by region, in the order of ``tightness.toml``."""


@dataclass(frozen=True, eq=False)
class Tightness:
    """The index by quarter, as known on a day.

    Attributes:
        index: mean over groups, shape (quarter,), in robust spreads; above 0 is tighter than the gauges' own past.
        standard_error: of that mean, from the disagreement of groups, shape (quarter,); NaN with one group.
        gauges: how many gauges count, shape (quarter,).
        groups: mean of each group's gauges, shape (quarter,), NaN where none counts.
        weak: quarters with fewer than three groups.
        missing: gauges that cannot be read that day, with the reason.
    """

    region: str
    quarters: tuple[Period, ...]
    index: FloatArray
    standard_error: FloatArray
    gauges: NDArray[np.int64]
    groups: dict[str, FloatArray]
    weak: NDArray[np.bool_]
    missing: dict[str, str]
    inputs: tuple[ModelSeries, ...]


def tightness(view: View, region: str, *, without: Collection[str] = ()) -> Tightness:
    """The tightness index of a region (US or WORLD) up to the last quarter that had ended on the view's day.

    Gauges of the series ``without`` are left out. Raises :class:`NotFound` for another region and when no gauge can be
    read.
    """
    try:
        gauges = GAUGES[region]
    except KeyError:
        raise NotFound("region", region, allowed=sorted(GAUGES)) from None
    scores: list[tuple[Gauge, dict[Period, float]]] = []
    missing: dict[str, str] = {}
    input_series: list[ModelSeries] = []
    for gauge in gauges:
        if gauge.series_id in without:
            continue
        try:
            series = view.read(gauge.series_id)
            scores.append((gauge, _standardised(gauge, series)))
            input_series.append(series)
        except NotFound as error:
            missing[gauge.series_id] = f"{error.detail}: {error.remedy}"
    ended = Period.containing(view.as_of + timedelta(days=1), Frequency.QUARTER).shift(-1)
    starts = [Period.containing(period.end, Frequency.QUARTER) for _, table in scores for period in table]
    if not starts or min(starts) > ended:
        raise NotFound("tightness", region, hint=f"no gauge can be read on {view.as_of}: {len(missing)} are missing")
    quarters = tuple(period_range(min(starts), ended))
    rows = np.array([[_at(gauge, table, quarter) for quarter in quarters] for gauge, table in scores])
    names = sorted({gauge.group for gauge, _ in scores})
    members = {name: rows[[place for place, (gauge, _) in enumerate(scores) if gauge.group == name]] for name in names}
    groups = {name: _mean(part) for name, part in members.items()}
    by_group = np.array(list(groups.values()))
    count = np.isfinite(by_group).sum(axis=0)
    index = _mean(by_group)
    apart = np.where(np.isfinite(by_group), by_group - index, 0.0)
    doubt = np.sqrt((apart**2).sum(axis=0) / np.maximum(count - 1, 1) / np.maximum(count, 1))
    covered = count > 0
    return Tightness(
        region=region,
        quarters=tuple(quarter for quarter, has_group in zip(quarters, covered.tolist(), strict=True) if has_group),
        index=index[covered],
        standard_error=np.where(count > 1, doubt, np.nan)[covered],
        gauges=np.isfinite(rows).sum(axis=0)[covered],
        groups={name: values[covered] for name, values in groups.items()},
        weak=(count < FEW_GROUPS)[covered],
        missing=missing,
        inputs=tuple(input_series),
    )


def index_series(view: View, region: str, *, recipe: str) -> ModelSeries:
    """The index as a series without unit (robust spreads), with 80 % bounds where two groups or more count."""
    region_tightness = tightness(view, region)
    half = Z80 * region_tightness.standard_error
    bounded = bool(np.isfinite(half).any())
    return ModelSeries(
        series_id=f"derived.{region.lower()}.tightness",
        region=region,
        unit="index",
        freq=Frequency.QUARTER,
        periods=region_tightness.quarters,
        values=region_tightness.index,
        low=region_tightness.index - half if bounded else None,
        high=region_tightness.index + half if bounded else None,
        last_published=max(series.last_published for series in region_tightness.inputs),
        rule=view.rule,
        sources=tuple(sorted({source for series in region_tightness.inputs for source in series.sources})),
        recipe=recipe,
        pseudo_vintage=any(series.pseudo_vintage for series in region_tightness.inputs),
    )


def _standardised(gauge: Gauge, series: ModelSeries) -> dict[Period, float]:
    table = _scaled(gauge, series)
    if len(table) < LEAST:
        raise NotFound("history", gauge.series_id, hint=f"{len(table)} figures are too few to standardise it")
    values = np.array(list(table.values()))
    middle = float(np.median(values))
    spread = MAD_TO_SD * float(np.median(np.abs(values - middle)))
    if not spread > 0:
        raise NotFound("history", gauge.series_id, hint="most of its figures are equal: it has no spread")
    return {period: gauge.sign * (value - middle) / spread for period, value in table.items()}


def _scaled(gauge: Gauge, series: ModelSeries) -> dict[Period, float]:
    table = {period: value for period, value in series.by_period().items() if value > 0}
    if gauge.scale is Scale.LOG:
        return {period: float(np.log(value)) for period, value in table.items()}
    if gauge.scale is Scale.LOGIT:
        whole = 100.0
        return {period: float(np.log(value / (whole - value))) for period, value in table.items() if value < whole}
    grown = {}
    periods = list(table)
    for before, after in pairwise(periods):
        years = before.steps_to(after) / after.freq.per_year
        if years <= 1:
            grown[after] = float(np.log(table[after] / table[before])) / years
    return grown


def _at(gauge: Gauge, table: dict[Period, float], quarter: Period) -> float:
    # The last figure that counts in a quarter; NaN when none does.
    speaking = [
        period
        for period in table
        if (period.start if gauge.forward else period.end) <= quarter.end and quarter.end - period.end < FRESH
    ]
    return table[max(speaking)] if speaking else float("nan")


def _mean(rows: FloatArray) -> FloatArray:
    # Mean over the first axis of what is finite; NaN where nothing is.
    finite = np.isfinite(rows)
    count = finite.sum(axis=0)
    return np.where(count > 0, np.where(finite, rows, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
