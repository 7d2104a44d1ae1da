"""Whether power is the limit is read off joint draws: never from chances of cells taken one by one."""

import numpy as np
import pytest

from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency
from projection.cells.paths import Binding
from projection.edition.limits import limits


@pytest.fixture
def edition(write_edition):
    return write_edition()


def short(edition, region, layer, year):
    cell = edition.cell(region, layer, demand=DemandConcept.BOUGHT)
    return draws_of(edition, cell, "demand", year) > draws_of(edition, cell, "supply", year)


def draws_of(edition, cell, quantity, year):
    (period,) = [period for period in edition.periods(cell, Frequency.YEAR) if period.start.year == year]
    return edition.draws(cell, quantity, [period])[:, 0]


@pytest.mark.parametrize(
    ("region", "layers"),
    [
        ("CN", (Layer.POWER, Layer.ENERGY)),
        ("US", (Layer.POWER, Layer.ENERGY, Layer.FIRM)),
        ("WORLD", (Layer.POWER,)),
    ],
)
def test_power_is_not_the_limit_in_draws_in_which_no_layer_of_it_is_short(edition, region, layers):
    by_year = {limit.period.year: limit for limit in limits(edition, region, scenario="base", freq=Frequency.YEAR)}
    assert sorted(by_year) == list(range(2026, 2036))
    for year in (2027, 2030):
        draws = {layer: short(edition, region, layer, year) for layer in layers}
        limit = by_year[year]
        assert limit.p_short == {layer.value: pytest.approx(draws[layer].mean()) for layer in layers}
        assert limit.p_power_not_limit == pytest.approx((~np.logical_or.reduce(list(draws.values()))).mean())
        codes = draws_of(edition, edition.cell(region, Layer.POWER), "binding", year)
        assert limit.binding == {one.name.lower(): pytest.approx((codes == one).mean()) for one in Binding}


def test_a_balance_that_begins_later_is_not_counted_before_it(edition):
    first, second = limits(edition, "US", scenario="base", freq=Frequency.YEAR)[:2]
    assert "firm" not in first.p_short
    assert "firm" in second.p_short


def test_quarters_are_read_as_quarters(edition):
    assert len(limits(edition, "CN", scenario="base", freq=Frequency.QUARTER)) == 20


@pytest.mark.parametrize("region", ["EU", "US-PJM", "IE", "US-VA"])
def test_a_region_without_supply_of_compute_or_power_has_none(edition, region):
    assert limits(edition, region, scenario="base", freq=Frequency.YEAR) == []
