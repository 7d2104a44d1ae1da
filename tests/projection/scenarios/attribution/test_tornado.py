"""The tornado: each assumption alone at either end of its own band, on the base's numbers."""

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer
from projection.inputs.distributions import Fixed
from projection.inputs.overrides import BASE, Change, Override, Scenario
from projection.scenarios.attribution.answers import attribute
from projection.scenarios.attribution.coalitions import Cell, Difference, parts_of
from projection.scenarios.attribution.tornado import tornado
from projection.scenarios.evaluation import BaseDraws, evaluate

SEED, DRAWS, COUNT = 3, 200, 3
FIRM = ("US", Layer.FIRM)


@pytest.fixture(scope="module")
def base(model_inputs):
    return BaseDraws(model_inputs, seed=SEED, draws=DRAWS)


@pytest.fixture(scope="module")
def cell(base):
    years = [year for year in base.model_inputs.anchors.timeline.years if year.start.year in {2028, 2030}]
    return Cell.of(base, FIRM, DemandConcept.WANTED, years)


@pytest.fixture(scope="module")
def moved(base, cell):
    return tornado(base, cell, count=COUNT)


def test_each_end_is_the_base_with_that_assumption_there(base, cell, moved):
    assert len(moved.moved) == COUNT
    assert np.array_equal(moved.gap, cell.gap(evaluate(base, BASE, [FIRM]).base[FIRM]))
    for one in moved.moved:
        assert one.low < one.high
        for value, gap in ((one.low, one.at_low), (one.high, one.at_high)):
            fixed = Override(one.assumption, Change.SET, Fixed(distribution="fixed", value=value), "test")
            alone = evaluate(base, Scenario("test", (fixed,)), [FIRM]).scenario[FIRM]
            assert np.array_equal(gap, cell.gap(alone))


def test_the_ends_are_those_of_the_band_of_the_assumption(base, moved):
    items = base.model_inputs.assumptions.items
    by_band = [one for one in moved.moved if hasattr(items[one.assumption].spec, "p10")]
    assert by_band
    for one in by_band:
        spec = items[one.assumption].spec
        assert (one.low, one.high) == pytest.approx((spec.p10, spec.p90), rel=1e-5)
        assert one.unit == items[one.assumption].unit


def test_those_that_go_along_with_the_gap_most_are_moved(base, cell, moved):
    sizes = [abs(one.correlation) for one in moved.moved]
    assert sizes == sorted(sizes, reverse=True)
    more = tornado(base, cell, count=COUNT + 1)
    assert [one.assumption for one in more.moved[:COUNT]] == [one.assumption for one in moved.moved]
    for one in moved.moved:
        up = np.median(one.at_high[1]) - np.median(one.at_low[1])
        assert np.sign(up) == np.sign(one.correlation)


def test_bars_stand_beside_the_parts_largest_first(base, cell, moved):
    difference = Difference(BASE, BASE)
    (draws,) = parts_of(base, difference, cell, parts=1)
    answer = attribute(cell, difference, draws, moved)
    assert not answer.groups
    for point in answer.points:
        for split in point.quantities:
            assert not split.parts
            assert split.base == split.value
            swings = [abs(bar.at_high - bar.at_low) for bar in split.bars]
            assert swings == sorted(swings, reverse=True)
            assert len(swings) == COUNT
