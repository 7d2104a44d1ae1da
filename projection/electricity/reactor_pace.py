"""How fast reactors come: those under construction as building takes, and after them those approved or begun as now."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.generation.reactors import Reactors
from projection.base.timeline import Timeline

FloatArray = NDArray[np.floating[Any]]
DAYS_PER_YEAR = 365.25


def added(reactors: Reactors, slip: FloatArray, approved_built: FloatArray, timeline: Timeline) -> FloatArray:
    """Capacity of reactors that begin to run in a projected year, GW, (draw, year).

    Args:
        reactors: as last counted.
        slip: time to build one over the years of starts that are under construction, (draw,).
        approved_built: share of approved ones that come as building takes, (draw,); read where approvals are known.
        timeline: whose years are returned.
    """
    ends = [year.end for year in timeline.years]
    begins = [timeline.base, *ends[:-1]]
    come = [_come(reactors, slip, approved_built, _since_count(reactors, days)) for days in (begins, ends)]
    return np.asarray(come[1] - come[0])


def running(reactors: Reactors, slip: FloatArray, approved_built: FloatArray, timeline: Timeline) -> FloatArray:
    """Capacity of reactors that run at the end of a projected year, GW, (draw, year); none retires.

    Arguments as of :func:`added`.
    """
    since = _since_count(reactors, [year.end for year in timeline.years])
    return np.asarray(reactors.operating.value + _come(reactors, slip, approved_built, np.maximum(since, 0.0)))


def _since_count(reactors: Reactors, days: Sequence[date]) -> FloatArray:
    """Years from the count to each day, (day,)."""
    return np.array([(day - reactors.counted.end).days / DAYS_PER_YEAR for day in days], dtype=np.float32)


def _come(reactors: Reactors, slip: FloatArray, approved_built: FloatArray, years: FloatArray) -> FloatArray:
    """GW that came by times after the count, (draw, time): what was being built, then what was approved or begun."""
    takes = (reactors.years * slip)[:, None]
    pace = (reactors.started / slip)[:, None]
    later = pace if reactors.approved is None else (reactors.approved * approved_built / slip)[:, None]
    return np.asarray(pace * np.minimum(years, takes) + later * np.maximum(years - takes, 0.0))
