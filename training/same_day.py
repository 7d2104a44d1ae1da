"""The forecast we could have made of a quantity on the day somebody else projected it.

A single series on a past day has no siblings to learn from that would not have to be trained anew, so it is forecast as
a user's series is (:mod:`training.user_series.user_series`): members and widths a public collection taught, nothing of
ours. For data-center electricity, which publishers print for single years, the series is the nowcast's yearly path as
of the day; the nowcast's own width is drawn on top.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.base.errors import NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Period
from features.nowcast.nowcast import generator, yearly
from features.series import ModelSeries
from features.user_series.jumps import MINIMUM
from features.user_series.user_series import UserSeries
from features.view import View
from training.backtest.origins import PSEUDO, STRICT
from training.hindcast import view_on
from training.user_series.user_series import MIDDLE, forecast

DRAWS = 20_000
NOWCAST: dict[str, str] = {"us.datacenter.electricity": "US", "world.datacenter.electricity": "WORLD"}
"""Data-center electricity by any publisher: the region whose nowcast is the history."""


@dataclass(frozen=True, slots=True)
class SameDay:
    """Our forecast of one figure.

    Attributes:
        low, high: the 80 % band; points: figures the history had; steps: steps from its last to the figure.
        rule: ``strict`` where all of them had been published by the day, ``pseudo_vintage`` elsewhere.
    """

    point: float
    low: float
    high: float
    points: int
    steps: int
    rule: str


def same_day(today: View, *, series_id: str, target: Period, day: date) -> SameDay | str:
    """Our forecast of a series' period on a day, in the unit of the series (TWh for the nowcast); or why there is none.

    ``series_id`` names the quantity; the bands are drawn with a stream of their own, so the same call gives the same
    answer.
    """
    view = view_on(today, day=day)
    region = next((code for name, code in NOWCAST.items() if _of(series_id, name)), None)
    try:
        series = view.read(series_id, freq=target.freq) if region is None else yearly(view, region, recipe="nowcast")
    except NotFound:
        return "no forecast possible: 0 points visible"
    tail = _tail(series)
    points, steps = len(series) - tail, series.last.steps_to(target)
    if points < MINIMUM:
        return f"no forecast possible: {points} {'point' if points == 1 else 'points'} visible"
    if steps < 1:
        return "no forecast needed: the figure was known"
    tail_series = UserSeries(series_id, series.freq, series.periods[tail:], series.values[tail:].copy())
    answers = forecast([tail_series], horizon=steps, workers=1)
    if 0 in answers.refused:
        return f"no forecast possible: {answers.refused[0]}"
    band = answers.answered[0].quantiles[steps - 1]
    rng = generator(f"same_day.{series_id}.{target.label}.{day}")
    ranks = rng.uniform(size=DRAWS)
    draws = np.interp(ranks, FORECAST_LEVELS, np.log(np.maximum(band, np.finfo(float).tiny)))
    draws = draws + float(series.splice_sd[-1]) * rng.standard_normal(DRAWS)
    low, high = np.exp(np.quantile(draws, (0.1, 0.9)))
    rule = PSEUDO if series.pseudo_vintage else STRICT
    return SameDay(float(band[MIDDLE]), float(low), float(high), points, steps, rule)


def _of(series_id: str, name: str) -> bool:
    return series_id == name or series_id.startswith(f"{name}.")


def _tail(series: ModelSeries) -> int:
    """Place of the first figure after the last gap."""
    broken = [
        place
        for place, (before, after) in enumerate(zip(series.periods, series.periods[1:], strict=False), start=1)
        if before.shift(1) != after
    ]
    return broken[-1] if broken else 0
