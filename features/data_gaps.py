"""Missing inputs: for every input of the models, the periods it should have by a day and does not.

The inputs are those of every recipe, the series the panel reads as they are, the levels it starts from, and a few
series we know to be missing. Which periods are expected follows from the rows themselves: from the first observed
period (or the first a model asks for) up to the last that should be out, which is the release lag after its end. A
publisher's edition is never extended, so of its levels only the gaps inside are missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.catalogue.definitions import Definition, Role, by_role, definitions
from data.catalogue.observations import OBSERVED, period_end
from data.periods.period import Frequency, Period, period_range
from features.panel import panel
from features.recipes import RECIPES
from features.view import FINEST, View

SITE_VINTAGES = "site_vintages"
SITE_CONNECTOR = "epoch_sites"
TABLES_READ = (SITE_VINTAGES, "sites")
"""Inputs of recipes that are tables and not series; of sites.csv no period is expected."""

_FILE = "data_gaps.toml"

DAYS = {Frequency.MONTH: 30, Frequency.QUARTER: 91, Frequency.HALF: 182, Frequency.YEAR: 365}
"""Lag taken where neither the source nor its rows show one: the length of a period."""


class KnownGap(Entry):
    """A series the figures are known to miss.

    Attributes:
        since: the first period a model asks for; None means the first observed one.
        stand_ins: other series whose periods answer the same question.
    """

    series_id: str
    freq: Frequency
    why: str
    since: date | None = None
    stand_ins: tuple[str, ...] = ()


class _File(Entry):
    gap: tuple[KnownGap, ...]


@dataclass(frozen=True, slots=True)
class InputCoverage:
    """An input of a model, and what of it the figures lack on a day.

    Attributes:
        why: what it is wanted for, or why it is missing.
        needed_by: ids of the derived series that read it, "panel", "anchors" or "known hole".
        have: observed periods known on the day.
        last_period: the last of them; None when there is none.
        lacking: expected periods without a figure, ascending.
        filled_by: the connector that would bring them; None when no open source does.
    """

    series_id: str
    freq: Frequency
    why: str
    needed_by: tuple[str, ...]
    have: int
    last_period: Period | None
    lacking: tuple[Period, ...]
    filled_by: str | None

    @property
    def met(self) -> bool:
        """Something is known and nothing expected is missing."""
        return self.have > 0 and not self.lacking


@cache
def known_gaps() -> tuple[KnownGap, ...]:
    """The series the figures are known to miss, from ``data_gaps.toml``; raises :class:`TableCorrupt`."""
    return read_shipped(_File, "features", _FILE).gap


def input_coverage(view: View) -> tuple[InputCoverage, ...]:
    """Every input of the models as known on a day, by id and frequency, met or not."""
    as_of, lags = view.as_of, view.release_lags
    observed = view.rows.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    rows = observed.with_columns(period_end().alias("end"))
    needed: dict[str, list[str]] = {}
    for recipe in RECIPES:
        for name in recipe.inputs:
            needed.setdefault(name, []).append(recipe.series_id)
    for name in by_role(Role.DRIVER):
        needed.setdefault(name, []).append("panel")
    for name in panel(view, regions=tuple(dict.fromkeys(rows["region"].to_list()))).anchors:
        needed.setdefault(name, []).append("anchors")
    gaps = {gap.series_id: gap for gap in known_gaps()}
    entries = [_of_series(rows, name, needed.pop(name, []), gap, lags, as_of) for name, gap in gaps.items()]
    entries += [_of_vintages(view, needed[SITE_VINTAGES])] if SITE_VINTAGES in needed else []
    entries += [_of_series(rows, name, by, None, lags, as_of) for name, by in needed.items() if name not in TABLES_READ]
    return tuple(sorted(entries, key=lambda want: (want.series_id, want.freq.months)))


def _of_series(
    rows: pl.DataFrame, series_id: str, by: Sequence[str], gap: KnownGap | None, lags: dict[str, int], as_of: date
) -> InputCoverage:
    names = [series_id, *(gap.stand_ins if gap else ())]
    part = rows.filter(pl.col("series_id").is_in(names))
    definition = definitions().get(series_id)
    freq = gap.freq if gap else _frequency(part, definition)
    part = part.filter(pl.col("freq") == freq.value)
    have = _on_one_grid(Period(day, freq) for day in part["period"].unique().to_list())
    first = Period(gap.since, freq) if gap and gap.since else min(have, default=None)
    if first is None:
        lacking: tuple[Period, ...] = ()
    elif definition is not None and definition.edition:
        lacking = _missing(first, max(have, default=first), have)
    else:
        lacking = _missing(first, _last_expected(freq, as_of - timedelta(days=_lag(part, freq, lags)), first), have)
    return InputCoverage(
        series_id=series_id,
        freq=freq,
        why=gap.why if gap else _why(by),
        needed_by=(*by, *(["known hole"] if gap else [])),
        have=len(have),
        last_period=max(have, default=None),
        lacking=lacking,
        filled_by=definition.connector if definition else None,
    )


def _of_vintages(view: View, by: Sequence[str]) -> InputCoverage:
    # The tracker is read about once a month; slip is learnt from vintages, so a month without one is lost for good.
    days = view.site_vintages["vintage"].unique().to_list()
    have = {Period.containing(day, Frequency.MONTH) for day in days}
    last = Period.containing(view.as_of, Frequency.MONTH).shift(-1)
    return InputCoverage(
        series_id=SITE_VINTAGES,
        freq=Frequency.MONTH,
        why="how plans slip is learnt from editions of the site tracker, one a month",
        needed_by=tuple(by),
        have=len(have),
        last_period=max(have, default=None),
        lacking=_missing(min(have), last, have) if have else (),
        filled_by=SITE_CONNECTOR,
    )


def _why(by: Sequence[str]) -> str:
    roles = {"panel": "a driver the panel reads as it is", "anchors": "a level the projection starts from"}
    recipes = [name for name in by if name not in roles]
    return "; ".join(
        [*([f"input of {', '.join(recipes)}"] if recipes else []), *(roles[name] for name in by if name in roles)]
    )


def _frequency(part: pl.DataFrame, definition: Definition | None) -> Frequency:
    # Rows show it; of a series nothing is known of on the day, its definition does.
    names = set(part["freq"].to_list()) or set(definition.units if definition else ())
    return next((freq for freq in FINEST if freq.value in names), Frequency.YEAR)


def _on_one_grid(periods: Iterable[Period]) -> set[Period]:
    # Fiscal and calendar years may stand under one id; the newest figure says which grid is still fed.
    all_periods = set(periods)
    return {one for one in all_periods if (one.start.month - max(all_periods).start.month) % one.freq.months == 0}


def _lag(part: pl.DataFrame, freq: Frequency, lags: dict[str, int]) -> int:
    source_lags = [lags[name] for name in part["source_id"].unique().to_list() if name in lags]
    if source_lags:
        return max(source_lags)
    days = part.filter(pl.col("published") > pl.col("end")).select(
        (pl.col("published") - pl.col("end")).dt.total_days().median()
    )
    median = days.item()
    return DAYS[freq] if median is None else round(median)


def _last_expected(freq: Frequency, day: date, first: Period) -> Period:
    # The last period of the grid of ``first`` that ended by the day.
    last = first
    while last.shift(1).end <= day:
        last = last.shift(1)
    return last if first.end <= day else Period(first.start, freq).shift(-1)


def _missing(first: Period, last: Period, have: set[Period]) -> tuple[Period, ...]:
    if last < first:
        return ()
    return tuple(period for period in period_range(first, last) if period not in have)
