"""What public collections teach a series that has no past forecasts of its own: weights of members, and widths.

The tables under ``tables/`` were learned by ``benchmarks/prior_tables.py`` on series of M3 and Tourism that the
accuracy benchmark does not use; ``tables/README.md`` gives their provenance.

A band at step ``h`` has the median ``m(h)``, the weighted mean of the members' medians (on logarithms where the series
is positive), and half-widths ``s(h) Q(h, c)`` for central coverage ``c``. ``Q`` is a conformal quantile of past
``|error| / s`` over the collection, by frequency, growth class and step. The scale is

    ln s(h) = b0 + b1 ln(d(h) + 0.003) + b2 ln v + b3 ln u + b4 ln h + b5 ln n

with ``d`` the standard deviation of the members' medians (their disagreement), ``v`` the mean absolute change over a
season around its median, ``u`` the one-step standard deviation of the seasonally adjusted history and ``n`` its points.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Self

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Frequency
from training.core.calendar import Calendar
from training.core.growth import Growth
from training.members.naive import seasonal_indices

Floats = NDArray[np.float64]
COVERAGES = (0.95, 0.9, 0.8, 0.5)
FEATURES = ("one", "disagreement", "seasonal_change", "step", "horizon", "points")
LONGEST = {Frequency.YEAR: 25, Frequency.HALF: 50, Frequency.QUARTER: 60, Frequency.MONTH: 120}
"""Points of the longest history of the collection: a longer one is not trusted to be surer still."""
SHORT = {Frequency.HALF: 16, Frequency.QUARTER: 16, Frequency.MONTH: 48}
"""Histories below this many points are shorter than any of the collection: tables of their own, learned by cutting."""
STAND_IN = {Frequency.HALF: Frequency.QUARTER}
"""Frequencies no public collection has, and the one that serves for them."""
EVERY = "every"
LEAST_DISAGREEMENT = 0.003
LEAST_CHANGE = 1e-3
WALK = 0.5
"""Beyond the steps that were scored, widths grow at least like a random walk's."""


@dataclass(frozen=True)
class Prior:
    """The tables of one frequency and length of history.

    Attributes:
        short: whether the tables are those of histories below ``SHORT``.
        weights: by member, summing to one.
        scale: ``b0`` to ``b5`` of the scale.
        ratios: growth class (or ``every``) -> ``Q``, shape ``(steps, coverages)``.
        counts: growth class -> series it was learned from.
        substitute_for: the frequency asked for where these tables belong to another; None where they are its own.
    """

    freq: Frequency
    weights: Mapping[str, float]
    scale: tuple[float, ...]
    ratios: Mapping[str, Floats]
    counts: Mapping[str, int]
    substitute_for: Frequency | None
    short: bool

    @classmethod
    def of(cls, freq: Frequency, *, points: int | None = None) -> Self:
        """The tables of a frequency, or of the one that stands in for it, for a history of that many points.

        Without ``points``: the tables of histories as long as the collection's own.
        """
        own_freq = STAND_IN.get(freq, freq)
        short = points is not None and points < SHORT.get(freq, 0)
        weights = {row["member"]: float(row["weight"]) for row in _rows("member_weights.csv", own_freq, short=short)}
        scale = {row["feature"]: float(row["coefficient"]) for row in _rows("width_scale.csv", own_freq, short=short)}
        cells: dict[str, dict[int, dict[float, float]]] = {}
        counts: dict[str, int] = {}
        for row in _rows("residual_prior.csv", own_freq, short=short):
            steps = cells.setdefault(row["growth"], {})
            steps.setdefault(int(row["step"]), {})[float(row["coverage"])] = float(row["ratio"])
            counts[row["growth"]] = int(row["series"])
        ratios = {
            name: np.array([[steps[step][share] for share in COVERAGES] for step in sorted(steps)])
            for name, steps in cells.items()
        }
        tuple_scale = tuple(scale[name] for name in FEATURES)
        return cls(own_freq, weights, tuple_scale, ratios, counts, freq if own_freq is not freq else None, short)

    def pool(self, growth: Growth) -> str:
        """The class whose errors serve, ``every`` where the collection has too few of it."""
        return growth.value if growth.value in self.ratios else EVERY

    def half_widths(self, features: Floats, *, growth: Growth) -> Floats:
        """Half-widths ``(horizon, coverages)``, widest coverage first, from features ``(horizon, features)``.

        They never shrink with the horizon.
        """
        table = self.ratios[self.pool(growth)]
        rows, horizon = len(table), len(features)
        scale = np.exp(features @ np.asarray(self.scale))
        if horizon > rows:
            beyond = np.arange(rows, horizon)
            missing = max(WALK - self.scale[FEATURES.index("horizon")], 0.0)
            scale[beyond] *= ((beyond + 1) / rows) ** missing
        width = scale[:, None] * table[np.minimum(np.arange(horizon), rows - 1)]
        width = np.maximum.accumulate(width, axis=0)
        return np.asarray(np.maximum.accumulate(width[:, ::-1], axis=1)[:, ::-1])


def scale_features(values: Floats, calendar: Calendar, *, medians: Floats) -> Floats:
    """Features of the scale, shape ``(horizon, features)``.

    Args:
        values: gap-free history in the space of the widths (logarithms, or values over their unit), shape ``(n,)``.
        calendar: its periods.
        medians: the members' medians in that space, shape ``(members, horizon)``.
    """
    season = calendar.season
    lag = season if values.size > season + 1 else 1
    change = values[lag:] - values[:-lag]
    level = values - seasonal_indices(values, calendar)[calendar.grid % season]
    horizon = medians.shape[1]
    ones = np.ones(horizon)
    return np.stack(
        [
            ones,
            np.log(np.std(medians, axis=0) + LEAST_DISAGREEMENT),
            ones * np.log(np.mean(np.abs(change - np.median(change))) + LEAST_CHANGE),
            ones * np.log(np.sqrt(np.mean(np.diff(level) ** 2)) + LEAST_CHANGE),
            np.log(np.arange(1.0, horizon + 1)),
            ones * np.log(min(values.size, LONGEST[calendar.freq])),
        ],
        axis=1,
    )


@cache
def _rows(name: str, freq: Frequency, *, short: bool) -> tuple[dict[str, str], ...]:
    text = resources.files("training").joinpath("tables", name).read_text(encoding="utf-8")
    key = (freq.value, "short" if short else "whole")
    return tuple(row for row in csv.DictReader(text.splitlines()) if (row["freq"], row["history"]) == key)
