"""Growth of data-center electricity as publishers project it, each edition from its own base year.

Editions of different publishers stand on different levels (US 2023: 154 TWh by IEA, 176 by LBNL), so a target of one
over a base of another would turn a difference of definition into growth. What they share is a rate: the logarithm of
the target over the edition's own base, per year. Only models of equipment enter; counters of announced gigawatts revise
by 30 to 100 % a year and are another quantity (docs/method.md, section 9).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from features.view import View

FILE = "published_growth.toml"
LONGEST_YEARS = 8
"""A target further from its base than this says little of the next years."""
REFERENCE = ("reference", "base", "medium", "expected", "current_trends", "current_trends_press", "government")
"""Scenarios a publisher itself puts in the middle, in the order they are looked for; else the geometric mean."""


class Projected(Entry):
    """Where the projection of an edition and its base stand in the store: series id and source id.

    ``targets`` is empty where the projection stands under the base's own id.
    """

    region: str
    institution: str
    name: str
    base: tuple[str, str]
    targets: tuple[tuple[str, str], ...] = ()


class _File(Entry):
    edition: tuple[Projected, ...]


@dataclass(frozen=True, slots=True)
class GrowthPath:
    """One edition's growth from its own base year to its target year, log per year."""

    institution: str
    edition: str
    source: str
    first_year: int
    last_year: int
    rate: float
    published: date


@cache
def _editions() -> tuple[Projected, ...]:
    return read_shipped(_File, "features", FILE).edition


def growth_paths(view: View, region: str) -> tuple[GrowthPath, ...]:
    """The newest edition of every institution whose projection is known on the day and reaches beyond it.

    Empty for a region, or a day, without any.
    """
    newest: dict[str, GrowthPath] = {}
    for edition in _editions():
        path = _path(view, edition) if edition.region == region else None
        # A projection whose target year has begun says nothing of the years to come.
        if path is None or path.last_year <= view.as_of.year:
            continue
        other = newest.get(edition.institution)
        if other is None or path.published > other.published:
            newest[edition.institution] = path
    return tuple(newest[name] for name in sorted(newest))


def _path(view: View, edition: Projected) -> GrowthPath | None:
    observed = _values(view, *edition.base, observed=True)
    targets = edition.targets or (edition.base,)
    planned = [_values(view, *address, observed=False) for address in targets]
    if not observed or not all(planned):
        return None
    base = max(observed)
    shared = set.intersection(*(set(values) for values in planned))
    ahead = [year for year in shared if base.start.year < year.start.year <= base.start.year + LONGEST_YEARS]
    if not ahead:
        return None
    target = max(ahead)
    years = target.start.year - base.start.year
    level = float(np.mean([np.log(values[target]) for values in planned]))
    return GrowthPath(
        edition.institution,
        edition.name,
        edition.base[1],
        base.start.year,
        target.start.year,
        (level - float(np.log(observed[base]))) / years,
        max(_published(view, *address) for address in (edition.base, *targets)),
    )


def _rows(view: View, series_id: str, source_id: str) -> pl.DataFrame:
    return view.rows.filter(
        (pl.col("series_id") == series_id)
        & (pl.col("source_id") == source_id)
        & (pl.col("freq") == Frequency.YEAR.value)
    )


def _values(view: View, series_id: str, source_id: str, *, observed: bool) -> dict[Period, float]:
    """One value a year: the publisher's own middle scenario, else the geometric mean of what it prints."""
    rows = _rows(view, series_id, source_id)
    kinds = pl.col("kind").is_in(OBSERVED)
    rows = rows.filter(kinds if observed else ~kinds)
    middle = pl.coalesce(pl.col("value"), (pl.col("low") * pl.col("high")).sqrt())
    by_period: dict[Period, dict[str, float]] = {}
    for day, scenario, value in rows.with_columns(middle.alias("middle")).select("period", "scenario", "middle").rows():
        if value is not None and value > 0:
            by_period.setdefault(Period(day, Frequency.YEAR), {})[scenario or ""] = float(value)
    return {period: _middle(scenarios) for period, scenarios in by_period.items()}


def _middle(scenarios: dict[str, float]) -> float:
    references = [scenarios[name] for name in REFERENCE if name in scenarios]
    return references[0] if references else float(np.exp(np.mean(np.log(list(scenarios.values())))))


def _published(view: View, series_id: str, source_id: str) -> date:
    days: list[date] = _rows(view, series_id, source_id)["visible"].to_list()
    return max(days)
