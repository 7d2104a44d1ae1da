"""What the compilers of the figures warn of stands in a definition, a caveat or the figures themselves."""

from datetime import date

import polars as pl
import pytest

from data.base.regions import REGIONS
from data.base.shipped_tables import site_vintages, sites, sources
from data.catalogue.definitions import definitions
from data.catalogue.observations import OBSERVED, read_all

KNOWN = definitions()
ROWS = read_all()


def rows_of(series_id, **where):
    rows = ROWS.filter(pl.col("series_id") == series_id)
    for name, value in where.items():
        rows = rows.filter(pl.col(name) == value)
    return rows


def definition_text(series_id):
    return f"{KNOWN[series_id].definition} {KNOWN[series_id].caveat or ''}"


@pytest.mark.parametrize(
    ("series_id", "words"),
    [
        ("us-pjm.load.large_load_adjustment", "with the load already in the meters (table B-9b"),
        ("us-pjm.load.large_load_adjustment_above_embedded", "above the load already in the meters (table B-9 "),
        ("us-pjm.elcc.storage_4h.final", "as set for the auction"),
        ("us-pjm.elcc.coal.prelim2024", "superseded"),
        ("us-ercot.large_load.queue_tac", "narrower"),
        ("us-ercot.large_load.queue", "more than once"),
        ("us.ercot.large_load_queue", "more than once"),
        ("us-ercot.load.peak_forecast.ltlf2026_preliminary", "never adopted"),
        ("us-ercot.reserve_margin.anticipated.nerc_sra", "never mixed"),
        ("us-ercot.reserve_margin.cdr2025_12", "never mixed"),
        ("us-pjm.reserve_margin.anticipated.nerc_ltra", "never mixed"),
        ("us.total.capacity_planned_by_year.eia860m", "rest of the year alone"),
        ("us.electricity.sales_annual.total.steo", "not consumption"),
        ("cn.electricity.consumption_ytd.internet_data_services.nea", "a floor under the total"),
        ("cn.electricity.consumption_growth_ytd.total.nea", "on 15 July"),
        ("us.datacenter.market_cw.virginia.operational", "colocation and self-build"),
        ("us.datacenter.market_cw.virginia.operational", "the whole state"),
        ("us.datacenter.market.nova.inventory", "Wholesale colocation"),
        ("na.datacenter.under_construction.jll", "North America"),
        ("us.datacenter.construction_cost.cw2026", "A new definition"),
        ("microsoft.capex_guidance", "calendar 2026"),
        ("oracle.capex_guidance", "20 to 25 billion"),
        ("cn.ai_compute.share_of_world.excl_smuggled", "8.9 percent"),
        ("openrouter.weekly_tokens", "Derived from weekly rankings"),
        ("us.datacenter.construction_spending.real", "constant dollars of 2021"),
        ("us.datacenter.grid_wait", "Northern Virginia, Phoenix and Dallas"),
        ("us.datacenter.shell_lease_rent", "no trend"),
        ("us.datacenter.opposition_actions", "overstated"),
    ],
)
def test_a_warning_stands_with_the_series(series_id, words):
    assert words in definition_text(series_id)


def test_metered_load_is_in_b9b_and_not_in_b9():
    at = {"period": date(2030, 1, 1), "scenario": "edition_2026"}
    above = rows_of("us-pjm.load.large_load_adjustment_above_embedded", **at)["value"].item()
    total = rows_of("us-pjm.load.large_load_adjustment", **at)["value"].item()
    assert (round(above / 1000, 1), round(total / 1000, 1)) == (33.7, 38.8)


def test_superseded_ratings_differ_from_those_that_were_set():
    ahead = rows_of("us-pjm.elcc.storage_4h.final")
    assert ahead["kind"].unique().to_list() == ["plan"]
    assert KNOWN["us-pjm.elcc.coal.prelim2024"].edition
    early = rows_of("us-pjm.elcc.coal.prelim2024", period=date(2027, 6, 1))["value"].item()
    assert early != rows_of("us-pjm.elcc.coal.final", period=date(2027, 6, 1))["value"].item()


def test_margins_of_different_reports_are_different_series():
    reports = {name.rsplit(".", 1)[1] for name in KNOWN if name.startswith("us-ercot.reserve_margin.")}
    assert reports == {"nerc_ltra", "nerc_sra", "cdr2025_12"}
    assert rows_of("us-ercot.reserve_margin.anticipated.nerc_sra")["source_id"].n_unique() == 1


def test_quarters_epoch_marks_incomplete_are_no_observations():
    marked = ROWS.filter(
        pl.col("note").str.contains("quarter incomplete in source") & pl.col("published").is_not_null()
    )
    newest = marked.filter(pl.col("source_id") == "epoch_chip_counts_2026_09")
    nvidia = newest.filter(pl.col("series_id").str.starts_with("nvidia."), pl.col("period") == date(2026, 7, 1))
    assert nvidia.height == 4
    assert not set(newest["kind"]) & set(OBSERVED)
    observed = rows_of("nvidia.ai_chips.cumulative_compute").filter(pl.col("kind").is_in(OBSERVED))
    assert observed["period"].max() == date(2026, 4, 1)


def test_the_half_year_of_china_was_published_in_the_middle_of_july():
    half = ROWS.filter(pl.col("metric").str.starts_with("electricity_consumption"), pl.col("source_id") == "nea_2026h1")
    assert half["published"].unique().to_list() == [date(2026, 7, 15)]


def test_weeks_are_months_that_say_they_are_derived():
    assert set(ROWS["freq"]) == {"A", "H", "Q", "M"}
    weeks = rows_of("openrouter.weekly_tokens").sort("period")
    july = weeks.filter(pl.col("period") == date(2026, 7, 1)).row(0, named=True)
    assert july["value"] == pytest.approx((58.0 + 56.8) / 2)
    assert july["note"].startswith(
        "derived: mean of the 2 compiled weeks that begin in the month (2026-07-20, 2026-07-27)"
    )
    assert weeks["kind"].unique().to_list() == ["estimate"]
    assert (weeks["published"] >= weeks["period"].dt.offset_by("1mo")).all()


def test_levels_nobody_can_check_are_no_level_to_start_from():
    for name in ("cn.datacenter.electricity.nea_quoted", "us-miso.datacenter.electricity"):
        assert KNOWN[name].role is None
    assert KNOWN["cn.electricity.consumption_month.internet_data_services.nea"].role is None


def test_the_newest_edition_of_the_tracker_keeps_sites_it_does_not_list():
    # The update lists 32 sites that changed or are new; the others did not vanish.
    vintages = site_vintages()
    before, newest = date(2026, 8, 3), date(2026, 10, 1)
    names = {day: set(vintages.filter(pl.col("vintage") == day)["site"]) for day in (before, newest)}
    assert names[before] < names[newest]
    listed = set(sites().filter(pl.col("source_id") == "epoch_2026_10")["site"])
    for site in names[before] - listed:
        steps = [
            vintages.filter((pl.col("vintage") == day) & (pl.col("site") == site)).drop("vintage")
            for day in (before, newest)
        ]
        assert steps[0].equals(steps[1])


def test_new_regions_have_the_area_they_lie_in():
    parents = {code: REGIONS[code].parent for code in ("US-PJM-DOM", "US-SPP", "US-NYISO", "US-SERC-EAST", "AU", "MY")}
    assert parents == {
        "US-PJM-DOM": "US-PJM",
        "US-SPP": "US",
        "US-NYISO": "US",
        "US-SERC-EAST": "US",
        "AU": "WORLD",
        "MY": "WORLD",
    }


def test_midpoints_and_chart_readings_say_so():
    ranges = rows_of("us.diesel_genset_1500_3000kw.lead_time.terrapin")
    assert ranges["note"].str.contains("midpoint").all()
    assert rows_of("us-miso.load.energy_forecast")["note"].str.contains("chart").any()


def test_a_source_names_the_three_markets_of_its_wait():
    title = sources().filter(pl.col("source_id") == "dominion_wait")["title"].item()
    assert title == "Interconnection wait in Northern Virginia, Phoenix and Dallas (as cited)"
