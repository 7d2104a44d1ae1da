"""The figures as known on a day: the only way to read figures outside :mod:`data`.

A run makes one view from the store and passes it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.catalogue.catalogue import unknown_series
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from data.user_files.substitutions import Substitutions
from features.series import FloatArray, ModelSeries
from features.splices import AGREEMENT, LAST_PUBLISHED, MINIMUM, ONE_DEFINITION, SUBSTITUTION

FINEST = (Frequency.MONTH, Frequency.QUARTER, Frequency.HALF, Frequency.YEAR)
"""Frequencies, finest first: the order a series with several is read in."""

Groups = dict[tuple[str, str], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class View:
    """Figures as known on a day under one rule.

    Attributes:
        site_vintages: steps of tracked sites in the vintages known on the day: vintage, site, date, buildings, it_mw,
            facility_mw, h100e. Steps after a vintage's own day are plans.
    """

    as_of: date
    rule: Rule
    site_vintages: pl.DataFrame
    _store: Store = field(repr=False)

    @classmethod
    def of(cls, store: Store, *, as_of: date, rule: Rule = Rule.STRICT) -> "View":
        """The view of a store on a day."""
        return cls(as_of, rule, store.site_vintages.filter(pl.col("vintage") <= as_of), store)

    def at(self, day: date, *, rule: Rule | None = None, rows: pl.DataFrame | None = None) -> "View":
        """The view of an earlier day, or under another rule; what is the same already is returned as it is.

        Args:
            day: no later than the view's own.
            rule: that of this view if None.
            rows: those of :meth:`vintages` that are seen; all if None.

        Raises:
            InvalidParameter: the day is later.
        """
        if day > self.as_of:
            raise InvalidParameter("as_of", f"{day} is after {self.as_of}", allowed=[f"<= {self.as_of}"])
        rule = rule or self.rule
        if rows is None and (day, rule) == (self.as_of, self.rule):
            return self
        return View.of(self._store if rows is None else replace(self._store, observations=rows), as_of=day, rule=rule)

    def past(self, day: date, *, lags: Mapping[str, int]) -> "View":
        """What could be known on a day when everything was published by its release lag: a pseudo-vintage.

        ``lags`` are release lags in days of sources that have none of their own.
        """
        return View.of(self._store.past(day, lags=lags), as_of=day, rule=Rule.AVAILABLE)

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The last published row of every figure known on the day, every kind."""
        return self._store.latest(self.as_of, rule=self.rule)

    @cached_property
    def _groups(self) -> Groups:
        observed = self.rows.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
        parts = observed.partition_by("series_id", "freq", as_dict=True, maintain_order=True)
        return {(str(key[0]), str(key[1])): part for key, part in parts.items()}

    def vintages(self, *, rule: Rule | None = None) -> pl.DataFrame:
        """Every row known on the day, all vintages, with the day it became known as ``visible``."""
        return self._store.as_of(self.as_of, rule=rule or self.rule)

    def released(self) -> pl.DataFrame:
        """Every row not withdrawn by the day, with the day it is out under the release lags as ``visible``."""
        return self._store.standing(self.as_of).visible(rule=Rule.AVAILABLE)

    @property
    def release_lags(self) -> dict[str, int]:
        """Days from the end of a period to its release, of the sources whose ``published`` is not the first print."""
        return dict(self._store.lags.select("source_id", "release_lag_days").iter_rows())

    @property
    def accelerators(self) -> pl.DataFrame:
        """Specifications of chips, columns of :data:`data.base.shipped_tables.SCHEMAS`, without a day of knowledge."""
        return self._store.accelerators

    @property
    def compiled(self) -> date:
        """The day a blank ``published`` counts as."""
        return self._store.compiled

    @property
    def newest(self) -> date:
        """The last day something became known at all; after the view's own day where that is a past one."""
        return self._store.newest

    @property
    def scope(self) -> Scope:
        """Whose figures these are."""
        return self._store.scope

    @property
    def substitutions(self) -> Substitutions:
        """A user's own series, and the drivers and assumptions they stand in for."""
        return self._store.substitutions

    def sha256(self) -> str:
        """Hash of every table as known on the day by publication, see :meth:`data.store.store.Store.sha256`."""
        return self._store.sha256(self.as_of)

    def ids(self) -> tuple[str, ...]:
        """Ids with at least one observed value, ascending."""
        return tuple(sorted({series_id for series_id, _ in self._groups}))

    def count(self, series_id: str, freq: Frequency) -> int:
        """Distinct periods with an observed value, counted over all sources and scenarios of the id."""
        part = self._groups.get((series_id, freq.value))
        return 0 if part is None else part["period"].n_unique()

    def frequency(self, series_id: str, *, at_least: int = 1) -> Frequency | None:
        """The finest frequency with at least so many observed periods; None when there is none."""
        return next((freq for freq in FINEST if self.count(series_id, freq) >= at_least), None)

    def read(self, series_id: str, *, freq: Frequency | None = None) -> ModelSeries:
        """Observed values of a series, from one source and one scenario or by one of the two general splices.

        See :mod:`features.splices` for which. Raises :class:`NotFound` when the id is unknown, and when nothing of it
        is known on the day.
        """
        chosen = freq or self.frequency(series_id, at_least=MINIMUM) or self.frequency(series_id)
        part = None if chosen is None else self._groups.get((series_id, chosen.value))
        if part is None or chosen is None:
            ids = self._store.observations["series_id"]
            if not ids.eq(series_id).any():
                raise unknown_series(series_id, ids.unique().to_list())
            raise NotFound(
                "series", series_id, hint=f"no observed value of it is known on {self.as_of} under {self.rule}"
            )
        rows, recipe = self._choose(_on_grid(part, chosen))
        if user_series := self.substitutions.drivers.get(series_id):
            recipe = f"{SUBSTITUTION}.{user_series}"
        return self._series(rows, chosen, recipe)

    def of_source(self, series_id: str, source_id: str, *, freq: Frequency) -> ModelSeries:
        """Observed values one source gives for a series, for recipes that name their publishers.

        A period printed under several scenarios has the last published figure. Raises :class:`NotFound` when the source
        gives nothing that is known on the day.
        """
        part = self._groups.get((series_id, freq.value))
        rows = None if part is None else part.filter(pl.col("source_id") == source_id)
        if rows is None or rows.is_empty():
            raise NotFound("series", series_id, hint=f"{source_id} says nothing of it that is known on {self.as_of}")
        published = pl.col("published").fill_null(self.compiled)
        last = _on_grid(rows, freq).sort("period", published, "scenario")
        return self._series(last.unique("period", keep="last", maintain_order=True), freq, None)

    def range_of(self, series_id: str, source_id: str) -> dict[Period, tuple[float, float]]:
        """Ranges one source prints without a value, by period; empty when it prints none that is known on the day."""
        rows = self.rows.filter(
            (pl.col("series_id") == series_id)
            & (pl.col("source_id") == source_id)
            & pl.col("kind").is_in(OBSERVED)
            & pl.col("value").is_null()
            & pl.col("low").is_not_null()
            & pl.col("high").is_not_null()
        )
        ranges = rows.sort("period", "scenario").select("period", "freq", "low", "high").rows()
        return {Period(day, Frequency(freq)): (low, high) for day, freq, low, high in ranges}

    def seen_on(self, series_id: str, source_id: str) -> tuple[date, bool]:
        """The day the last of a source's observed figures for a series became known, and whether that is by a lag.

        By a lag means published after the view's day and shown by its release lag. Raises :class:`NotFound`.
        """
        rows = self.rows.filter(
            (pl.col("series_id") == series_id) & (pl.col("source_id") == source_id) & pl.col("kind").is_in(OBSERVED)
        )
        if rows.is_empty():
            raise NotFound("series", series_id, hint=f"{source_id} says nothing of it that is known on {self.as_of}")
        strictly = rows["published"].fill_null(self.compiled)
        return max(rows["visible"].to_list()), max(strictly.to_list()) > self.as_of

    def rows_with_value(self, *series_ids: str) -> pl.DataFrame:
        """Rows of series that print a value, whatever its kind, in no order."""
        return self.rows.filter(pl.col("series_id").is_in(series_ids) & pl.col("value").is_not_null())

    def planned(self, series_id: str) -> dict[Period, float]:
        """Announced or guided values of a series by period, as last published by the day; empty when there are none.

        Several vintages of one guidance stand under one period, from several sources: the last wins, none is averaged.
        """
        plans = self.rows_with_value(series_id).filter(pl.col("kind") == "plan")
        published = pl.col("published").fill_null(self.compiled)
        last = plans.sort("period", published, "source_id").unique("period", keep="last", maintain_order=True)
        rows = last.select("period", "freq", "value").rows()
        return {Period(day, Frequency(freq)): value for day, freq, value in rows}

    def _choose(self, part: pl.DataFrame) -> tuple[pl.DataFrame, str | None]:
        # One row per period of the source, scenario or splice that is read, with the recipe's name.
        if part["source_id"].n_unique() == part["scenario"].n_unique() == 1:
            return part.sort("period"), None
        published = pl.col("published").fill_null(self.compiled)
        ranked = part.group_by("source_id", "scenario").agg(
            pl.len().alias("n"), pl.col("period").max().alias("last"), published.max().alias("newest")
        )
        # An old edition may be the longest: of those at least half as long, the one that reaches furthest is read.
        long = ranked.filter(pl.col("n") * 2 >= pl.col("n").max())
        best = long.sort("last", "n", "newest", "source_id", "scenario", descending=True).row(0, named=True)
        single = part.filter((pl.col("source_id") == best["source_id"]) & (pl.col("scenario") == best["scenario"]))
        together = part.filter(pl.col("scenario") == best["scenario"])
        last_word = best["newest"] == ranked["newest"].max()
        if single.height == together["period"].n_unique() and last_word:
            if single.height >= MINIMUM or part["period"].n_unique() == single.height:
                return single.sort("period"), None
            together = part
        recipe = ONE_DEFINITION if _agree(together) else LAST_PUBLISHED
        if recipe == LAST_PUBLISHED and single.height >= MINIMUM:
            return single.sort("period"), None
        spliced = together.sort("period", published, "source_id").unique("period", keep="last", maintain_order=True)
        return spliced, recipe

    def _series(self, rows: pl.DataFrame, freq: Frequency, recipe: str | None) -> ModelSeries:
        strictly = rows["published"].fill_null(self.compiled)
        return ModelSeries(
            series_id=rows["series_id"][0],
            region=rows["region"][0],
            unit=rows["unit"][0],
            freq=freq,
            periods=tuple(Period(day, freq) for day in rows["period"]),
            values=rows["value"].to_numpy(writable=True),
            low=_bound(rows["low"]),
            high=_bound(rows["high"]),
            last_published=max(rows["visible"].to_list()),
            rule=self.rule,
            sources=tuple(sorted(set(rows["source_id"].to_list()))),
            recipe=recipe,
            pseudo_vintage=max(strictly.to_list()) > self.as_of,
        )


def _on_grid(part: pl.DataFrame, freq: Frequency) -> pl.DataFrame:
    # A series with calendar and fiscal years is read on the grid most of its figures stand on.
    phase = part["period"].dt.month() % freq.months
    if phase.n_unique() == 1:
        return part
    counts = phase.value_counts(name="n").sort("n", "period", descending=[True, False])
    return part.filter(phase == counts["period"][0])


def _agree(rows: pl.DataFrame) -> bool:
    # Sources are parts of one definition when they say the same wherever two of them have a figure.
    spread = rows.group_by("period").agg(pl.col("value").min().alias("least"), pl.col("value").max().alias("most"))
    apart = spread.filter((pl.col("most") - pl.col("least")) > AGREEMENT * pl.col("most").abs())
    return apart.is_empty()


def _bound(column: pl.Series) -> FloatArray | None:
    if column.null_count() == len(column):
        return None
    return column.fill_null(np.nan).to_numpy(writable=True)
