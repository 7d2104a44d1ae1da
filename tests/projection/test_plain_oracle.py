"""The engine that draws in blocks and single precision against the plain one: same numbers in, same cells out."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.engine_inputs import made_ground
from benchmarks.plain_engine.scenario import drawn as plainly
from data.layers import DemandConcept
from projection.arrivals import DEVIATES, FATE, PLACEHOLDERS, REMEASURED, RESIZED, SLIPPED
from projection.drivers import DriverDraws
from projection.ground import Lottery
from projection.paths import Inputs
from projection.publishing import columns
from projection.scenario import draw

DRAWS, SEED = 2000, 3
CLOSE = 1e-4
"""Of a path's largest value."""
PATHS = ("demand", "supply", "unconstrained", "additions", "narrow", "huawei", "growth", "shipped", "retired", "used")
UNIFORM_OF = {"remeasured": REMEASURED, "size": RESIZED, "slip": SLIPPED}


class Told:
    """A generator that gives the numbers it was told."""

    def __init__(self, *numbers):
        self.numbers = [draws.astype(np.float64) for draws in numbers]

    def random(self, draws):
        found = self.numbers.pop(0)
        assert len(found) == draws
        return found

    standard_normal = random

    def uniform(self, low, high, draws):
        return low + (high - low) * self.random(draws)


class ToldShocks:
    """Shocks of the plain engine that are the product's numbers."""

    remeasured = moving = True

    def __init__(self, shocks, plans):
        self.draws, self.shared = shocks.draws, shocks.shared
        self.sites = {plan.site: shocks.of(plan) for plan in plans}

    def of(self, site, what):
        numbers = self.sites[site]
        if what in UNIFORM_OF:
            return Told(numbers[UNIFORM_OF[what]], numbers[UNIFORM_OF[what] + DEVIATES])
        return Told(numbers[FATE if what == "fate" else PLACEHOLDERS + int(what.removeprefix("placeholder/"))])


def doubles(draws):
    return {name: path.astype(np.float64) for name, path in draws.items()}


@pytest.fixture(scope="module")
def ground():
    return made_ground()


@pytest.fixture(scope="module", params=["base", "sites_on_time"])
def both(ground, request):
    lottery = Lottery.of(ground, seed=SEED, draws=DRAWS)
    values = ground.assumptions.values(lottery.latent, scenario=request.param)
    inputs = Inputs(
        anchors=ground.anchors,
        drivers=DriverDraws(lottery.drivers.periods, doubles(lottery.drivers.values)),
        values=doubles(values),
        errors=doubles(lottery.errors),
        shocks=ToldShocks(lottery.shocks, ground.anchors.pipeline_us),
        evidence_days=ground.evidence_days,
        disk_observed=ground.disk_observed,
        anchored=ground.anchored,
    )
    return plainly(ground, inputs), ground.pass_of(lottery, scenario=request.param), request.param


def apart(expected, found):
    known = ~np.isnan(expected)
    assert np.array_equal(known, ~np.isnan(found))
    return np.max(np.abs(found - expected)[known]) / np.max(np.abs(expected[known]))


def test_every_path_before_the_floor_is_that_of_the_plain_engine(both):
    plain, fast, _ = both
    assert set(plain.unfloored) == set(fast.cells)
    for key, paths in plain.unfloored.items():
        for name in (*PATHS, "base"):
            expected, found = getattr(paths, name), getattr(fast.cells[key], name)
            assert (expected is None) == (found is None)
            if expected is not None:
                assert found.dtype == np.float32
                assert apart(expected, found) < CLOSE, (key, name)
    for region, routes in plain.routes.items():
        for name, expected in routes.items():
            assert apart(expected, fast.routes[region][name]) < CLOSE, (region, name)


def test_every_path_runs_along_the_draws(both):
    # An array whose draws are not side by side makes every operation after it several times slower.
    _, fast, _ = both
    for paths in fast.cells.values():
        for name in PATHS:
            path = getattr(paths, name)
            assert path is None or path.flags.f_contiguous, name


def test_every_published_column_is_that_of_the_plain_engine(both, ground):
    plain, _, scenario = both
    made = columns(draw(ground, scenario=scenario, seed=SEED, draws=DRAWS).table)
    expected = plain.columns(ground)
    assert set(made) == set(expected)
    for name, column in expected.items():
        assert made[name].dtype == np.float32
        quantity = name.split("|")[2]
        scale = 1.0 if quantity in {"share", "year_share", "late"} else np.abs(column).max()
        # A ratio near its bounds amplifies what is lost in its numerator; half a thousandth of the whole is no matter.
        close = 5e-4 if quantity in {"share", "year_share", "late"} else CLOSE
        assert np.abs(made[name] - column).max() / scale < close, name


def test_books_are_drawn_under_every_concept(both):
    plain, _, _ = both
    assert {concept for _, _, concept in plain.concepts} == {DemandConcept.COMMITTED, DemandConcept.REQUESTED}


def test_one_group_alone_is_random_where_the_others_are_still(ground):
    lottery = Lottery.of(ground, seed=SEED, draws=200)
    for group in {item.group for item in ground.assumptions.items.values()}:
        only = lottery.only(group, ground)
        for name, item in ground.assumptions.items.items():
            assert only.latent[name].any() == (item.group is group)
        held = replace(only, shocks=replace(only.shocks, remeasured=False, moving=False))
        assert held.shocks.draws == 200
