"""The engine against an independent recomputation of three cells: the same random numbers in, the same paths out."""

import numpy as np
import pytest

from benchmarks.engine_inputs import made_ground
from data.base.layers import Layer
from projection.cells.paths import WORLD, Inputs
from projection.simulate.model_inputs import RandomInputs
from tests.oracle.facts import Facts
from tests.oracle.storage import world_storage
from tests.oracle.us_power import us_cells

DRAWS, SEED = 300, 3
CLOSE = 1e-5
"""Relative, in every draw and quarter: what some hundred roundings of single precision leave."""
LEAST = 1e-6
"""Of the cell's largest demand: what they leave of a difference that is near nothing."""


@pytest.fixture(scope="module")
def model_inputs():
    return made_ground()


@pytest.fixture(scope="module", params=["base", "sites_on_time"])
def cells(model_inputs, request):
    """The engine's cells and the oracle's."""
    random_inputs = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    facts = Facts(
        Inputs(
            anchors=model_inputs.anchors,
            drivers=random_inputs.drivers,
            values=model_inputs.assumptions.values(random_inputs.latent, scenario=request.param),
            errors=random_inputs.errors,
            shocks=random_inputs.shocks,
            evidence_days=model_inputs.evidence_days,
            disk_observed=model_inputs.disk_observed,
        )
    )
    storage = world_storage(facts, facts.values)
    power, energy = us_cells(facts, facts.values, storage["demand"])
    oracle = {("US", Layer.POWER): power, ("US", Layer.ENERGY): energy, (WORLD, Layer.STORAGE): storage}
    return model_inputs.pass_of(random_inputs, scenario=request.param).cells, oracle


def test_every_draw_of_three_cells_is_what_the_equations_give(cells):
    engine, oracle = cells
    for cell, quantities in oracle.items():
        least = LEAST * quantities["demand"].max()
        for quantity, path in quantities.items():
            draws = getattr(engine[cell], quantity)
            np.testing.assert_allclose(draws, path, rtol=CLOSE, atol=least, err_msg=f"{cell} {quantity}")
