"""The engine against an independent recomputation of three cells: the same random numbers in, the same paths out."""

import numpy as np
import pytest

from benchmarks.engine_inputs import made_model_inputs
from data.base.layers import Layer
from projection.base.streams import BLOCK
from projection.cells.paths import WORLD
from projection.model.model_error import ModelError
from projection.scenarios import library
from projection.simulate.model_inputs import RandomInputs
from tests.oracle.facts import Facts
from tests.oracle.model_error import sizes
from tests.oracle.storage import world_storage
from tests.oracle.us_power import average_draw, us_cells

DRAWS, SEED = 300, 3
CLOSE = 1e-5
"""Relative, in every draw and quarter: what some hundred roundings of single precision leave."""
LEAST = 1e-6
"""Of the cell's largest demand: what they leave of a difference that is near nothing."""


@pytest.fixture(scope="module")
def model_inputs():
    return made_model_inputs()


@pytest.fixture(scope="module", params=["base", "plans-on-time"])
def cells(model_inputs, request):
    """The engine's cells and the oracle's."""
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    scenario = library.scenario(request.param, model_inputs.assumptions)
    model_pass = model_inputs.pass_of(numbers, model_inputs.model_error(SEED), scenario=scenario)
    facts = Facts(model_pass.inputs)
    exabytes, storage = world_storage(facts, facts.values)
    power, energy = us_cells(facts, facts.values, exabytes)
    return model_pass.cells, {("US", Layer.POWER): power, ("US", Layer.ENERGY): energy, (WORLD, Layer.STORAGE): storage}


def test_every_draw_of_three_cells_is_what_the_equations_give(cells):
    engine, oracle = cells
    for cell, quantities in oracle.items():
        least = LEAST * quantities["wanted"].max()
        for quantity, path in quantities.items():
            draws = getattr(engine[cell], quantity)
            np.testing.assert_allclose(draws, path, rtol=CLOSE, atol=least, err_msg=f"{cell} {quantity}")


def test_the_model_error_is_as_large_as_the_evidence_leaves_to_the_draws(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=BLOCK)
    facts = Facts(model_inputs.pass_of(numbers, ModelError.none()).inputs)
    exabytes = world_storage(facts, facts.values)[0]
    routed = average_draw(facts, facts.values, exabytes)["routed"]
    disks = np.hstack([facts.values["hdd_installed_base"], exabytes])
    reported = facts.anchors.timeline.quarters[max(facts.inputs.disk_observed)].end
    engine = model_inputs.model_error(SEED)
    for name, path, day in (("US", routed, facts.anchors.observed["US"]), ("disks", disks, reported)):
        oracle = sizes(path / path[:, :1], facts.years_since(day))
        for mine, theirs in zip(oracle, (engine.down[name], engine.up[name]), strict=True):
            np.testing.assert_allclose(theirs, mine, rtol=1e-3, atol=1e-5, err_msg=name)
