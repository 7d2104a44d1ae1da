"""What is published of the grids of ``grids.toml``, read as of a day: operators' forecasts, auctions, metered use.

A grid is not a state: PJM spans thirteen of them, ERCOT is most of one. Nothing here is added across publishers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from data.base.errors import NotFound
from data.base.units import convert
from data.catalogue.observations import period_end
from data.periods.period import Frequency, Period
from features.grids.definitions import (
    GRIDS,
    AuctionBalance,
    LargeLoads,
    PowerGrid,
    Published,
    ReportBalance,
    SubmittedForecast,
    VettedForecast,
)
from features.grids.load_errors import Revisions, last_summer, organic_growth, pairs, peaks, revisions
from features.series import FloatArray
from features.view import View

LONGEST_YEARS = 12
"""Targets further from an edition's first say little of the next decade."""


@dataclass(frozen=True, slots=True)
class PeakPath:
    """Growth of a summer peak between two years, as an operator has it.

    Attributes:
        peak: of the first year, GW.
        growth: GW a year to the last.
    """

    first_year: int
    last_year: int
    peak: float
    growth: float
    published: date


@dataclass(frozen=True, slots=True)
class Auction:
    """GW accredited of one capacity auction, for the delivery year from ``start``: what it lacked, or cleared."""

    start: Period
    gw: float


@dataclass(frozen=True, slots=True)
class CapacityReport:
    """Capacity in the hour of a summer's peak, GW at what each plant gives in it.

    Attributes:
        summer: the quarter of the peak.
        capacity: all that the report counts; planned: the part that is not built, by technology.
    """

    summer: Period
    published: date
    capacity: float
    planned: Mapping[str, float]

    @property
    def standing(self) -> float:
        """What runs already, as it counts in that summer."""
        return self.capacity - sum(self.planned.values())


@dataclass(frozen=True, slots=True)
class Projected:
    """What one publisher projects for a year."""

    year: int
    value: float


@dataclass(frozen=True)
class GridFigures:
    """What the cells of one grid start from; None or empty where the day does not know it.

    Attributes:
        forecast: of its operator: the newest edition of a vetted one, of a submitted one the growth from the peak its
            edition knew to the forecast with every request in it.
        large_loads: what they add by year in the newest edition of a vetted forecast, in the unit the table states.
        revisions: how far editions of vetted forecasts move one another, of all grids; None where too few are known.
        peak: last summer peak that came, GW, where the forecast is a submitted one, else the first of its path.
        organic: growth without large loads, GW a year: of the path less what they add in the edition of its year, or in
            the last edition made without requests.
        last_summer: quarter of that peak, where it came.
        report: of capacity, the newest of one with all its parts.
        auctions: what those that fell short lacked, by delivery year, each as last published.
        published: what somebody projects of its data centers, in the unit the table of grids states.
        metered: use of its data centers, TWh by quarter.
    """

    grid: PowerGrid
    forecast: PeakPath | None = None
    large_loads: Mapping[int, float] = field(default_factory=dict)
    revisions: Revisions | None = None
    peak: float | None = None
    organic: float | None = None
    last_summer: Period | None = None
    report: CapacityReport | None = None
    auctions: tuple[Auction, ...] = ()
    published: Projected | None = None
    metered: Mapping[Period, float] = field(default_factory=dict)

    def metered_year(self, year: int) -> float | None:
        """Metered TWh of a calendar year; None unless all four quarters are known."""
        first = Period(date(year, 1, 1), Frequency.QUARTER)
        quarters = [first.shift(step) for step in range(Frequency.QUARTER.per_year)]
        if any(quarter not in self.metered for quarter in quarters):
            return None
        return sum(self.metered[quarter] for quarter in quarters)

    @property
    def other_peak(self) -> tuple[float, float] | None:
        """A peak, GW, and how it grows a year without large loads."""
        return None if self.peak is None or self.organic is None else (self.peak, self.organic)

    def large_load_growth(self, year: int, years: ArrayLike) -> FloatArray:
        """What large loads add since the middle of a year at times in years after it, linear between middles of years.

        The year before the edition's first they add nothing: what stands is metered then.
        """
        summers = sorted(self.large_loads)
        at = [summers[0] - 1, *summers]
        added = np.interp(year + np.append(0.0, years), at, [0.0, *(self.large_loads[summer] for summer in summers)])
        return np.asarray(added[1:] - added[0])


def grid_figures(view: View, grids: Iterable[PowerGrid] = GRIDS) -> dict[str, GridFigures]:
    """The figures of a day, by code of the grid."""
    vetted = [grid.forecast.large_loads for grid in grids if isinstance(grid.forecast, VettedForecast)]
    moved = revisions(editions(view, large_loads) for large_loads in vetted)
    by_grid = {grid.region: _figures(view, grid) for grid in grids}
    return {region: replace(figures, revisions=moved) for region, figures in by_grid.items()}


def cleared(view: View, balance: AuctionBalance) -> dict[Period, float]:
    """GW its auctions cleared, by the quarter a delivery year begins in, of one accounting."""
    auctions = _auctions(view, balance.cleared)
    return {auction.start: auction.gw for auction in auctions if auction.start.end >= balance.accredited_since}


def editions(view: View, large_loads: LargeLoads) -> dict[int, dict[int, float]]:
    """What large loads add by year, by the year of an edition; one with a single year is none."""
    by_year: dict[int, dict[int, float]] = {}
    for row in _rows(view, large_loads.series).iter_rows(named=True):
        edition = by_year.setdefault(row["published"].year, {})
        edition[row["period"].year] = convert(row["value"], row["unit"], large_loads.unit)
    return {year: edition for year, edition in by_year.items() if len(edition) > 1}


def missing(grids: Mapping[str, GridFigures], base_year: int) -> Iterator[str]:
    """What a day lacks of the cells of grids, as sentences."""
    for figures in grids.values():
        grid = figures.grid
        if isinstance(grid.forecast, VettedForecast) and not figures.large_loads:
            yield f"{grid.name}'s forecast of large loads was not known: no operator's route leads to its demand."
        if isinstance(grid.forecast, SubmittedForecast) and grid.balance is not None and figures.other_peak is None:
            yield f"No peak of {grid.name} beside a forecast without requests was known: its firm need is left out."
        if isinstance(grid.balance, ReportBalance) and figures.report is None:
            yield f"No report of {grid.name}'s capacity was known: its firm supply is left out."
        if isinstance(grid.balance, AuctionBalance) and not figures.auctions:
            yield f"No auction of {grid.name} that cleared short was known: its firm balance has no start."
        if grid.metered is not None and figures.metered_year(base_year) is None:
            yield f"Metered use of {grid.name}'s data centers was not known for all quarters of {base_year}."


def _figures(view: View, grid: PowerGrid) -> GridFigures:
    without_forecast = GridFigures(
        grid,
        auctions=_auctions(view, grid.balance.shortfall) if isinstance(grid.balance, AuctionBalance) else (),
        report=_report(view, grid.balance) if isinstance(grid.balance, ReportBalance) else None,
        published=None if grid.published is None else _projected(view, grid.published),
        metered={} if grid.metered is None else _metered(view, grid.metered),
    )
    match grid.forecast:
        case VettedForecast() as forecast:
            path, large_loads = _newest_edition(view, *forecast.peaks), editions(view, forecast.large_loads)
            return replace(
                without_forecast,
                forecast=path,
                large_loads=large_loads[max(large_loads)] if large_loads else {},
                peak=None if path is None else path.peak,
                organic=None if path is None else _organic(view, forecast, path, large_loads),
            )
        case SubmittedForecast() as forecast:
            came, organic = peaks(view, forecast), _newest_edition(view, forecast.without_requests)
            return replace(
                without_forecast,
                forecast=_submitted(view, forecast, came),
                peak=came[max(came)] if came else None,
                last_summer=Period(date(max(came), 7, 1), Frequency.QUARTER) if came else None,
                organic=organic_growth(pairs(view, forecast)) if organic is None else organic.growth,
            )
    return without_forecast


def _rows(view: View, *series_ids: str) -> pl.DataFrame:
    published = pl.col("published").fill_null(view.compiled)
    rows = view.rows_with_value(*series_ids)
    return rows.with_columns(published).sort("period", "published", "source_id")


def _newest_edition(view: View, *series_ids: str) -> PeakPath | None:
    # Peaks by edition, which are those published on one day: two sources may each print a part of one edition.
    editions: dict[date, dict[int, float]] = {}
    for row in _rows(view, *series_ids).iter_rows(named=True):
        edition = editions.setdefault(row["published"], {})
        edition[row["period"].year] = convert(row["value"], row["unit"], "GW")
    paths = [_path(edition, published, LONGEST_YEARS) for published, edition in sorted(editions.items(), reverse=True)]
    # One that prints nothing nearer is read to its only target where no other has one.
    paths += [_path(edition, published, None) for published, edition in sorted(editions.items(), reverse=True)]
    return next((path for path in paths if path is not None), None)


def _path(edition: Mapping[int, float], published: date, longest: int | None) -> PeakPath | None:
    first = min(edition)
    ahead = [year for year in edition if year > first and (longest is None or year <= first + longest)]
    if not ahead:
        return None
    last = max(ahead) if longest is not None else min(ahead)
    return PeakPath(first, last, edition[first], (edition[last] - edition[first]) / (last - first), published)


def _organic(
    view: View, forecast: VettedForecast, path: PeakPath, large_loads: Mapping[int, Mapping[int, float]]
) -> float | None:
    if forecast.part_of_growth is None:
        return _without(path, large_loads.get(path.published.year, {}))
    rows = _rows(view, forecast.part_of_growth).filter(
        (pl.col("published") == path.published) & (pl.col("period").dt.year() == path.last_year)
    )
    if rows.is_empty():
        return None
    part = convert(rows["value"][-1], rows["unit"][-1], "GW")
    return path.growth - part / (path.last_year - path.first_year)


def _without(path: PeakPath, large_loads: Mapping[int, float]) -> float | None:
    if not {path.first_year, path.last_year} <= large_loads.keys():
        return None
    added = large_loads[path.last_year] - large_loads[path.first_year]
    return path.growth - added / (path.last_year - path.first_year)


def _auctions(view: View, series_id: str) -> tuple[Auction, ...]:
    rows = _rows(view, series_id).unique("period", keep="last", maintain_order=True)
    return tuple(
        Auction(Period.containing(day, Frequency.QUARTER), convert(value, unit, "GW"))
        for day, value, unit in rows.select("period", "value", "unit").iter_rows()
    )


def _report(view: View, balance: ReportBalance) -> CapacityReport | None:
    kinds = {balance.capacity: "", **{series: kind for kind, series in balance.planned.items()}}
    rows = _rows(view, *kinds)
    if rows.is_empty():
        return None
    published, year = rows.select("published", "period").row(-1)
    rows = rows.filter((pl.col("published") == published) & (pl.col("period") == year))
    parts = {
        kinds[series]: convert(value, unit, "GW")
        for series, value, unit in rows.select("series_id", "value", "unit").rows()
    }
    if len(parts) < len(kinds):
        return None
    return CapacityReport(Period(date(year.year, 7, 1), Frequency.QUARTER), published, parts.pop(""), parts)


def _projected(view: View, published: Published) -> Projected | None:
    rows = _rows(view, published.series)
    rows = rows.filter((pl.col("kind") == "projection") & (pl.col("unit") == published.unit))
    if rows.is_empty():
        return None
    row = rows.sort("published", "period").row(-1, named=True)
    return Projected(row["period"].year, row["value"])


def _submitted(view: View, forecast: SubmittedForecast, came: Mapping[int, float]) -> PeakPath | None:
    # From the last peak its edition could know, as the share of it that came is measured.
    rows = _rows(view, *forecast.peaks)
    if rows.is_empty():
        return None
    row = rows.sort(period_end(), "published").row(-1, named=True)
    year, last = last_summer(row["published"]), row["period"].year
    peak = convert(row["value"], row["unit"], "GW")
    if last <= year or peak <= came.get(year, np.inf):
        return None
    return PeakPath(year, last, came[year], (peak - came[year]) / (last - year), row["published"])


def _metered(view: View, series_id: str) -> dict[Period, float]:
    try:
        metered = view.read(series_id, freq=Frequency.QUARTER).to_unit("TWh")
    except NotFound:
        return {}
    return {period: float(value) for period, value in metered.by_period().items()}
