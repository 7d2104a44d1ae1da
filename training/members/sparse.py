"""A level, a slope and a season estimated from few periods with holes between them, and from sums over the holes.

Most periods of such a series are missing: differences of neighbours, which the other members use, hardly exist,
and a season is only seen in what one month of several years has in common. So what is there is taken as one draw of a
Gaussian process (Rasmussen and Williams 2006, chapters 2 and 5): a level of wide variance, a slope, a random walk, an
effect of each position in the year, which is like that of the positions beside it, and an independent rest. A sum over
several periods is their mean; of logarithms it is one by first-order expansion around the mean of the process, twice
repeated. The spreads are weighed by marginal likelihood on a grid, and the forecast is the mixture over the grid. A
month that was never seen has the width of the season it may have.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from data.base.errors import FitFailed
from training.core.calendar import Calendar
from training.members.member import NO_COVARIATES, Covariates, Floats, Member, PathDistribution, Pool, Space

LEVEL_SD = 10.0
"""Of a history at unit level: next to nothing is said about where it is."""
SLOPE_SD = 0.2
"""A year, on logarithms: growth between -30 and 50 % a year is what most series have."""
WALK_SDS = (0.02, 0.05, 0.1, 0.2, 0.4)
"""After a year."""
SEASON_SDS = (0.02, 0.06, 0.15, 0.4)
REST_SDS = (0.005, 0.015, 0.05, 0.15)
REACHES = (0.0, 0.5, 1.0)
"""How far effects of a year are alike: 0 not at all, 1 those of neighbouring months by nine tenths."""
EXPANSIONS = 2
NEGLIGIBLE = 1e-3
"""Likelihood over the largest below which spreads are left out of the mixture."""
GRID = np.array(list(product(WALK_SDS, SEASON_SDS, REST_SDS, range(len(REACHES)))))
YEARLY_GRID = np.array([(walk, 0.0, rest, 0.0) for walk, rest in product(WALK_SDS, REST_SDS)])


@dataclass(frozen=True, eq=False)
class _Seen:
    """What was observed, as weighted sums of positions.

    Attributes:
        positions: every position an observation rests on, from 0 on, shape ``(p,)``.
        weights: of the positions in each observation, shape ``(n, p)``; values: the observations, shape ``(n,)``.
    """

    positions: Floats
    weights: Floats
    values: Floats
    season: int


class SparseSeason(Member):
    """Level, slope and season of a series most of whose periods are missing, as a Gaussian process."""

    name = "sparse_season"
    family = "sparse_season"
    pool = Pool.SPARSE
    space = Space.AUTO
    minimum = 6
    gaps = True
    takes = frozenset({"sums"})

    def _distribution(self, values: Floats, calendar: Calendar) -> PathDistribution:
        return self._distribution_with(values, calendar, NO_COVARIATES)

    def _distribution_with(self, values: Floats, calendar: Calendar, covariates: Covariates) -> PathDistribution:
        season = calendar.season
        if season > 1 and np.unique(calendar.grid % season).size == calendar.grid.size:
            raise FitFailed(self.name, "no period of the year was seen twice: season and growth cannot be separated")
        observations, start = _observations(values, calendar, covariates.sums)
        mixture = _Mixture(observations)
        if covariates.log and covariates.sums:
            for _ in range(EXPANSIONS):
                mixture = _Mixture(_expanded(observations, mixture.predict(observations.positions)[0]))

        def path(steps: int) -> tuple[Floats, Floats]:
            mean, variance = mixture.predict(calendar.positions[-1] - start + np.arange(1.0, steps + 1))
            return mean, np.sqrt(variance)

        walk, effects, rest, reach = mixture.spreads[int(np.argmax(mixture.shares))].tolist()
        best = {"walk": walk, "season": effects, "rest": rest, "reach": REACHES[int(reach)]}
        return PathDistribution(path, {**best, "sums": len(covariates.sums)})


def _observations(values: Floats, calendar: Calendar, sums: tuple[tuple[int, int, float], ...]) -> tuple[_Seen, int]:
    """Values and means over spans as observations, and the position of the calendar that is 0 in them."""
    spans = [(at, at, value) for at, value in zip(calendar.positions, values.tolist(), strict=True)] + list(sums)
    start = min(first for first, _, _ in spans)
    # Positions keep their place in the year.
    start -= start % calendar.season
    positions = sorted({at - start for first, last, _ in spans for at in range(first, last + 1)})
    places = {at: place for place, at in enumerate(positions)}
    weights = np.zeros((len(spans), len(positions)))
    for row, (first, last, _) in enumerate(spans):
        weights[row, [places[at - start] for at in range(first, last + 1)]] = 1.0 / (last - first + 1)
    observations = _Seen(
        np.array(positions, dtype=np.float64), weights, np.array([span[2] for span in spans]), calendar.season
    )
    return observations, start


def _expanded(observations: _Seen, around: Floats) -> _Seen:
    """Logarithms of means over spans as weighted sums of logarithms, to first order around a path of them."""
    sizes = observations.weights > 0
    levels = np.where(sizes, np.exp(around)[None, :], 0.0)
    weights = levels / levels.sum(axis=1, keepdims=True)
    expansion = np.log(levels.sum(axis=1) / sizes.sum(axis=1)) - weights @ around
    return _Seen(observations.positions, weights, observations.values - expansion, observations.season)


class _Mixture:
    """The process conditioned on what was seen, under all spreads with their shares.

    Attributes:
        spreads: walk, season, rest and place of the reach, shape ``(kept, 4)``; shares: they sum to one.
    """

    def __init__(self, observations: _Seen) -> None:
        self._observations = observations
        grid = GRID if observations.season > 1 else YEARLY_GRID
        weights = observations.weights
        parts = [
            weights @ part @ weights.T
            for part in _parts(observations.positions, observations.positions, observations.season)
        ]
        covariances = _combined(parts, grid) + grid[:, 2, None, None] ** 2 * (weights @ weights.T)
        inverses = np.linalg.inv(covariances)
        weighted = inverses @ observations.values
        logs = -0.5 * (weighted @ observations.values + np.linalg.slogdet(covariances)[1])
        shares = np.exp(logs - logs.max())
        considerable = shares > NEGLIGIBLE
        self.spreads = grid[considerable]
        self.shares = shares[considerable] / shares[considerable].sum()
        self._inverses, self._weighted = inverses[considerable], weighted[considerable]

    def predict(self, positions: Floats) -> tuple[Floats, Floats]:
        """Mean and variance at positions, the rest included."""
        observations = self._observations
        parts = _parts(positions, observations.positions, observations.season)
        cross = _combined([part @ observations.weights.T for part in parts], self.spreads)
        variance = _combined(
            [np.diag(part)[None] for part in _parts(positions, positions, observations.season)], self.spreads
        )[:, 0]
        rest = self.spreads[:, 2, None] ** 2
        variances = np.maximum(variance + rest - np.einsum("kij,kjl,kil->ki", cross, self._inverses, cross), rest)
        means = np.einsum("kij,kj->ki", cross, self._weighted)
        mean = self.shares @ means
        return mean, np.asarray(self.shares @ (variances + means**2) - mean**2)


def _parts(left: Floats, right: Floats, season: int) -> list[Floats]:
    """Covariance of positions, which are not negative: level and slope, a walk of spread one, and effects by reach."""
    a, b = left[:, None] / season, right[None, :] / season
    steady = LEVEL_SD**2 + SLOPE_SD**2 * a * b
    places = np.ix_(left.astype(np.int64) % season, right.astype(np.int64) % season)
    return [steady, np.minimum(a, b), *(_effects(season, reach)[places] for reach in REACHES)]


def _combined(parts: list[Floats], spreads: Floats) -> Floats:
    """Covariances under every row of spreads, without the rest."""
    steady, walk, *effects = parts
    by_reach = np.stack(effects)[spreads[:, 3].astype(np.int64)]
    return np.asarray(steady + spreads[:, 0, None, None] ** 2 * walk + spreads[:, 1, None, None] ** 2 * by_reach)


def _effects(season: int, reach: float) -> Floats:
    """Correlation of the effects of a year, which sum to zero, shape ``(season, season)``."""
    if season == 1:
        return np.zeros((1, 1))
    positions = np.arange(season)
    apart = np.sin(np.pi * (positions[:, None] - positions[None, :]) / season)
    alike = np.eye(season) if reach == 0.0 else np.exp(-2.0 * (apart / reach) ** 2)
    centred = alike - alike.mean(axis=0)[None, :] - alike.mean(axis=1)[:, None] + alike.mean()
    return np.asarray(centred / np.mean(np.diag(centred)))
