"""Shares of growth: since the base year, and of one year alone."""

import numpy as np
import pytest
from drawn_cells import drawn_cells

from data.base.layers import Layer
from projection.base.timeline import Timeline
from projection.cells.paths import Paths
from projection.edition.publish import columns
from projection.electricity import energy

TIMELINE = Timeline(2025)
DRAWS = 300
CN = ("CN", Layer.ENERGY)


@pytest.fixture(scope="module")
def growth_case():
    rng = np.random.default_rng(4)
    quarters = len(TIMELINE.quarters)
    demand = np.cumsum(rng.normal(0.6, 0.4, (DRAWS, quarters)), axis=1) + 30
    growth = np.cumsum(rng.normal(80.0, 60.0, (DRAWS, quarters)), axis=1)
    base = np.full(DRAWS, 110.0)
    paths = Paths(demand=demand, growth=growth, pace=energy.pace(growth), base=base, supply=demand)
    table = drawn_cells({CN: paths, ("WORLD", Layer.COMPUTE): Paths(demand=demand)}, {}, TIMELINE).table
    return columns(table), paths


def test_one_years_share_is_growth_of_demand_over_growth_of_generation(growth_case):
    by_column, paths = growth_case
    demand = np.concatenate([paths.base[:, None], paths.demand.reshape(DRAWS, -1, 4).sum(axis=2)], axis=1)
    generated = np.concatenate([np.zeros((DRAWS, 1)), paths.growth.reshape(DRAWS, -1, 4).mean(axis=2)], axis=1)
    for index, year in enumerate(TIMELINE.years):
        increase, grown = demand[:, index + 1] - demand[:, index], generated[:, index + 1] - generated[:, index]
        share = by_column[f"CN|energy|year_share|A|{year.start}"]
        sound = (grown > 1.0) & (increase > 0)
        assert share[sound] == pytest.approx(np.clip(increase / grown, 0, 1)[sound], abs=1e-3)
        assert (share[increase < -1e-3] == 0).all()
        assert (share[(grown < -1e-3) & (increase > 1e-3)] == 1).all()


def test_the_first_years_share_is_that_since_the_base_year(growth_case):
    by_column, _ = growth_case
    first = TIMELINE.years[0].start
    assert by_column[f"CN|energy|year_share|A|{first}"] == pytest.approx(
        by_column[f"CN|energy|share|A|{first}"], abs=1e-6
    )


def test_no_quarter_has_a_share_of_a_years_growth(growth_case):
    by_column, _ = growth_case
    assert not any(name.startswith("CN|energy|year_share|Q|") for name in by_column)
    assert any(name.startswith("CN|energy|share|Q|") for name in by_column)
