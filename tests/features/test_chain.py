from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.errors import InvalidParameter, NotFound, UnitMismatch
from data.catalogue.observations import COMPILED
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.chain import PRIOR_SD, chain, join
from features.nowcast.levels import edition_series, levels, us_chain, world_chain
from features.series import ModelSeries
from features.view import View

VIEW = View.of(Store.shipped(), as_of=COMPILED)


def year(number):
    return Period(date(number, 1, 1), Frequency.YEAR)


def series(table, *, name="base", unit="TWh", published=date(2025, 1, 1)):
    return ModelSeries(
        series_id=name, region="US", unit=unit, freq=Frequency.YEAR, periods=tuple(year(n) for n in sorted(table)),
        values=np.array([float(table[n]) for n in sorted(table)]), low=None, high=None, last_published=published,
        rule=Rule.STRICT, sources=(name,), recipe=None, pseudo_vintage=False,
    )  # fmt: skip


def joined(base, other):
    return join(base, other, series_id="derived.x", recipe="splice.x")


def test_the_base_stands_as_published_and_the_other_only_fills_what_it_lacks():
    joined_series = joined(
        series({2020: 100, 2021: 110}), series({2019: 45, 2020: 50, 2021: 55, 2022: 60}, name="other")
    )
    assert joined_series.by_period() == pytest.approx(
        {year(2019): 90, year(2020): 100, year(2021): 110, year(2022): 120}
    )
    assert joined_series.splice_sd[1:3].tolist() == [0, 0]
    assert (joined_series.splice_sd[[0, 3]] > 0).all()
    assert (joined_series.recipe, joined_series.sources) == ("splice.x", ("base", "other"))


def test_the_error_of_a_splice_grows_with_distance_and_with_disagreement():
    smooth = joined(series({2020: 100, 2021: 100}), series(dict.fromkeys(range(2010, 2022), 100), name="other"))
    rough = joined(series({2020: 100, 2021: 100}), series({**dict.fromkeys(range(2010, 2021), 100), 2021: 140}))
    assert (np.diff(smooth.splice_sd[:10]) < 0).all()
    assert (rough.splice_sd[:10] > smooth.splice_sd[:10]).all()


def test_one_overlap_is_as_uncertain_as_publishers_are_apart():
    joined_series = joined(series({2020: 100}), series({2020: 80, 2021: 90}, name="other"))
    # s0^2 (1 + 1/1 + one year)
    assert joined_series.splice_sd[1] == pytest.approx(PRIOR_SD * np.sqrt(3))


@given(st.lists(st.floats(1, 1000), min_size=3, max_size=10), st.floats(0.1, 10))
def test_a_constant_ratio_is_undone_exactly(values, ratio):
    table = dict(enumerate(values, start=2000))
    joined_series = joined(
        series({n: table[n] for n in (2000, 2001)}), series({n: v * ratio for n, v in table.items()})
    )
    assert joined_series.values == pytest.approx(values)


def test_bounds_are_the_eighty_percent_band_of_added_values_only():
    joined_series = joined(series({2020: 100}), series({2020: 80, 2021: 90}, name="other"))
    assert joined_series.low is not None
    assert joined_series.high is not None
    assert np.isnan(joined_series.low[0])
    assert joined_series.high[1] / joined_series.values[1] == pytest.approx(
        np.exp(1.2815515655 * joined_series.splice_sd[1])
    )


def test_errors_add_along_a_chain():
    one, two, three = series({2022: 100}), series({2021: 50, 2022: 50}, name="two"), series({2020: 9, 2021: 10})
    chain_series = chain(one, two, three, series_id="derived.x", recipe="splice.x")
    alone = joined(series({2021: 100}), three)
    assert chain_series.values == pytest.approx([90, 100, 100])
    assert chain_series.splice_sd[0] ** 2 == pytest.approx(alone.splice_sd[0] ** 2 + chain_series.splice_sd[1] ** 2)


def test_units_are_converted_and_what_cannot_be_joined_is_refused():
    assert joined(series({2020: 1}), series({2020: 1000, 2021: 2000}, unit="GWh")).values[1] == pytest.approx(2)
    with pytest.raises(NotFound, match="printed by both"):
        joined(series({2020: 1}), series({2021: 1}))
    with pytest.raises(InvalidParameter, match="logarithms"):
        joined(series({2020: 0}), series({2020: 1}))
    with pytest.raises(UnitMismatch):
        joined(series({2020: 1}), series({2020: 1}, unit="GW"))
    with pytest.raises(InvalidParameter, match="freq"):
        joined(series({2020: 1}), replace(series({2020: 1}), freq=Frequency.QUARTER))


def test_us_electricity_stands_on_lbnl_2026_and_names_what_was_moved():
    chain_series = us_chain(VIEW, recipe="splice.lbnl2026_chain").by_period()
    assert chain_series[year(2024)] == 192.0
    assert chain_series[year(2023)] == pytest.approx(154 * 192 / 183)
    assert chain_series[year(2014)] == pytest.approx(58 * (154 * 192 / 183) / 176)


def test_world_electricity_stands_on_iea_2026_and_on_the_growth_it_prints():
    chain_series = world_chain(VIEW, recipe="splice.iea2026_chain")
    assert chain_series.by_period()[year(2025)] == 485.0
    assert chain_series.by_period()[year(2024)] == pytest.approx(485 / 1.17)
    assert chain_series.splice_sd[-2:].tolist() == [0, 0]
    assert (np.diff(chain_series.splice_sd) <= 0).all()


def test_a_splice_does_not_exist_before_its_base_was_published():
    early = View.of(Store.shipped(), as_of=date(2026, 4, 15))
    for make in (us_chain, world_chain):
        with pytest.raises(NotFound):
            make(early, recipe="x")


def test_every_published_level_is_read_once_and_ranges_widen_it():
    us = {(level.edition.name, level.year.start.year): level for level in levels(VIEW, "US")}
    assert np.exp(us["lbnl2024", 2023].log) == pytest.approx(176)
    assert np.exp(us["epri2026", 2024].log) == pytest.approx(np.sqrt(177 * 192))
    assert us["epri2026", 2024].sd > us["lbnl2026", 2024].sd
    assert len(us) == len(levels(VIEW, "US"))
    with pytest.raises(NotFound, match="CN, US, WORLD"):
        levels(VIEW, "EU")
    with pytest.raises(NotFound, match="lbnl2026"):
        edition_series(VIEW, "US", "lbnl2027")
