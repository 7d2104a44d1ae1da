"""Dated stages of sites, as known on a day."""

from datetime import date

import polars as pl

from data.base.shipped_tables import SCHEMAS, read_table
from data.catalogue.stages import (
    FacilityType,
    SiteStage,
    attribution,
    changes,
    crosswalk,
    edition,
    estimates,
    rates,
    stages,
)

LAST = date(2026, 11, 23)


def test_a_day_knows_no_stage_that_was_first_seen_later():
    early = stages(date(2026, 7, 10))
    assert 0 < early.height < stages(LAST).height
    assert early["first_seen"].max() <= date(2026, 7, 10)
    assert stages(date(2026, 7, 5)).is_empty()


def test_power_plants_and_crypto_mines_are_left_out_unless_asked_for():
    assert stages(LAST)["facility_type"].unique().to_list() == [FacilityType.DATA_CENTER]
    all_stages = stages(LAST, facility=None)
    assert all_stages.height == 1_847
    sites = all_stages.unique("site_id")["facility_type"].value_counts()
    assert dict(sites.iter_rows()) == {"data_center": 901, "crypto_mining": 133, "power_generation": 61}


def test_an_edition_is_replayed_as_it_was_on_its_day():
    counts = read_table("tracker_editions", SCHEMAS["tracker_editions"])
    for day in (date(2026, 7, 6), date(2026, 7, 29), LAST):
        newest = counts.filter(pl.col("edition_date") <= day).sort("edition").row(-1, named=True)
        replayed = edition(day)
        assert replayed.height == newest["sites"]
        assert replayed.filter(pl.col("stage") == SiteStage.PROPOSED).height == newest["proposed"]
    assert edition(date(2026, 7, 5)).is_empty()


def test_no_edition_fills_the_gap_of_july():
    days = read_table("tracker_editions", SCHEMAS["tracker_editions"])["edition_date"]
    assert days.filter(days.is_between(date(2026, 7, 12), date(2026, 7, 28))).is_empty()
    assert edition(date(2026, 7, 28)).equals(edition(date(2026, 7, 11)))
    assert days.max() == date(2026, 8, 22)


def test_seven_changes_of_data_centers_happened_while_somebody_watched():
    watched = changes().filter(pl.col("facility_type") == FacilityType.DATA_CENTER)
    assert watched.height == 21
    assert watched.filter(pl.col("class") == "live").height == 7
    live = stages(LAST, facility=None).filter(pl.col("origin") == "live")
    assert live.height == 7


def test_a_date_says_whether_it_is_the_day_of_the_event():
    rows = stages(LAST, facility=None)
    assert dict(rows["date_basis"].value_counts().iter_rows())["detection"] == 50
    assert rows.filter(pl.col("date_basis") == "none")["stage_date"].null_count() == 528
    # A year stays a year: no month or day is made up.
    years = rows.filter(pl.col("date_precision") == "year")["stage_date"]
    assert years.str.len_chars().unique().to_list() == [4]


def test_proposed_sites_may_be_dead_without_the_tracker_saying_so():
    listed = edition(LAST).filter(pl.col("stage") == SiteStage.PROPOSED)["site_id"]
    stopped = stages(LAST).filter(pl.col("stage").is_in([SiteStage.CANCELLED, SiteStage.DENIED, SiteStage.PAUSED]))
    assert stopped.filter(pl.col("site_id").is_in(listed.implode()))["site_id"].n_unique() == 17


def test_sites_stand_twice_so_that_megawatts_are_not_summed():
    planned = edition(LAST)
    twice = planned.filter(pl.col("site_id").str.contains("helios"))
    assert twice.height == 2
    assert twice["mw_planned"].n_unique() == 2


def test_stages_run_backwards_where_a_running_site_is_extended():
    rows = stages(LAST)
    first = rows.filter(pl.col("stage") == SiteStage.OPERATIONAL).group_by("site_id").agg(pl.col("event").min())
    again = rows.filter(pl.col("stage") == SiteStage.CONSTRUCTION).join(first, on="site_id", suffix="_running")
    assert again.filter(pl.col("event") > pl.col("event_running")).height > 0


def test_everything_carries_the_attribution_its_licence_asks_for():
    rows = stages(LAST, facility=None)
    assert rows["licence"].unique().to_list() == ["CC BY 4.0"]
    assert ["Compute Atlas" in line or "OpenStreetMap" in line for line in attribution(rows)] == [True, True]
    without = attribution(rows.filter(pl.col("cites_osm").is_null()))
    assert not any("OpenStreetMap" in line for line in without)
    assert any("Epoch AI" in line for line in attribution(crosswalk()))
    assert ["NM AI Research" in line and "CC BY 4.0" in line for line in attribution(rates())] == [True]


def test_rates_say_what_they_are_of():
    all_rates = rates()
    assert all_rates.height == 37
    assert set(all_rates["object"]) >= {"generation", "peak forecast"}
    completed = all_rates.row(by_predicate=pl.col("rate_id") == "pjm.gen.completion", named=True)
    assert (completed["value"], completed["object"]) == (0.228, "generation")


def test_estimates_say_how_changes_were_counted():
    cancelled = estimates().filter(pl.col("from") == "proposed", pl.col("to") == "cancelled")
    hazards = dict(cancelled.filter(pl.col("quantity") == "hazard").select("variant", "median").iter_rows())
    assert hazards["dated"] < hazards["recorded"]
