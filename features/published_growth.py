"""Growth of data-center electricity as publishers project it, each edition from its own base year.

Editions of different publishers stand on different levels (US 2023: 154 TWh by IEA, 176 by LBNL), so a target of one
over a base of another would turn a difference of definition into growth. What they share is a rate: the logarithm of
the target over the edition's own base, per year. Only models of equipment enter; counters of announced gigawatts revise
by 30 to 100 % a year and are another quantity (docs/method.md, section 9).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from features.view import View

LONGEST_YEARS = 8
"""A target further from its base than this says little of the next years."""
REFERENCE = ("reference", "base", "medium", "expected", "current_trends", "current_trends_press", "government")
"""Scenarios a publisher itself puts in the middle, in the order they are looked for; else the geometric mean."""


@dataclass(frozen=True, slots=True)
class Projected:
    """Where an edition's projection stands in the store."""

    institution: str
    name: str
    base: tuple[str, str]  # series id, source id
    targets: tuple[tuple[str, str], ...]


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


def _one(institution: str, name: str, series_id: str, source: str) -> Projected:
    return Projected(institution, name, (series_id, source), ((series_id, source),))


_US, _CN, _EU, _WORLD = (f"{region}.datacenter.electricity" for region in ("us", "cn", "eu", "world"))

PROJECTED: dict[str, tuple[Projected, ...]] = {
    "US": (
        _one("epa", "epa2007", _US, "epa2007"),
        _one("lbnl", "lbnl2016", _US, "lbnl2016"),
        Projected(
            "lbnl",
            "lbnl2024",
            (f"{_US}.lbnl2024", "lbnl_2024"),
            ((f"{_US}.lbnl2024_low", "lbnl_2024"), (f"{_US}.lbnl2024_high", "lbnl_2024")),
        ),
        _one("lbnl", "lbnl2026", _US, "lbnl2026"),
        _one("iea", "iea2024", _US, "iea_electricity2024"),
        _one("iea", "iea2025", f"{_US}.iea2025", "iea_energy_ai_2025"),
        _one("epri", "epri2024", _US, "epri2024"),
        _one("epri", "epri2026", _US, "epri2026"),
        _one("mckinsey", "mckinsey2024", _US, "mck2024us"),
    ),
    "CN": (
        _one("government", "government2021", _CN, "chinadaily2021"),
        _one("government", "government2025", _CN, "carbonbrief2025"),
        _one("iea", "iea2025", f"{_CN}.iea2025", "iea_energy_ai_2025"),
        Projected("caict", "caict2025", (f"{_CN}.spglobal", "caixin_2025"), ((f"{_CN}.caict", "caixin_2025"),)),
    ),
    "EU": (
        _one("jrc", "jrc2020", _EU, "jrc2020"),
        _one("iea", "iea_ec2025", f"{_EU}.iea_ec2025", "iea_eu_2025"),
    ),
    "WORLD": (
        _one("iea", "iea2019", _WORLD, "iea2019comment"),
        _one("iea", "iea2025", f"{_WORLD}.iea2025", "iea_energy_ai_2025"),
        _one("iea", "iea2026", _WORLD, "iea_kq2026"),
        _one("gartner", "gartner2026", _WORLD, "gartner2026"),
    ),
}
"""Editions by region that print a base and a target of their own. CAICT prints no base: S&P Global's, quoted beside it,
serves, and the answer says whose it is."""


def growth_paths(view: View, region: str) -> tuple[GrowthPath, ...]:
    """The newest edition of every institution whose projection is known on the day and reaches beyond it.

    Empty for a region, or a day, without any.
    """
    newest: dict[str, GrowthPath] = {}
    for edition in PROJECTED.get(region, ()):
        path = _path(view, edition)
        # A projection whose target year has begun says nothing of the years to come.
        if path is None or path.last_year <= view.as_of.year:
            continue
        other = newest.get(edition.institution)
        if other is None or path.published > other.published:
            newest[edition.institution] = path
    return tuple(newest[name] for name in sorted(newest))


def _path(view: View, edition: Projected) -> GrowthPath | None:
    observed = _values(view, *edition.base, observed=True)
    planned = [_values(view, *address, observed=False) for address in edition.targets]
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
        max(_published(view, *address) for address in (edition.base, *edition.targets)),
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
