"""One region: three readings of one demand, the limits between them, and halls filled as their kind is."""

from dataclasses import replace

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer
from projection.base.timeline import Timeline
from projection.cells.paths import WORLD, Binding
from projection.model.chips import REGIONS
from projection.model.engine import run
from projection.model.fill import AI, KINDS, Fill
from projection.model.model_error import ModelError
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 1600, 9
ENDS = 1 + len(Timeline(2025).quarters)
EACH = pytest.mark.parametrize("region", REGIONS)


@pytest.fixture(scope="module")
def base(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return model_inputs.pass_of(numbers, model_inputs.model_error(SEED))


def changed(inputs, **values):
    """The same draws with some assumptions fixed."""
    fixed = {name: np.full(DRAWS, value, np.float32) for name, value in values.items()}
    return run(replace(inputs, values=inputs.values | fixed))


def test_demand_wanted_is_at_least_what_is_bought_in_every_cell_and_draw(base):
    both = {key: paths for key, paths in base.cells.items() if paths.bought is not None}
    assert set(base.cells) - set(both) == {(WORLD, Layer.STORAGE)}
    for paths in both.values():
        valid = ~np.isnan(paths.wanted)
        assert (paths.wanted[valid] - paths.bought[valid] >= -1e-6 * np.abs(paths.wanted[valid])).all()
        assert (paths.wanted[valid] > paths.bought[valid]).any()


@EACH
def test_chips_are_bought_beyond_what_is_housed_by_no_more_than_is_tolerated(base, region):
    paths = base.cells[region, Layer.COMPUTE]
    excess = 1 + base.inputs.values["purchase_excess_tolerated"][:, None]
    assert (paths.bought <= paths.housed * excess * (1 + 1e-5)).all()
    assert (paths.bought > paths.housed).any(), "some stand without a hall"
    assert (paths.supply <= paths.housed * (1 + 1e-5)).all()


@EACH
def test_where_nothing_limits_all_that_is_wanted_is_bought(base, region):
    none = dict.fromkeys(
        ("unmet_by_backlog", "unmet_by_orders", "unmet_by_queues", "unmet_by_publishers", "cn_unmet"), 0
    )
    # A hundred times the halls of the base year: some draws want ten times as many by the end.
    room = {f"{name}_vacancy": 0.99 for name in ("us", "cn", "eu", "rest")} | {"us_grid_connections": 1e4}
    # Without an error of the model as many chips as are wanted were ordered in time.
    cells = changed(replace(base.inputs, model_error=ModelError.none()), **none, **room).cells
    for layer in (Layer.COMPUTE, Layer.POWER):
        np.testing.assert_allclose(cells[region, layer].bought, cells[region, layer].wanted, rtol=1e-5)


@EACH
def test_halls_too_few_house_the_same_share_of_all_equipment(base, region):
    """Accelerators are not crowded out where other equipment grows, and neither is it where they do."""
    paths, values = base.outcome.regions[region], base.inputs.values
    legacy, ai = (Fill.of(values, kind).average_over_nameplate[:, None] for kind in KINDS)
    accelerators = (paths.routed - paths.other) * paths.error
    needed = paths.other_wanted / legacy + accelerators / ai
    housed_part = np.minimum(paths.nameplate / needed, 1)
    too_few = housed_part < 1
    assert too_few.any()
    assert not too_few.all()
    in_use = paths.owned * paths.error
    housed = base.cells[region, Layer.COMPUTE].housed / in_use[:, 1:]
    np.testing.assert_allclose(housed[too_few[:, 1:]], housed_part[:, 1:][too_few[:, 1:]], rtol=1e-4)
    assert (housed[~too_few[:, 1:]] >= 1 - 1e-4).all()
    bought = base.cells[region, Layer.COMPUTE].bought / in_use[:, 1:]
    others = (paths.average[DemandConcept.BOUGHT][:, 1:] - accelerators[:, 1:] * bought) / paths.other_wanted[:, 1:]
    np.testing.assert_allclose(others, housed_part[:, 1:], rtol=2e-3)
    # So of what stands and survives at its least use, no less is bought than that share of it or than chips let.
    chips = paths.limits[Binding.CHIPS][:, 1:]
    left = (paths.owned[:, 1:] - paths.stock.received[:, -ENDS + 1 :]) / paths.owned[:, :-1]
    standing = values["least_utilisation"][:, None] * left * in_use[:, :-1]
    least = standing * np.minimum(housed_part[:, 1:], chips)
    assert (base.cells[region, Layer.COMPUTE].bought >= least * (1 - 1e-4)).all()


@EACH
def test_average_peak_and_nameplate_stand_in_order_and_halls_never_fall(base, region):
    paths = base.outcome.regions[region]
    for concept in (DemandConcept.WANTED, DemandConcept.BOUGHT):
        assert (paths.average[concept] <= paths.peak[concept] * (1 + 1e-6)).all()
    supply = base.cells[region, Layer.POWER].supply
    assert (supply <= paths.nameplate[:, 1:] * (1 + 1e-6)).all()
    assert (np.diff(paths.nameplate, axis=1) >= 0).all()
    assert (np.diff(paths.shell, axis=1) >= 0).all()
    assert (paths.nameplate <= paths.shell).all()


def test_shares_of_a_hall_lie_between_nothing_and_all_by_kind(base):
    for kind in KINDS:
        fill = Fill.of(base.inputs.values, kind)
        for share in (fill.filled, fill.peak, fill.load_factor):
            assert ((share > 0) & (share < 1)).all()
        assert (fill.average_over_nameplate < fill.peak_over_nameplate).all()
    legacy, ai = (np.median(Fill.of(base.inputs.values, kind).peak_over_nameplate) for kind in KINDS)
    assert KINDS[1] == AI
    assert ai > legacy


def test_the_grid_limits_the_us_alone_and_what_stood_when_last_counted_is_fed(base):
    us = base.outcome.regions["US"]
    assert Binding.GRID in us.limits
    assert all(Binding.GRID not in base.outcome.regions[region].limits for region in ("CN", "EU", "REST"))
    counted = base.inputs.anchors.timeline.years_after(base.inputs.anchors.observed["US"]) <= 0
    assert counted.sum() > 1
    assert np.array_equal(us.nameplate[:, counted], us.shell[:, counted])
    fewer = changed(base.inputs, us_grid_connections=1.0)
    assert (fewer.regions["US"].nameplate <= us.nameplate).all()
    assert np.array_equal(fewer.regions["US"].shell, us.shell)
    bound = [(cells["US", Layer.POWER].binding == Binding.GRID).mean() for cells in (base.cells, fewer.cells)]
    assert bound[1] > bound[0]


@EACH
def test_what_binds_is_the_least_limit_or_nothing_where_all_is_served(base, region):
    paths = base.outcome.regions[region]
    binding = base.cells[region, Layer.POWER].binding
    nothing = binding == Binding.NOTHING
    least = np.minimum.reduce(list(paths.limits.values()))[:, 1:]
    assert nothing.any()
    assert (least[nothing] >= paths.unmet[:, 1:][nothing]).all()
    for limit, share in paths.limits.items():
        assert (share[:, 1:][binding == limit] < paths.unmet[:, 1:][binding == limit]).all()
        assert (share[:, 1:][binding == limit] == least[binding == limit]).all()


@EACH
def test_the_gap_of_power_is_what_is_wanted_less_what_stands(base, region):
    """More that is wanted widens the gap one for one: the supply of the plans' years does not move."""
    name = "cn_unmet" if region == "CN" else "unmet_by_queues"
    evidence = {"unmet_by_backlog": 0.0, "unmet_by_orders": 0.0, "unmet_by_publishers": 0.0, "cn_unmet": 0.0}
    none, some = (changed(base.inputs, **(evidence | {name: unmet})) for unmet in (0.0, 0.4))
    before, after = (each.cells[region, Layer.POWER] for each in (none, some))
    assert np.array_equal(before.supply[:, :4], after.supply[:, :4])
    assert (after.wanted >= before.wanted).all()
    assert after.wanted[:, :4].mean() > before.wanted[:, :4].mean()
