"""Spread of experts' errors, against sums that can be added up by hand."""

import math
from datetime import date

import numpy as np
import pytest

from data.catalogue.citations import citation
from data.store.store import Store
from features.grids.load_errors import all_pairs, spread
from features.view import View
from projection.inputs.expert_errors import EVIDENCE_YEARS, ExpertErrors, Level, Pair, growth, read

LEVEL = Level(sd=0.1, source="hand")
SHIPPED = ExpertErrors.shipped()


def pair(years: float, error: float, *, traced: bool = True) -> Pair:
    """A pair with that log error, its later estimate a bracket around it."""
    later = 100 * math.exp(error)
    return Pair(
        who="-", source="-", published=date(2020, 1, 1), region="US", target=2021, unit="TWh", years=years,
        forecast=100, low=later / 1.2, high=later * 1.2, traced=traced,
    )  # fmt: skip


def test_growth_is_what_squared_errors_leave_beyond_the_level():
    pairs = [pair(1, 0.2), pair(2, -0.5)]
    # (0.04 + 0.25 - 2 x 0.01) / (1 + 4)
    assert growth(pairs, 0.1) == pytest.approx(math.sqrt(0.27 / 5))
    assert growth([pair(1, 0.05)], 0.1) == growth([], 0.1) == 0.0


def test_signs_are_fitted_apart_and_the_wider_of_all_and_traced_is_taken():
    errors = ExpertErrors.of(LEVEL, [pair(1, 0.2), pair(2, 0.2, traced=False), pair(2, -0.5, traced=False)])
    assert errors.growth_up == pytest.approx(math.sqrt(0.03))
    assert errors.growth_down == pytest.approx(math.sqrt(0.24 / 4))
    assert errors.growth == pytest.approx(math.sqrt(0.30 / 9))


def test_shipped_pairs_give_the_growth_of_the_hindcast():
    level, pairs = read()
    assert len(pairs) == 12
    assert sum(item.traced for item in pairs) == 9
    assert growth(pairs, level.sd) == pytest.approx(0.118, abs=0.001)
    assert growth([item for item in pairs if item.traced], level.sd) == pytest.approx(0.129, abs=0.001)
    assert (SHIPPED.growth, SHIPPED.growth_up) == (pytest.approx(0.129, abs=0.001), pytest.approx(0.131, abs=0.001))
    # No traced forecast was too high by more than the level: what is below rests on the two of 2007.
    assert SHIPPED.growth_down == pytest.approx(0.121, abs=0.001)


def test_every_pair_has_a_source_and_was_published_before_its_target_ended():
    for item in read()[1]:
        assert citation(item.source) is not None, item.source
        assert item.low <= item.high
        assert item.published <= date(item.target, 12, 31)


def test_spread_starts_at_nothing_and_grows_with_the_root_after_the_evidence():
    down, up = SHIPPED.sd(np.array([-1.0, 0.0, 1.0, EVIDENCE_YEARS, 4 * EVIDENCE_YEARS]))
    assert down == pytest.approx(SHIPPED.growth_down * np.array([0, 0, 1, 5, 10]))
    assert up == pytest.approx(SHIPPED.growth_up * np.array([0, 0, 1, 5, 10]))


def test_peaks_of_a_grid_stray_the_same_way_and_far_less():
    errors = spread(all_pairs(View.of(Store.shipped(), as_of=date(2026, 11, 23))))
    assert errors is not None
    assert 0 < errors.growth_sd < SHIPPED.growth / 10
