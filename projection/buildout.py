"""Buildout: planned sites, as they are really built, turned into deliverable nameplate capacity.

The tracked pipeline is realised by the fitted terms of :mod:`projection.realisation`. Capacity no tracker sees and what
is built after the dated pipeline are terms of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.periods import Frequency, Period
from features.pipeline import Plan
from projection.grid import QUARTERS, index_of
from projection.realisation import SiteShocks, arriving

FloatArray = NDArray[np.float64]
NO_GROWTH = 1e-6
BASE = date(2025, 12, 31)
"""Base capacity is of this day; additions are what arrives after it."""
PIPELINE_END = Period(date(2028, 10, 1), Frequency.QUARTER)
"""The dated pipeline is used to the end of this quarter; its flat tail after that is not a ceiling."""


def us_nameplate(
    plans: Sequence[Plan], values: Mapping[str, FloatArray], shocks: SiteShocks, *, evidence_days: int
) -> FloatArray:
    """Deliverable US nameplate capacity, GW, shape (draw, quarter), at quarter end.

    Base capacity plus tracked additions, realised and grossed up by the tracker's coverage of all additions. After 2028
    additions continue at the realised pace of 2026-2028 with its growth, or as the late part of the pipeline arrives,
    whichever is more: late sites are part of what is built then, not added to it.
    """
    ends = [quarter.end for quarter in QUARTERS]
    tracked = arriving(plans, values, shocks, region="US", days=ends, evidence_days=evidence_days, since=BASE) / 1000
    added = tracked / values["us_tracker_coverage"][:, None]
    edge = index_of(PIPELINE_END)
    beyond = np.maximum(np.arange(len(QUARTERS)) - edge, 0) / 4
    pace = added[:, edge : edge + 1] / ((edge + 1) / 4)
    continued = added[:, edge : edge + 1] + pace * growing(values["build_growth_after"], beyond)
    after = np.arange(len(QUARTERS)) > edge
    added = np.where(after, np.maximum(added, continued), added)
    return np.asarray(values["us_nameplate_2025"][:, None] + added)


def steady_nameplate(base: FloatArray, additions: FloatArray, growth: FloatArray) -> FloatArray:
    """Nameplate of a region without a dated pipeline, GW, shape (draw, quarter).

    A base at the end of 2025 (draw,), plus yearly additions (draw,) growing at a log rate (draw,).
    """
    years = np.array([(index + 1) / 4 for index in range(len(QUARTERS))])
    return np.asarray(base[:, None] + additions[:, None] * growing(growth, years))


def growing(rate: FloatArray, years: FloatArray) -> FloatArray:
    """Integral of exp(rate u) from 0 to each time: years' worth of additions, shape (draw, quarter)."""
    safe = np.where(np.abs(rate) < NO_GROWTH, NO_GROWTH, rate)[:, None]
    return np.asarray(np.expm1(safe * years[None, :]) / safe)
