"""Attribution: exact on common draws, coalition by coalition, and what binds."""

import numpy as np
import pytest

from data.base.errors import InvalidParameter, NotFound
from data.base.layers import DemandConcept, Layer
from projection.edition.differences import NOT_AFFECTED
from projection.inputs.overrides import BASE
from projection.scenarios import library
from projection.scenarios.attribution.answers import attribute
from projection.scenarios.attribution.coalitions import Cell, CoalitionDraws, Difference, parts_of
from projection.scenarios.attribution.quantities import Quantity
from projection.scenarios.evaluation import BaseDraws, evaluate
from projection.scenarios.levers import scenario as of_levers

SEED, DRAWS = 3, 120
POWER, FIRM, ENERGY = ("US", Layer.POWER), ("US", Layer.FIRM), ("US", Layer.ENERGY)
STORAGE = ("WORLD", Layer.STORAGE)
WANTED = DemandConcept.WANTED
PAIRS = {
    "worst case": ("worst-case", "base", POWER),
    "between two": ("us-fast-permitting", "us-shortfall", POWER),
    "firm": ("us-nuclear-push", "us-shortfall", FIRM),
    "levers": ({"site-slip": 2.0, "permitting": 0.7, "efficiency": 0.6}, "base", POWER),
    "china": ("worst-case", "china-full-stack", ("CN", Layer.COMPUTE)),
    "nothing": ("us-nuclear-push", "base", POWER),
}


@pytest.fixture(scope="module")
def base(model_inputs):
    return BaseDraws(model_inputs, seed=SEED, draws=DRAWS)


def scenario_of(base, named):
    return of_levers(named) if isinstance(named, dict) else library.scenario(named, base.model_inputs.assumptions)


def years(base, *chosen):
    return [year for year in base.model_inputs.anchors.timeline.years if year.start.year in chosen]


@pytest.fixture(scope="module", params=list(PAIRS))
def answered(request, base):
    scenario, against, key = PAIRS[request.param]
    difference = Difference(scenario_of(base, scenario), scenario_of(base, against))
    cell = Cell.of(base, key, WANTED, years(base, 2028, 2030))
    draws = CoalitionDraws.joined(list(parts_of(base, difference, cell, parts=1)))
    return difference, cell, draws, attribute(cell, difference, draws)


def test_the_parts_of_every_quantity_sum_to_its_difference(answered):
    _, _, draws, answer = answered
    for point in answer.points:
        for split in point.quantities:
            size = max(abs(split.value), abs(split.against), 1.0)
            assert split.difference == pytest.approx(split.value - split.against, abs=1e-15 * size)
            assert sum(part.value for part in split.parts) == pytest.approx(split.difference, abs=1e-13 * size)
    assert answer.draws == draws.gaps.shape[-1] == DRAWS


def test_the_ends_are_the_two_scenarios_and_every_value_is_read_off_the_draws(base, answered):
    difference, cell, draws, answer = answered
    for place, scenario in ((-1, difference.scenario), (0, difference.against)):
        alone = evaluate(base, scenario, [cell.key]).scenario[cell.key]
        assert np.array_equal(draws.gaps[place], cell.gap(alone))
    gaps = draws.gaps[-1, 1]
    of = {split.quantity: split.value for split in answer.points[1].quantities}
    assert of == {
        Quantity.P_SHORT: np.mean(gaps > 0),
        Quantity.MEDIAN_GAP: np.median(gaps),
        Quantity.EXPECTED_SHORTFALL: np.mean(np.maximum(gaps, 0)),
    }


def test_every_coalition_is_the_scenario_of_its_overrides_to_the_last_bit(base, answered):
    difference, cell, draws, _ = answered
    for number, gap in enumerate(draws.gaps):
        alone = evaluate(base, difference.coalition(number), [cell.key]).scenario[cell.key]
        assert np.array_equal(gap, cell.gap(alone)), number


def test_a_group_that_does_not_affect_the_layer_says_so_and_has_no_part(answered):
    difference, cell, _, answer = answered
    idle = {group.group for group in answer.groups if group.effect == NOT_AFFECTED}
    if (difference.scenario.name, cell.key) == ("worst-case", POWER):
        assert idle == {"chips", "demand"}
    for point in answer.points:
        for split in point.quantities:
            assert [part.group for part in split.parts] == list(difference.groups)
            assert all((part.value, part.p_sign) == (0, 1) for part in split.parts if part.group in idle)


def test_limits_share_the_draws_between_them(answered):
    _, cell, _, answer = answered
    for point in answer.points:
        assert set(point.binding) == {
            Layer.FIRM: {"nothing", "firm"},
        }.get(cell.key[1], {"nothing", "chips", "halls", "grid", "firm"})
        for side in ("value", "base"):
            assert sum(getattr(limit, side) for limit in point.binding.values()) == pytest.approx(1, abs=1e-5)


def test_a_layer_with_one_limit_is_bound_where_it_is_short(base):
    cell = Cell.of(base, ENERGY, WANTED, years(base, 2030))
    difference = Difference(scenario_of(base, "us-shortfall"), BASE)
    draws = next(parts_of(base, difference, cell, parts=1))
    point = attribute(cell, difference, draws).points[0]
    p_short = point.quantities[0]
    assert p_short.quantity is Quantity.P_SHORT
    assert point.binding["generation"].value == pytest.approx(p_short.value, abs=1e-5)
    assert 0 < p_short.value < 1


def test_the_world_has_no_limit_of_its_own(base):
    cell = Cell.of(base, ("WORLD", Layer.COMPUTE), WANTED, years(base, 2028))
    difference = Difference(scenario_of(base, "demand-bust"), BASE)
    draws = next(parts_of(base, difference, cell, parts=1))
    assert attribute(cell, difference, draws).points[0].binding is None


def test_parts_of_the_draws_are_joined_in_their_order(base):
    cell = Cell.of(base, POWER, WANTED, years(base, 2028))
    difference = Difference(scenario_of(base, "us-shortfall"), BASE)
    (part,) = parts_of(base, difference, cell, parts=1)
    twice = CoalitionDraws.joined([part, part])
    assert np.array_equal(twice.gaps, np.concatenate([part.gaps, part.gaps], axis=-1))
    assert twice.binding["grid"].shape == (2, 1, 2 * DRAWS)


@pytest.mark.parametrize(
    ("key", "demand", "year", "parameter"),
    [(("EU", Layer.POWER), WANTED, 2028, "layer"), (STORAGE, WANTED, 2028, "layer"),
     (STORAGE, DemandConcept.BOUGHT, 2028, "demand"),
     (("US", Layer.COMPUTE), WANTED, 2034, "period")],
)  # fmt: skip
def test_what_has_no_gap_to_split_is_refused(base, key, demand, year, parameter):
    with pytest.raises(InvalidParameter) as caught:
        Cell.of(base, key, demand, years(base, year))
    assert caught.value.parameter == parameter


def test_a_cell_that_is_not_answered_is_refused(base):
    with pytest.raises(NotFound):
        Cell.of(base, ("XX", Layer.POWER), WANTED, years(base, 2028))
