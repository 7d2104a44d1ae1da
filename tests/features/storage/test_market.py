"""Storage beside the draws: a balance of directions, figures by definition, growth of stored data, all as of a day."""

from datetime import date

import numpy as np
import pytest

from data.store.store import Rule, Store
from features.storage.market import SHIPMENTS, facts, market, newest
from features.storage.stored_data import stored_data_paths
from features.view import View

STORE = Store.shipped()
TODAY = date(2026, 11, 23)


def view(day=TODAY):
    return View.of(STORE, as_of=day, rule=Rule.STRICT)


def test_lead_times_and_prices_tell_a_direction_with_source_and_day():
    gauges = market(view())
    assert gauges.index == 1.0
    assert gauges.groups == {"lead_time": 1.0, "disk_price": 1.0, "flash_price": 1.0}
    by_series = {reading.fact.series_id: reading for reading in gauges.readings}
    lead = by_series["world.hdd.nearline_lead_time"]
    assert (lead.against.value, lead.fact.value, lead.fact.unit) == (52.0, 104.0, "weeks")
    # Another publisher's figure is compared with, and it is named.
    assert (lead.against.source, lead.fact.source) == ("trendforce_2025", "digitimes_2025")
    assert by_series["wdc.hdd.price_per_eb_growth"].direction == 1
    for reading in gauges.readings:
        assert reading.fact.source
        assert reading.fact.published <= TODAY


def test_a_level_without_one_before_and_an_old_figure_stay_out_of_the_index():
    by_series = {reading.fact.series_id: reading for reading in market(view()).readings}
    allocated = by_series["seagate.hdd.supply_allocated_until"]
    assert (allocated.direction, allocated.counts) == (None, False)
    revenue = by_series["seagate.hdd.revenue_per_tb"]
    assert (revenue.direction, revenue.counts) == (-1, False)


def test_a_past_day_reads_what_it_knew():
    # Before lead times were told, Seagate's revenue per terabyte had fallen.
    gauges = market(view(date(2025, 8, 1)))
    assert [reading.fact.series_id for reading in gauges.readings] == ["seagate.hdd.revenue_per_tb"]
    assert gauges.index == -1.0
    later = market(view(date(2025, 10, 1)))
    lead = next(reading for reading in later.readings if reading.group == "lead_time")
    assert (lead.fact.value, lead.direction, lead.counts) == (52.0, None, False)


def test_a_day_without_a_gauge_has_no_index():
    gauges = market(view(date(2020, 1, 1)))
    assert (gauges.index, gauges.groups, gauges.readings) == (None, {}, ())


def test_definitions_and_publishers_stand_side_by_side():
    newest_facts = newest(facts(view(), SHIPMENTS))
    nearline = [fact for fact in newest_facts if fact.series_id == "seagate.hdd.nearline_exabytes"]
    assert {fact.source for fact in nearline} == {"trendfocus", "coughlin", "seagate"}
    assert len({(fact.series_id, fact.source, fact.period.freq) for fact in newest_facts}) == len(newest_facts)
    year = newest(facts(view(), SHIPMENTS), each=4)
    shipments = [
        fact.period.start.isoformat() for fact in year if (fact.series_id, fact.source) == ("wdc.hdd.exabytes", "wdc")
    ]
    assert shipments == ["2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01"]
    places = [SHIPMENTS.index(fact.series_id) for fact in newest_facts]
    assert places == sorted(places)
    assert all(fact.published <= date(2024, 1, 1) for fact in facts(view(date(2024, 1, 1)), SHIPMENTS))


def test_stored_data_grows_at_each_definitions_own_rate():
    paths = {path.edition: path for path in stored_data_paths(view())}
    assert paths["world.storagesphere.installed"].rate == pytest.approx(np.log(16.1 / 6.7) / 5)
    assert paths["world.datasphere.created"].rate == pytest.approx(np.log(180.7 / 64.2) / 5)
    # One edition gave one year each: two years of different editions are no rate.
    assert stored_data_paths(view(date(2021, 1, 1))) == []
