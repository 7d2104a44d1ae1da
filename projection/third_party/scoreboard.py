"""The scoreboard: what was projected, by whom and when, and how far off it turned out to be.

An entry is scored as soon as a later figure of the same definition is in the store: one under its own id, or one the
table of matches names. Where later figures disagree, the lowest and the highest are the bracket and the error is taken
against its geometric middle; none of them is metered fact for a region, only somebody's later estimate. An error is the
logarithm of the projection over that middle: positive is too high. A projection printed as a range without a point is
read at the range's geometric middle. The horizon runs from the day of publication to the end of the period.

One score holds for all: the CRPS of the logarithm. It is read off the quantiles of an entry that has them, as ours do;
of a point it is the absolute log error (Gneiting and Raftery 2007, section 4.2), so a forecast that says how sure it is
and one that does not are scored on one scale.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import polars as pl

from data.base.layers import Layer
from data.base.quantiles import DEFAULT_LEVELS
from data.base.shipped_tables import sources
from data.base.units import convert
from data.catalogue.definitions import definitions
from data.catalogue.observations import KEY, OBSERVED
from data.periods.period import Frequency, Period
from features.view import View
from projection.third_party.matches import SAME_ID, Match, Matches, shipped
from training.core.scores import crps

DAYS = 365.25
PERCENT = 100.0
QUARTERS = 4


class State(StrEnum):
    """What can be said of an entry."""

    SCORED = "scored"
    PENDING = "pending"
    """The period is not over."""
    UNMATCHED = "unmatched"
    """The period is over, and nothing of the same definition has been published for it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A projection as it was published.

    Attributes:
        by: who forecast; source_id: where the figure stands.
        point: the figure in ``unit``; None where only a range was printed. low, high: the printed range, if any.
        kind: ``projection`` or ``plan``.
        derived: how the figure was computed, where it was not printed; empty elsewhere.
        layer: it belongs to; None where it belongs to none.
        quantiles: at :data:`data.base.quantiles.DEFAULT_LEVELS`; empty where none were published.
    """

    by: str
    source_id: str
    series_id: str
    region: str
    unit: str
    period: Period
    scenario: str
    published: date
    point: float | None
    low: float | None
    high: float | None
    kind: str
    derived: str = ""
    layer: Layer | None = None
    quantiles: tuple[float, ...] = ()

    @property
    def middle(self) -> float | None:
        """The point, or the geometric middle of a range; None where neither is positive."""
        if self.point is not None:
            return self.point if self.point > 0 else None
        if self.low is None or self.high is None or self.low <= 0:
            return None
        return math.sqrt(self.low * self.high)

    @property
    def horizon(self) -> float:
        """Years from publication to the end of the period."""
        return (self.period.end - self.published).days / DAYS


@dataclass(frozen=True, slots=True)
class LaterFigure:
    """What was published afterwards, in the unit of the entry: the bracket, its geometric middle, and by whom."""

    series_id: str
    low: float
    middle: float
    high: float
    sources: tuple[str, ...]
    last_published: date


@dataclass(frozen=True, slots=True)
class ScoredProjection:
    """An entry and what became of it.

    Attributes:
        basis: ``same series``, or why another series is the same quantity.
        log_error: log of the projection over the later middle; None unless scored.
        inside: whether the printed range, of ours the 80 % band, holds the later middle; None without a range.
        crps: of the logarithm; None unless scored, and for quantiles that are not all positive.
    """

    entry: Entry
    state: State
    basis: str
    later: LaterFigure | None = None
    log_error: float | None = None
    inside: bool | None = None
    crps: float | None = None


FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "by": pl.String,
    "source_id": pl.String,
    "series_id": pl.String,
    "region": pl.String,
    "unit": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "scenario": pl.String,
    "published": pl.Date,
    "point": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "kind": pl.String,
    "derived": pl.String,
    "layer": pl.String,
    "quantiles": pl.List(pl.Float64),
    "horizon": pl.Float64,
    "state": pl.String,
    "basis": pl.String,
    "later_series": pl.String,
    "later_low": pl.Float64,
    "later_middle": pl.Float64,
    "later_high": pl.Float64,
    "later_sources": pl.String,
    "later_published": pl.Date,
    "log_error": pl.Float64,
    "inside": pl.Boolean,
    "crps": pl.Float64,
}
"""Columns of a scoreboard as a frame; ``later_sources`` are joined by a space."""


def scoreboard(view: View, *, ours: Iterable[Entry] = ()) -> tuple[ScoredProjection, ...]:
    """Every projection published by a day, with our own beside them, judged by what was known on that day.

    Third parties come from the figures; ``ours`` are entries made elsewhere, judged by the same rules. Ordered by
    series, period, publication and who forecast.
    """
    matches = shipped()
    rows, as_of = view.rows, view.as_of
    observed = rows.filter(pl.col("kind").is_in(OBSERVED))
    figures = {
        (str(key[0]), str(key[1])): part
        for key, part in observed.partition_by("series_id", "freq", as_dict=True, maintain_order=True).items()
    }
    own_entries = [entry for entry in ours if entry.published <= as_of]
    all_entries = [*_projections(view, matches), *_from_errors(figures, matches), *own_entries]
    judged = [judge(entry, figures, match=matches.by_series.get(entry.series_id), as_of=as_of) for entry in all_entries]
    return tuple(sorted(judged, key=_order))


def _order(outcome: ScoredProjection) -> tuple[str, Period, date, str, str]:
    entry = outcome.entry
    return entry.series_id, entry.period, entry.published, entry.by, entry.scenario


def _projections(view: View, matches: Matches) -> list[Entry]:
    """Rows that say what a period will bring, with a day, said before the period was over."""
    plans = [name for name, match in matches.by_series.items() if match.plan]
    forward = pl.col("kind").eq("projection") | (pl.col("kind").eq("plan") & pl.col("series_id").is_in(plans))
    rows = (
        view.vintages()
        .filter(forward & pl.col("published").is_not_null())
        .filter(pl.any_horizontal(pl.col("value", "low", "high").is_not_null()))
        # A figure that was shipped and read again later is one figure.
        .sort(*KEY, "retrieved", nulls_last=False)
        .unique(KEY, keep="last", maintain_order=True)
    )
    publishers, series = dict(sources().select("source_id", "publisher").rows()), definitions()
    entries = []
    for row in rows.iter_rows(named=True):
        period = Period(row["period"], Frequency(row["freq"]))
        skipped = any(item.covers(row["series_id"], row["source_id"], row["period"]) for item in matches.left_out)
        if skipped or row["published"] > period.end:
            continue
        match = matches.by_series.get(row["series_id"])
        entries.append(
            Entry(
                by=(match.by if match else "") or publishers.get(row["source_id"]) or row["source_id"],
                source_id=row["source_id"],
                series_id=row["series_id"],
                region=row["region"],
                unit=row["unit"],
                period=period,
                scenario=row["scenario"],
                published=row["published"],
                point=row["value"],
                low=row["low"],
                high=row["high"],
                kind=row["kind"],
                layer=series[row["series_id"]].layer if row["series_id"] in series else None,
            )
        )
    return entries


Figures = dict[tuple[str, str], pl.DataFrame]


def _from_errors(figures: Figures, matches: Matches) -> list[Entry]:
    """Projections of editions whose printed error and the actual they were compared with are both known."""
    entries = []
    for series_id, edition in ((errors.of, edition) for errors in matches.errors for edition in errors.editions):
        match = matches.by_series[series_id]
        errors = figures.get((edition.series, Frequency.YEAR.value))
        actuals = figures.get((match.actual, Frequency.YEAR.value))
        if errors is None or actuals is None:
            continue
        both = errors.join(actuals.select("period", actual="value", actual_unit="unit"), on="period")
        for row in both.drop_nulls(["value", "actual"]).iter_rows(named=True):
            period = Period(row["period"], Frequency.YEAR)
            if edition.published > period.end:
                continue
            entries.append(
                Entry(
                    by=match.by,
                    source_id=row["source_id"],
                    series_id=series_id,
                    region=row["region"],
                    unit=row["actual_unit"],
                    period=period,
                    scenario=edition.series.rsplit(".", 1)[-1],
                    published=edition.published,
                    point=row["actual"] * (1 + row["value"] / PERCENT),
                    low=None,
                    high=None,
                    kind="projection",
                    derived="from its printed error, in percent of the actual",
                    layer=Layer.FIRM,
                )
            )
    return entries


def judge(entry: Entry, figures: Figures, *, match: Match | None, as_of: date) -> ScoredProjection:
    """Hold an entry against the figures of the same quantity published after it."""
    actual = match.actual if match else entry.series_id
    basis = match.reason if match else SAME_ID
    if match and match.total:
        later = _total(entry, figures.get((actual, Frequency.QUARTER.value)), actual)
    elif match and match.last:
        end = Period.containing(entry.period.end, Frequency.QUARTER)
        later = _bracket(entry, figures.get((actual, Frequency.QUARTER.value)), actual, end)
    else:
        later = _bracket(entry, figures.get((actual, entry.period.freq.value)), actual, entry.period)
    middle = entry.middle
    if later is None or middle is None:
        state = State.PENDING if entry.period.end > as_of else State.UNMATCHED
        return ScoredProjection(entry, state, basis if match else "", later)
    inside = None
    if entry.low is not None and entry.high is not None:
        inside = entry.low <= later.middle <= entry.high
    error = math.log(middle / later.middle)
    return ScoredProjection(entry, State.SCORED, basis, later, error, inside, _score(entry, later, error))


def _score(entry: Entry, later: LaterFigure, error: float) -> float | None:
    """CRPS of the logarithm; a logarithm keeps the order, so quantiles of the one are quantiles of the other."""
    if not entry.quantiles:
        return abs(error)
    if min(entry.quantiles) <= 0:
        return None
    levels = [float(level) for level in DEFAULT_LEVELS]
    observed = np.array(math.log(later.middle))
    return float(crps(np.log(np.array(entry.quantiles)), observed=observed, levels=levels))


def _bracket(entry: Entry, part: pl.DataFrame | None, actual: str, period: Period) -> LaterFigure | None:
    """The bracket of later figures: the last of every source, ranges included."""
    if part is None:
        return None
    rows = part.filter((pl.col("period") == period.start) & (pl.col("visible") >= entry.published))
    rows = rows.sort("visible").unique(["source_id", "scenario"], keep="last", maintain_order=True)
    ends = [
        end
        for row in rows.iter_rows(named=True)
        for end in (row["value"], row["low"], row["high"])
        if end is not None and end > 0
    ]
    if not ends:
        return None
    factor = convert(1.0, rows["unit"][0], entry.unit)
    low, high = factor * min(ends), factor * max(ends)
    days = [day for day in rows["visible"].to_list() if isinstance(day, date)]
    return LaterFigure(actual, low, math.sqrt(low * high), high, tuple(sorted(set(rows["source_id"]))), max(days))


def _total(entry: Entry, part: pl.DataFrame | None, actual: str) -> LaterFigure | None:
    """The sum of a year's four quarters, each as last published; None while one is missing."""
    if part is None:
        return None
    first = Period(entry.period.start, Frequency.QUARTER)
    quarters = [first.shift(step).start for step in range(QUARTERS)]
    rows = part.filter(pl.col("period").is_in(quarters) & pl.col("value").is_not_null())
    rows = rows.sort("visible", "source_id").unique("period", keep="last", maintain_order=True)
    if rows.height < QUARTERS:
        return None
    total = convert(float(rows["value"].sum()), rows["unit"][0], entry.unit)
    days = [day for day in rows["visible"].to_list() if isinstance(day, date)]
    return LaterFigure(actual, total, total, total, tuple(sorted(set(rows["source_id"]))), max(days))


def to_frame(outcomes: Sequence[ScoredProjection]) -> pl.DataFrame:
    """A scoreboard as a frame, columns of :data:`FRAME`; :func:`from_frame` reads it back."""
    return pl.DataFrame([_row(outcome) for outcome in outcomes], schema=FRAME, orient="row")


def _row(outcome: ScoredProjection) -> dict[str, object]:
    entry, later = outcome.entry, outcome.later
    return {
        "by": entry.by,
        "source_id": entry.source_id,
        "series_id": entry.series_id,
        "region": entry.region,
        "unit": entry.unit,
        "freq": entry.period.freq.value,
        "period": entry.period.start,
        "scenario": entry.scenario,
        "published": entry.published,
        "point": entry.point,
        "low": entry.low,
        "high": entry.high,
        "kind": entry.kind,
        "derived": entry.derived,
        "layer": None if entry.layer is None else entry.layer.value,
        "quantiles": list(entry.quantiles),
        "horizon": entry.horizon,
        "state": outcome.state.value,
        "basis": outcome.basis,
        "later_series": later.series_id if later else None,
        "later_low": later.low if later else None,
        "later_middle": later.middle if later else None,
        "later_high": later.high if later else None,
        "later_sources": " ".join(later.sources) if later else None,
        "later_published": later.last_published if later else None,
        "log_error": outcome.log_error,
        "inside": outcome.inside,
        "crps": outcome.crps,
    }


def from_frame(frame: pl.DataFrame) -> tuple[ScoredProjection, ...]:
    """The outcomes of a frame :func:`to_frame` made."""
    entries = []
    for row in frame.iter_rows(named=True):
        fields = {name: row[name] for name in Entry.__slots__ if name not in {"period", "layer", "quantiles"}}
        entry = Entry(
            **fields,
            period=Period(row["period"], Frequency(row["freq"])),
            layer=None if row["layer"] is None else Layer(row["layer"]),
            quantiles=tuple(row["quantiles"]),
        )
        later = None
        if row["later_series"] is not None:
            later = LaterFigure(
                row["later_series"],
                row["later_low"],
                row["later_middle"],
                row["later_high"],
                tuple(row["later_sources"].split()),
                row["later_published"],
            )
        entries.append(
            ScoredProjection(
                entry, State(row["state"]), row["basis"], later, row["log_error"], row["inside"], row["crps"]
            )
        )
    return tuple(entries)
