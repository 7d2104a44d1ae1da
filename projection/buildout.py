"""Buildout: planned sites turned into deliverable nameplate capacity by the plan-realisation terms.

Four terms are kept apart because one "slip" factor would multiply the first into the others: re-measurement of the
past (nowcast factor), time shift, size, and the share ever built. Their shocks are shared by all sites of a region.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.periods import Frequency, Period
from projection.anchors import Pipeline
from projection.grid import QUARTERS, index_of

FloatArray = NDArray[np.float64]
NO_GROWTH = 1e-6
PIPELINE_END = Period(date(2028, 10, 1), Frequency.QUARTER)
"""The dated pipeline is used to the end of this quarter; its flat tail after that is not a ceiling."""


def us_nameplate(pipeline: Pipeline, values: Mapping[str, FloatArray]) -> FloatArray:
    """Deliverable US nameplate capacity, GW, shape (draw, quarter), at quarter end.

    Base capacity plus tracked additions, realised and grossed up by the tracker's coverage of all additions; after 2028
    additions continue at the realised pace of 2026-2028 with its growth.
    """
    day = np.array([(quarter.end - pipeline.start).days for quarter in QUARTERS], dtype=float)
    axis = np.arange(pipeline.near.shape[0], dtype=float)
    late = day[None, :] - values["site_delay_days"][:, None]
    observed = np.interp(day, axis, pipeline.observed)[None, :] * values["site_nowcast_factor"][:, None]
    due = (
        np.interp(late, axis, pipeline.near) * values["ever_built_near"][:, None]
        + np.interp(late, axis, pipeline.far) * values["ever_built_far"][:, None]
    ) * values["site_size_factor"][:, None]
    added = (observed + due) / values["us_tracker_coverage"][:, None]
    edge = index_of(PIPELINE_END)
    beyond = np.maximum(np.arange(len(QUARTERS)) - edge, 0) / 4
    pace = added[:, edge : edge + 1] / ((edge + 1) / 4)
    extra = pace * growing(values["build_growth_after"], beyond)
    return np.asarray(values["us_nameplate_2025"][:, None] + added + extra)


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
