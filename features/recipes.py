"""Derived series: each a named recipe over shipped ones. Publishers are never joined outside a recipe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.periods import Frequency, Period
from data.store import Rule
from data.tables import site_vintages, sites
from features.forecastable import read_one
from features.series import ModelSeries

DESIGNERS = ("nvidia", "google_tpu", "amazon_trainium", "amd", "huawei_ascend", "cambricon")
CAPEX_PARTS = ("amazon.capex_cash", "microsoft.capex_cash", "alphabet.capex_cash", "meta.capex_total")
DISK_PARTS = ("seagate.hdd.exabytes", "wdc.hdd.exabytes")
MONTHS_PER_YEAR = 12
GWH_PER_TWH = 1000.0


@dataclass(frozen=True)
class View:
    """What a recipe may look at: observed rows visible on a day."""

    rows: pl.DataFrame
    as_of: date
    rule: Rule

    def read(self, series_id: str) -> ModelSeries | None:
        """One shipped series, spliced where its id spans several reports; None where nothing is visible."""
        found = self.rows.filter(pl.col("series_id") == series_id)
        if found.is_empty():
            return None
        finest = min(found["freq"].unique().to_list(), key=lambda code: Frequency(code).months)
        return read_one(found.filter(pl.col("freq") == finest), series_id=series_id, rule=self.rule)


@dataclass(frozen=True)
class Recipe:
    """A derived series: how it is made, in words and in code."""

    series_id: str
    name: str
    words: str
    inputs: tuple[str, ...]
    make: Callable[["Recipe", View], ModelSeries | None]


def flow_of_cumulative(recipe: Recipe, view: View) -> ModelSeries | None:
    """Differences of successive cumulative figures; the first figure counts as the first flow."""
    stock = view.read(recipe.inputs[0])
    if stock is None:
        return None
    if stock.gaps:
        raise ValueError(f"{stock.series_id} has gaps: its differences would span them")
    return _derived(recipe, [stock], stock.periods, np.diff(stock.values, prepend=0.0), unit=stock.unit)


def sum_of_all(recipe: Recipe, view: View) -> ModelSeries | None:
    """Sum over the inputs, in periods for which every one of them is visible; dates are never mixed."""
    parts = [view.read(name) for name in recipe.inputs]
    present = [part for part in parts if part is not None]
    if len(present) < len(parts):
        return None
    tables = [dict(zip(part.periods, part.values, strict=True)) for part in present]
    common = sorted(set.intersection(*(set(table) for table in tables)))
    if not common:
        return None
    values = np.array([sum(table[period] for table in tables) for period in common])
    return _derived(recipe, present, tuple(common), values, unit=present[0].unit)


def year_of_months(recipe: Recipe, view: View) -> ModelSeries | None:
    """Calendar-year sums in TWh of monthly GWh, for years with all twelve months."""
    months = view.read(recipe.inputs[0])
    if months is None:
        return None
    totals: dict[int, list[float]] = {}
    for period, value in zip(months.periods, months.values, strict=True):
        totals.setdefault(period.start.year, []).append(value)
    full = sorted(year for year, values in totals.items() if len(values) == MONTHS_PER_YEAR)
    if not full:
        return None
    periods = tuple(Period(date(year, 1, 1), Frequency.YEAR) for year in full)
    values = np.array([sum(totals[year]) / GWH_PER_TWH for year in full])
    return _derived(recipe, [months], periods, values, unit="TWh")


def observed_site_power(recipe: Recipe, view: View) -> ModelSeries | None:
    """Facility MW running at tracked US sites at quarter ends, steps of the newest visible vintage up to its day.

    Steps are summed, never interpolated; announced full-build targets and the vintage's own projections are left out.
    """
    vintages = site_vintages().filter(pl.col("vintage") <= view.as_of)
    if vintages.is_empty():
        return None
    newest = max(vintages["vintage"].to_list())
    located = sites().filter(pl.col("region") == "US")["site"].unique()
    steps = vintages.filter(
        (pl.col("vintage") == newest) & (pl.col("date") <= newest) & pl.col("site").is_in(located.implode())
    ).sort("site", "date")
    if steps.is_empty():
        return None
    first = Period.containing(min(steps.filter(pl.col("facility_mw") > 0)["date"].to_list()), Frequency.QUARTER)
    last = Period.containing(newest, Frequency.QUARTER).shift(-1)
    periods = tuple(first.shift(step) for step in range(first.steps_to(last) + 1))
    values = np.array(
        [steps.filter(pl.col("date") <= period.end).group_by("site").last()["facility_mw"].sum() for period in periods]
    )
    return ModelSeries(
        series_id=recipe.series_id,
        region="US",
        unit="MW",
        freq=Frequency.QUARTER,
        periods=periods,
        values=values,
        low=None,
        high=None,
        known=tuple(newest for _ in periods),
        last_published=newest,
        rule=view.rule,
        sources=("epoch_site_vintages",),
        recipe=recipe.name,
    )


def _derived(
    recipe: Recipe, parts: list[ModelSeries], periods: tuple[Period, ...], values: np.ndarray, *, unit: str
) -> ModelSeries:
    """A derived series; a value is known when the last of its inputs is."""
    known = []
    for period in periods:
        days = []
        for part in parts:
            inside = [
                day
                for own, day in zip(part.periods, part.known, strict=True)
                if own == period or (own.freq is not period.freq and period.start <= own.start <= period.end)
            ]
            days += inside
        known.append(max(days))
    return ModelSeries(
        series_id=recipe.series_id,
        region=parts[0].region if recipe.name != "sum_of_all" else "WORLD",
        unit=unit,
        freq=periods[0].freq,
        periods=periods,
        values=values,
        low=None,
        high=None,
        known=tuple(known),
        last_published=max(part.last_published for part in parts),
        rule=parts[0].rule,
        sources=tuple(sorted({source for part in parts for source in part.sources})),
        recipe=recipe.name,
    )


RECIPES: tuple[Recipe, ...] = (
    *(
        Recipe(
            series_id=f"derived.{name}.h100e_flow",
            name="flow_of_cumulative",
            words="quarterly differences of the publisher's cumulative median (8-bit H100e); the shape inside a year "
            "is interpolation, not information",
            inputs=(f"{name}.ai_chips.cumulative_compute",),
            make=flow_of_cumulative,
        )
        for name in DESIGNERS
    ),
    Recipe(
        series_id="derived.world.hyperscaler_capex",
        name="sum_of_all",
        words="cash capex of Amazon, Microsoft and Alphabet plus Meta's total (its cash series has holes; the total "
        "includes finance leases), quarters in which all four are known",
        inputs=CAPEX_PARTS,
        make=sum_of_all,
    ),
    Recipe(
        series_id="derived.us.electricity.generation_year",
        name="year_of_months",
        words="calendar-year sums of EIA monthly net generation, GWh to TWh, years with all twelve months",
        inputs=("us.electricity.netgen.total.eia",),
        make=year_of_months,
    ),
    Recipe(
        series_id="derived.world.hdd_exabytes",
        name="sum_of_all",
        words="exabytes shipped by Seagate and Western Digital, quarters in which both are known; Toshiba (11 % of "
        "2025Q1) is not in it",
        inputs=DISK_PARTS,
        make=sum_of_all,
    ),
    Recipe(
        series_id="derived.us.tracked_site_power",
        name="observed_site_power",
        words="facility MW running at tracked US sites at quarter end, newest visible vintage, observed steps only",
        inputs=("site_vintages",),
        make=observed_site_power,
    ),
)
"""Every derived series of the house."""
