"""A scenario drawn in blocks: the same to the last bit in any run length."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from data.base.layers import Layer
from projection.base.streams import BLOCK
from projection.cells.cells import GRIDS
from projection.cells.paths import WORLD
from projection.edition.publish import columns
from projection.simulate.scenario_run import draw, width_split

DRAWS, SEED = 2 * BLOCK + 300, 5


def scenario_draws(model_inputs, *, scenario="base", seed=SEED, draws=DRAWS):
    return draw(model_inputs, scenario=scenario, seed=seed, draws=draws)


@pytest.fixture(scope="module")
def base(model_inputs):
    return scenario_draws(model_inputs)


def same(first, second):
    assert set(first) == set(second)
    return {name: np.array_equal(first[name], second[name]) for name in first}


def test_a_longer_run_begins_with_the_draws_of_a_shorter_one_without_a_floor(model_inputs, base):
    shorter = scenario_draws(model_inputs, draws=BLOCK + 7).table
    for place in (("US", Layer.POWER, "supply"), (WORLD, Layer.POWER, "supply"), ("US", Layer.COMPUTE, "narrow")):
        assert np.array_equal(base.table.rows(*place)[:, : BLOCK + 7], shorter.rows(*place))


def test_another_seed_gives_other_draws(model_inputs, base):
    again = scenario_draws(model_inputs, seed=SEED + 1)
    assert not any(same(columns(base.table), columns(again.table)).values())


def test_a_scenario_moves_what_it_overrides_and_leaves_all_else_to_the_last_bit(model_inputs, base):
    slips = same(columns(base.table), columns(scenario_draws(model_inputs, scenario="btm_slips").table))
    moved = {name for name, equal in slips.items() if not equal}
    assert moved
    answers_to_it = {name for name in slips if name.startswith(("US|firm|supply|", "US-PJM|firm|supply|"))}
    assert moved == answers_to_it


def test_the_gap_is_demand_less_supply_of_the_same_draw(base):
    by_column = columns(base.table)
    demand, supply = (by_column[f"US|power|{quantity}|A|2030-01-01"] for quantity in ("demand", "supply"))
    shuffled = np.random.default_rng(1).permutation(supply)
    # Both answer to the same peak over nameplate and base: the same draws make their difference narrower.
    assert np.std(demand - supply) < np.std(demand - shuffled)


def test_quarters_of_a_year_still_sum_to_it_after_the_floor(base):
    table = base.table
    quarters, year = (
        table.rows("CN", Layer.ENERGY, "demand")[:4],
        table.points(Layer.ENERGY).of[table.timeline.years[0]],
    )
    assert np.allclose(quarters.sum(axis=0), table.rows("CN", Layer.ENERGY, "demand")[year], rtol=1e-5)


def test_what_was_needed_for_the_floor_alone_is_gone_after_it(base):
    assert base.table.rows("REST", Layer.POWER, "demand") is None
    assert base.table.rows("US", Layer.POWER, "route chips") is None
    power = {(region, Layer.POWER) for region in ("US", "CN", "EU")}
    grids = {(grid, Layer.ENERGY) for grid in GRIDS}
    assert set(base.routes) == power | grids | {(WORLD, Layer.STORAGE)}


def test_shares_of_width_sum_to_one_by_cause(model_inputs):
    split, apart = width_split(model_inputs, scenario="base", seed=SEED)
    groups = split["US", Layer.POWER]["gap"]
    assert set(groups) == {"nowcast", "growth", "conversion"}
    assert np.allclose(sum(groups.values()), 1.0)
    assert all(np.allclose(sum(by["demand"].values()), 1.0, atol=1e-6) for by in apart.values())


MEASURED = """
import json, resource
from benchmarks.engine_inputs import made_ground
from projection.simulate.scenario_run import draw
ground = made_ground()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = draw(ground, scenario="base", seed=1, draws=100_000)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"kilobytes": peak - before, "table": made.table.draws.nbytes}))
"""


@pytest.mark.slow
def test_a_hundred_thousand_draws_fit_in_little_more_than_their_table():
    process = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, env=os.environ
    )
    report = json.loads(process.stdout)
    assert 1000 * report["kilobytes"] < 1.5 * report["table"]
