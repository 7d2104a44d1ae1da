"""Limits that a rule sets to a series for periods to come, and how far such statements moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType

import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.guidance import revisions, statements
from features.view import View

FILE = "limits.toml"


class LimitedSeries(Entry):
    """A series and the series of its lowest and highest possible values."""

    series: str
    lower: str
    upper: str


class LimitRule(Entry):
    """What was said of the limits of a series on a day: the first days of the periods it holds for, and its source."""

    series: str
    periods: tuple[date, ...]
    lower: float
    upper: float
    published: date
    source: str
    note: str


class _Table(Entry):
    limited: tuple[LimitedSeries, ...]
    rule: tuple[LimitRule, ...]


@cache
def limited_series() -> Mapping[str, LimitedSeries]:
    """Every series with limits, by id; raises :class:`TableCorrupt`."""
    return MappingProxyType({one.series: one for one in read_shipped(_Table, "features", FILE).limited})


@cache
def limit_rules() -> tuple[LimitRule, ...]:
    """What was said of limits before the tables have it; raises :class:`TableCorrupt`."""
    return read_shipped(_Table, "features", FILE).rule


@dataclass(frozen=True)
class Limits:
    """What was last said of the limits of a series.

    Attributes:
        lower, upper: by the period they hold for, in the unit of the series.
        revisions: logarithms of statements over the one before about the same period: what a limit may yet move by.
    """

    lower: Mapping[Period, float]
    upper: Mapping[Period, float]
    revisions: tuple[float, ...]


def limits_of(view: View, series_id: str) -> Limits | None:
    """The limits of a yearly series as known on the view's day; None for a series without any."""
    limited = limited_series().get(series_id)
    if limited is None:
        return None
    printed = statements(view, (limited.lower, limited.upper))
    rules = [
        (name, period, value, rule.published)
        for rule in limit_rules()
        if rule.series == series_id and rule.published <= view.as_of
        for name, value in ((limited.lower, rule.lower), (limited.upper, rule.upper))
        for period in rule.periods
    ]
    whole = pl.concat([printed, pl.DataFrame(rules, schema=printed.schema, orient="row")])
    whole = whole.sort("series_id", "period", "visible")
    last = whole.unique(["series_id", "period"], keep="last")

    def by_period(name: str) -> dict[Period, float]:
        rows = last.filter(pl.col("series_id") == name).select("period", "value").iter_rows()
        return {Period(day, Frequency.YEAR): value for day, value in rows}

    return Limits(by_period(limited.lower), by_period(limited.upper), revisions(whole))
