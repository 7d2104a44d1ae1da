"""Use of models by country: every proxy fitted and scored on the months there are."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from data.periods.period import Period
from features.open_models import Composition, Origin, compositions
from features.view import View
from training.core.scores import energy_score
from training.open_models.log_ratios import PRIORS, log_ratios, posterior, predicted, shares_of
from training.open_models.state import OpenModels, ProxyModel, Score

Floats = NDArray[np.float64]
LEAST_MONTHS = 3
"""Months an origin needs: two changes, or a benchmark has no spread of its own."""
MEMBERS = 400
"""Draws of a scored forecast; the score of an ensemble counts all pairs of them."""
STATE_SPACE, RANDOM_WALK, LAST_VALUE = "state_space", "random_walk", "last_value"

Method = Callable[[Floats, Sequence[Period], int, np.random.Generator], Floats]
"""Draws of shares, (draw, part), from those of past months, (month, part), so many months after the last."""


def fit(view: View, *, seed: int) -> OpenModels:
    """Every proxy the view's day knows; the reason stands for the others."""
    proxies, missing = compositions(view)
    return OpenModels(
        as_of=view.as_of,
        proxies=MappingProxyType({name.value: model(one, seed=seed) for name, one in proxies.items()}),
        missing=MappingProxyType({name.value: reason for name, reason in missing.items()}),
        priors=MappingProxyType(
            {
                name: {"title": prior.title, "unit": prior.unit, "p10": prior.band.low, "p90": prior.band.high,
                       "reason": prior.reason}
                for name, prior in PRIORS.items()
            }
        ),
    )  # fmt: skip


def model(composition: Composition, *, seed: int) -> ProxyModel:
    """One proxy fitted on all its months and scored at every origin it has."""
    return ProxyModel(
        name=composition.proxy.value,
        parts=tuple(part.value for part in composition.parts),
        first=composition.months[0].start,
        last=composition.months[-1].start,
        observed=len(composition.months),
        posterior=posterior(composition.shares, composition.months),
        scores=scores(composition, seed=seed),
        sources=composition.sources,
        series=composition.series,
        pseudo_vintage=composition.pseudo_vintage,
    )


def scores(composition: Composition, *, seed: int) -> tuple[Score, ...]:
    """Scores of the model and of both naive forecasts at the same months; empty with fewer than four months.

    Every origin sees the months before it and forecasts all months after it. The origins overlap, so that a handful of
    scores is less evidence than their number.
    """
    pairs = [
        (origin, ahead)
        for origin in range(LEAST_MONTHS, len(composition.months))
        for ahead in range(len(composition.months) - origin)
    ]
    if not pairs:
        return ()
    tallies = {name: _Tally() for name in METHODS}
    china = composition.parts.index(Origin.CN)
    for origin, place in pairs:
        past, months = composition.shares[:origin], composition.months[:origin]
        truth = composition.shares[origin + place]
        ahead = months[-1].steps_to(composition.months[origin + place])
        for name, make in METHODS.items():
            rng = np.random.default_rng([seed, origin, ahead])
            tallies[name].add(make(past, months, ahead, rng), truth, china=china, ahead=ahead)
    origins = len({origin for origin, _ in pairs})
    return tuple(tally.score(name, origins=origins) for name, tally in tallies.items())


class _Tally:
    """Scores of one method as they come."""

    def __init__(self) -> None:
        self._energy: list[float] = []
        self._crps: list[float] = []
        self._inside: list[bool] = []
        self._furthest = 0
        self._spread = False

    def add(self, draws: Floats, truth: Floats, *, china: int, ahead: int) -> None:
        china_draws = draws[:, china : china + 1]
        low, high = np.quantile(china_draws, (0.1, 0.9))
        self._energy.append(energy_score(draws, observed=truth))
        self._crps.append(energy_score(china_draws, observed=truth[china : china + 1]))
        self._inside.append(bool(low <= truth[china] <= high))
        self._furthest = max(self._furthest, ahead)
        self._spread = self._spread or len(draws) > 1

    def score(self, method: str, *, origins: int) -> Score:
        return Score(
            method=method,
            n=len(self._energy),
            origins=origins,
            furthest=self._furthest,
            energy=float(f"{np.mean(self._energy):.6g}"),
            crps_cn=float(f"{np.mean(self._crps):.6g}"),
            covered_80=float(f"{np.mean(self._inside):.6g}") if self._spread else None,
        )


def _state_space(past: Floats, months: Sequence[Period], ahead: int, rng: np.random.Generator) -> Floats:
    return predicted(posterior(past, months), ahead=ahead, draws=MEMBERS, rng=rng)


def _random_walk(past: Floats, months: Sequence[Period], ahead: int, rng: np.random.Generator) -> Floats:
    """The last shares and a walk as wide as past changes were: a naive forecast that owns up to its error."""
    ratios = log_ratios(past)
    steps = np.array([months[row].steps_to(months[row + 1]) for row in range(len(months) - 1)])
    changes = np.diff(ratios, axis=0) / np.sqrt(steps)[:, None]
    width = ratios.shape[1]
    square = (changes**2).sum(axis=1) - changes.sum(axis=1) ** 2 / (width + 1)
    sd = np.sqrt(square.mean() / width * ahead)
    return shares_of(np.pad(ratios[-1], (0, 1)) + sd * rng.standard_normal((MEMBERS, width + 1)))


def _last_value(past: Floats, months: Sequence[Period], ahead: int, rng: np.random.Generator) -> Floats:
    del months, ahead, rng
    return past[-1:]


METHODS: Mapping[str, Method] = MappingProxyType(
    {STATE_SPACE: _state_space, RANDOM_WALK: _random_walk, LAST_VALUE: _last_value}
)
"""What is scored: the model and two naive forecasts, in the order they are reported."""
