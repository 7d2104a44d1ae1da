"""Stages: a scenario takes over what it cannot move, and what it takes over is what it would compute."""

from dataclasses import fields

import numpy as np
import pytest

from data.base.layers import Layer
from projection.inputs.overrides import BASE, Scenario
from projection.model.engine import Engine
from projection.model.passes import PassDetail
from projection.model.stages import Stages
from projection.scenarios import library
from projection.simulate.model_inputs import RandomInputs

DRAWS, SEED = 64, 3


@pytest.fixture(scope="module")
def inputs_of(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return lambda scenario: model_inputs.engine_inputs(numbers, model_inputs.model_error(SEED), scenario)


@pytest.fixture(scope="module")
def base(inputs_of):
    inputs = inputs_of(BASE)
    stages = Stages(inputs.values)
    return stages, Engine(inputs, stages).all_cells(PassDetail.ROUTES)


def equal(first, second):
    return {
        (key, field.name): np.array_equal(one, other, equal_nan=True)
        for key in first.cells
        for field in fields(first.cells[key])
        if (one := getattr(first.cells[key], field.name)) is not None
        and (other := getattr(second.cells[key], field.name)) is not None
    }


@pytest.mark.parametrize("name", list(library.documents()))
def test_a_pass_that_takes_over_stages_is_the_pass_to_the_last_bit(model_inputs, inputs_of, base, name):
    scenario = library.scenario(name, model_inputs.assumptions)
    inputs = inputs_of(scenario)
    stages = Stages(inputs.values, base=base[0], changed=scenario.changed)
    faster = Engine(inputs, stages).all_cells(PassDetail.ROUTES)
    alone = Engine(inputs, Stages(inputs.values)).all_cells(PassDetail.ROUTES)
    assert all(equal(faster, alone).values())
    for key, by_route in faster.routes.items():
        assert all(np.array_equal(path, alone.routes[key][name]) for name, path in by_route.items())


def test_an_empty_scenario_is_the_base_to_the_last_bit_and_computes_nothing(inputs_of, base):
    inputs = inputs_of(Scenario("empty"))
    stages = Stages(inputs.values, base=base[0])
    assert all(equal(Engine(inputs, stages).all_cells(PassDetail.ROUTES), base[1]).values())
    assert not stages.moved


@pytest.mark.parametrize(
    ("name", "key", "quantity", "sign"),
    [
        ("us-nuclear-push", ("US", Layer.FIRM), "supply", 1),
        ("us-nuclear-push", ("US", Layer.ENERGY), "supply", 1),
        ("taiwan-disruption", ("US", Layer.COMPUTE), "supply", -1),
        ("taiwan-disruption", ("WORLD", Layer.COMPUTE), "supply", -1),
        ("china-full-stack", ("CN", Layer.COMPUTE), "supply", 1),
        ("china-full-stack", ("CN", Layer.COMPUTE), "huawei", 1),
        ("export-controls-tight", ("CN", Layer.COMPUTE), "supply", -1),
        ("worst-case", ("CN", Layer.COMPUTE), "wanted", 1),
        ("worst-case", ("EU", Layer.POWER), "wanted", -1),
        ("us-shortfall", ("US", Layer.POWER), "supply", -1),
        ("us-fast-permitting", ("US", Layer.POWER), "supply", 1),
        ("on-site-power-boom", ("US", Layer.FIRM), "supply", 1),
        ("efficiency-leap", ("US", Layer.POWER), "wanted", -1),
        ("demand-bust", ("WORLD", Layer.COMPUTE), "wanted", -1),
    ],
)
def test_a_scenario_moves_what_its_story_says(model_inputs, inputs_of, base, name, key, quantity, sign):
    scenario = library.scenario(name, model_inputs.assumptions)
    inputs = inputs_of(scenario)
    cell = Engine(inputs, Stages(inputs.values, base=base[0], changed=scenario.changed)).cell(key)
    difference = (getattr(cell, quantity) - getattr(base[1].cells[key], quantity))[:, 23]
    assert np.mean(sign * difference) > 0
    assert np.mean(sign * difference >= 0) > 0.6


def test_what_a_region_wants_and_china_serves_is_wanted_once(model_inputs, inputs_of, base):
    served = Scenario("served", tuple(
        one for one in library.scenario("worst-case", model_inputs.assumptions).overrides
        if one.assumption.startswith("cn_served_abroad")
    ))  # fmt: skip
    inputs = inputs_of(served)
    cells = Engine(inputs, Stages(inputs.values, base=base[0], changed=served.changed))
    world = cells.cell(("WORLD", Layer.COMPUTE)).wanted
    np.testing.assert_allclose(world, base[1].cells["WORLD", Layer.COMPUTE].wanted, rtol=2e-5)
    assert np.array_equal(cells.cell(("US", Layer.COMPUTE)).wanted, base[1].cells["US", Layer.COMPUTE].wanted)


def test_firm_power_moves_what_binds_and_not_the_demand_and_supply_of_power(model_inputs, inputs_of, base):
    scenario = library.scenario("us-nuclear-push", model_inputs.assumptions)
    inputs = inputs_of(scenario)
    stages = Stages(inputs.values, base=base[0], changed=scenario.changed)
    engine = Engine(inputs, stages)
    assert engine.cell(("US", Layer.POWER)) is base[0].part("cell US|power")[0]
    assert not stages.moved
    assert not np.array_equal(engine.binding("US"), base[1].cells["US", Layer.POWER].binding)
