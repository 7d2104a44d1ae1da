"""The engine as a whole on the shipped figures: what must hold in every draw."""

from dataclasses import replace

import numpy as np
import pytest

from data.base.layers import Layer
from projection.base.timeline import Timeline
from projection.cells.paths import WORLD
from projection.electricity.us_firm import elcc_published
from projection.model import routes
from projection.model.chips import REGIONS
from projection.model.engine import energy_base, run
from projection.scenarios import library
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 1600, 3
TIMELINE = Timeline(2025)


@pytest.fixture(scope="module")
def pass_of(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    error = model_inputs.model_error(SEED)
    return lambda name: model_inputs.pass_of(numbers, error, scenario=library.scenario(name, model_inputs.assumptions))


@pytest.fixture(scope="module")
def base(pass_of):
    return pass_of("base")


def test_every_draw_is_positive_and_finite_and_firm_starts_after_its_base(base):
    for (region, layer), paths in base.cells.items():
        starts = {"US": 4, "US-ERCOT": 3, "US-PJM": 6, "US-MISO": 4}
        start = starts.get(region, 0) if layer is Layer.FIRM else 0
        for path in (paths.wanted, paths.bought, paths.supply):
            if path is not None:
                assert np.isfinite(path[:, start:]).all(), (region, layer)
                assert np.isnan(path[:, :start]).all()
        assert (paths.wanted > 0).all() or layer is Layer.FIRM


@pytest.mark.parametrize("layer", [Layer.POWER, Layer.COMPUTE])
def test_what_regions_are_short_of_adds_up_without_surpluses_elsewhere(base, layer):
    regions = [base.cells[region, layer] for region in REGIONS]
    added = np.sum([np.maximum(cell.wanted - cell.supply, 0) for cell in regions], axis=0)
    world = base.cells[WORLD, layer]
    assert np.allclose(world.shortages, added, rtol=1e-5)
    # In some draws one region has to spare what another lacks.
    assert (world.shortages > np.maximum(world.wanted - world.supply, 0) * 1.01).any()


def test_quarters_already_counted_are_as_sure_as_the_level_of_the_base_year(base, model_inputs):
    level = energy_base(base.inputs.values)
    for region, day in model_inputs.anchors.observed.items():
        energy = base.cells[region, Layer.ENERGY].bought
        for quarter in (at for at, period in enumerate(TIMELINE.quarters) if period.end <= day):
            assert _width(energy[:, quarter]) <= 1.05 * _width(level[region]), (region, quarter)


def _width(draws):
    low, high = np.quantile(np.log(draws), (0.1, 0.9))
    return high - low


def test_plans_at_face_value_deliver_more_than_realised_ones(base, pass_of):
    face = pass_of("plans-on-time")
    difference = face.cells["US", Layer.POWER].supply - base.cells["US", Layer.POWER].supply
    assert (difference.mean(axis=0)[:12] > 0).all()
    assert (difference[:, 11] > 0).mean() > 0.8


def test_same_numbers_give_the_same_draws(base, pass_of):
    again = pass_of("base")
    for key, paths in base.cells.items():
        assert np.array_equal(paths.wanted, again.cells[key].wanted, equal_nan=True)


def test_elcc_additions_follow_the_published_years():
    cumulative = elcc_published({2026: 15.0, 2030: 20.0}, np.array([0.0, 1.0, 2.0, 4.0, 9.0]), TIMELINE)
    assert cumulative[1] == pytest.approx(16.25, abs=0.01)
    assert cumulative[3] == pytest.approx(16.25 + 17.5 + 18.75 + 20 - 0.08, abs=0.1)
    assert cumulative[4] - cumulative[3] == pytest.approx(100.0, abs=0.2)


def test_chinas_running_year_grows_as_its_months_say(base):
    inputs, cell = base.inputs, base.cells["CN", Layer.ENERGY]
    first = np.exp(inputs.values["cn_running_growth"])
    generation = inputs.anchors.generation["CN"] * (1 - inputs.values["plants_own_use"])
    # The last quarter whose middle lies before that of the first year.
    before = int(np.searchsorted(TIMELINE.mid_years, 1.0)) - 1
    grown = TIMELINE.mid_years[before] * generation * (first - 1)
    np.testing.assert_allclose(cell.growth[:, before], grown, rtol=1e-3)
    blind = run(replace(inputs, anchors=replace(inputs.anchors, cn_running_growth=None))).cells["CN", Layer.ENERGY]
    assert np.std(blind.growth[:, before]) > 2 * np.std(cell.growth[:, before])


def test_routes_disagree_and_no_draw_weighs_what_halls_would_draw(base):
    for region in REGIONS:
        route_paths = base.routes[region, Layer.POWER]
        assert set(route_paths) == {"chips", "published", routes.SITES} | (set() if region == "CN" else {"capex"})
        bands = routes.Routes.of({name: path.T for name, path in route_paths.items()})
        assert (bands.disagreement[4:] > 0).all()
        without = {name: path.T for name, path in route_paths.items() if name != routes.SITES}
        assert np.array_equal(routes.Routes.of(without).disagreement, bands.disagreement)
        low, _, high = bands.bands["chips"]
        assert (low < high).all()


@pytest.mark.parametrize("region", ["US", "EU"])
def test_published_growth_turns_over_two_years_and_comes_to_the_same(base, region):
    values = base.inputs.values
    first, after = values[f"{region.lower()}_published_growth"], values["published_growth_after"]
    published = np.log(base.outcome.regions[region].routes["published"])
    growth = np.diff(published, axis=1)
    # A quarter's growth moves by no more than an eighth, a quarter of a year of the two, of what lies between.
    most = np.abs(first - after)[:, None] / 4 / 8
    assert (np.abs(np.diff(growth, axis=1)) <= most + 1e-5).all()
    assert growth[:, :14] == pytest.approx(np.tile(first[:, None] / 4, 14), abs=1e-5)
    assert growth[:, 22:] == pytest.approx(np.tile(after[:, None] / 4, 18), abs=1e-5)
    assert published[:, -1] - published[:, 0] == pytest.approx(4.5 * first + 5.5 * after, abs=1e-4)


def test_levels_of_another_base_year_are_left_out_and_not_guessed(base):
    cells = run(replace(base.inputs, anchored=False)).cells
    assert cells["US", Layer.ENERGY].supply is None
    assert (WORLD, Layer.STORAGE) not in cells
