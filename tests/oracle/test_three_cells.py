"""The engine against an independent recomputation of three cells: the same random numbers in, the same paths out."""

import numpy as np
import pytest

from benchmarks.engine_inputs import made_ground
from projection.cells.paths import Inputs
from projection.inputs.drivers import DriverDraws
from projection.simulate.model_inputs import Lottery
from projection.sites.arrivals import DEVIATES, FATE, PLACEHOLDERS, REMEASURED, RESIZED, SLIPPED
from tests.oracle.cells import recomputed

DRAWS, SEED = 400, 3
CLOSE = 1e-4
"""Of a period's largest value: what some hundred roundings of single precision leave."""
UNIFORM_OF = {"remeasured": REMEASURED, "size": RESIZED, "slip": SLIPPED}


class Numbers:
    """A generator that gives the engine's numbers."""

    def __init__(self, *numbers):
        self.numbers = [draws.astype(np.float64) for draws in numbers]

    def random(self, draws):
        found = self.numbers.pop(0)
        assert len(found) == draws
        return found

    standard_normal = random

    def uniform(self, low, high, draws):
        return low + (high - low) * self.random(draws)


class Shocks:
    """The engine's numbers of sites, by site and purpose."""

    remeasured = moving = True

    def __init__(self, shocks, plans):
        self.draws, self.shared = shocks.draws, shocks.shared
        self.sites = {plan.site: shocks.of(plan) for plan in plans}

    def of(self, site, what):
        numbers = self.sites[site]
        if what in UNIFORM_OF:
            return Numbers(numbers[UNIFORM_OF[what]], numbers[UNIFORM_OF[what] + DEVIATES])
        return Numbers(numbers[FATE if what == "fate" else PLACEHOLDERS + int(what.removeprefix("placeholder/"))])


def doubles(draws):
    return {name: path.astype(np.float64) for name, path in draws.items()}


@pytest.fixture(scope="module")
def ground():
    return made_ground()


@pytest.fixture(scope="module", params=["base", "sites_on_time"])
def inputs_and_cells(ground, request):
    lottery = Lottery.of(ground, seed=SEED, draws=DRAWS)
    inputs = Inputs(
        anchors=ground.anchors,
        drivers=DriverDraws(lottery.drivers.periods, doubles(lottery.drivers.values)),
        values=doubles(ground.assumptions.values(lottery.latent, scenario=request.param)),
        errors=doubles(lottery.errors),
        shocks=Shocks(lottery.shocks, ground.anchors.pipeline_us),
        evidence_days=ground.evidence_days,
        disk_observed=ground.disk_observed,
        anchored=ground.anchored,
    )
    return inputs, ground.pass_of(lottery, scenario=request.param).cells


def apart(inputs, cells):
    """Largest distance in any period, over that period's largest value, by cell and quantity."""
    return {
        (key, quantity): np.max(np.abs(getattr(cells[key], quantity) - path).max(axis=0) / np.abs(path).max(axis=0))
        for (key, quantity), path in recomputed(inputs).items()
    }


def test_every_period_of_three_cells_is_what_the_equations_give(inputs_and_cells):
    found = apart(*inputs_and_cells)
    assert len(found) == 8
    assert {place: worst for place, worst in found.items() if worst > CLOSE} == {}
