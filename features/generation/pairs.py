"""Planned power plants and what was built of them: the pairs on which the realisation of plans is fitted.

A pair is a window (a year or half a year), the capacity planned for it at its start, and the capacity built in it, both
by EIA at utility scale in alternating current. A technology without a figure of its own is the total minus the others.
The second half of a year is the plan published during that half, or the figure of the year, minus the first half. Such
pairs are marked as derived.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.generation.bases import Alternating
from features.generation.plans import PLANNED_IN_YEARS, Technology, What, figures, table
from features.view import View

SECOND_HALF = 7
"""The month the second half of a year begins with."""
FILE = "shortfalls.toml"


class Shortfall(Entry):
    """GW by which the additions of a half year fell short of a plan that was not printed itself."""

    series: str
    period: date
    gw: float


class _File(Entry):
    shortfall: tuple[Shortfall, ...]


@cache
def shortfalls() -> tuple[Shortfall, ...]:
    """Those of ``shortfalls.toml``; raises :class:`data.base.errors.TableCorrupt` for a slip in it."""
    return read_shipped(_File, "features.generation", FILE).shortfall


@dataclass(frozen=True)
class Pair:
    """What was planned for a window and what was built in it.

    Attributes:
        parts: the technologies counted, with their share of what was planned.
        year: the calendar year the window lies in; years: how long it is.
        known_day: the day what was built became known.
        derived: how a figure that nobody printed came about, or None.
    """

    parts: tuple[tuple[Technology, float], ...]
    year: int
    years: float
    planned: Alternating
    built: Alternating
    known_day: date
    derived: str | None

    @property
    def name(self) -> str:
        """The technologies, joined."""
        return " and ".join(kind.value for kind, _ in self.parts)

    @property
    def share(self) -> float:
        """Built over planned."""
        return self.built.value / self.planned.value


def pairs(view: View) -> tuple[Pair, ...]:
    """Every pair known on the view's day, by year and then from long windows to short."""
    rows = table(view)
    all_pairs = [*_whole(rows), *_rest(rows), *_halves(rows), *_second_halves(rows)]
    return tuple(sorted(all_pairs, key=lambda pair: (pair.year, -pair.years, pair.name)))


def _whole(rows: pl.DataFrame) -> Iterator[Pair]:
    for kind in PLANNED_IN_YEARS:
        built = figures(rows, kind, What.BUILT, Frequency.YEAR)
        for year, plans in figures(rows, kind, What.PLANNED, Frequency.YEAR).items():
            if year in built:
                (_, gw), (day, came) = plans[0], built[year][-1]
                yield Pair(
                    parts=((kind, 1.0),),
                    year=year.start.year,
                    years=1.0,
                    planned=Alternating(gw),
                    built=Alternating(came),
                    known_day=day,
                    derived=None,
                )


def _rest(rows: pl.DataFrame) -> Iterator[Pair]:
    """Technologies without a figure of their own together, where every one was planned and the total is known."""
    planned = {kind: figures(rows, kind, What.PLANNED, Frequency.YEAR) for kind in PLANNED_IN_YEARS}
    built = {kind: figures(rows, kind, What.BUILT, Frequency.YEAR) for kind in PLANNED_IN_YEARS}
    all_planned = figures(rows, Technology.ALL, What.PLANNED, Frequency.YEAR)
    all_built = figures(rows, Technology.ALL, What.BUILT, Frequency.YEAR)
    for year in all_planned.keys() & all_built.keys():
        if not all(year in planned[kind] for kind in PLANNED_IN_YEARS):
            continue
        yearly_kinds = [kind for kind in PLANNED_IN_YEARS if year in built[kind]]
        rest = [kind for kind in PLANNED_IN_YEARS if year not in built[kind]]
        if not (yearly_kinds and rest):
            continue
        first = {kind: planned[kind][year][0][1] for kind in PLANNED_IN_YEARS}
        day, total = all_built[year][-1]
        plan = all_planned[year][0][1] - sum(first[kind] for kind in yearly_kinds)
        came = total - sum(built[kind][year][-1][1] for kind in yearly_kinds)
        sizes = sum(first[kind] for kind in rest)
        yield Pair(
            parts=tuple((kind, first[kind] / sizes) for kind in rest),
            year=year.start.year,
            years=1.0,
            planned=Alternating(plan),
            built=Alternating(came),
            known_day=day,
            derived=f"all less {' and '.join(yearly_kinds)}",
        )


def _halves(rows: pl.DataFrame) -> Iterator[Pair]:
    """First halves whose plan is the publisher's shortfall on top of what was built."""
    for item in shortfalls():
        half_rows = rows.filter((pl.col("series_id") == item.series) & (pl.col("period") == item.period))
        for technology, gw, day in half_rows.select("technology", "gw", "visible").tail(1).iter_rows():
            yield Pair(
                parts=((Technology(technology), 1.0),),
                year=item.period.year,
                years=0.5,
                planned=Alternating(gw + item.gw),
                built=Alternating(gw),
                known_day=day,
                derived="what was built and the shortfall published with it",
            )


def _second_halves(rows: pl.DataFrame) -> Iterator[Pair]:
    """A year's plan as published in its second half, and what was built, both less what was built in the first."""
    for kind in PLANNED_IN_YEARS:
        first_halves = figures(rows, kind, What.BUILT, Frequency.HALF)
        built = figures(rows, kind, What.BUILT, Frequency.YEAR)
        for year, plans in figures(rows, kind, What.PLANNED, Frequency.YEAR).items():
            half = Period(year.start, Frequency.HALF)
            begun = date(year.start.year, SECOND_HALF, 1)
            amounts = [gw for visible, gw in plans if begun <= visible <= year.end]
            if half not in first_halves or year not in built or not amounts:
                continue
            before = first_halves[half][-1][1]
            day, came = built[year][-1]
            yield Pair(
                parts=((kind, 1.0),),
                year=year.start.year,
                years=0.5,
                planned=Alternating(amounts[-1] - before),
                built=Alternating(came - before),
                known_day=day,
                derived="the year less its first half",
            )
