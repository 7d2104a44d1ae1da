"""Joint draws of the driver series from what training published: marginals, correlation and persistence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from benchmarks.plain_engine.streams import stream
from data.periods import Period
from training.published import Published, SeriesForecast

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DriverDraws:
    """Draws of every driver on its own horizon; draw ids are shared with the assumptions."""

    periods: dict[str, tuple[Period, ...]]
    values: dict[str, FloatArray]
    """By series id, shape (draw, step), in the series' unit."""

    def first(self, draws: int) -> "DriverDraws":
        """The first draws of every series."""
        return DriverDraws(self.periods, {name: path[:draws] for name, path in self.values.items()})


def draw_drivers(published: Published, series: Sequence[str], *, seed: int, draws: int, frozen: bool) -> DriverDraws:
    """Sample the drivers jointly.

    Shocks are correlated across series by the shrunk correlation of backtest residuals (Gaussian copula) and along the
    horizon by each series' persistence: z[h] = rho z[h-1] + sqrt(1 - rho^2) e[h]. Each step is then read off that
    step's own marginal. With ``frozen`` every shock is zero, so that each path is its median (used to split a band's
    width by cause).

    Raises:
        NotFound: a series was not published.
    """
    forecasts = {name: published.forecast(name) for name in series}
    steps = max(len(forecast.periods) for forecast in forecasts.values())
    correlation = published.correlation()
    place = {name: index for index, name in enumerate(correlation.series)}
    size = len(series)
    matrix = np.eye(size)
    for i, first in enumerate(series):
        for j, second in enumerate(series):
            if first in place and second in place:
                matrix[i, j] = correlation.matrix[place[first], place[second]]
    factor = np.linalg.cholesky(matrix)
    shocks = np.zeros((size, draws, steps))
    if not frozen:
        for index, name in enumerate(series):
            shocks[index] = stream(seed, f"driver/{name}").standard_normal((draws, steps))
        shocks = np.tensordot(factor, shocks, axes=1)
    values = {}
    for index, name in enumerate(series):
        rho = float(np.clip(correlation.persistence.get(name, 0.0), 0.0, 0.999))
        z = shocks[index].copy()
        for step in range(1, steps):
            z[:, step] = rho * z[:, step - 1] + np.sqrt(1 - rho * rho) * z[:, step]
        values[name] = read_marginals(forecasts[name], z[:, : len(forecasts[name].periods)])
    return DriverDraws(periods={name: tuple(forecasts[name].periods) for name in series}, values=values)


def read_marginals(forecast: SeriesForecast, z: FloatArray) -> FloatArray:
    """Values at standard normal scores z, shape (draw, step), off each step's quantiles.

    Interpolates the published quantiles against their normal scores, on the log scale where all are positive, and
    continues the outermost slope beyond the outermost level.
    """
    scores = ndtri(np.asarray(forecast.levels, dtype=float))
    table = np.asarray(forecast.values, dtype=float)
    positive = bool((table > 0).all())
    if positive:
        table = np.log(table)
    out = np.empty_like(z)
    for step in range(z.shape[1]):
        row = table[step]
        inside = np.interp(z[:, step], scores, row)
        low = (row[1] - row[0]) / (scores[1] - scores[0])
        high = (row[-1] - row[-2]) / (scores[-1] - scores[-2])
        below = np.minimum(z[:, step] - scores[0], 0.0) * low
        above = np.maximum(z[:, step] - scores[-1], 0.0) * high
        out[:, step] = inside + below + above
    return np.exp(out) if positive else out
