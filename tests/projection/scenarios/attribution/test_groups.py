"""Groups of drivers: every assumption belongs to exactly one."""

import pytest

from data.base.errors import TableCorrupt
from projection.inputs.assumptions import Assumptions
from projection.scenarios import library
from projection.scenarios.attribution.groups import MOST, DriverGroup, group_of, groups, overrides_by_group

NAMES = sorted(Assumptions.shipped().items)


def test_every_assumption_belongs_to_exactly_one_group():
    by_group = [name for group in groups() for name in NAMES if group_of(name) == group]
    assert sorted(by_group) == NAMES


def test_there_are_few_groups_and_none_lists_what_is_no_assumption():
    assert len(groups()) <= MOST
    for group in groups().values():
        for pattern in group.assumptions:
            alone = DriverGroup(title="", words="", assumptions=(pattern,))
            assert any(alone.holds(name) for name in NAMES), pattern


def test_a_name_of_no_group_and_one_of_two_are_refused(monkeypatch):
    with pytest.raises(TableCorrupt, match="magic belongs to no group"):
        group_of("magic")
    both = dict.fromkeys(("one", "two"), DriverGroup(title="", words="", assumptions=("twin*",)))
    monkeypatch.setattr("projection.scenarios.attribution.groups.groups", lambda: both)
    with pytest.raises(TableCorrupt, match="twins belongs to one and two"):
        group_of("twins")


def test_overrides_are_all_there_once_by_group():
    scenario = library.scenario("worst-case", Assumptions.shipped())
    by_group = overrides_by_group(scenario)
    assert sorted(map(repr, scenario.overrides)) == sorted(repr(one) for part in by_group.values() for one in part)
    assert not by_group["efficiency"]
    assert {one.assumption for one in by_group["halls"]} == {
        f"site_slip_rate_{kind}" for kind in ("self_build", "newcomer", "far_self_build", "far_newcomer")
    }
