from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.errors import InvalidParameter
from data.base.shipped_tables import site_vintages, sites
from data.catalogue.definitions import Role, by_role, definitions, family_of
from data.catalogue.forms import Form
from data.catalogue.observations import COMPILED, OBSERVED
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.chips.capex import HYPERSCALERS
from features.chips.shipments import DESIGNERS, increments
from features.flows import JOINED, form_of
from features.panel import forecastable, panel, totals
from features.recipes import DRIVERS, RECIPES, flows
from features.sites.sites import located, tracked
from features.storage.disks import all_makers_exabytes
from features.view import View

SHIPPED = Store.shipped()
PANEL = panel(View.of(SHIPPED, as_of=COMPILED))
VIEW = View.of(SHIPPED, as_of=COMPILED)
ALL = forecastable(View.of(SHIPPED, as_of=COMPILED))
ADDED = totals(View.of(SHIPPED, as_of=COMPILED))


def quarter(year, number):
    return Period(date(year, 3 * number - 2, 1), Frequency.QUARTER)


def year(number):
    return Period(date(number, 1, 1), Frequency.YEAR)


def test_every_driver_is_there_and_named():
    expected = {recipe.series_id for recipe in DRIVERS} | set(by_role(Role.DRIVER))
    assert set(PANEL.series) == expected
    assert PANEL.missing == {}
    names = {recipe.series_id: recipe.name for recipe in DRIVERS}
    assert {name: PANEL.series[name].recipe for name in names} == names


def test_a_driver_that_cannot_be_made_says_why():
    early = panel(View.of(SHIPPED, as_of=date(2024, 1, 1)))
    assert "derived.us.tracked_site_power" in early.missing
    assert early.missing["derived.us.tracked_site_power"]
    assert set(early.series) | set(early.missing) == set(PANEL.series)


def test_a_panel_holds_the_regions_asked_for():
    chinese = panel(View.of(SHIPPED, as_of=COMPILED), regions=("CN",))
    assert {series.region for series in (*chinese.series.values(), *chinese.anchors.values())} == {"CN"}
    assert "eu.electricity.generation.total.owid" in panel(View.of(SHIPPED, as_of=COMPILED), regions=("EU",)).series


@pytest.mark.parametrize("designer", DESIGNERS)
def test_flows_are_the_publishers_own_quarters(designer):
    flow = PANEL.series[f"derived.{designer}.h100e_flow"].by_period()
    printed = VIEW.read(f"{designer}.ai_chips.quarterly_compute").by_period()
    assert flow == pytest.approx(printed, abs=0.01)


def test_the_first_cumulative_figure_is_sales_only_where_counting_starts_in_it():
    first = quarter(2022, 4)
    assert VIEW.read("google_tpu.ai_chips.cumulative_compute").periods[0] == first
    assert first not in increments(VIEW, "google_tpu", "compute")
    assert VIEW.read("nvidia.ai_chips.cumulative_compute").periods[0] in increments(VIEW, "nvidia", "compute")
    for designer in DESIGNERS:
        assert set(increments(VIEW, designer, "power")) == set(increments(VIEW, designer, "compute"))
    with pytest.raises(InvalidParameter, match="compute, power"):
        increments(VIEW, "nvidia", "money")


def test_flows_carry_no_bounds_since_percentiles_do_not_subtract():
    assert VIEW.read("nvidia.ai_chips.cumulative_compute").low is not None
    flow = PANEL.series["derived.nvidia.h100e_flow"]
    assert flow.low is None
    assert flow.high is None


def test_one_cumulative_figure_is_no_quarter_of_sales_and_breaks_no_panel():
    name = "google_tpu.ai_chips.cumulative_compute"
    first = VIEW.read(name).periods[0].start
    rows = SHIPPED.observations.filter((pl.col("series_id") != name) | (pl.col("period") == first))
    chip_panel = panel(View.of(replace(SHIPPED, observations=rows), as_of=COMPILED))
    assert "one cumulative figure" in chip_panel.missing["derived.google_tpu.h100e_flow"]


def test_world_flow_never_mixes_dates():
    world = PANEL.series["derived.world.h100e_flow"]
    assert PANEL.series["derived.nvidia.h100e_flow"].last == quarter(2026, 2)
    assert world.last == quarter(2025, 4)
    assert world.periods[0] == quarter(2024, 1)
    parts = [PANEL.series[f"derived.{name}.h100e_flow"].by_period()[quarter(2025, 4)] for name in DESIGNERS]
    assert world.by_period()[quarter(2025, 4)] == pytest.approx(sum(parts))


def test_sixteen_bit_clusters_enter_no_recipe():
    assert [recipe.name for recipe in RECIPES for name in recipe.inputs if "gpu_clusters" in name] == []


def test_capex_stops_where_amazon_turns_net_and_reads_metas_total():
    capex = PANEL.series["derived.world.hyperscaler_capex"]
    assert (capex.periods[0], capex.last) == (quarter(2019, 3), quarter(2026, 1))
    assert capex.gaps == ()
    assert capex.values[-1] == pytest.approx(44.203 + 30.876 + 35.674 + 19.84)
    assert not {"meta.capex_cash", "amazon.capex_cash_net"} & set(HYPERSCALERS)


def test_meta_cash_alone_has_holes():
    assert len(VIEW.read("meta.capex_cash").gaps) > len(VIEW.read("meta.capex_cash"))


def test_generation_is_twelve_months_in_terawatt_hours():
    generation = PANEL.series["derived.us.electricity.generation_year"]
    assert generation.unit == "TWh"
    assert (generation.periods[0], generation.last) == (year(1973), year(2024))
    assert generation.gaps == ()
    rows = SHIPPED.observations.filter(
        (pl.col("series_id") == "us.electricity.netgen.total.eia") & (pl.col("period").dt.year() == 2024)
    )
    assert generation.values[-1] == pytest.approx(rows["value"].sum() / 1000)


def test_an_unfinished_year_is_no_year():
    assert year(2025) not in PANEL.series["derived.us.electricity.generation_year"].by_period()


def test_disks_are_two_makers_in_quarters_with_both():
    disks = PANEL.series["derived.world.hdd_exabytes"]
    assert disks.by_period()[quarter(2026, 1)] == 199.0 + 222.0
    assert quarter(2024, 3) in disks.gaps
    assert disks.periods[0] == quarter(2022, 2)


def test_site_power_is_what_the_tracker_itself_observed():
    # The tracker's own sums are of its edition of August.
    power = panel(View.of(SHIPPED, as_of=date(2026, 9, 30))).series["derived.us.tracked_site_power"]
    printed = VIEW.read("us.ai_datacenter.tracked_facility_power")
    by_period = power.by_period()
    assert {period: by_period[period] for period in printed.periods} == pytest.approx(printed.by_period())
    assert power.last.end <= power.last_published == date(2026, 8, 3)


@pytest.mark.parametrize("vintage", sorted(site_vintages()["vintage"].unique().to_list()))
def test_site_power_sees_one_vintage_and_nothing_after_its_day(vintage):
    power = panel(View.of(SHIPPED, as_of=vintage)).series["derived.us.tracked_site_power"]
    assert power.last_published == vintage
    assert power.last.end <= vintage
    assert power.last.shift(1).end > vintage


def test_refreshed_vintages_are_read_at_once():
    newest = SHIPPED.site_vintages.filter(pl.col("vintage") == pl.col("vintage").max())
    later = newest.with_columns(pl.lit(date(2026, 10, 5)).alias("vintage"), pl.col("facility_mw") * 2)
    refreshed = replace(SHIPPED, site_vintages=pl.concat([SHIPPED.site_vintages, later]))
    chip_panel = panel(View.of(refreshed, as_of=COMPILED)).series["derived.us.tracked_site_power"]
    assert chip_panel.last_published == date(2026, 10, 5)
    assert chip_panel.values[-1] >= 2 * PANEL.series["derived.us.tracked_site_power"].values[-1]


def test_every_site_of_a_shipped_vintage_stands_in_a_region():
    regions = tracked()["region"].unique().to_list()
    names = set().union(*(located(region) for region in regions))
    assert set(SHIPPED.site_vintages["site"]) <= names


def test_all_makers_disks_stand_on_trendfocus():
    exabytes = all_makers_exabytes(VIEW, recipe="splice.trendfocus_two_makers")
    assert exabytes.by_period()[quarter(2024, 1)] == 262.0
    assert exabytes.by_period()[quarter(2025, 1)] == pytest.approx(364.4, rel=0.05)  # what Coughlin prints
    assert exabytes.splice_sd[-1] > exabytes.splice_sd[-2] > 0


def test_announced_sites_are_never_added_to_tracked_ones():
    announced = sites().filter(pl.col("status") == "announced")
    assert announced.height > 0
    assert announced.filter(pl.col("source_id").str.starts_with("epoch")).is_empty()
    without = PANEL.series["derived.us.tracked_site_power"]
    tracked = site_vintages().filter((pl.col("vintage") == date(2026, 10, 1)) & (pl.col("date") <= date(2026, 9, 30)))
    levels = tracked.sort("site", "date").group_by("site").agg(pl.col("facility_mw").drop_nulls().last())
    assert without.values[-1] <= levels["facility_mw"].sum()


def test_the_last_vintage_of_guidance_wins_and_none_is_averaged():
    assert VIEW.planned("alphabet.capex_guidance")[year(2026)] == 200.0
    assert VIEW.planned("microsoft.capex_guidance")[year(2026)] == 175.0
    spring = View.of(SHIPPED, as_of=date(2026, 5, 1))
    assert spring.planned("meta.capex_guidance")[year(2026)] == 135.0
    assert View.of(SHIPPED, as_of=date(2025, 1, 1)).planned("meta.capex_guidance") == {}


def test_publishers_of_data_center_electricity_stay_apart():
    anchors = PANEL.anchors
    assert anchors["us.datacenter.electricity.lbnl2024"].by_period()[year(2023)] == 176.0
    assert anchors["us.datacenter.electricity.iea2025"].by_period()[year(2023)] == pytest.approx(154, abs=1)
    assert all(anchor.series_id == name for name, anchor in anchors.items())


def test_every_series_of_eight_periods_is_fitted_or_added_up():
    rows = SHIPPED.observations.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    counted = rows.group_by("series_id", "freq").agg(pl.col("period").n_unique()).filter(pl.col("period") >= 8)
    long = {name for name in counted["series_id"] if form_of(name) is not Form.GROWTH and family_of(name) is None}
    assert len(ALL) > 200
    assert len(ADDED) > 40
    assert long - set(flows()) <= set(ALL) | set(ADDED)
    assert not set(ALL) & set(ADDED)
    assert set(ALL) - long <= set(flows())
    assert all(form_of(name) is None for name in ALL)


def test_a_product_is_left_to_its_family():
    products = [name for name in definitions() if family_of(name) is not None]
    assert "nvidia.h100.units" in products
    assert not set(products) & (set(ALL) | set(ADDED))
    assert "nvidia.ai_chips.quarterly_units" in ALL


def test_no_expectation_stands_among_the_observed():
    observed = SHIPPED.observations.filter(pl.col("kind").is_in(OBSERVED))
    observed_keys = set(observed.select("series_id", "freq", "period").iter_rows())
    for series in (ALL | ADDED).values():
        if series.recipe == JOINED or series.series_id.startswith("derived."):
            continue
        assert {(series.series_id, period.freq.value, period.start) for period in series.periods} <= observed_keys


def test_a_fiscal_year_keeps_its_first_month():
    assert {period.start.month for period in ALL["oracle.capex_cash_year"].periods} == {6}
    assert ALL["oracle.capex_cash_year"].last.label == "FY2025-06"


@pytest.mark.parametrize(
    ("series_id", "points", "recipe"),
    [
        ("us.electricity.netgen.total.eia", 633, "splice.one_definition"),
        ("alphabet.capex_cash", 58, "splice.one_definition"),
        ("tsmc.hpc_share", 16, "splice.one_definition"),
        ("us.datacenter.construction_spending.saar", 152, None),
        ("world.electricity.generation.total.owid", 26, None),
    ],
)
def test_what_was_read_together_is_named(series_id, points, recipe):
    assert len(ALL[series_id]) == points
    assert ALL[series_id].recipe == recipe
    assert (len(ALL[series_id].sources) == 1) is (recipe is None)


@settings(max_examples=settings.default.max_examples // 4)
@given(st.dates(date(2012, 1, 1), date(2027, 1, 1)), st.sampled_from(Rule))
def test_a_model_sees_nothing_of_the_day_after(day, rule):
    visible = SHIPPED.as_of(day, rule=rule)
    visible_keys = set(visible.select("series_id", "freq", "period").iter_rows())
    for series in forecastable(View.of(SHIPPED, as_of=day, rule=rule)).values():
        assert len(series) >= (7 if series.series_id in flows() else 8)
        assert series.last_published <= day
        if series.recipe != JOINED and not series.series_id.startswith("derived."):
            assert all((series.series_id, series.freq.value, period.start) in visible_keys for period in series.periods)
        assert np.isfinite(series.values).all()
        assert series.pseudo_vintage is False or rule is Rule.AVAILABLE
