"""Levers: few, neutral where they do nothing, and refused outside the range that was tested."""

import pytest

from data.base.errors import InvalidParameter
from projection.scenarios.levers import MOST, levers, scenario
from projection.scenarios.resolution import check_sizes

SETTINGS = [(name, end) for name, lever in levers().items() for end in lever.range]


def test_there_are_at_most_eight_and_each_says_why_its_range_ends_there():
    assert 1 <= len(levers()) <= MOST
    assert all(len(lever.evidence) > 40 for lever in levers().values())


def test_neutral_settings_are_the_base():
    assert not scenario({name: lever.neutral for name, lever in levers().items()}).overrides


@pytest.mark.parametrize(("name", "value"), SETTINGS)
def test_the_whole_range_is_allowed_and_moves_assumptions(model_inputs, name, value):
    lever = levers()[name]
    set_there = scenario({name: value})
    check_sizes(set_there, model_inputs.assumptions)
    assert {effect.assumption for effect in lever.effects} <= set_there.changed or value == lever.neutral
    assert set_there.changed <= model_inputs.assumptions.items.keys()


@pytest.mark.parametrize(
    ("settings", "path", "allowed"),
    [({"nuclear": 41.0}, "levers.nuclear", "0 to 40"), ({"magic": 1.0}, "levers.magic", "nuclear"),
     ({"nuclear": float("nan")}, "levers.nuclear", "0 to 40")],
)  # fmt: skip
def test_what_is_outside_is_refused_by_its_path(settings, path, allowed):
    with pytest.raises(InvalidParameter) as caught:
        scenario(settings)
    assert caught.value.parameter == path
    assert allowed in caught.value.allowed
