"""A scenario drawn in blocks: the same to the last bit in any run length."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer
from projection.base.streams import BLOCK
from projection.cells.cells import GRIDS
from projection.cells.paths import WORLD
from projection.edition.publish import columns
from projection.inputs.assumptions import Group
from projection.scenarios import library
from projection.simulate.scenario_run import draw, width_split

DRAWS, SEED = 2 * BLOCK + 300, 5


def scenario_draws(model_inputs, *, scenario="base", seed=SEED, draws=DRAWS):
    return draw(model_inputs, scenario=library.scenario(scenario, model_inputs.assumptions), seed=seed, draws=draws)


@pytest.fixture(scope="module")
def base(model_inputs):
    return scenario_draws(model_inputs)


def same(first, second):
    assert set(first) == set(second)
    return {name: np.array_equal(first[name], second[name]) for name in first}


def test_a_longer_run_begins_with_the_draws_of_a_shorter_one(model_inputs, base):
    shorter = scenario_draws(model_inputs, draws=BLOCK + 7).table
    assert shorter.starts == base.table.starts
    for place in shorter.starts:
        assert np.array_equal(base.table.rows(*place)[:, : BLOCK + 7], shorter.rows(*place), equal_nan=True)


def test_another_seed_gives_other_draws(model_inputs, base):
    again = scenario_draws(model_inputs, seed=SEED + 1)
    equal_by_name = same(columns(base.table), columns(again.table))
    assert not {name for name, equal in equal_by_name.items() if equal and "|binding|" not in name}


@pytest.mark.parametrize(
    ("scenario", "moves", "untouched"),
    [
        ("on-site-power-late", {"US|firm|supply", "US-PJM|firm|supply", "US|power|binding"}, {"CN", "EU", "IE"}),
        ("plans-on-time", {"US|power|supply", "US|compute|housed", "US|compute|bought"}, {"CN", "EU", "IE"}),
        ("chip-exports-open", {"CN|compute|bought", "US|compute|supply", "US|power|bought"}, set()),
    ],
)
def test_a_scenario_moves_what_it_overrides_and_leaves_all_else_to_the_last_bit(
    model_inputs, base, scenario, moves, untouched
):
    equal_by_name = same(columns(base.table), columns(scenario_draws(model_inputs, scenario=scenario).table))
    moved = {"|".join(name.split("|")[:3]) for name, equal in equal_by_name.items() if not equal}
    assert moves <= moved
    assert not {name for name in moved if name.split("|")[0] in untouched}
    # Halls, chips and plants change nothing of what is wanted; firm growth counts from what is bought at its base.
    assert not {name for name in moved if name.endswith("|wanted") and "|firm|" not in name}
    assert any(equal_by_name.values())


def test_the_gap_is_demand_less_supply_of_the_same_draw(base):
    by_column = columns(base.table)
    demand, supply = (by_column[f"US|power|{quantity}|A|2027-01-01"] for quantity in ("bought", "supply"))
    shuffled = np.random.default_rng(1).permutation(supply)
    # Both begin at the same level of the base year: the same draws make their difference narrower.
    assert np.std(demand - supply) < np.std(demand - shuffled)


def test_regions_and_routes_that_are_no_answer_are_not_kept(base):
    assert base.table.rows("REST", Layer.POWER, "wanted") is None
    assert base.table.rows("US", Layer.POWER, "route chips") is None
    power = {(region, Layer.POWER) for region in ("US", "CN", "EU")}
    of_their_own = ("US-PJM", "US-ERCOT", "US-MISO", "IE")
    grids = {(grid, Layer.ENERGY) for grid in GRIDS if grid in of_their_own}
    assert set(base.routes) == power | grids | {(WORLD, Layer.STORAGE)}


def test_shares_of_width_sum_to_one_by_cause_and_the_model_error_is_one_of_them(model_inputs):
    split = width_split(model_inputs, seed=SEED)
    for (_, layer, concept), quantities in split.items():
        for quantity, groups in quantities.items():
            booked = concept in {DemandConcept.CONTRACTED, DemandConcept.REQUESTED} and quantity == "demand"
            assert set(groups) == set(Group) - ({Group.MODEL} if booked else set())
            total = sum(groups.values())
            # A balance that begins later, and what nothing is promised of, have no width to split.
            valid = ~np.isnan(total) & (total > 0)
            assert np.allclose(total[valid], 1.0)
            assert valid.all() or layer in {Layer.FIRM, Layer.POWER, Layer.COMPUTE}
    wanted = split["US", Layer.POWER, DemandConcept.WANTED]
    assert wanted["demand"][Group.MODEL][-1] > 0.5 > wanted["demand"][Group.MODEL][0]
    assert Group.MODEL not in split["US", Layer.POWER, DemandConcept.REQUESTED]["demand"]


MEASURED = """
import json, resource
from benchmarks.engine_inputs import made_model_inputs
from projection.inputs.assumptions import Group
from projection.simulate.scenario_run import draw
model_inputs = made_model_inputs()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
made = draw(model_inputs, seed=1, draws=100_000)
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
