"""How old the newest period of every driver is, and which are stale."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.base.layers import Layer
from data.store.store import Store
from features.driver_ages import driver_ages, drivers_of, stale_words
from features.panel import panel
from features.view import View
from projection.cells.cells import VERDICTS, Status

SHIPPED = Store.shipped()
DAY = date(2026, 11, 23)
KNOWN = {age.series_id: age for age in driver_ages(View.of(SHIPPED, as_of=DAY))}
SALES = "us.electricity.sales.residential.eia"


def test_an_age_counts_from_the_end_of_the_newest_period():
    sales = KNOWN[SALES]
    assert (sales.period.label, sales.published) == ("2025-05", date(2025, 7, 30))
    assert sales.age_days == (DAY - date(2025, 5, 31)).days == 541


def test_what_is_told_ahead_is_as_old_as_its_publication():
    auction = KNOWN["us-pjm.capacity_auction.shortfall"]
    assert auction.period.start > DAY
    assert auction.age_days == (DAY - auction.published).days == 132


def test_official_months_and_quarters_grow_stale_and_nothing_else_does():
    stale = {name for name, age in KNOWN.items() if age.stale}
    assert SALES in stale
    assert "us.electricity.netgen.total.eia" in stale
    assert "ie.datacenter.electricity" in stale
    for age in KNOWN.values():
        limit = {"M": 120, "Q": 200}.get(age.period.freq.value)
        assert age.stale is (age.official and limit is not None and age.age_days > limit)


def test_an_estimate_is_not_official_and_never_stale():
    flow = KNOWN["derived.huawei_ascend.h100e_flow"]
    assert flow.age_days > 200
    assert not flow.official
    assert not flow.stale


@pytest.mark.parametrize(("day", "stale"), [(date(2025, 9, 28), False), (date(2025, 9, 29), True)])
def test_a_month_is_stale_from_the_day_after_120(day, stale):
    ages = {age.series_id: age for age in driver_ages(View.of(SHIPPED, as_of=day))}
    assert (ages[SALES].age_days, ages[SALES].stale) == (121 if stale else 120, stale)


def test_a_day_knows_no_period_that_was_published_later():
    early = {age.series_id: age for age in driver_ages(View.of(SHIPPED, as_of=date(2026, 8, 10)))}
    assert early["derived.us.tracked_site_power"].period.label == "2026Q2"
    assert KNOWN["derived.us.tracked_site_power"].period.label == "2026Q3"
    assert all(age.published <= date(2026, 8, 10) for age in early.values())


def test_a_driver_the_day_does_not_know_is_left_out():
    rows = SHIPPED.observations.filter(pl.col("series_id") != SALES)
    without = driver_ages(View.of(replace(SHIPPED, observations=rows), as_of=DAY))
    assert {age.series_id for age in without} == KNOWN.keys() - {SALES}


def test_every_derived_driver_of_the_panel_has_an_age():
    # The rest of the panel are sums of what is listed.
    sums = {"derived.world.h100e_flow", "derived.us.electricity.generation_year"}
    assert panel(View.of(SHIPPED, as_of=DAY)).series.keys() - sums <= KNOWN.keys()


def test_every_cell_that_is_answered_rests_on_a_driver():
    for (region, layer), cell_status in VERDICTS.items():
        if cell_status.status is not Status.UNAVAILABLE:
            assert drivers_of(region, layer) & KNOWN.keys(), (region, layer)
    assert drivers_of("US", Layer.STORAGE) == {"derived.world.hyperscaler_capex"}


def test_a_sentence_names_series_period_and_age():
    sentences = stale_words([age.document() for age in KNOWN.values()])
    assert f"{SALES} ends with 2025-05, 541 days before the day of the figures." in sentences
    assert len(sentences) == sum(age.stale for age in KNOWN.values())
