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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import polars as pl

from data.base.quantiles import DEFAULT_LEVELS
from data.base.units import convert
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from features.view import View
from projection.scoreboard.entries import Entry, entries_of
from projection.scoreboard.matches import SAME_ID, Match, shipped
from training.core.scores import crps

QUARTERS = 4
Row = Mapping[str, Any]
"""One row of the store by column."""
Figures = Mapping[tuple[str, str, date], Sequence[Row]]
"""Observed figures by series, frequency and first day of the period, in the order they became known."""


class State(StrEnum):
    """What can be said of an entry."""

    SCORED = "scored"
    PENDING = "pending"
    """The period is not over."""
    UNMATCHED = "unmatched"
    """The period is over, and nothing of the same definition has been published for it."""


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
        quantity: the series whose later figures decide; entries that share it are about one quantity.
        basis: ``same series``, or why another series is the same quantity.
        log_error: log of the projection over the later middle; None unless scored.
        inside: whether the printed range, of ours the 80 % band, holds the later middle; None without a range.
        crps: of the logarithm; None unless scored, and for quantiles that are not all positive.
    """

    entry: Entry
    state: State
    quantity: str
    basis: str
    later: LaterFigure | None = None
    log_error: float | None = None
    inside: bool | None = None
    crps: float | None = None


def scoreboard(view: View, *, ours: Iterable[Entry] = ()) -> tuple[ScoredProjection, ...]:
    """Every projection published by a day, with our own beside them, judged by what was known on that day.

    Third parties come from the figures; ``ours`` are entries made elsewhere, judged by the same rules. Ordered by
    series, period, publication and who forecast. The same figures and entries give the same board.
    """
    matches = shipped()
    figures: dict[tuple[str, str, date], list[Row]] = {}
    observed = view.rows.filter(pl.col("kind").is_in(OBSERVED)).sort("visible", "source_id", maintain_order=True)
    for row in observed.iter_rows(named=True):
        figures.setdefault((row["series_id"], row["freq"], row["period"]), []).append(row)
    entries = [*entries_of(view, matches), *(entry for entry in ours if entry.published <= view.as_of)]
    judged = [
        judge(entry, figures, match=matches.by_series.get(entry.series_id), as_of=view.as_of) for entry in entries
    ]
    return tuple(sorted(judged, key=_order))


def _order(outcome: ScoredProjection) -> tuple[str, Period, date, str, str, str]:
    entry = outcome.entry
    return entry.series_id, entry.period, entry.published, entry.by, entry.source_id, entry.scenario


def judge(entry: Entry, figures: Figures, *, match: Match | None, as_of: date) -> ScoredProjection:
    """Hold an entry against the figures of the same quantity published after it."""
    actual = match.actual if match else entry.series_id
    if match and match.total:
        later = _total(entry, figures, actual)
    elif match and match.last:
        later = _bracket(entry, figures, actual, Period.containing(entry.period.end, Frequency.QUARTER))
    else:
        later = _bracket(entry, figures, actual, entry.period)
    middle = entry.middle
    if later is None or middle is None:
        state = State.PENDING if entry.period.end > as_of else State.UNMATCHED
        return ScoredProjection(entry, state, actual, match.reason if match else "", later)
    inside = None
    if entry.low is not None and entry.high is not None:
        inside = entry.low <= later.middle <= entry.high
    error = math.log(middle / later.middle)
    basis, score = match.reason if match else SAME_ID, _score(entry, later, error)
    return ScoredProjection(entry, State.SCORED, actual, basis, later, error, inside, score)


def _score(entry: Entry, later: LaterFigure, error: float) -> float | None:
    """CRPS of the logarithm; a logarithm keeps the order, so quantiles of the one are quantiles of the other."""
    if not entry.quantiles:
        return abs(error)
    if min(entry.quantiles) <= 0:
        return None
    levels = [float(level) for level in DEFAULT_LEVELS]
    observed = np.array(math.log(later.middle))
    return float(crps(np.log(np.array(entry.quantiles)), observed=observed, levels=levels))


def _bracket(entry: Entry, figures: Figures, actual: str, period: Period) -> LaterFigure | None:
    """The bracket of later figures: the last of every source, ranges included."""
    rows = [
        row for row in figures.get((actual, period.freq.value, period.start), ()) if row["visible"] >= entry.published
    ]
    last = list({(row["source_id"], row["scenario"]): row for row in rows}.values())
    ends = [end for row in last for end in (row["value"], row["low"], row["high"]) if end is not None and end > 0]
    return _later(entry, actual, last, min(ends), max(ends)) if ends else None


def _total(entry: Entry, figures: Figures, actual: str) -> LaterFigure | None:
    """The sum of a year's four quarters, each as last published; None while one is missing."""
    first = Period(entry.period.start, Frequency.QUARTER)
    quarters = [
        [
            row
            for row in figures.get((actual, Frequency.QUARTER.value, first.shift(step).start), ())
            if row["value"] is not None
        ]
        for step in range(QUARTERS)
    ]
    if not all(quarters):
        return None
    last = [rows[-1] for rows in quarters]
    total = math.fsum(row["value"] for row in last)
    return _later(entry, actual, last, total, total)


def _later(entry: Entry, actual: str, rows: Sequence[Row], low: float, high: float) -> LaterFigure:
    factor = convert(1.0, rows[0]["unit"], entry.unit)
    sources = tuple(sorted({row["source_id"] for row in rows}))
    middle = math.sqrt(low * high) if low != high else low
    return LaterFigure(
        actual, factor * low, factor * middle, factor * high, sources, max(row["visible"] for row in rows)
    )
