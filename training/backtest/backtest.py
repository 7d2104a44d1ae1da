"""The backtest: every member, every origin, every series, and the fits on what is known now, in one pool of work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import FORECAST_LEVELS
from data.catalogue.definitions import support_of
from data.periods.period import Frequency, Period
from features.series import ModelSeries
from training.backtest.engines import Runner
from training.backtest.origins import STRICT, Origin
from training.backtest.peers import MEMBERS_OF_GROUPS, pace
from training.backtest.workers import Job, Key, MemberForecast, Progress, cast_all
from training.core import scores
from training.core.calendar import Calendar
from training.core.growth import Growth, growth_class
from training.core.link import PLAIN, Link
from training.members.registry import BASELINES, FAST, FULL, PEERED, SPARSE

HORIZONS: dict[Frequency, int] = {
    Frequency.YEAR: 10,
    Frequency.HALF: 10,
    Frequency.QUARTER: 20,
    Frequency.MONTH: 36,
}
"""Steps published."""

MIDDLE = FORECAST_LEVELS.index(0.5)

SHORT = 16
"""Points up to which a history is short: the shortest of the public collections' quarterly series have as many."""

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
        member_forecasts: quantiles by member, each ``(horizon, FORECAST_LEVELS)``.
        drops: reason by member.
        link: what turns targets into the odds the members were fitted to; ``growth``, ``unit_scale``, ``constant`` and
            ``member_forecasts`` are of odds, and so is ``history``, what was visible by period.
    """

    series_id: str
    freq: Frequency
    growth: Growth
    origin: Origin | None
    last: Period
    scale: float
    unit_scale: float
    constant: bool
    member_forecasts: Mapping[str, NDArray[np.float64]]
    drops: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, object]]
    history: Mapping[Period, float]
    link: Link = PLAIN

    @property
    def eligible(self) -> Mapping[str, NDArray[np.float64]]:
        """Forecasts an ensemble may pool: where most periods are missing, only those of members made for that."""
        member_names = self.member_forecasts.keys() | self.drops.keys()
        if member_names.isdisjoint(SPARSE):
            return self.member_forecasts
        return {name: self.member_forecasts[name] for name in SPARSE if name in self.member_forecasts}

    @property
    def short(self) -> bool:
        """Whether so few points are known that errors, over the scale they show, are a kind of their own."""
        return len(self.history) <= SHORT

    def at_targets(self, quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of a band at the steps that have an actual."""
        if self.origin is None:
            return quantiles[:0]
        return quantiles[self.origin.target_steps - 1]

    def median_error(self, quantiles: NDArray[np.float64]) -> float:
        """Mean absolute error of the median at the targets: of its logarithm, on a raw series in the series' unit.

        NaN where there is no target, or none that has a logarithm.
        """
        if self.origin is None:
            return float("nan")
        median, truth = self.at_targets(quantiles)[:, MIDDLE], self.link.odds(self.origin.targets)
        if self.growth is Growth.RAW:
            return float(np.mean(np.abs(median - truth)))
        positive = truth > 0
        return float(np.mean(np.abs(np.log(median[positive] / truth[positive])))) if positive.any() else float("nan")


def members_for(series: ModelSeries, *, driver: bool, peered: bool = False) -> tuple[str, ...]:
    """The full set on drivers and where peers are known, the fast one elsewhere.

    The Kalman filter joins where periods are missing. Where most months are, only members that can
    separate a season from so few are pooled; the baselines are there to be compared with.
    """
    if peered:
        return (*FULL, *PEERED)
    if driver:
        return FULL
    if sparse(series.periods):
        return (*BASELINES, *SPARSE)
    return (*FAST, "local_trend") if series.gaps else FAST


def sparse(periods: Sequence[Period]) -> bool:
    """Whether a series is of months, most of them are missing, and no two whole years stand at its end."""
    calendar = Calendar.of(periods)
    whole = len(periods) - calendar.tail()
    return calendar.freq is Frequency.MONTH and 2 * len(periods) < calendar.span and whole < 2 * calendar.season


def run(
    series: Mapping[str, ModelSeries],
    origins: Mapping[str, Sequence[Origin]],
    *,
    drivers: frozenset[str],
    workers: int,
    timeout: float,
    progress: Progress,
    members: Sequence[str] | None = None,
    runner: Runner = cast_all,
) -> list[Trial]:
    """Fit everything; trials in the order of series, origins newest first, the published fit last of each series.

    Peers are seen as far as the last visible period of the series itself. At an origin on a real day they are not: what
    they had printed by that day is not among ``series``. ``members`` are fitted to every series in place of each one's
    own set; ``runner`` is what runs the fits.
    """
    histories = {name: series[name].by_period() for name in MEMBERS_OF_GROUPS if name in series}
    links = {name: Link.of(support_of(name, unit=item.unit), item.values) for name, item in series.items()}
    jobs: list[Job] = []

    def names(name: str, rate: float | None) -> tuple[str, ...]:
        member_names = members_for(series[name], driver=name in drivers, peered=rate is not None)
        return tuple(members or member_names)

    for name, item in series.items():
        for number, origin in enumerate(origins[name]):
            rate = None if origin.rule == STRICT else pace(name, origin.periods[-1], histories)
            horizon = int(origin.target_steps.max())
            odds = links[name].odds(origin.values)
            jobs.append(Job((name, number), names(name, rate), odds, origin.periods, horizon, rate, sums=origin.sums))
        rate, odds = pace(name, item.periods[-1], histories), links[name].odds(item.values)
        horizon = HORIZONS[item.freq]
        jobs.append(Job((name, NOW), names(name, rate), odds, item.periods, horizon, rate, sums=item.sums))
    member_forecasts = runner(jobs, workers=workers, timeout=timeout, progress=progress)
    by_key: dict[Key, list[MemberForecast]] = {}
    for answer in member_forecasts:
        by_key.setdefault(answer.key, []).append(answer)
    return [
        trial(
            job.key[0],
            odds=job.values,
            periods=job.periods,
            member_forecasts=by_key[job.key],
            origin=origins[job.key[0]][job.key[1]] if job.key[1] != NOW else None,
            link=links[job.key[0]],
        )
        for job in jobs
    ]


def trial(
    series_id: str,
    *,
    odds: NDArray[np.float64],
    periods: Sequence[Period],
    member_forecasts: Sequence[MemberForecast],
    origin: Origin | None,
    link: Link = PLAIN,
) -> Trial:
    """Put the answers of one history, given as odds, beside what is needed to judge and scale them."""
    whole = Calendar.of(periods)
    start = whole.begin(odds)
    calendar, recent, values = whole.take(start, len(whole.positions)), odds[start:], link.values(odds)
    steps = np.abs(np.diff(recent))
    return Trial(
        series_id=series_id,
        freq=calendar.freq,
        growth=growth_class(recent, calendar),
        origin=origin,
        last=calendar.last,
        scale=scores.mase_scale(values[start:], season=calendar.season),
        unit_scale=float(np.mean(steps)) or float(np.mean(np.abs(recent))) or 1.0,
        constant=bool(np.all(recent == recent[0])),
        member_forecasts={item.member: item.quantiles for item in member_forecasts if item.quantiles is not None},
        drops={item.member: item.reason for item in member_forecasts if item.reason is not None},
        parameters={item.member: dict(item.parameters) for item in member_forecasts if item.quantiles is not None},
        history=dict(zip(periods, odds.tolist(), strict=True)),
        link=link.at(values),
    )
