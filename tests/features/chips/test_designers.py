"""Quantity against quality: designers side by side, from counted figures."""

from datetime import date

import polars as pl
import pytest

from data.store.store import Rule, Store
from features.chips.designers import designers, newest_at_16_bit
from features.view import View

STORE = Store.shipped()


def by_name(day, rule=Rule.STRICT):
    by_vendor = designers(View.of(STORE, as_of=day, rule=rule))
    return {item.name: item for item in by_vendor}


def test_many_small_chips_against_few_large_ones():
    chips = by_name(date(2026, 11, 23))
    nvidia, huawei = chips["nvidia"], chips["huawei_ascend"]
    assert huawei.h100e_per_unit < 1 < nvidia.h100e_per_unit
    assert huawei.watts_per_h100e > nvidia.watts_per_h100e
    assert huawei.units * huawei.h100e_per_unit == pytest.approx(huawei.h100e)
    assert huawei.quarters == nvidia.quarters == 4


def test_a_year_of_sales_is_the_difference_of_what_was_counted():
    rows = STORE.observations.filter(pl.col("series_id") == "huawei_ascend.ai_chips.cumulative_compute").sort("period")
    counted = dict(rows.select("period", "value").iter_rows())
    year = counted[date(2025, 10, 1)] - counted[date(2024, 10, 1)]
    assert by_name(date(2026, 11, 23))["huawei_ascend"].h100e == pytest.approx(year)


def test_an_early_day_knows_fewer_of_them():
    assert set(by_name(date(2023, 12, 31), Rule.AVAILABLE)) == {"nvidia", "google_tpu"}
    assert by_name(date(2023, 12, 31)) == {}


def test_a_chip_that_is_not_specified_yet_changes_nothing():
    newest_before = newest_at_16_bit(STORE.accelerators)
    assert newest_before["nvidia"] < 0.5
    before = newest_at_16_bit(STORE.accelerators.filter(pl.col("chip") != "Rubin"))
    assert before["nvidia"] == 1.0
    assert before["amazon_trainium"] == newest_before["amazon_trainium"]
