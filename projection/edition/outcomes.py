"""What came of an edition: its bands for years that are over, beside the figures of a later day.

There is no metered total of data centers for any large region, so the later figures are estimates too: electricity is
the later day's nowcast, accelerators are counted shipments of the designers the edition knew, none retired. A cell
without a later figure is left out.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from features.chips.shipments import DESIGNERS, increments
from features.nowcast.nowcast import yearly
from features.view import View
from projection.edition.edition import Edition

SHARES = {0.5: (0.25, 0.75), 0.8: (0.1, 0.9), 0.95: (0.025, 0.975)}
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
ENERGY_REGIONS = ("US", "WORLD")
LAST_QUARTER = 10
"""First month of the quarter whose end is the year's."""


@dataclass(frozen=True)
class RealisedBand:
    """One band of an edition beside what a later day says.

    Attributes:
        edition: its identifier; data_as_of: the day it knew.
        band: demand by quantile level, in the cell's unit; later: the later figure; of: what that figure is.
        log_error: logarithm of the median over the later figure; positive is too high.
        inside: whether the central 50, 80 and 95 % band held it, by share.
        width_split: share of the demand's variance by cause.
    """

    edition: str
    data_as_of: date
    region: str
    layer: Layer
    unit: str
    year: int
    band: dict[str, float]
    later: float
    of: str
    log_error: float
    inside: dict[str, bool]
    width_split: dict[str, float]


def outcomes(edition: Edition, view: View) -> list[RealisedBand]:
    """Every yearly demand band of an edition that a figure known on the view's day can be laid beside."""
    bands = []
    for region in ENERGY_REGIONS:
        try:
            later = yearly(view, region, recipe="nowcast.year").by_period()
        except NotFound:
            continue
        bands += _compared(edition, region, Layer.ENERGY, later, "nowcast of the later day, TWh")
    return bands + _compared(
        edition,
        "WORLD",
        Layer.COMPUTE,
        _counted(view, edition.data_as_of),
        "counted shipments of the designers then known",
    )


def _compared(edition: Edition, region: str, layer: Layer, later: dict[Period, float], of: str) -> list[RealisedBand]:
    cell = edition.cell(region, layer, demand=DemandConcept.BOUGHT)
    if cell.status is Status.UNAVAILABLE:
        return []
    rows = []
    for point in edition.answer(cell, levels=[Quantile(level) for level in LEVELS]):
        figure = later.get(Period(point.period, Frequency.YEAR))
        if figure is None:
            continue
        band = point.demand
        rows.append(
            RealisedBand(
                edition=edition.id,
                data_as_of=edition.data_as_of,
                region=region,
                layer=layer,
                unit=cell.unit,
                year=point.period.year,
                band=band,
                later=figure,
                of=of,
                log_error=float(np.log(band["0.5"] / figure)),
                inside={
                    f"{share:g}": band[f"{low:g}"] <= figure <= band[f"{high:g}"]
                    for share, (low, high) in SHARES.items()
                },
                width_split=point.width_split.get("demand", {}),
            )
        )
    return rows


def _counted(view: View, then: date) -> dict[Period, float]:
    """H100e shipped by the end of each year by designers whose first counted quarter was over on the day."""
    stocks = []
    for designer in DESIGNERS:
        try:
            sold = dict(sorted(increments(view, designer, "compute").items()))
        except NotFound:
            continue
        if min(sold).end > then:
            continue
        total, stock = 0.0, {}
        for quarter, h100e in sold.items():
            total += h100e
            if quarter.start.month == LAST_QUARTER:
                stock[Period(quarter.start.replace(month=1), Frequency.YEAR)] = total
        stocks.append(stock)
    if not stocks:
        return {}
    shared = sorted(set.intersection(*(set(stock) for stock in stocks)))
    return {year: sum(stock[year] for stock in stocks) for year in shared}
