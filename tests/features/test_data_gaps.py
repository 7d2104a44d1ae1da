"""What the models want and the figures lack: computed from the rows, so a figure that comes in closes its hole."""

from datetime import date

import polars as pl
import pytest

from data.catalogue.definitions import CONNECTED, definitions, read_definitions
from data.periods.period import Frequency
from data.store.store import Store
from features.data_gaps import SITE_VINTAGES, TABLES_READ, input_coverage, known_gaps
from features.panel import panel
from features.recipes import RECIPES
from features.view import View

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def store():
    return Store.shipped()


@pytest.fixture(scope="module")
def data_gaps(store):
    return {want.series_id: want for want in input_coverage(View.of(store, as_of=TODAY))}


def labels(want):
    return [period.label for period in want.lacking]


def added(store, like, *, period, freq, published, **changes):
    template = store.observations.filter(pl.col("series_id") == like).tail(1)
    row = template.with_columns(
        pl.lit(period).alias("period"),
        pl.lit(freq).alias("freq"),
        pl.lit(published, dtype=pl.Date).alias("published"),
        pl.lit("actual").alias("kind"),
        pl.lit(1.0).alias("value"),
        *(pl.lit(value).alias(name) for name, value in changes.items()),
    )
    rows = pl.concat([store.observations, row])
    return Store.of(
        rows.drop("retrieved", "private"),
        store.lags,
        site_vintages=store.site_vintages,
        accelerators=store.accelerators,
    )


def test_every_input_of_every_recipe_is_wanted_and_says_by_whom(data_gaps):
    for recipe in RECIPES:
        for name in recipe.inputs:
            if name not in TABLES_READ:
                assert recipe.series_id in data_gaps[name].needed_by


def test_the_levels_the_projection_starts_from_are_wanted(store, data_gaps):
    anchors = panel(View.of(store, as_of=TODAY)).anchors
    assert anchors
    for name in anchors:
        assert "anchors" in data_gaps[name].needed_by


def test_every_known_hole_is_listed_and_open(data_gaps):
    for hole in known_gaps():
        want = data_gaps[hole.series_id]
        assert "known hole" in want.needed_by
        assert want.lacking
        assert not want.met


def test_the_years_the_berkeley_report_prints_as_a_picture_are_missing(data_gaps):
    want = data_gaps["us.datacenter.electricity.lbnl2024"]
    assert labels(want) == ["2017", "2019", "2020", "2021", "2022"]
    assert want.last_period.label == "2023"


def test_irish_quarters_are_counted(data_gaps):
    want = data_gaps["ie.datacenter.electricity"]
    assert want.freq is Frequency.QUARTER
    # 44 quarters from 2015 to 2025, nine of them compiled; half a year after its end none of 2026 is due.
    assert (want.have, len(want.lacking), want.last_period.label) == (9, 35, "2025Q4")
    assert want.filled_by == "cso_mec02"


def test_months_are_expected_up_to_the_release_lag(data_gaps):
    # 60 days before 24 November is 25 September: August is the last month that should be out.
    assert labels(data_gaps["us.electricity.sales.commercial.eia"])[0] == "2025-06"
    assert labels(data_gaps["us.electricity.sales.commercial.eia"])[-1] == "2026-08"


def test_an_edition_is_not_expected_to_be_extended(data_gaps):
    want = data_gaps["world.datacenter.electricity.iea2025"]
    assert labels(want) == ["2021", "2022"]


def test_a_series_without_gaps_is_met(data_gaps):
    want = data_gaps["cn.electricity.generation.total.owid"]
    assert want.met
    assert want.lacking == ()
    assert want.needed_by == ("panel",)


def test_a_figure_that_comes_in_closes_its_hole(store, data_gaps):
    before = labels(data_gaps["us.electricity.sales.commercial.eia"])
    richer = added(
        store, "us.electricity.sales.commercial.eia", period=date(2025, 6, 1), freq="M", published=date(2025, 8, 30)
    )
    after = {want.series_id: want for want in input_coverage(View.of(richer, as_of=TODAY))}[
        "us.electricity.sales.commercial.eia"
    ]
    assert labels(after) == [label for label in before if label != "2025-06"]
    assert after.have == data_gaps["us.electricity.sales.commercial.eia"].have + 1


def test_a_stand_in_counts(store, data_gaps):
    before = labels(data_gaps["cn.electricity.output_month.total.nbs"])
    assert "2026-01" in before
    richer = added(
        store,
        "cn.electricity.output_month.total.nbs",
        period=date(2026, 1, 1),
        freq="M",
        published=date(2026, 3, 1),
        series_id="cn.electricity.generation.total.ember",
    )
    after = {want.series_id: want for want in input_coverage(View.of(richer, as_of=TODAY))}[
        "cn.electricity.output_month.total.nbs"
    ]
    assert "2026-01" not in labels(after)


def test_what_was_published_later_is_not_had(store):
    richer = added(store, "world.hdd.exabytes", period=date(2025, 7, 1), freq="Q", published=date(2026, 12, 1))
    want = {want.series_id: want for want in input_coverage(View.of(richer, as_of=TODAY))}["world.hdd.exabytes"]
    assert "2025Q3" in labels(want)


def test_projections_do_not_close_a_hole(store):
    template = added(store, "world.hdd.exabytes", period=date(2025, 7, 1), freq="Q", published=date(2025, 12, 1))
    last = template.observations.height - 1
    rows = template.observations.with_row_index().with_columns(
        pl.when(pl.col("index") == last).then(pl.lit("projection")).otherwise("kind").alias("kind")
    )
    projected = Store.of(rows.drop("index", "retrieved", "private"), store.lags, site_vintages=store.site_vintages)
    want = {want.series_id: want for want in input_coverage(View.of(projected, as_of=TODAY))}["world.hdd.exabytes"]
    assert "2025Q3" in labels(want)


def test_a_series_that_does_not_exist_is_wanted_since_the_day_models_ask_for(data_gaps):
    want = data_gaps["world.flash.exabytes"]
    assert (want.have, want.last_period, want.filled_by) == (0, None, None)
    assert labels(want)[0] == "2021Q1"


def test_months_without_an_edition_of_the_site_tracker_are_missing(data_gaps):
    want = data_gaps[SITE_VINTAGES]
    assert labels(want) == ["2026-01", "2026-02", "2026-03", "2026-06", "2026-09"]
    assert want.filled_by == "epoch_sites"


def test_nothing_is_expected_before_it_could_be_known(store):
    for want in input_coverage(View.of(store, as_of=date(2024, 6, 30))):
        assert all(period.end < date(2024, 6, 30) for period in want.lacking), want


def test_lacking_periods_ascend_and_are_none_of_those_had(store, data_gaps):
    observed = store.latest(TODAY).filter(pl.col("kind").is_in(["actual", "estimate"]) & pl.col("value").is_not_null())
    for want in data_gaps.values():
        assert list(want.lacking) == sorted(set(want.lacking))
        mine = observed.filter((pl.col("series_id") == want.series_id) & (pl.col("freq") == want.freq.value))
        assert not {period.start for period in want.lacking} & set(mine["period"])


def test_a_series_only_a_refresh_brings_is_filled_by_its_connector():
    for path in CONNECTED.glob("*.csv"):
        assert {one.connector for one in read_definitions([path]).values()} == {path.stem}


@pytest.mark.parametrize(
    ("series_id", "connector"),
    [
        ("us-tx.electricity.netgen.wind.eia", "eia_v2_netgen"),
        ("us.electricity.netgen_annual.coal.eia", "eia_browser"),
        ("us.electricity.price.industrial.eia", "eia_v2_sales"),
        ("us.wind.capacity_additions_planned.eia860m", "eia_860m"),
        ("amd.ai_chips.cumulative_units", "epoch_chip_sales"),
        ("eu.gpu_clusters.tracked_share", "epoch_clusters"),
        ("ie.electricity.generation.wind.owid", "owid_energy"),
        ("alphabet.capex_cash", "sec_facts"),
        ("us.datacenter.construction_spending.real", "census_owid"),
        ("meta.capex_total", None),
        ("world.hdd.exabytes", None),
    ],
)
def test_a_series_is_filled_by_the_connector_of_its_publisher(series_id, connector):
    assert definitions()[series_id].connector == connector
