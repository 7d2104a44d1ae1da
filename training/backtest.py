"""The backtest: every member, every origin, every series, and the fits on what is known now, in one pool of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.periods import Frequency, Period
from data.quantiles import FORECAST_LEVELS
from features.series import ModelSeries
from training import scores
from training.calendar import Calendar
from training.growth import Growth, growth_class
from training.origins import Origin
from training.registry import FAST, FULL
from training.workers import Cast, Job, Key, Progress, cast_all

HORIZONS: dict[Frequency, int] = {
    Frequency.YEAR: 10,
    Frequency.HALF: 10,
    Frequency.QUARTER: 20,
    Frequency.MONTH: 36,
}
"""Steps published."""

NOW = -1
"""Origin number of the fit on everything known on the training day."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One history with all members' answers.

    Attributes:
        origin: the origin scored, or None for the forecast that will be published.
        season: steps in a year; growth: class of the visible history; last: its last period.
        scale: in-sample mean absolute seasonal difference, NaN where there is none.
        unit_scale: mean absolute step of the history, the unit of raw-space widths.
        casts: quantiles by member, each ``(horizon, FORECAST_LEVELS)``.
        drops: reason by member.
    """

    series_id: str
    freq: Frequency
    growth: Growth
    origin: Origin | None
    last: Period
    scale: float
    unit_scale: float
    constant: bool
    casts: Mapping[str, NDArray[np.float64]]
    drops: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, object]]

    def at_targets(self, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of a band at the steps that have an actual."""
        if self.origin is None:
            return quantiles[:0]
        return quantiles[self.origin.target_steps - 1]

    def mean_crps(self, quantiles: NDArray[np.float64]) -> float:
        """Mean CRPS over the steps that have an actual, in the unit of the series."""
        if self.origin is None:
            return float("nan")
        return float(
            np.mean(scores.crps(self.at_targets(quantiles), observed=self.origin.targets, levels=FORECAST_LEVELS))
        )


def members_for(series: ModelSeries, *, driver: bool) -> tuple[str, ...]:
    """The full set on drivers, the fast one elsewhere; the Kalman filter joins where periods are missing."""
    if driver:
        return FULL
    return (*FAST, "local_trend") if series.gaps else FAST


def run(
    series: Mapping[str, ModelSeries],
    origins: Mapping[str, Sequence[Origin]],
    *,
    drivers: frozenset[str],
    workers: int,
    timeout: float,
    progress: Progress,
    members: Sequence[str] | None = None,
) -> list[Trial]:
    """Fit everything; trials in the order of series, origins newest first, the published fit last of each series.

    ``members`` are fitted to every series in place of each one's own set.
    """
    jobs: list[Job] = []
    for name, item in series.items():
        names = tuple(members or members_for(item, driver=name in drivers))
        for number, origin in enumerate(origins[name]):
            horizon = int(origin.target_steps.max())
            jobs.append(Job((name, number), names, origin.values, origin.periods, horizon))
        jobs.append(Job((name, NOW), names, item.values, item.periods, HORIZONS[item.freq]))
    casts = cast_all(jobs, workers=workers, timeout=timeout, progress=progress)
    by_key: dict[Key, list[Cast]] = {}
    for cast in casts:
        by_key.setdefault(cast.key, []).append(cast)
    return [
        trial(
            job.key[0],
            values=job.values,
            periods=job.periods,
            casts=by_key[job.key],
            origin=origins[job.key[0]][job.key[1]] if job.key[1] != NOW else None,
        )
        for job in jobs
    ]


def trial(
    series_id: str,
    *,
    values: NDArray[np.float64],
    periods: Sequence[Period],
    casts: Sequence[Cast],
    origin: Origin | None,
) -> Trial:
    """Put the answers of one history beside what is needed to judge and scale them."""
    whole = Calendar.of(periods)
    start = whole.recent()
    calendar, recent = whole.take(start, len(whole.positions)), values[start:]
    steps = np.abs(np.diff(recent))
    return Trial(
        series_id=series_id,
        freq=calendar.freq,
        growth=growth_class(recent, calendar),
        origin=origin,
        last=calendar.last,
        scale=scores.mase_scale(recent, season=calendar.season),
        unit_scale=float(np.mean(steps)) or float(np.mean(np.abs(recent))) or 1.0,
        constant=bool(np.all(recent == recent[0])),
        casts={item.member: item.quantiles for item in casts if item.quantiles is not None},
        drops={item.member: item.reason for item in casts if item.reason is not None},
        parameters={item.member: dict(item.parameters) for item in casts if item.quantiles is not None},
    )
