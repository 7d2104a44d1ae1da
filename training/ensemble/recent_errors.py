"""The errors of a series' own last forecasts move the median of its next one and widen its band.

Errors last. Where the forecasts of a year ago lie below what came, a boom is under way and today's are likely low as
well; where they lie far off on either side, today's are less sure. With ``s`` the standard deviation of a forecast at a
step, half-shrunk to its pool (:mod:`training.ensemble.calibration`), and ``z`` the mean of the errors of the series'
earlier forecasts over their own ``s``:

* the median moves by ``persistence * z * s``, an intercept correction (Clements and Hendry, Intercept Corrections and
  Structural Change, Journal of Applied Econometrics, 1996);
* half-widths are multiplied by ``1 + response * (|z| / mean |z| - 1)``, conditional heteroskedasticity in absolute
  values (Taylor, Modelling Financial Time Series, 1986).

Both numbers are learned by growth class, from all origins that have an earlier forecast, and shrunk to zero: a class
whose errors show no persistence is left alone. ``persistence`` of differences of counts is learned apart, and shrunk
to that of their class: an error that makes one period of them too small makes the next too large. By frequency it is
not: quarterly fast growers would keep nine tenths of an error, by one boom they share, and no less after a jump.
Everything is in the space of the pools: logarithms, or mean steps.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from training.backtest.backtest import Trial
from training.backtest.origins import SCORED_STEPS, Origin
from training.core.growth import Growth
from training.ensemble.calibration import cell_name, half_shrunk, native

Floats = NDArray[np.float64]

PRIOR = 10.0
"""Origins' worth of no effect that every class begins with."""
CLIP = 4.0
"""Standard deviations beyond which an error says no more."""
LEAST_FACTOR, MOST_FACTOR = 0.5, 2.0
"""What half-widths are multiplied by at least and at most: the last forecasts are few, whatever they missed by."""


@dataclass(frozen=True, eq=False)
class Expectation:
    """What the members of a trial expect together.

    Attributes:
        centre, sigma: centre and standard deviation by step, in the space of the pools.
        kind: whose persistence it has: ``fast``, or ``fast,difference`` of a difference of counts.
    """

    trial: Trial
    centre: Floats
    sigma: Floats
    kind: str

    @classmethod
    def of(
        cls, trial: Trial, quantiles: Floats, log_sigma: Mapping[str, Sequence[float]], *, difference: bool = False
    ) -> "Expectation":
        """From a native band, ``(horizon, FORECAST_LEVELS)``, and the pools' mean log standard deviations."""
        centre, sigma, _ = native(quantiles, growth=trial.growth, unit_scale=trial.unit_scale)
        shrunk, _ = half_shrunk(sigma, log_sigma.get(cell_name(trial.freq, trial.growth)), centre.size)
        return cls(trial, centre, shrunk, f"{trial.growth},difference" if difference else trial.growth)

    def errors(self, steps: Sequence[int], values: Sequence[float]) -> Floats:
        """Standardised errors at the steps whose value has a place in the space; clipped."""
        places = [place for place, value in enumerate(values) if self.trial.growth is Growth.RAW or value > 0]
        at = np.array([steps[place] for place in places], dtype=np.int64) - 1
        points = np.array([values[place] for place in places], dtype=np.float64)
        truth = points / self.trial.unit_scale if self.trial.growth is Growth.RAW else np.log(points)
        return np.asarray(np.clip((truth - self.centre[at]) / self.sigma[at], -CLIP, CLIP))


def recent_error(trial: Trial, earlier: Iterable[Expectation]) -> float | None:
    """Mean standardised error of earlier forecasts where the trial's history shows what came; None without any.

    Forecasts made about a year before count most: ``exp(-|years - 1|)``. Only forecasts whose history ends before the
    trial's are looked at, and only at periods the trial has seen.
    """
    errors, weights = [], []
    for forecast in earlier:
        distance = forecast.trial.last.steps_to(trial.last)
        if distance < 1 or forecast.trial.constant:
            continue
        periods = {step: forecast.trial.last.shift(step) for step in range(1, min(distance, forecast.centre.size) + 1)}
        visible = [(step, trial.history[period]) for step, period in periods.items() if period in trial.history]
        standardised = forecast.errors([step for step, _ in visible], [value for _, value in visible])
        if standardised.size:
            errors.append(float(np.mean(standardised)))
            weights.append(math.exp(-abs(distance / forecast.trial.freq.per_year - 1.0)))
    return float(np.average(errors, weights=weights)) if errors else None


@dataclass(frozen=True, eq=False)
class Pair:
    """A recent error and the errors that followed it, all standardised."""

    series_id: str
    growth: Growth
    kind: str
    recent: float
    following: Floats

    @property
    def means(self) -> tuple[float, float]:
        """The recent error and the mean of those that followed: a pair counts once, at however many steps."""
        return self.recent, float(np.mean(self.following))


@dataclass(frozen=True)
class Effect:
    """``persistence`` and ``response`` as in the module's text, ``usual`` the mean ``|z|`` they were learned at."""

    persistence: float
    response: float
    usual: float

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Effect":
        """Least squares, shrunk to no effect."""
        persistence = _persistence(pairs, towards=0.0)
        recent = np.array([pair.recent for pair in pairs])
        usual = float(np.mean(np.abs(recent)))
        sizes = np.array([float(np.mean(np.abs(pair.following - persistence * pair.recent))) for pair in pairs])
        excess = np.abs(recent) / usual - 1.0
        response = float(excess @ (sizes / sizes.mean() - 1.0) / (excess @ excess + PRIOR))
        return cls(persistence, float(np.clip(response, 0.0, 1.0)), usual)

    def within(self, pairs: Sequence[Pair]) -> "Effect":
        """The effect in a part of the class: persistence by the pairs of the part, shrunk to the class."""
        return replace(self, persistence=_persistence(pairs, towards=self.persistence))


def _persistence(pairs: Sequence[Pair], *, towards: float) -> float:
    recent, following = np.array([pair.means for pair in pairs]).T
    return float(np.clip((recent @ following + PRIOR * towards) / (recent @ recent + PRIOR), 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class Correction:
    """What recent errors do to a forecast.

    Attributes:
        recent: the mean standardised error of earlier forecasts; None where there is none.
        shift: what is added to the centre by step, in the space of the pools.
        factor: what half-widths are multiplied by.
    """

    recent: float | None
    shift: Floats
    factor: float

    def moved(self, quantiles: Floats, trial: Trial) -> Floats:
        """A native band with its centre moved, shape as given."""
        if trial.growth is Growth.RAW:
            return np.asarray(quantiles + self.shift[:, None] * trial.unit_scale)
        return np.asarray(quantiles * np.exp(self.shift[:, None]))


@dataclass(frozen=True)
class Persistence:
    """Effects by growth class, and of differences within it; a class without pairs has none."""

    effects: Mapping[str, Effect]

    @classmethod
    def of(cls, pairs: Sequence[Pair], *, without: str | None = None) -> "Persistence":
        """Learn from pairs; ``without`` is a series left out, to judge it by the others."""
        classes: dict[Growth, list[Pair]] = {}
        for pair in pairs:
            if pair.series_id != without:
                classes.setdefault(pair.growth, []).append(pair)
        effects: dict[str, Effect] = {}
        for growth, group in classes.items():
            effects[growth] = Effect.of(group)
            differences = [pair for pair in group if pair.kind != growth]
            if differences:
                effects[differences[0].kind] = effects[growth].within(differences)
        return cls(effects)

    def to_json(self) -> dict[str, dict[str, float]]:
        """As JSON values."""
        return {str(name): asdict(effect) for name, effect in self.effects.items()}

    def correction(self, expectation: Expectation, recent: float | None) -> Correction:
        """What a recent error does to a forecast; beyond the steps that are scored the shift stays as it is there."""
        effect = self.effects.get(expectation.kind, self.effects.get(expectation.trial.growth))
        if effect is None or recent is None:
            return Correction(recent, np.zeros_like(expectation.centre), 1.0)
        scored = np.minimum(np.arange(expectation.sigma.size), SCORED_STEPS[expectation.trial.freq] - 1)
        factor = 1.0 + effect.response * (abs(recent) / effect.usual - 1.0)
        return Correction(
            recent,
            effect.persistence * recent * expectation.sigma[scored],
            float(np.clip(factor, LEAST_FACTOR, MOST_FACTOR)),
        )


@dataclass(frozen=True, eq=False)
class Corrections:
    """One for every scored forecast, in their order, by what other series taught; one for every forecast to publish."""

    past: Sequence[Correction]
    now: Sequence[Correction]
    persistence: Persistence


def corrections(past: Sequence[Expectation], now: Sequence[Expectation]) -> Corrections:
    """Learn from the scored forecasts, and correct all.

    A scored forecast's earlier ones are those of its series under its own rule; a forecast to publish has them all.
    """
    by_series: dict[str, list[Expectation]] = {}
    for item in past:
        by_series.setdefault(item.trial.series_id, []).append(item)

    def recent(item: Expectation) -> float | None:
        origin = item.trial.origin
        earlier = by_series.get(item.trial.series_id, [])
        return recent_error(
            item.trial,
            (other for other in earlier if origin is None or cast("Origin", other.trial.origin).rule == origin.rule),
        )

    recents = [recent(item) for item in past]
    pairs = [
        Pair(item.trial.series_id, item.trial.growth, item.kind, error, following)
        for item, error in zip(past, recents, strict=True)
        if error is not None and (following := _following(item)).size
    ]
    learned = {series_id: Persistence.of(pairs, without=series_id) for series_id in by_series}
    persistence = Persistence.of(pairs)
    return Corrections(
        [learned[item.trial.series_id].correction(item, error) for item, error in zip(past, recents, strict=True)],
        [persistence.correction(item, recent(item)) for item in now],
        persistence,
    )


def _following(item: Expectation) -> Floats:
    """Standardised errors at the targets of a scored forecast."""
    origin = cast("Origin", item.trial.origin)
    return item.errors(origin.target_steps.tolist(), item.trial.link.odds(origin.targets).tolist())
