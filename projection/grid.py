"""The quarters the engine runs on: history that chips are counted from, then the quarters that are projected."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.periods import Frequency, Period, period_range

FIRST_HISTORY = Period(date(2022, 1, 1), Frequency.QUARTER)
FIRST = Period(date(2026, 1, 1), Frequency.QUARTER)
LAST = Period(date(2035, 10, 1), Frequency.QUARTER)
LAST_QUARTERLY = Period(date(2030, 10, 1), Frequency.QUARTER)
"""Quarters are published to here; years to the end."""

HISTORY = period_range(FIRST_HISTORY, LAST)
QUARTERS = period_range(FIRST, LAST)
OFFSET = FIRST_HISTORY.steps_to(FIRST)
"""Index of the first projected quarter within :data:`HISTORY`."""
YEARS = [Period(date(year, 1, 1), Frequency.YEAR) for year in range(FIRST.start.year, LAST.start.year + 1)]

HOURS = np.array([((q.end - q.start).days + 1) * 24.0 for q in QUARTERS])
"""Hours of each projected quarter, shape (quarter,)."""
HOURS_PER_YEAR = 8766.0
"""Hours of a mean year; turns a quarter's energy into a yearly rate."""


def years_after(day: date) -> NDArray[np.float64]:
    """Years from ``day`` to the end of each projected quarter, shape (quarter,)."""
    return np.array([(q.end - day).days / 365.25 for q in QUARTERS])


def index_of(period: Period) -> int:
    """Index of a quarter within :data:`QUARTERS`."""
    return FIRST.steps_to(period)
