"""What is published of single grids and of Ireland, read as of a day: operators' forecasts, auctions, metered use.

A grid is not a state: PJM spans thirteen of them, ERCOT is most of one. Nothing here is added across publishers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from data.base.errors import NotFound
from data.catalogue.observations import period_end
from data.periods.period import Frequency, Period
from features.grids.load_errors import ACTUAL, last_summer, organic_growth, pairs
from features.view import View

PJM_PEAKS = (("us-pjm.load.summer_peak_forecast", 1e-3), ("us-pjm.load.summer_peak_forecast_gw", 1.0))
"""Summer peaks of PJM's load forecast reports, in MW and GW."""
PJM_SHORTFALL = "us-pjm.capacity_auction.shortfall"
ERCOT_SUBMITTED = "ercot.load"
"""ERCOT's peak with every request as utilities submitted it, GW."""
IRELAND = "ie.datacenter.electricity"
"""Metered use of data centers by quarter, GWh (CSO)."""
PJM_CAPACITY = "us-pjm.datacenter.capacity.bnef"
"""Nameplate of data centers in PJM's area, GW, a projection of one house."""
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
    """A capacity auction that cleared short: GW accredited below the requirement, for the year from ``start``."""

    start: Period
    shortfall: float


@dataclass(frozen=True, slots=True)
class Projected:
    """What one publisher projects for a year: GW of nameplate in PJM, TWh in Ireland."""

    year: int
    value: float


@dataclass(frozen=True)
class GridFigures:
    """Everything the cells of grids start from; None or empty where the day does not know it.

    Attributes:
        pjm: newest edition of PJM's forecast.
        pjm_auction: newest auction that fell short.
        ercot_peak: last metered summer peak, GW.
        ercot_submitted: growth from the peak its edition knew to the forecast with every request in it.
        ercot_organic: growth without requests in the last edition made so, GW a year.
        pjm_capacity: nameplate projected for PJM, GW.
        ireland_projected: use projected for Ireland, TWh.
        ireland: metered use of Ireland's data centers, TWh by quarter.
    """

    pjm: PeakPath | None = None
    pjm_auction: Auction | None = None
    ercot_peak: float | None = None
    ercot_submitted: PeakPath | None = None
    ercot_organic: float | None = None
    pjm_capacity: Projected | None = None
    ireland_projected: Projected | None = None
    ireland: Mapping[Period, float] = field(default_factory=dict)

    def ireland_year(self, year: int) -> float | None:
        """Metered TWh of a calendar year; None unless all four quarters are known."""
        first = Period(date(year, 1, 1), Frequency.QUARTER)
        quarters = [first.shift(step) for step in range(Frequency.QUARTER.per_year)]
        if any(quarter not in self.ireland for quarter in quarters):
            return None
        return sum(self.ireland[quarter] for quarter in quarters)

    def missing(self, base_year: int) -> tuple[str, ...]:
        """What a day lacks of the cells of grids, as sentences."""
        told = {
            "PJM's forecast of its peak was not known: no operator's route leads to its demand.": self.pjm is None,
            "No auction of PJM that cleared short was known: its firm balance has no start.": self.pjm_auction is None,
            "No peak of ERCOT beside a forecast without requests was known: its firm need is left out.": (
                self.ercot_peak is None or self.ercot_organic is None
            ),
            f"Metered use of Ireland's data centers was not known for all quarters of {base_year}.": (
                self.ireland_year(base_year) is None
            ),
        }
        return tuple(sentence for sentence, lacks in told.items() if lacks)


def grid_figures(view: View) -> GridFigures:
    """The figures of a day."""
    peaks = _ercot_peaks(view)
    return GridFigures(
        pjm=_pjm(view),
        pjm_auction=_auction(view),
        ercot_peak=peaks[max(peaks)] if peaks else None,
        ercot_submitted=_submitted(view, peaks),
        ercot_organic=organic_growth(pairs(view)),
        pjm_capacity=_projected(view, PJM_CAPACITY, "GW"),
        ireland_projected=_projected(view, IRELAND, "TWh"),
        ireland=_ireland(view),
    )


def _rows(view: View, series_id: str) -> pl.DataFrame:
    published = pl.col("published").fill_null(view.compiled)
    rows = view.told(series_id)
    return rows.with_columns(published).sort("period", "published", "source_id")


def _pjm(view: View) -> PeakPath | None:
    # Peaks by edition, which are those published on one day by one source.
    editions: dict[tuple[date, str], dict[int, float]] = {}
    for series_id, to_gw in PJM_PEAKS:
        for row in _rows(view, series_id).iter_rows(named=True):
            edition = editions.setdefault((row["published"], row["source_id"]), {})
            edition[row["period"].year] = row["value"] * to_gw
    for (published, _), peaks in sorted(editions.items(), reverse=True):
        first = min(peaks)
        ahead = [year for year in peaks if first < year <= first + LONGEST_YEARS]
        if ahead:
            last = max(ahead)
            return PeakPath(first, last, peaks[first], (peaks[last] - peaks[first]) / (last - first), published)
    return None


def _auction(view: View) -> Auction | None:
    rows = _rows(view, PJM_SHORTFALL)
    if rows.is_empty():
        return None
    day, value = rows.select("period", "value").row(-1)
    return Auction(Period.containing(day, Frequency.QUARTER), value / 1000)


def _projected(view: View, series_id: str, unit: str) -> Projected | None:
    rows = _rows(view, series_id).filter((pl.col("kind") == "projection") & (pl.col("unit") == unit))
    if rows.is_empty():
        return None
    row = rows.sort("published", "period").row(-1, named=True)
    return Projected(row["period"].year, row["value"])


def _ercot_peaks(view: View) -> dict[int, float]:
    try:
        peaks = view.read(ACTUAL, freq=Frequency.YEAR).by_period()
    except NotFound:
        return {}
    return {period.start.year: value / 1000 for period, value in peaks.items()}


def _submitted(view: View, peaks: Mapping[int, float]) -> PeakPath | None:
    # From the last peak its edition could know, as the share of it that came is measured.
    rows = _rows(view, ERCOT_SUBMITTED)
    if rows.is_empty():
        return None
    row = rows.sort(period_end(), "published").row(-1, named=True)
    year, last = last_summer(row["published"]), row["period"].year
    if last <= year or row["value"] <= peaks.get(year, np.inf):
        return None
    return PeakPath(year, last, peaks[year], (row["value"] - peaks[year]) / (last - year), row["published"])


def _ireland(view: View) -> dict[Period, float]:
    try:
        metered = view.read(IRELAND, freq=Frequency.QUARTER).to_unit("TWh")
    except NotFound:
        return {}
    return {period: float(value) for period, value in metered.by_period().items()}
