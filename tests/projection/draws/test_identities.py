"""Comparing two ways of one number, whatever the identity."""

import numpy as np
import pytest

from data.base.errors import ProjectionError
from projection.draws.identities import Identity, hold, worst_by_scenario

IDENTITY = Identity("made_up", "Made up.", 4)


def of(*pairs):
    return [(place, np.array(one, np.float32), np.array(other, np.float32)) for place, one, other in pairs]


def test_two_ways_of_no_size_agree_and_of_opposite_sign_do_not():
    nothing = [0.0, 0.0, 0.0]
    assert hold(IDENTITY, of(("US", nothing, nothing), ("EU", [], []))).compared == 3
    with pytest.raises(ProjectionError, match="for US"):
        hold(IDENTITY, of(("US", nothing, [1e-20] * 3)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_number_that_is_none_holds_nowhere(wrong):
    with pytest.raises(ProjectionError, match=r"identity made_up does not hold for EU: .*allowed \(Made up\.\)"):
        hold(IDENTITY, of(("US", [1.0], [1.0]), ("EU", [2.0, wrong], [2.0, wrong])))


def test_the_worst_of_all_scenarios_is_kept_with_all_that_was_compared():
    sure = hold(IDENTITY, of(("US", [1.0, 2.0], [1.0, 2.0])))
    apart = hold(IDENTITY, of(("CN", [1.0], [1.0 + 2.0**-23])))
    (line,) = worst_by_scenario([("base", [sure]), ("other", [apart])])
    assert (line["scenario"], line["cell"], line["compared"]) == ("other", "CN", 3)
    assert 0 < line["worst"] <= line["tolerance"]
