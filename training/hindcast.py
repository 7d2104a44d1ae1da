"""What training would have said on a past day, and how it compares with what was published since.

On the day the store is cut down to the rows known then: those published by it, and those of sources whose ``published``
is a retrieval by their release lags. On what is left training runs as it always does; origins, weights and widths are
learned from that day's past only. A series all of whose figures had been published is ``strict``; one with a figure
shown by its release lag carries today's revised value and is ``pseudo_vintage``. The two are never pooled.

Years ahead are counted from the last period the series had on the day, so that a quarter is compared with the same
quarter one to five years later; monthly series are forecast for three years. The actual is the figure as last published
today, at the points themselves: no totals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from data.base.errors import NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency
from features.panel import forecastable, panel, totals, with_forecasts
from features.series import ModelSeries
from features.view import View
from training.backtest.backtest import HORIZONS, run
from training.backtest.origins import PSEUDO, STRICT, all_origins
from training.backtest.workers import Progress
from training.core import scores
from training.core.growth import Growth
from training.ensemble.accumulation import as_they_stand, assess_with_totals
from training.ensemble.assessment import SHARES, PooledForecast
from training.ensemble.calibration import MIDDLE
from training.members.registry import BASELINE

YEARS = (1, 2, 3, 4, 5)
TIMEOUT_SECONDS = 3600.0
BROKEN = 0.2
"""Median absolute log difference between the history then and the same periods today from which the series is held to
count something else now. Revisions are far smaller; a change of base or of what is counted is far larger."""

FILE = "late_collections.toml"


class LateCollection(Entry):
    """Days from the end of a period to the release of a source that was collected in one go later, and why."""

    days: int
    why: str


class _File(Entry):
    source: Mapping[str, LateCollection]


@cache
def late_lags() -> dict[str, int]:
    """Days to release by source, of ``late_collections.toml``; every series they give is ``pseudo_vintage`` here."""
    file = read_shipped(_File, "training", FILE)
    return {source: one.days for source, one in file.source.items()}


ROWS: dict[str, type[pl.DataType]] = {
    "series_id": pl.String,
    "freq": pl.String,
    "growth": pl.String,
    "day": pl.Date,
    "rule": pl.String,
    "points": pl.Int64,
    "last": pl.Date,
    "target": pl.Date,
    "years": pl.Int64,
    "median": pl.Float64,
    "q025": pl.Float64,
    "q10": pl.Float64,
    "q25": pl.Float64,
    "q75": pl.Float64,
    "q90": pl.Float64,
    "q975": pl.Float64,
    "actual": pl.Float64,
    "log_error": pl.Float64,
    "crps_scaled": pl.Float64,
    "covered50": pl.Boolean,
    "covered80": pl.Boolean,
    "covered95": pl.Boolean,
    "pit": pl.Float64,
    "naive_log_error": pl.Float64,
    "naive_crps_scaled": pl.Float64,
}
"""Columns of the scored rows. Errors are logs of the median over the actual (positive: too high), null where either is
not positive; CRPS is in units of the in-sample mean absolute seasonal difference on the day, null where there is none.
"""


@dataclass(frozen=True, eq=False)
class Hindcast:
    """What training says on a day.

    Attributes:
        series: what could be seen of each series; answers: what is published of each; refused: why some have none.
    """

    day: date
    series: Mapping[str, ModelSeries]
    answers: Mapping[str, PooledForecast]
    refused: Mapping[str, str]

    def rule(self, series_id: str) -> str:
        """``strict`` where all figures of the series had been published on the day, ``pseudo_vintage`` elsewhere."""
        return PSEUDO if self.series[series_id].pseudo_vintage else STRICT


def view_on(view: View, *, day: date) -> View:
    """What was known on a past day: rows known later, later vintages of sites and later chips are not in it."""
    return view.past(day, lags=late_lags())


def hindcast(view: View, *, day: date, workers: int, progress: Progress) -> Hindcast:
    """Train on what was known on a day and forecast every series; raises :class:`TrainingError` when out of time."""
    then = view_on(view, day=day)
    drivers = panel(then).series
    series = {**forecastable(then), **drivers}
    chosen = frozenset(drivers)
    added = totals(then)
    fitted = {**series, **as_they_stand(added)}
    origins = all_origins(then, series=fitted, drivers=chosen)
    trials = run(fitted, origins, drivers=chosen, workers=workers, timeout=TIMEOUT_SECONDS, progress=progress)
    assessed = assess_with_totals(then, trials, flows=series, totals=added)
    return Hindcast(day, {**series, **added}, assessed.published, assessed.refused)


Actuals = Callable[[str, Frequency], ModelSeries | None]


def actuals(view: View) -> Actuals:
    """The figures as last published on a day, by series and frequency; None where the series is no longer there."""
    forecast_series = with_forecasts(view)

    def read(series_id: str, freq: Frequency) -> ModelSeries | None:
        if series_id in forecast_series and forecast_series[series_id].freq is freq:
            return forecast_series[series_id]
        try:
            return view.read(series_id, freq=freq)
        except NotFound:
            return None

    return read


def same_quantity(then: ModelSeries, now: ModelSeries | None) -> bool:
    """Whether the series of today still counts what it counted then: unit, grid, and the figures both have."""
    if now is None or now.unit != then.unit or now.freq is not then.freq:
        return False
    today = now.by_period()
    both = [(value, today[period]) for period, value in then.by_period().items() if period in today]
    apart = [abs(np.log(new / old)) for old, new in both if old > 0 and new > 0]
    return bool(both) and (not apart or float(np.median(apart)) < BROKEN)


def scored(hindcast_result: Hindcast, *, truth: Actuals) -> tuple[pl.DataFrame, dict[str, str]]:
    """Every forecast one to five years ahead that has an actual, columns of :data:`ROWS`; and the series left out."""
    rows: list[dict[str, object]] = []
    left_out = dict(hindcast_result.refused)
    for series_id, answer in hindcast_result.answers.items():
        then = hindcast_result.series[series_id]
        now = truth(series_id, then.freq)
        if now is None or not same_quantity(then, now):
            left_out[series_id] = "today's series is on another grid or counts something else"
            continue
        rows.extend(_rows(hindcast_result, answer, now))
    return pl.DataFrame(rows, schema=ROWS, orient="row"), left_out


def _rows(hindcast_result: Hindcast, answer: PooledForecast, now: ModelSeries) -> list[dict[str, object]]:
    trial = answer.trial
    today = now.by_period()
    naive = trial.member_forecasts.get(BASELINE)
    rows: list[dict[str, object]] = []
    for years in YEARS:
        step = years * trial.freq.per_year
        target = trial.last.shift(step)
        if step > HORIZONS[trial.freq] or target not in today:
            continue
        band, actual = answer.band.quantiles[step - 1], today[target]
        positive = trial.growth is not Growth.RAW and actual > 0
        rows.append(
            {
                "series_id": trial.series_id,
                "freq": trial.freq.value,
                "growth": trial.growth.value,
                "day": hindcast_result.day,
                "rule": hindcast_result.rule(trial.series_id),
                "points": len(hindcast_result.series[trial.series_id]),
                "last": trial.last.start,
                "target": target.start,
                "years": years,
                "actual": actual,
                **_scores(band, actual, positive=positive, scale=trial.scale),
                **_baseline(None if naive is None else naive[step - 1], actual, positive=positive, scale=trial.scale),
            }
        )
    return rows


def _scores(band: scores.Floats, actual: float, *, positive: bool, scale: float) -> dict[str, object]:
    levels = [float(level) for level in FORECAST_LEVELS]
    truth = np.array(actual)
    names = {"q025": 0.025, "q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9, "q975": 0.975}
    row: dict[str, object] = {name: float(band[levels.index(level)]) for name, level in names.items()}
    for share in SHARES:
        inside = scores.covered(band, observed=truth, levels=levels, share=share)
        row[f"covered{round(100 * share)}"] = bool(inside)
    return row | {
        "log_error": _log_error(float(band[MIDDLE]), actual, positive=positive),
        "crps_scaled": _scaled(band, actual, scale=scale),
        "pit": float(scores.pit(band, observed=truth, levels=levels)),
    }


def _baseline(band: scores.Floats | None, actual: float, *, positive: bool, scale: float) -> dict[str, object]:
    if band is None:
        return {"naive_log_error": None, "naive_crps_scaled": None}
    return {
        "naive_log_error": _log_error(float(band[MIDDLE]), actual, positive=positive),
        "naive_crps_scaled": _scaled(band, actual, scale=scale),
    }


def _log_error(median: float, actual: float, *, positive: bool) -> float | None:
    return float(np.log(median / actual)) if positive and median > 0 else None


def _scaled(band: scores.Floats, actual: float, *, scale: float) -> float | None:
    value = float(scores.crps(band, observed=np.array(actual), levels=FORECAST_LEVELS)) / scale
    return value if np.isfinite(value) else None


def together(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Scored rows of several days."""
    return pl.concat(frames) if frames else pl.DataFrame(schema=ROWS)
