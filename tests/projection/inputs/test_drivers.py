"""Joint draws of the drivers: each keeps its published marginal, pairs keep their correlation, sums are coherent."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest
from scipy.stats import norm, spearmanr

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from projection.inputs.drivers import DriverModel
from training.artifact.published import Correlation, SeriesForecast

DRAWS, STEPS = 20_000, 6
NAMES = ("maker.one", "maker.two", "maker.three")
RHO = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 1.0]])
PERSISTENCE = {"maker.one": 0.8, "maker.two": 0.5, "maker.three": 0.0}
LEVELS = np.array([float(level) for level in FORECAST_LEVELS])


@dataclass
class Version:
    """A published version of three lognormal series."""

    def forecast(self, name):
        place = NAMES.index(name)
        steps = np.arange(1, STEPS + 1)
        centre, sigma = np.log(10.0 * (place + 1)) + 0.05 * steps, 0.1 * np.sqrt(steps)
        values = np.exp(centre[:, None] + sigma[:, None] * norm.ppf(LEVELS)[None, :])
        periods = tuple(Period(date(2026, 1, 1), Frequency.QUARTER).shift(step) for step in range(STEPS))
        return SeriesForecast(
            series_id=name,
            freq=Frequency.QUARTER,
            unit="H100e",
            region="WORLD",
            periods=periods,
            levels=FORECAST_LEVELS,
            values=values,
            method="test",
            n_scores=40,
            last_observed=periods[0].shift(-1),
            pseudo_vintage=False,
            sources=(),
            reduced=None,
        )

    def correlation(self):
        return Correlation(NAMES, RHO, PERSISTENCE, shrinkage=0.5, n=20)


@pytest.fixture(scope="module")
def driver_draws():
    return DriverModel.of(Version(), NAMES, seed=11).draw(DRAWS)


def test_every_step_keeps_the_published_quantiles(driver_draws):
    for name in NAMES:
        published = Version().forecast(name).values
        quantiles = np.quantile(driver_draws.values[name], LEVELS, axis=0).T
        assert np.allclose(quantiles, published, rtol=0.03)


def test_pairs_move_together_as_published_at_every_step(driver_draws):
    for first, second, rho in (("maker.one", "maker.two", 0.6), ("maker.two", "maker.three", -0.3)):
        correlation = spearmanr(driver_draws.values[first][:, 0], driver_draws.values[second][:, 0]).statistic
        assert correlation == pytest.approx(6 / np.pi * np.arcsin(rho / 2), abs=0.03)
    assert (
        abs(spearmanr(driver_draws.values["maker.one"][:, 0], driver_draws.values["maker.three"][:, 0]).statistic)
        < 0.03
    )


def test_a_path_lasts_as_published(driver_draws):
    for name, rho in PERSISTENCE.items():
        scores = np.log(driver_draws.values[name])
        assert np.corrcoef(scores[:, 2], scores[:, 3])[0, 1] == pytest.approx(rho, abs=0.03)


def test_makers_sum_to_the_world_in_every_draw_and_widen_it(driver_draws):
    parts = [driver_draws.values[name] for name in NAMES[:2]]
    world = parts[0] + parts[1]
    shuffled = parts[0] + np.random.default_rng(1).permutation(parts[1], axis=0)
    assert world.shape == (DRAWS, STEPS)
    assert (np.std(world, axis=0) > 1.1 * np.std(shuffled, axis=0)).all()


def test_held_still_every_path_is_its_median():
    still = DriverModel.of(Version(), NAMES, seed=11).medians(3)
    for name in NAMES:
        assert np.allclose(still.values[name], Version().forecast(name).values[:, len(LEVELS) // 2])


def test_a_series_keeps_its_numbers_when_another_joins():
    alone = DriverModel.of(Version(), NAMES[2:], seed=11).draw(50)
    assert np.array_equal(alone.values["maker.three"].shape, (50, STEPS))
    again = DriverModel.of(Version(), NAMES[2:], seed=11).draw(50)
    assert np.array_equal(alone.values["maker.three"], again.values["maker.three"])
