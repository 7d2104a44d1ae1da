"""Evaluation: the base's own numbers, the cells that are asked for, a preview that begins the whole."""

import numpy as np
import pytest

from data.base.errors import NotFound
from data.base.layers import Layer
from projection.edition.differences import NOT_AFFECTED
from projection.inputs.distributions import Fixed
from projection.inputs.overrides import Change, Override, Scenario
from projection.scenarios import library
from projection.scenarios.answers import compare
from projection.scenarios.evaluation import PART, BaseDraws, evaluate
from projection.scenarios.levers import levers
from projection.scenarios.levers import scenario as of_levers
from projection.simulate.scenario_run import draw

SEED, DRAWS = 3, 2 * PART + 100
POWER, FIRM, EUROPE = ("US", Layer.POWER), ("US", Layer.FIRM), ("EU", Layer.POWER)


@pytest.fixture(scope="module")
def base(model_inputs):
    return BaseDraws(model_inputs, seed=SEED, draws=DRAWS, positions=np.arange(0, 2 * DRAWS, 2))


@pytest.fixture(scope="module")
def shortfall(base):
    scenario = library.scenario("us-shortfall", base.model_inputs.assumptions)
    return scenario, evaluate(base, scenario, [POWER, EUROPE])


def test_the_base_of_an_evaluation_is_what_an_edition_draws(model_inputs, base, shortfall):
    table = draw(model_inputs, seed=SEED, draws=DRAWS, positions=base.positions).table
    rows = table.points(Layer.POWER).of
    for year, row in list(rows.items())[-5:]:
        end = 4 * (year.start.year - 2025) - 1
        drawn_by_edition = table.rows(*POWER, "wanted")[row]
        assert np.array_equal(drawn_by_edition, shortfall[1].base[POWER].paths["wanted"][:, end])


def test_an_empty_scenario_is_the_base_to_the_last_bit(base):
    evaluated = evaluate(base, Scenario("empty"), [POWER, FIRM, EUROPE])
    assert evaluated.unmoved == {POWER, FIRM, EUROPE}


def test_a_preview_is_the_beginning_of_the_whole(base, shortfall):
    scenario, whole = shortfall
    preview = evaluate(base, scenario, [POWER, EUROPE], draws=PART)
    for side in ("base", "scenario"):
        for key, cell in getattr(preview, side).items():
            for name, path in cell.paths.items():
                assert path.shape[0] == PART
                assert np.array_equal(path, getattr(whole, side)[key].paths[name][:PART], equal_nan=True)


def test_what_it_cannot_move_is_said_and_not_printed_again(base, shortfall):
    power, compute = compare(shortfall[1], base.model_inputs.anchors.timeline)
    assert power.affected
    assert power.points
    assert (compute.affected, compute.effect, compute.points) == (False, NOT_AFFECTED, ())


def test_every_number_has_its_base_its_difference_and_the_chance_of_its_sign(base, shortfall):
    power, _ = compare(shortfall[1], base.model_inputs.anchors.timeline)
    point = next(one for one in power.points if one.period.startswith("2029"))
    end = 4 * 4 - 1
    sides = [side[POWER].paths for side in (shortfall[1].scenario, shortfall[1].base)]
    gaps = [side["wanted"][:, end].astype(float) - side["supply"][:, end] for side in sides]
    assert point.gap.value["0.5"] == pytest.approx(np.median(gaps[0]), rel=1e-5)
    assert point.gap.base["0.5"] == pytest.approx(np.median(gaps[1]), rel=1e-5)
    assert point.gap.difference["0.5"] == pytest.approx(np.median(gaps[0] - gaps[1]), rel=1e-5)
    assert point.gap.p_sign == pytest.approx(np.mean(gaps[0] - gaps[1] > 0))
    assert point.p_short.difference == pytest.approx(np.mean(gaps[0] > 0) - np.mean(gaps[1] > 0), abs=1e-5)
    assert point.p_short.p_sign > 0.99
    assert point.demand.difference["0.5"] == 0
    assert point.demand.p_sign == 1


@pytest.mark.parametrize("factor", np.random.default_rng(4).uniform(0.3, 1.0, 5))
def test_more_planned_supply_at_fixed_later_starts_never_adds_a_shortage(base, factor):
    """A tracker that sees a smaller part of what is planned stands for more of it; later starts are the same."""
    no_later_starts = tuple(
        Override(name, Change.SET, Fixed(distribution="fixed", value=value), "test")
        for name, value in (("site_lead_years", 12.0), ("us_grid_connections", 100.0))
    )
    size = Fixed(distribution="fixed", value=factor)
    unseen = (Override("us_tracker_coverage", Change.SCALE, size, "test"),)
    fixed = evaluate(base, Scenario("fixed", no_later_starts), [POWER], draws=PART).scenario[POWER]
    more = evaluate(base, Scenario("more", no_later_starts + unseen), [POWER], draws=PART).scenario[POWER]
    planned = slice(0, 12)
    assert np.array_equal(fixed.paths["wanted"], more.paths["wanted"])
    short = [(cell.paths["wanted"] > cell.paths["supply"])[:, planned].mean(axis=0) for cell in (fixed, more)]
    assert (short[1] <= short[0]).all()


@pytest.mark.parametrize("name", ["on-site-power", "site-slip", "exports-to-china"])
def test_a_lever_moves_us_supply_one_way(base, name):
    least, most = (
        evaluate(base, of_levers({name: end}), [FIRM if name == "on-site-power" else POWER], draws=PART)
        for end in levers()[name].range
    )
    key = next(iter(least.scenario))
    difference = most.scenario[key].paths["supply"][:, 15] - least.scenario[key].paths["supply"][:, 15]
    sign = {"on-site-power": 1, "site-slip": -1, "exports-to-china": 0}[name]
    assert (sign * difference >= 0).mean() > 0.95


def test_a_cell_that_is_not_answered_is_refused(base):
    for key in (("XX", Layer.POWER), ("IE", Layer.STORAGE)):
        with pytest.raises(NotFound):
            evaluate(base, Scenario("empty"), [key])
