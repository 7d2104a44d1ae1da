"""Joint draws of the driver series from what training published: marginals, correlation and persistence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from data.periods.period import Period
from projection.base.streams import Keys, keys, normals_of
from training.artifact.published import Published, SeriesForecast

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class DriverDraws:
    """Draws of every driver on its own horizon; draw ids are shared with the assumptions."""

    periods: dict[str, tuple[Period, ...]]
    values: dict[str, FloatArray]
    """By series id, shape (draw, step), in the series' unit."""

    def at(self, positions: NDArray[np.int64]) -> "DriverDraws":
        """Some of the draws."""
        return DriverDraws(self.periods, {name: path.T[:, positions].T for name, path in self.values.items()})


@dataclass(frozen=True)
class DriverModel:
    """What the drivers are drawn from.

    Shocks are correlated across series by the shrunk correlation of backtest residuals (Gaussian copula) and along the
    horizon by each series' persistence: z[h] = rho z[h-1] + sqrt(1 - rho^2) e[h]. Each step is then read off that
    step's own marginal.

    Attributes:
        factor: Cholesky factor of the correlation, (series, series).
        persistence: rho by series.
        forecasts: marginals by series id.
        streams: keys of every series' steps, (series x step,).
    """

    factor: NDArray[np.float64]
    persistence: dict[str, float]
    forecasts: dict[str, SeriesForecast]
    streams: Keys

    @classmethod
    def of(cls, published: Published, series: Sequence[str], *, seed: int) -> Self:
        """Read what was published; raises :class:`data.base.errors.NotFound` for a series that was not."""
        forecasts = {name: published.forecast(name) for name in series}
        correlation = published.correlation()
        place = {name: index for index, name in enumerate(correlation.series)}
        matrix = np.eye(len(series))
        for i, first in enumerate(series):
            for j, second in enumerate(series):
                if first in place and second in place:
                    matrix[i, j] = correlation.matrix[place[first], place[second]]
        steps = _steps(forecasts)
        return cls(
            factor=np.asarray(np.linalg.cholesky(matrix), dtype=np.float64),
            persistence={name: float(np.clip(correlation.persistence.get(name, 0.0), 0.0, 0.999)) for name in series},
            forecasts=forecasts,
            streams=keys(seed, [f"driver/{name}/{step}" for name in series for step in range(steps)]),
        )

    def draw(self, draws: int, *, first: int = 0) -> DriverDraws:
        """Sample the drivers jointly, draws from ``first`` on."""
        from projection.base.philox import mix
        from projection.inputs.marginals import persist

        steps = _steps(self.forecasts)
        shocks = np.ascontiguousarray(normals_of(self.streams, draws, first=first))
        mix(self.factor, shocks.reshape(len(self.forecasts), -1))
        shocks = shocks.reshape(len(self.forecasts), steps, draws)
        values = {}
        for index, (name, forecast) in enumerate(self.forecasts.items()):
            persist(self.persistence[name], shocks[index])
            values[name] = read_marginals(forecast, shocks[index, : len(forecast.periods)])
        return DriverDraws(self._periods(), values)

    def medians(self, draws: int) -> DriverDraws:
        """Every shock zero, so that each path is its median (used to split a band's width by cause)."""
        still = {
            name: read_marginals(forecast, np.zeros((len(forecast.periods), draws), dtype=np.float32))
            for name, forecast in self.forecasts.items()
        }
        return DriverDraws(self._periods(), still)

    def _periods(self) -> dict[str, tuple[Period, ...]]:
        return {name: tuple(forecast.periods) for name, forecast in self.forecasts.items()}


def _steps(forecasts: dict[str, SeriesForecast]) -> int:
    return max(len(forecast.periods) for forecast in forecasts.values())


def read_marginals(forecast: SeriesForecast, z: FloatArray) -> FloatArray:
    """Values, shape (draw, step), at standard normal scores z, shape (step, draw), off each step's quantiles.

    Interpolates the published quantiles against their normal scores, on the log scale where all are positive, and
    continues the outermost slope beyond the outermost level.
    """
    from projection.inputs.marginals import read

    scores = ndtri(np.asarray(forecast.levels, dtype=float))
    table = np.asarray(forecast.values, dtype=float)
    positive = bool((table > 0).all())
    values = np.empty_like(z)
    read(scores, np.log(table) if positive else table, z, values)
    return (np.exp(values) if positive else values).T
