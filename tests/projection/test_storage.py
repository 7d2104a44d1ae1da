"""Storage: retirement, routes to the installed base, and what stands beside the answer."""

import numpy as np
import pytest

from benchmarks.engine_inputs import made_ground
from data.layers import Layer
from projection.ground import Lottery
from projection.paths import WORLD
from projection.scenario import draw
from projection.sharing import alone
from projection.storage import disks, survival

DRAWS, SEED = 500, 7
STORAGE = (WORLD, Layer.STORAGE)


@pytest.fixture(scope="module")
def ground():
    return made_ground()


@pytest.fixture(scope="module")
def made(ground):
    return ground.pass_of(Lottery.of(ground, seed=SEED, draws=DRAWS), scenario="base")


@pytest.fixture(scope="module")
def drawn(ground):
    return draw(ground, scenario="base", seed=SEED, draws=DRAWS, share=alone)


def lives(years=6.0, shape=3.0, growth=0.12):
    told = {"disk_life_years": years, "disk_life_shape": shape, "disk_past_growth": growth}
    return {name: np.array([value], np.float32) for name, value in told.items()}


def of(ground, made, *, observed=None, **values):
    drawn = made.values | {name: np.full(DRAWS, value, np.float32) for name, value in values.items()}
    return disks(ground.anchors, made.drivers, ground.disk_observed if observed is None else observed, drawn)


@pytest.mark.parametrize("growth", [0.0, 0.2])
def test_disks_without_a_memory_retire_at_one_rate_whatever_their_ages(growth):
    # Weibull of shape 1 is exponential: what is left after t does not depend on the mixture of ages.
    _, left = survival(lives(years=3.0, shape=1.0, growth=growth), 40)
    assert np.allclose(left[0], np.exp(-np.arange(1, 41) / 4 / 3.0), rtol=2e-3)


def test_an_older_stock_retires_sooner_and_a_longer_life_later():
    _, young = survival(lives(growth=0.3), 40)
    _, old = survival(lives(growth=0.0), 40)
    _, lasting = survival(lives(years=8.0), 40)
    _, usual = survival(lives(), 40)
    assert (young[0] > old[0]).all()
    assert (lasting[0] > usual[0]).all()
    assert (np.diff(usual[0]) < 0).all()
    alive, _ = survival(lives(), 41)
    assert np.trapezoid(np.append(alive[0], 0.0), dx=0.25) == pytest.approx(6.0, rel=0.01)


def test_the_installed_base_is_the_weighted_mean_of_its_routes(ground, made):
    found = of(ground, made)
    assert set(found.routes) == {"shipments", "data", "cloud"}
    paths = list(found.routes.values())
    least, most = np.minimum.reduce(paths), np.maximum.reduce(paths)
    assert (found.installed >= least * (1 - 1e-5)).all()
    assert (found.installed <= most * (1 + 1e-5)).all()
    alone_by_makers = of(ground, made, shipments_route_weight=1.0)
    assert np.allclose(alone_by_makers.installed, found.routes["shipments"], rtol=1e-5)
    alone_by_cloud = of(ground, made, shipments_route_weight=0.0, cloud_route_weight=1.0)
    assert np.allclose(alone_by_cloud.installed, found.routes["cloud"], rtol=1e-5)


def test_all_routes_start_from_one_base(made):
    base = made.values["hdd_installed_base"]
    for path in made.routes[STORAGE].values():
        assert np.abs(np.log(path[:, 0] / base)).max() < 0.15


def test_the_cloud_route_follows_capex_as_far_as_told(ground, made):
    still, following = (of(ground, made, disks_follow_capex=much).routes["cloud"] for much in (0.0, 1.0))
    # Guidance for the year after the base year is above the base year's capex.
    assert (following[:, 3] > still[:, 3]).all()
    past = [exabytes for quarter, exabytes in ground.disk_observed.items() if -4 <= quarter < 0]
    assert len(past) == 4
    share = made.values["datacenter_share_of_hdd"] / made.values["two_vendor_share_of_hdd"]
    first = still[:, 0] - made.values["hdd_installed_base"] * survival(made.values, 40)[1][:, 0]
    assert np.allclose(first, share * np.mean(past), rtol=1e-3)


def test_without_the_base_years_exabytes_there_is_no_cloud_route(ground, made):
    later = {quarter: value for quarter, value in ground.disk_observed.items() if quarter >= 0}
    found = of(ground, made, observed=later)
    assert set(found.routes) == {"shipments", "data"}
    assert np.isfinite(found.installed).all()


def test_used_is_its_share_of_what_is_installed_after_the_floor_too(ground, drawn):
    latent = ground.assumptions.latent(seed=SEED, draws=DRAWS)
    share = ground.assumptions.values(latent, scenario="base")["storage_utilisation"]
    assert drawn.binds[STORAGE].any()
    ratio = drawn.table.rows(*STORAGE, "used") / drawn.table.rows(*STORAGE, "demand")
    assert np.allclose(ratio, share[None, :], rtol=1e-5)


def test_exabytes_shipped_of_a_year_are_the_sum_of_its_quarters(made, drawn, ground):
    cell = made.cells[STORAGE]
    table = drawn.table
    points = table.points(Layer.STORAGE, "shipped")
    year = points.of[ground.anchors.grid.years[9]]
    assert np.allclose(table.rows(*STORAGE, "shipped")[year], cell.shipped[:, 36:].sum(axis=1), rtol=1e-5)
    assert table.points(Layer.STORAGE).years == ()


def test_the_disagreement_of_routes_is_published_with_them(drawn):
    routes = drawn.routes[STORAGE]
    assert set(routes.bands) == {"shipments", "data", "cloud"}
    assert (routes.disagreement > 0).all()
    assert routes.disagreement[-1] > routes.disagreement[0]
