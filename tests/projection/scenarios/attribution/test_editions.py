"""The difference between two editions by cause: parts and rest sum to it, whatever can be drawn again."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency, Period
from projection.scenarios.attribution.coalitions import Cell
from projection.scenarios.attribution.editions import gap_again, split_editions
from projection.scenarios.attribution.quantities import Quantity
from projection.scenarios.evaluation import BaseDraws
from projection.simulate.conditioning import condition

YEARS = [Period(date(year, 1, 1), Frequency.YEAR) for year in (2028, 2030)]
CAUSES = ("figures", "models", "draws")


def gaps(seed, draws=50):
    return np.random.default_rng(seed).normal(1.0, 10.0, (len(YEARS), draws))


@given(st.integers(0, 9), st.integers(0, len(CAUSES)))
@settings(max_examples=20, deadline=None)
def test_parts_and_rest_sum_to_the_difference_of_every_quantity(seed, count):
    states = {}

    def again(later):
        return states.setdefault(later, gaps([seed, len(states)], draws=40 + 5 * len(states)))

    before, after = gaps([seed, 90]), gaps([seed, 91], draws=70)
    splits = split_editions(YEARS, before, after, causes=CAUSES[:count], rest="code", again=again)
    assert len(states) == 2**count
    assert [(split.period[:4], split.quantity) for split in splits] == [
        (str(year.start.year), quantity) for year in YEARS for quantity in Quantity
    ]
    for split in splits:
        assert list(split.parts) == [*CAUSES[:count], "code"]
        assert sum(split.parts.values()) == pytest.approx(split.difference, abs=1e-12)


def test_what_is_drawn_again_as_it_was_published_leaves_no_rest():
    before, after = gaps(1), gaps(2)
    splits = split_editions(
        YEARS, before, after, causes=("models",), rest="code", again=lambda later: after if later else before
    )
    for split in splits:
        assert split.parts["code"] == 0
        assert split.parts["models"] == split.difference


def test_where_nothing_can_be_drawn_again_all_of_it_is_the_rests():
    for split in split_editions(YEARS, gaps(1), gaps(2), causes=(), rest="models and code", again=None):
        assert split.parts == {"models and code": split.difference}


def test_a_base_drawn_again_is_conditioned_on_its_own_figures(model_inputs):
    seed, draws, key = 3, 60, ("US", Layer.POWER)
    gap = gap_again(model_inputs, key, DemandConcept.WANTED, YEARS, seed=seed, draws=draws)
    positions = condition(model_inputs, seed=seed, draws=draws).positions
    base = BaseDraws(model_inputs, seed=seed, draws=draws, positions=positions)
    cell = Cell.of(base, key, DemandConcept.WANTED, YEARS)
    assert np.array_equal(gap, cell.gap(base.part(0).cell(key)))
    assert gap.shape == (len(YEARS), draws)
