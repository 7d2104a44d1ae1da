"""Whether power is the limit is read off joint draws: never from chances of cells taken one by one."""

import numpy as np
import pytest

from data.base.layers import Layer
from data.periods.period import Frequency
from projection.edition.limits import limits


@pytest.fixture
def edition(write_edition):
    return write_edition()


def short(edition, region, layer, year):
    cell = edition.cell(region, layer)
    (period,) = [period for period in edition.periods(cell, Frequency.YEAR) if period.start.year == year]
    demand, supply = (edition.draws(cell, quantity, [period]) for quantity in ("demand", "supply"))
    return (demand > supply)[:, 0]


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
        assert limit.binding["power"] == pytest.approx(short(edition, region, Layer.COMPUTE, year).mean())


def test_a_balance_that_begins_later_is_not_counted_before_it(edition):
    first, second = limits(edition, "US", scenario="base", freq=Frequency.YEAR)[:2]
    assert "firm" not in first.p_short
    assert "firm" in second.p_short


def test_quarters_are_read_as_quarters(edition):
    assert len(limits(edition, "CN", scenario="base", freq=Frequency.QUARTER)) == 20


@pytest.mark.parametrize("region", ["EU", "US-PJM", "IE", "US-VA"])
def test_a_region_without_supply_of_compute_or_power_has_none(edition, region):
    assert limits(edition, region, scenario="base", freq=Frequency.YEAR) == []
