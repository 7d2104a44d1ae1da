"""Future generation as known on a day: planned, retiring, queued and restarting capacity, and what was built.

Every capacity here is alternating current (:mod:`features.generation.bases`); the industry association's ratings in
direct current are kept separately. Left out are EIA's net changes over twelve months, because they subtract retirements
from additions; contracts for the power of running reactors; and small reactors of new designs, of which all but half a
gigawatt are dated after 2035.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import polars as pl

from data.base.errors import NotFound
from data.periods.period import MONTHS_PER_YEAR, Frequency, Period
from features.generation.bases import Alternating, Direct
from features.view import View


class Technology(StrEnum):
    """What makes the electricity, or stores it."""

    SOLAR = "solar"
    BATTERY = "battery"
    WIND = "wind"
    GAS = "gas"
    NUCLEAR = "nuclear"
    THERMAL = "thermal"
    """Coal and gas together, as what retires."""
    ALL = "all"


class What(StrEnum):
    """What a figure counts."""

    PLANNED = "planned"
    BUILT = "built"
    RETIRING = "retiring"
    QUEUED = "queued"
    RESTARTING = "restarting"


PLANNED_IN_YEARS = (Technology.SOLAR, Technology.BATTERY, Technology.WIND, Technology.GAS)
"""Technologies whose additions EIA plans by year."""

_T, _W = Technology, What
SERIES: Mapping[str, tuple[Technology, What]] = {
    "us.solar_utility.capacity_additions_planned.eia860m": (_T.SOLAR, _W.PLANNED),
    "us.solar_utility.capacity_additions_planned_half.eia860m": (_T.SOLAR, _W.PLANNED),
    "us.solar_utility.capacity_additions.eia": (_T.SOLAR, _W.BUILT),
    "us.solar_utility.capacity_additions_half.eia": (_T.SOLAR, _W.BUILT),
    "us.battery.capacity_additions_planned.eia860m": (_T.BATTERY, _W.PLANNED),
    "us.battery.capacity_additions_planned_half.eia860m": (_T.BATTERY, _W.PLANNED),
    "us.battery.capacity_additions.eia": (_T.BATTERY, _W.BUILT),
    "us.battery.capacity_additions_half.eia": (_T.BATTERY, _W.BUILT),
    "us.wind.capacity_additions_planned.eia860m": (_T.WIND, _W.PLANNED),
    "us.wind.capacity_additions_planned_half.eia860m": (_T.WIND, _W.PLANNED),
    "us.wind.capacity_additions.eia": (_T.WIND, _W.BUILT),
    "us.natural_gas.capacity_additions_planned.eia860m": (_T.GAS, _W.PLANNED),
    "us.total.capacity_additions_planned.eia860m": (_T.ALL, _W.PLANNED),
    "us.total.capacity_additions_planned_half.eia860m": (_T.ALL, _W.PLANNED),
    "us.total.capacity_additions.eia": (_T.ALL, _W.BUILT),
    "us.total.capacity_additions_half.eia": (_T.ALL, _W.BUILT),
    "us.total.capacity_retirements_planned.eia860m": (_T.THERMAL, _W.RETIRING),
    "us.interconnection_queue.solar.lbnl": (_T.SOLAR, _W.QUEUED),
    "us.interconnection_queue.storage.lbnl": (_T.BATTERY, _W.QUEUED),
    "us.interconnection_queue.wind.lbnl": (_T.WIND, _W.QUEUED),
    "us.interconnection_queue.natural_gas.lbnl": (_T.GAS, _W.QUEUED),
    "us.nuclear.restart.crane": (_T.NUCLEAR, _W.RESTARTING),
    "us.nuclear.restart.duane_arnold": (_T.NUCLEAR, _W.RESTARTING),
    "us.nuclear.restart.all_three": (_T.NUCLEAR, _W.RESTARTING),
}
"""Series of the table."""
ALL_RESTARTS = "us.nuclear.restart.all_three"
PANELS = "us.solar_all.capacity_additions.seia"
GAS_BY_YEAR = "us.natural_gas.capacity_planned_by_year.eia860m"
TURBINE_MONTHS = "us.gas_turbine.lead_time"
QUEUE_MONTHS = "us.interconnection_queue.duration.lbnl"
TABLE = {
    "series_id": pl.String(),
    "technology": pl.String(),
    "what": pl.String(),
    "freq": pl.String(),
    "period": pl.Date(),
    "gw": pl.Float64(),
    "source_id": pl.String(),
    "visible": pl.Date(),
}


@dataclass(frozen=True)
class Restart:
    """A closed reactor that is to run again within a year."""

    name: str
    year: int
    capacity: Alternating


@dataclass(frozen=True)
class GenerationPlans:
    """What the figures of a day say of US generation to come.

    Attributes:
        planned: additions planned for a calendar year, by technology and year, as last published.
        gas_by_year: gas plants by the year they are to come online, for the years that a turbine ordered on the day of
            the inventory would come too late for: whoever is to be ready by then stands in it.
        built: additions of a calendar year, likewise.
        retiring: capacity planned to retire in a year.
        queue: active requests for a grid connection, as last published.
        queue_years: from a request to operation, of what reached it; None when not known.
        restarts: reactors that are to run again.
        panels: solar additions of all segments by year, which the industry association rates in direct current.
    """

    planned: Mapping[Technology, Mapping[int, Alternating]]
    gas_by_year: Mapping[int, Alternating]
    built: Mapping[Technology, Mapping[int, Alternating]]
    retiring: Mapping[int, Alternating]
    queue: Mapping[Technology, Alternating]
    queue_years: float | None
    restarts: tuple[Restart, ...]
    panels: Mapping[int, Direct]

    def covers(self, year: int) -> bool:
        """Whether additions and retirements of that year are planned as far as the day knows."""
        return year in self.retiring and any(year in self.planned[kind] for kind in PLANNED_IN_YEARS)

    @classmethod
    def none(cls) -> "GenerationPlans":
        """Of a day that knows nothing."""
        empty: dict[Technology, dict[int, Alternating]] = {kind: {} for kind in PLANNED_IN_YEARS}
        return cls(
            planned=empty,
            gas_by_year={},
            built=empty,
            retiring={},
            queue={},
            queue_years=None,
            restarts=(),
            panels={},
        )

    @classmethod
    def of(cls, view: View) -> "GenerationPlans":
        """Read off the table of the view's day; empty where the day knows nothing."""
        rows = table(view)
        return cls(
            planned={kind: _years(rows, kind, What.PLANNED) for kind in PLANNED_IN_YEARS},
            gas_by_year=_gas_by_year(view),
            built={kind: _years(rows, kind, What.BUILT) for kind in PLANNED_IN_YEARS},
            retiring=_years(rows, Technology.THERMAL, What.RETIRING),
            queue={kind: stock[max(stock)] for kind in PLANNED_IN_YEARS if (stock := _years(rows, kind, What.QUEUED))},
            queue_years=_queue_years(view),
            restarts=_restarts(rows),
            panels=_panels(view),
        )


def table(view: View) -> pl.DataFrame:
    """Figures of generation to come and of what was built, GW of alternating current, oldest first (:data:`TABLE`).

    Every vintage of every publisher has a row; a plan that a later one replaced stands beside it. Raises
    :class:`data.base.errors.UnitMismatch` should a figure stand in a unit of another basis.
    """
    rows = view.rows_with_value(*SERIES)
    columns = ("series_id", "freq", "period", "value", "unit", "source_id", "visible")
    lines = [
        {
            "series_id": series_id,
            "technology": SERIES[series_id][0].value,
            "what": SERIES[series_id][1].value,
            "freq": freq,
            "period": period,
            "gw": Alternating.of(value, unit).value,
            "source_id": source_id,
            "visible": visible,
        }
        for series_id, freq, period, value, unit, source_id, visible in rows.select(columns).iter_rows()
    ]
    return pl.DataFrame(lines, schema=TABLE).sort("period", "freq", "series_id", "visible", "source_id")


def figures(
    rows: pl.DataFrame, kind: Technology, stage: What, freq: Frequency
) -> dict[Period, list[tuple[date, float]]]:
    """(day it became known, GW) of every vintage, first to last, by period."""
    stage_rows = rows.filter(
        (pl.col("technology") == kind) & (pl.col("what") == stage) & (pl.col("freq") == freq.value)
    )
    by_period: dict[Period, list[tuple[date, float]]] = {}
    for period, visible, gw in stage_rows.select("period", "visible", "gw").iter_rows():
        by_period.setdefault(Period(period, freq), []).append((visible, gw))
    return {period: sorted(values) for period, values in by_period.items()}


def _years(rows: pl.DataFrame, kind: Technology, stage: What) -> dict[int, Alternating]:
    by_period = figures(rows, kind, stage, Frequency.YEAR)
    return {period.start.year: Alternating(vintages[-1][1]) for period, vintages in by_period.items()}


def _gas_by_year(view: View) -> dict[int, Alternating]:
    wait = view.rows_with_value(TURBINE_MONTHS).sort("period", "visible")
    rows = view.rows_with_value(GAS_BY_YEAR).sort("visible")
    if wait.is_empty() or rows.is_empty():
        return {}
    inventory = rows["visible"][-1]
    reached = Period.containing(inventory, Frequency.MONTH).shift(round(wait["value"][-1]))
    return {
        day.year: Alternating.of(value, unit)
        for day, value, unit in rows.filter(pl.col("visible") == inventory).select("period", "value", "unit").rows()
        if day.year < reached.start.year
    }


def _queue_years(view: View) -> float | None:
    rows = view.rows_with_value(QUEUE_MONTHS).sort("period")
    return None if rows.is_empty() else float(rows["value"][-1]) / MONTHS_PER_YEAR


def _panels(view: View) -> dict[int, Direct]:
    try:
        panels = view.read(PANELS, freq=Frequency.YEAR)
    except NotFound:
        return {}
    return {period.start.year: Direct.of(value, panels.unit) for period, value in panels.by_period().items()}


def _restarts(rows: pl.DataFrame) -> tuple[Restart, ...]:
    """Reactors by their own rows, and of a sum over all of them what no other row names."""
    restarting = rows.filter(pl.col("what") == What.RESTARTING)
    single = restarting.filter(pl.col("series_id") != ALL_RESTARTS)
    restarts = [
        Restart(series_id.rsplit(".", 1)[-1], period.year, Alternating(gw))
        for series_id, period, gw in single.select("series_id", "period", "gw").iter_rows()
    ]
    total_rows = restarting.filter(pl.col("series_id") == ALL_RESTARTS)
    if not total_rows.is_empty():
        rest = total_rows["gw"][-1] - sum(item.capacity.value for item in restarts)
        if rest > 0:
            restarts.append(Restart("others", total_rows["period"][-1].year, Alternating(rest)))
    return tuple(restarts)
