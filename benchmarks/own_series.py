"""The members, the ensemble and the published engine on our own series, at rolling origins.

    make bench-own                     # about five minutes on two cores

Series and origins are those of the peer table: five quarterly series (four steps ahead) and eleven monthly ones (twelve
steps, origins a quarter apart), the last sixteen or seventeen origins, latest vintage, gap-free tails. CRPS is the mean
of twice the pinball loss over seven levels over the mean absolute seasonal change of the visible part. Fast is more
than 10 % a year over the last five years. A series too short for the protocol is named and left out.

``ensemble`` is made as training makes it (:func:`training.ensemble.assessment.assess`) from the members the drivers
get: a series is judged by weights and widths learned on the other series here, which are few, at all their origins.
Those of the quarterly five share one boom: what was learned on the others includes its later course. The growth of a
series' peers is seen no further than the origin. ``anyone`` is :func:`training.user_series.user_series.forecast`, which
learns nothing here.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import DEFAULT_LEVELS, FORECAST_LEVELS
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.user_series.user_series import UserSeries
from training.backtest.backtest import Trial, trial
from training.backtest.origins import PSEUDO, Origin
from training.backtest.peers import MEMBERS_OF_GROUPS, pace
from training.backtest.workers import Job, MemberForecast, cast_all
from training.core import scores
from training.ensemble.assessment import assess
from training.members.registry import FULL, PEERED, RANKED
from training.user_series.user_series import combine, members_of

SERIES = {
    Frequency.QUARTER: (
        "nvidia.datacenter.revenue", "microsoft.capex_cash", "alphabet.capex_cash", "amazon.capex_cash",
        "meta.capex_total",
    ),
    Frequency.MONTH: (
        "us.datacenter.construction_spending.saar", "us-va.electricity.sales.commercial.eia",
        "us-tx.electricity.sales.commercial.eia", "us-oh.electricity.sales.commercial.eia",
        "us-ga.electricity.sales.commercial.eia", "us-az.electricity.sales.commercial.eia",
        "us.electricity.sales.commercial.eia", "us.electricity.netgen.solar_utility.eia",
        "us.electricity.netgen.total.eia", "us.electricity.netgen.natural_gas.eia",
        "us-va.electricity.netgen.total.eia",
    ),
}  # fmt: skip
LEAST_SEEN = {Frequency.QUARTER: 16, Frequency.MONTH: 48}
LONGEST = {Frequency.QUARTER: 76, Frequency.MONTH: 180}
SCORED = {Frequency.QUARTER: 16, Frequency.MONTH: 48}
APART = {Frequency.QUARTER: 1, Frequency.MONTH: 3}
LEAST = 24
FAST = 0.10
EXTRA = ("theta_raw", "autotheta_raw", "ces_raw", "driven_arima_log", "logistic", "gompertz", "bass")
MEMBERS = tuple(dict.fromkeys((*FULL, *EXTRA)))
RESULTS = Path(__file__).with_name("results")
LEVELS = [float(level) for level in FORECAST_LEVELS]
SEVEN = [LEVELS.index(float(level)) for level in DEFAULT_LEVELS]
MIDDLE = LEVELS.index(0.5)
DRAWS, SEED = 1000, 20261123

Floats = NDArray[np.float64]
Goals = Mapping[str, Mapping[str, tuple[float, float]]]
GOALS: Goals = {
    "Q fast": {"crps": (0.0, 1.30), "cover80": (77.0, 84.0)},
    "M fast": {"crps": (0.0, 0.95)},
    "M slow": {"crps": (0.0, 0.67)},
}


@dataclass(frozen=True, eq=False)
class History:
    """A gap-free series of ours as it is known now."""

    series_id: str
    periods: tuple[Period, ...]
    values: Floats

    @property
    def freq(self) -> Frequency:
        """Its frequency."""
        return self.periods[0].freq

    @property
    def group(self) -> str:
        """``Q fast``, ``M fast`` or ``M slow``."""
        season, size = self.freq.per_year, self.values.size
        # As the peer table divides: the groups are to be the same.
        growth = float(np.log(self.values[-1] / self.values[max(0, size - 5 * season)]))
        growth /= min(5 * season, size - 1) / season
        return f"{self.freq.value} {'fast' if growth > FAST else 'slow'}"

    def origins(self) -> range:
        """Numbers of visible points at the scored origins."""
        horizon, size = self.freq.per_year, self.values.size
        first = max(LEAST_SEEN[self.freq], size - SCORED[self.freq] - horizon)
        return range(first, size - horizon + 1, APART[self.freq])


def histories(store: Store) -> list[History]:
    """The last published figure of every period, after the last gap."""
    item_list = []
    for freq, names in SERIES.items():
        for name in names:
            rows = store.observations.filter(
                (store.observations["series_id"] == name)
                & (store.observations["freq"] == freq.value)
                & store.observations["kind"].is_in([str(kind) for kind in OBSERVED])
                & store.observations["value"].is_not_null()
            ).sort("period", "published")
            by_period = {Period(day, freq): float(value) for day, value in rows.select("period", "value").iter_rows()}
            origins = [max(by_period)]
            while origins[0].shift(-1) in by_period:
                origins.insert(0, origins[0].shift(-1))
            origins = origins[-LONGEST[freq] :]
            if len(origins) < LEAST:
                print(f"{name}: {len(origins)} points, {LEAST} are needed; left out")
                continue
            item_list.append(History(name, tuple(origins), np.array([by_period[period] for period in origins])))
    return item_list


def jobs(item_list: Sequence[History]) -> list[Job]:
    """All members at every origin, and once on everything for the class averages of the widths."""
    peers = {
        item.series_id: dict(zip(item.periods, item.values.tolist(), strict=True))
        for item in item_list
        if item.series_id in MEMBERS_OF_GROUPS
    }
    job_list = []
    for item in item_list:
        for points in (*item.origins(), item.values.size):
            key, visible_periods = (item.series_id, points), item.periods[:points]
            rate = pace(item.series_id, visible_periods[-1], peers)
            members = MEMBERS if rate is None else (*MEMBERS, *PEERED)
            job_list.append(Job(key, members, item.values[:points], visible_periods, item.freq.per_year, rate))
    return job_list


def trials(
    item_list: Sequence[History], member_forecasts: Mapping[tuple[str, int], Sequence[MemberForecast]]
) -> list[Trial]:
    """What :func:`assess` judges; only the members that training itself runs."""
    trial_list = []
    for item in item_list:
        for points in (*item.origins(), item.values.size):
            candidates = [cast for cast in member_forecasts[item.series_id, points] if cast.member in RANKED]
            horizon = item.freq.per_year
            visible_periods, values = item.periods[:points], item.values[:points]
            origin = None
            if points < item.values.size:
                targets = item.values[points : points + horizon]
                steps = np.arange(1, horizon + 1)
                origin = Origin(
                    item.series_id, visible_periods, values, steps, targets, rule=PSEUDO, day=visible_periods[-1].end
                )
            trial_list.append(
                trial(item.series_id, odds=values, periods=visible_periods, member_forecasts=candidates, origin=origin)
            )
    return trial_list


@dataclass(frozen=True)
class Line:
    """Scores of one forecaster on one group; the interval draws series and origins with replacement."""

    name: str
    group: str
    n: int
    crps: float
    low: float
    high: float
    log_error: float
    cover80: float
    cover95: float


def line(
    name: str, group: str, item_list: Sequence[History], forecast: Callable[[History, int], Floats | None]
) -> Line | None:
    """Grade one forecaster; None where it never answered."""
    rows = []
    for item in item_list:
        if item.group != group:
            continue
        for points in item.origins():
            bands = forecast(item, points)
            if bands is None:
                continue
            season = item.freq.per_year
            truth = item.values[points : points + season]
            scale = scores.mase_scale(item.values[:points], season=season)
            loss = scores.crps(bands[:, SEVEN], observed=truth, levels=[LEVELS[index] for index in SEVEN])
            inside = [scores.covered(bands, observed=truth, levels=LEVELS, share=share).mean() for share in (0.8, 0.95)]
            missed = np.mean(np.abs(np.log(np.maximum(bands[:, MIDDLE], 1e-9) / truth)))
            rows.append([float(np.mean(loss)) / scale, float(missed), *inside])
    if not rows:
        return None
    table = np.array(rows)
    rng = np.random.default_rng(SEED)
    resampled = [float(table[rng.integers(0, len(table), len(table)), 0].mean()) for _ in range(DRAWS)]
    low, high = np.quantile(resampled, [0.025, 0.975])
    mean = table.mean(axis=0)
    return Line(
        name, group, len(rows), float(mean[0]), float(low), float(high), float(mean[1]), 100 * mean[2], 100 * mean[3]
    )


def lines(item_list: Sequence[History], *, workers: int) -> list[Line]:
    """Every forecaster on every group, best first."""
    forecasts = cast_all(jobs(item_list), workers=workers, timeout=3600.0, progress=lambda _count, _total: None)
    member_forecasts: dict[tuple[str, int], list[MemberForecast]] = {}
    for cast in forecasts:
        member_forecasts.setdefault(cast.key, []).append(cast)
    by_member = {(cast.key, cast.member): cast.quantiles for cast in forecasts}
    assessed = assess(trials(item_list, member_forecasts))
    bands = {
        (answer.trial.series_id, len(answer.trial.origin.periods)): answer.band.quantiles
        for answer in assessed.answers
        if answer.trial.origin is not None
    }

    def anyone(item: History, points: int) -> Floats | None:
        series = UserSeries(item.series_id, item.freq, item.periods[:points], item.values[:points])
        wanted_names = members_of(series)
        candidates = [cast for cast in member_forecasts[item.series_id, points] if cast.member in wanted_names]
        return combine(series, candidates, levels=FORECAST_LEVELS).quantiles

    line_list = []
    for group in GOALS:
        rows = [
            line("ensemble", group, item_list, lambda item, points: bands.get((item.series_id, points))),
            line("anyone", group, item_list, anyone),
        ]
        rows += [
            line(
                name, group, item_list, lambda item, points, name=name: by_member.get(((item.series_id, points), name))
            )
            for name in (*MEMBERS, *PEERED)
        ]
        line_list += sorted((row for row in rows if row is not None), key=lambda row: row.crps)
    return line_list


def table(line_list: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    head = ["| group | forecaster | CRPS | log error | 80 % | 95 % | origins |", "|---|---|---|---|---|---|---|"]
    body = [
        f"| {row.group} | {row.name} | {row.crps:.3f} [{row.low:.3f}, {row.high:.3f}] | {row.log_error:.3f} "
        f"| {row.cover80:.0f} | {row.cover95:.0f} | {row.n} |"
        for row in line_list
    ]
    return "\n".join([*head, *body])


def main() -> int:
    """Run, print, write; 1 when the ensemble misses a goal."""
    parser = argparse.ArgumentParser(description="the engine on our own series")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    line_list = lines(histories(Store.shipped()), workers=arguments.workers)
    print(table(line_list))
    RESULTS.mkdir(exist_ok=True)
    content = json.dumps([vars(row) for row in line_list], indent=1)
    (RESULTS / "own_series.json").write_text(content + "\n", encoding="utf-8")
    misses = []
    for row in line_list:
        for figure, (low, high) in GOALS[row.group].items() if row.name == "ensemble" else ():
            value = getattr(row, figure)
            if not low <= value <= high:
                misses.append(f"missed: {figure} of {row.group} is {value:.2f}, wanted {low:g} to {high:g}")
    print("\n".join(misses or ["every goal is met"]))
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
