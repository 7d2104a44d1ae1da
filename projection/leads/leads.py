"""Leads: how far one region is ahead of another by period, with the chance of it, or by the figures last counted.

The difference and the ratio are taken in every draw and summarised afterwards: quantiles are never subtracted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import Status
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Frequency
from features.view import View
from projection.edition.edition import Edition
from projection.edition.points import band_of, rounded
from projection.leads.measured import MEASURED, MeasuredFigure, figures
from projection.leads.yardsticks import LEADS, YARDSTICKS, Futures, RegionDraws, YardstickName, draws_of

Band = dict[str, float]
KINDS = (*(name.value for name in LEADS), *MEASURED)
"""Every yardstick two regions are compared by: those that are drawn, then those that are counted."""


@dataclass(frozen=True)
class LeadPoint:
    """One period: bands of both regions, of their difference and ratio, and the chance that the first is ahead.

    Attributes:
        ratio: first over second; None where it is no natural reading, or the second is not positive in every draw.
    """

    period: date
    region: Band
    against: Band
    difference: Band
    ratio: Band | None
    p_ahead: float


@dataclass(frozen=True)
class Measured:
    """The last counted figures: of both regions the compared one first, their difference and ratio."""

    region: tuple[MeasuredFigure, ...]
    against: tuple[MeasuredFigure, ...]
    difference: float
    ratio: float | None


@dataclass(frozen=True)
class Lead:
    """One yardstick between two regions; ``points`` where it is drawn, ``measured`` where it is counted.

    Attributes:
        reason: why there is no answer; None where there is one.
        freq: of points; None where it is counted.
    """

    kind: str
    title: str
    definition: str
    unit: str
    freq: Frequency | None
    status: Status
    reason: str | None
    points: tuple[LeadPoint, ...] = ()
    measured: Measured | None = None
    sources: tuple[str, ...] = ()


def lead(
    edition: Edition,
    view: View,
    kind: str,
    *,
    region: str,
    against: str,
    first: date | None = None,
    last: date | None = None,
    levels: Sequence[Quantile] = DEFAULT_LEVELS,
) -> Lead:
    """One yardstick between two regions.

    Args:
        edition: whose base draws are compared.
        view: figures known on the edition's day.
        kind: one of :data:`KINDS`.
        region: whose lead is asked for.
        against: the other region.
        first: any day inside the first period; open where None.
        last: any day inside the last period; open where None.
        levels: quantile levels of every band.
    """
    if kind in MEASURED:
        return _counted(view, kind, region, against)
    about = YARDSTICKS[YardstickName(kind)]
    try:
        ours, theirs = (draws_of(Futures(edition), YardstickName(kind), code) for code in (region, against))
    except NotFound as error:
        return Lead(kind, about.title, about.definition, about.unit, about.freq, Status.UNAVAILABLE, error.remedy)
    periods = [
        period
        for period in ours.periods
        if period in theirs.periods
        and (first is None or period.end >= first)
        and (last is None or period.start <= last)
    ]
    return Lead(
        kind,
        about.title,
        about.definition,
        about.unit,
        about.freq,
        Status.AVAILABLE,
        None,
        points=tuple(
            _point(period.start, ours.at(period), theirs.at(period), levels, ratio=about.ratio) for period in periods
        ),
        sources=_sources(ours, theirs),
    )


def _point(
    day: date, ours: NDArray[np.float64], theirs: NDArray[np.float64], levels: Sequence[Quantile], *, ratio: bool
) -> LeadPoint:
    over = ours / theirs if ratio and (theirs > 0).all() else None
    return LeadPoint(
        day,
        band_of(ours, levels),
        band_of(theirs, levels),
        band_of(ours - theirs, levels),
        None if over is None else band_of(over, levels),
        rounded(float((ours > theirs).mean())),
    )


def _sources(*read: RegionDraws) -> tuple[str, ...]:
    return tuple(sorted({source for one in read for source in one.sources}))


def _counted(view: View, kind: str, region: str, against: str) -> Lead:
    about = MEASURED[kind]
    try:
        ours, theirs = figures(view, kind, region), figures(view, kind, against)
    except NotFound as error:
        return Lead(kind, about.title, about.definition, about.unit, None, Status.UNAVAILABLE, error.remedy)
    one, other = ours[0].value, theirs[0].value
    measured = Measured(ours, theirs, rounded(one - other), rounded(one / other) if other else None)
    sources = tuple(sorted({figure.source for figure in (*ours, *theirs)}))
    return Lead(
        kind,
        about.title,
        about.definition,
        about.unit,
        None,
        Status.AVAILABLE,
        None,
        measured=measured,
        sources=sources,
    )
