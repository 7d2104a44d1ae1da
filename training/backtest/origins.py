"""Rolling origins: what a fit may see on a day, and what it is later scored on.

Where a series' rows carry real publication days (no release lag is stated for its sources and it was published on
several days), an origin is a real day and the values are those printed by then: ``strict``. Elsewhere the publication
day is the day of retrieval; an origin is then a cut of today's figures in the order in which they became available:
``pseudo_vintage``. The two are labelled on every score and never pooled in a table of scores.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.recipes import RECIPES, flows
from features.series import ModelSeries, SpanSum
from features.view import View

STRICT = "strict"
PSEUDO = "pseudo_vintage"

MINIMUM_SEEN = 6
"""Points an origin must show: short driver series would otherwise have no backtest at all."""

SCORED_STEPS: dict[Frequency, int] = {
    Frequency.YEAR: 5,
    Frequency.HALF: 4,
    Frequency.QUARTER: 8,
    Frequency.MONTH: 18,
}
"""Steps ahead that are scored; widths beyond them grow by the members' own standard deviation."""

SPREAD: dict[Frequency, tuple[int, ...]] = {
    Frequency.YEAR: (1, 2, 3, 5),
    Frequency.HALF: (1, 2, 3, 4),
    Frequency.QUARTER: (1, 2, 3, 4, 6, 8),
    Frequency.MONTH: (3, 9, 14, 18),
}
"""Points held back at the origins of an ordinary series: never all a multiple of the season."""

DRIVER_ORIGINS = 8
LEAST_STRICT = 2
LEAST_STRICT_DRIVER = 4  # a driver's residuals feed the dependence, which two origins cannot show
STRICT_DAYS = 4  # fewer publication days than this show no history of prints


@dataclass(frozen=True, eq=False)
class Origin:
    """One backtest origin of one series.

    Attributes:
        periods, values: what is visible.
        target_steps: steps after the last visible period that have an actual; targets: those actuals.
        rule: ``strict`` or ``pseudo_vintage``.
        day: the day of the origin under strict, the availability day of the last visible value otherwise.
        sums: what is visible of several periods together.
    """

    series_id: str
    periods: tuple[Period, ...]
    values: NDArray[np.float64]
    target_steps: NDArray[np.int64]
    targets: NDArray[np.float64]
    rule: str
    day: date
    sums: tuple[SpanSum, ...] = ()


def visible(series: ModelSeries, *, points: int) -> tuple[tuple[Period, ...], NDArray[np.float64]]:
    """The first ``points`` periods and values: the cut every pseudo-vintage origin makes."""
    return series.periods[:points], series.values[:points].copy()


def pseudo_origins(
    series: ModelSeries, *, held_back: Sequence[int], available: Mapping[Period, date] | None = None
) -> list[Origin]:
    """Origins that hold back the last points of today's figures.

    ``available`` is the day each period was out under the release lags; without it the period's own end is named.
    """
    origins = []
    days = available or {}
    for back in held_back:
        points = len(series.periods) - back
        if points < MINIMUM_SEEN:
            continue
        periods, values = visible(series, points=points)
        steps, targets = targets_of(series, last=periods[-1])
        if steps.size:
            origins.append(
                Origin(
                    series.series_id,
                    periods,
                    values,
                    steps,
                    targets,
                    rule=PSEUDO,
                    day=max(days.get(period, period.end) for period in periods),
                    sums=tuple(one for one in series.sums if one.last <= periods[-1]),
                )
            )
    return origins


def strict_origins(
    series: ModelSeries, *, view: Callable[[date], ModelSeries | None], days: Sequence[date], limit: int
) -> list[Origin]:
    """Origins on real publication days, newest first; at most one for each last visible period."""
    origins: list[Origin] = []
    past_targets: set[Period] = set()
    for day in sorted(set(days), reverse=True):
        if len(origins) >= limit:
            break
        edition = view(day)
        if (
            edition is None
            or len(edition.periods) < MINIMUM_SEEN
            or edition.freq is not series.freq
            or edition.unit != series.unit
        ):
            continue
        last = edition.periods[-1]
        if last in past_targets or last >= series.periods[-1]:
            continue
        steps, targets = targets_of(series, last=last)
        if steps.size:
            past_targets.add(last)
            origins.append(
                Origin(
                    series.series_id,
                    edition.periods,
                    edition.values.copy(),
                    steps,
                    targets,
                    rule=STRICT,
                    day=day,
                    sums=edition.sums,
                )
            )
    return origins


def targets_of(series: ModelSeries, *, last: Period) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Steps after a period that are scored and have a figure, and those figures."""
    ahead = np.array([last.steps_to(period) for period in series.periods], dtype=np.int64)
    chosen = (ahead >= 1) & (ahead <= SCORED_STEPS[series.freq])
    return ahead[chosen], series.values[chosen]


class Vintages:
    """Finds the origins of every series, reading only what is known on the training day."""

    def __init__(self, view: View) -> None:
        observed = pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null()
        self._view = view
        self._strict = _by_series(view.vintages(rule=Rule.STRICT).filter(observed))
        self._lagged = _by_series(view.released().filter(observed))
        self._retrieved = frozenset(view.release_lags)
        # What a user's own figures stand in for is read, not made.
        user_drivers = view.substitutions.drivers
        recipes = {recipe.series_id: recipe for recipe in RECIPES} | flows()
        self._recipes = {name: recipe for name, recipe in recipes.items() if name not in user_drivers}

    def origins(self, series: ModelSeries, *, driver: bool) -> list[Origin]:
        """Strict origins where there are enough of them, otherwise pseudo-vintage ones."""
        days, view = self._days(series)
        if len(days) >= STRICT_DAYS:
            limit = DRIVER_ORIGINS if driver else len(SPREAD[series.freq])
            origins = strict_origins(series, view=view, days=days, limit=limit)
            if len(origins) >= (LEAST_STRICT_DRIVER if driver else LEAST_STRICT):
                return origins
        spread = range(1, DRIVER_ORIGINS + 1) if driver else SPREAD[series.freq]
        return pseudo_origins(series, held_back=tuple(spread), available=self._available(series))

    def _inputs(self, series: ModelSeries) -> tuple[str, ...]:
        recipe = self._recipes.get(series.series_id)
        return recipe.inputs if recipe is not None else (series.series_id,)

    def _available(self, series: ModelSeries) -> dict[Period, date]:
        """The day by which each period's inputs were out under the release lags."""
        visible_by_period: dict[Period, date] = {}
        for name in self._inputs(series):
            frame = self._lagged.get(name)
            if frame is None:
                continue
            first = frame.group_by("period", "freq").agg(pl.col("visible").min())
            user_visible: dict[Period, date] = {}
            for day, code, visible in first.iter_rows():
                freq = Frequency(code)
                inside = Period(day, freq) if freq is series.freq else Period.containing(day, series.freq)
                user_visible[inside] = max(user_visible.get(inside, visible), visible)
            visible_by_period |= {
                period: max(visible_by_period.get(period, visible), visible) for period, visible in user_visible.items()
            }
        return visible_by_period

    def _days(self, series: ModelSeries) -> tuple[list[date], Callable[[date], ModelSeries | None]]:
        """Real publication days of a series and how to see it on one of them; none where they are retrievals."""
        recipe = self._recipes.get(series.series_id)
        if recipe is not None and "site_vintages" in recipe.inputs:
            days = self._view.site_vintages["vintage"].unique().to_list()
            rows = self._view.rows.clear()
        else:
            frames = [self._strict[name] for name in self._inputs(series) if name in self._strict]
            if not frames:
                return [], lambda _: None
            rows = pl.concat(frames)
            if recipe is None:
                rows = rows.filter(pl.col("freq") == series.freq.value)
            if self._retrieved.intersection(rows["source_id"].to_list()):
                return [], lambda _: None
            days = [day for day in rows["visible"].unique().to_list() if isinstance(day, date)]
        rows = rows.drop("visible")

        def edition(day: date) -> ModelSeries | None:
            view = self._view.at(day, rule=Rule.STRICT, rows=rows)
            try:
                return recipe.make(view) if recipe is not None else view.read(series.series_id, freq=series.freq)
            except NotFound:
                return None

        return days, edition


def _by_series(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): frame for key, frame in rows.partition_by("series_id", as_dict=True).items()}


def all_origins(view: View, *, series: Mapping[str, ModelSeries], drivers: frozenset[str]) -> dict[str, list[Origin]]:
    """Origins of every series, by id."""
    vintages = Vintages(view)
    return {name: vintages.origins(item, driver=name in drivers) for name, item in series.items()}
