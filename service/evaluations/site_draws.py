"""The days on which planned sites run in every draw of an edition; not for the process that serves."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency, Period
from features.sites.pipeline import Plan
from projection.scenarios.evaluation import BaseDraws
from projection.sites.realisation import arriving_by
from service.evaluations.site_dates import LEVELS, SiteDates, SiteYear, halfway

REGION = "US"
"""The region whose planned sites are drawn one by one."""
NEARLY = 1 - 1e-6
"""Of a level counts as all of it: megawatts are kept in single precision."""


def site_dates(base: BaseDraws) -> dict[str, SiteDates]:
    """Dates of every site with a plan, by name, read off the base's own draws."""
    inputs = base.model_inputs
    plans = {plan.site: plan for plan in inputs.anchors.pipeline_us if halfway(plan) is not None}
    years = inputs.anchors.timeline.years
    first = Period.containing(next(iter(plans.values())).edition, Frequency.MONTH) if plans else years[0]
    ends = _month_ends(first, years[-1].end)
    at_year_end = [place for place, day in enumerate(ends) if day.month == 12]  # noqa: PLR2004 - December
    arrived: dict[str, list[NDArray[np.int64]]] = {name: [] for name in plans}
    running: dict[str, list[NDArray[np.float32]]] = {name: [] for name in plans}
    for place in range(base.parts if plans else 0):
        part = base.part(place)
        by_site = arriving_by(
            {name: [plan] for name, plan in plans.items()},
            part.stages.values,
            part.numbers.site_shocks,
            region=REGION,
            days=ends,
            evidence_days=inputs.evidence_days,
        )
        for name, mw in by_site.items():
            enough = mw >= np.float32((halfway(plans[name]) or 0.0) * NEARLY)
            arrived[name].append(np.where(enough.any(axis=1), enough.argmax(axis=1), len(ends)))
            running[name].append(mw[:, at_year_end])
    return {
        name: _dates(plan, np.concatenate(arrived[name]), np.concatenate(running[name]), ends, at_year_end)
        for name, plan in plans.items()
    }


def _month_ends(first: Period, last: date) -> list[date]:
    ends = []
    month = Period.containing(first.end, Frequency.MONTH)
    while month.end <= last:
        ends.append(month.end)
        month = month.shift(1)
    return ends


def _dates(
    plan: Plan, arrived: NDArray[np.int64], running: NDArray[np.float32], ends: list[date], year_ends: list[int]
) -> SiteDates:
    """Dates of one site from the place of the month in which each draw reaches the level, and MW at the years' ends."""
    # The first month by which at least that share of draws is there.
    places = np.quantile(arrived, LEVELS, method="inverted_cdf")
    days = {str(level): ends[int(at)] if at < len(ends) else None for level, at in zip(LEVELS, places, strict=True)}
    years = tuple(
        SiteYear(
            year=ends[at].year,
            printed_mw=round(plan.level(ends[at]), 3),
            mw={
                str(level): round(float(value), 3)
                for level, value in zip(LEVELS, np.quantile(running[:, column], LEVELS), strict=True)
            },
            chance=round(float((arrived <= at).mean()), 4),
        )
        for column, at in enumerate(year_ends)
    )
    return SiteDates(round(halfway(plan) or 0.0, 3), days, years)
