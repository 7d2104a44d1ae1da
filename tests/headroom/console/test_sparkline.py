"""A course of values as blocks: order is kept, gaps stay gaps, any finite values are drawn."""

import math
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.base.errors import InvalidParameter
from headroom.console.sparkline import BLOCKS, GAP, LEVEL, sparkline

VALUES = st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), max_size=60)


def test_the_least_value_is_the_lowest_block_and_the_largest_the_highest():
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8) == BLOCKS


def test_gaps_are_spaces():
    assert sparkline([None, 1.0, None, None, 2.0], 9) == f"{GAP}▁{GAP}{GAP}█"


def test_nothing_but_gaps_is_nothing_but_spaces():
    assert sparkline([None, None], 5) == GAP * 2
    assert sparkline([], 5) == ""


@pytest.mark.parametrize("value", [0.0, -3.5, 1e300])
def test_a_constant_series_is_flat(value):
    assert sparkline([value, None, value], 10) == f"{LEVEL}{GAP}{LEVEL}"


def test_more_values_than_room_are_drawn_as_means_of_equal_runs():
    assert sparkline([1, 1, 5, 5, 9, 9], 3) == sparkline([1, 5, 9], 3)
    assert sparkline([0, 2, None, None, 8, 8], 3) == sparkline([1, None, 8], 3)


@given(VALUES, st.integers(1, 80))
@example([sys.float_info.max] * 3, 1)
@example([-sys.float_info.max] * 3, 1)
def test_it_is_as_long_as_the_values_or_the_width_and_drawn_in_blocks_and_gaps(values, width):
    line = sparkline(values, width)
    assert len(line) == min(len(values), width)
    assert set(line) <= {*BLOCKS, GAP}


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_a_larger_value_never_stands_lower(values):
    heights = [BLOCKS.index(block) for block in sparkline(values, len(values))]
    ranked = [height for _, height in sorted(zip(values, heights, strict=True), key=lambda pair: pair[0])]
    assert ranked == sorted(ranked)


@given(VALUES)
def test_gaps_stand_where_values_are_missing(values):
    line = sparkline(values, max(1, len(values)))
    assert [block == GAP for block in line] == [value is None for value in values]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(InvalidParameter, match="finite"):
        sparkline([1.0, value], 5)


@pytest.mark.parametrize("width", [0, -1])
def test_a_line_has_some_width(width):
    with pytest.raises(InvalidParameter, match="width"):
        sparkline([1.0], width)
