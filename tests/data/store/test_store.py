from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.errors import NotFound
from data.catalogue.observations import COLUMNS, COMPILED, KEY, OBSERVED
from data.periods.period import Frequency, Period
from data.store.store import VINTAGE_KEY, Rule, Store

SHIPPED = Store.shipped()
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))
RULES = st.sampled_from(Rule)


def row(**fields):
    facts = {
        "series_id": "us.thing", "region": "US", "metric": "thing", "unit": "GW", "freq": "Q",
        "period": date(2024, 1, 1), "value": 1.0, "low": None, "high": None, "kind": "actual", "scenario": "",
        "source_id": "a", "published": date(2024, 5, 1), "confidence": "primary", "note": "", "table": "energy",
    }  # fmt: skip
    return facts | fields


def store(*rows, lags=()):
    schema = {**COLUMNS, "table": pl.String}
    return Store.of(
        pl.DataFrame(list(rows), schema=schema, orient="row"),
        pl.DataFrame(list(lags), schema={"source_id": pl.String, "release_lag_days": pl.Int64}, orient="row"),
    )


@given(DAYS)
def test_strictly_nothing_is_seen_before_it_was_published(day):
    visible = SHIPPED.as_of(day)
    assert visible.filter(pl.col("published").fill_null(COMPILED) > day).is_empty()
    hidden = SHIPPED.observations.height - visible.height
    assert SHIPPED.observations.filter(pl.col("published").fill_null(COMPILED) > day).height == hidden


@given(DAYS, DAYS, RULES)
def test_what_was_known_stays_known(first, second, rule):
    earlier, later = sorted((first, second))
    before, after = SHIPPED.as_of(earlier, rule=rule), SHIPPED.as_of(later, rule=rule)
    assert before.join(after, on=KEY, how="anti", nulls_equal=True).is_empty()


@given(DAYS)
def test_a_lagged_row_is_never_seen_before_its_period_and_lag_are_over(day):
    lags = dict(SHIPPED.lags.iter_rows())
    visible = SHIPPED.as_of(day, rule=Rule.AVAILABLE)
    lagged = visible.filter(pl.col("source_id").is_in(list(lags)) & pl.col("kind").is_in(OBSERVED))
    for source, freq, period in lagged.select("source_id", "freq", "period").unique().iter_rows():
        assert Period(period, Frequency(freq)).end + timedelta(days=lags[source]) <= day


@given(DAYS, RULES)
def test_the_latest_is_one_row_a_figure_and_none_is_newer(day, rule):
    latest = SHIPPED.latest(day, rule=rule)
    assert latest.select(VINTAGE_KEY).is_duplicated().sum() == 0
    all_rows = SHIPPED.as_of(day, rule=rule)
    newest = all_rows.group_by(VINTAGE_KEY).agg(pl.col("published").fill_null(COMPILED).max())
    best = latest.select(*VINTAGE_KEY, pl.col("published").fill_null(COMPILED))
    assert best.sort(VINTAGE_KEY).equals(newest.sort(VINTAGE_KEY))


def test_the_day_of_publication_counts():
    figures = store(row())
    assert figures.as_of(date(2024, 4, 30)).height == 0
    assert figures.as_of(date(2024, 5, 1)).height == 1


def test_a_blank_day_counts_as_the_day_of_compilation():
    figures = store(row(published=None))
    assert figures.as_of(COMPILED - timedelta(days=1)).is_empty()
    assert figures.as_of(COMPILED).height == 1


def test_a_release_lag_replaces_the_day_of_retrieval():
    figures = store(row(published=date(2025, 7, 30)), lags=[("a", 60)])
    first = date(2024, 3, 31) + timedelta(days=60)
    assert figures.as_of(first - timedelta(days=1), rule=Rule.AVAILABLE).is_empty()
    assert figures.as_of(first, rule=Rule.AVAILABLE).height == 1
    assert figures.as_of(first).is_empty()


def test_a_projection_of_a_lagged_source_keeps_its_own_day():
    figures = store(row(kind="projection", period=date(2030, 1, 1)), lags=[("a", 60)])
    assert figures.as_of(date(2024, 5, 1), rule=Rule.AVAILABLE).height == 1


def test_an_auction_cleared_years_ahead_is_seen_on_the_day_it_cleared():
    auctions = SHIPPED.as_of(date(2025, 12, 17)).filter(pl.col("series_id") == "us-pjm.capacity_auction.price")
    assert date(2027, 6, 1) in auctions["period"].to_list()


def test_every_vintage_is_kept_and_the_last_wins():
    figures = store(row(), row(value=2.0, published=date(2024, 8, 1)))
    assert figures.as_of(date(2024, 12, 1)).height == 2
    assert figures.latest(date(2024, 12, 1))["value"].to_list() == [2.0]
    assert figures.latest(date(2024, 6, 1))["value"].to_list() == [1.0]


def test_sales_retrieved_in_one_day_are_unseen_before_it():
    sales = "us.electricity.sales.total.eia"
    assert SHIPPED.as_of(date(2025, 7, 29)).filter(pl.col("series_id") == sales).is_empty()
    lagged = SHIPPED.as_of(date(2025, 7, 29), rule=Rule.AVAILABLE).filter(pl.col("series_id") == sales)
    assert lagged["period"].max() == date(2025, 4, 1)


def test_the_hash_tells_what_was_known():
    figures = store(row(), row(value=2.0, published=date(2024, 8, 1)))
    assert figures.sha256(date(2024, 6, 1)) == store(row()).sha256(date(2024, 12, 1))
    assert figures.sha256(date(2024, 6, 1)) != figures.sha256(date(2024, 12, 1))


@pytest.mark.parametrize("table", ["observations", "site_vintages", "accelerators", "lags"])
def test_a_row_more_in_any_table_changes_the_hash(table):
    rows = getattr(SHIPPED, table)
    longer = replace(SHIPPED, **{table: pl.concat([rows, rows.tail(1)])})
    assert longer.sha256(COMPILED) != SHIPPED.sha256(COMPILED)


def test_site_steps_of_a_later_vintage_leave_the_hash_of_a_day():
    steps = SHIPPED.site_vintages
    later = steps.tail(1).with_columns(pl.lit(date(2027, 1, 1)).alias("vintage"))
    longer = replace(SHIPPED, site_vintages=pl.concat([steps, later]))
    assert longer.sha256(COMPILED) == SHIPPED.sha256(COMPILED)
    assert longer.sha256(date(2027, 1, 1)) != SHIPPED.sha256(date(2027, 1, 1))


def test_an_unknown_series_is_answered_with_close_ones():
    with pytest.raises(NotFound) as error:
        SHIPPED.series("us.datacentre.electricity")
    assert "us.datacenter.electricity" in error.value.remedy


def test_a_series_with_two_frequencies_says_so():
    info = SHIPPED.series("ie.datacenter.electricity")
    assert (info.freqs, info.unit) == (("Q", "A"), "GWh / TWh")
    assert info.observed["Q"] == 9


def test_the_catalogue_narrows_by_region_metric_and_kind():
    catalogue = SHIPPED.catalogue()
    assert len(catalogue.list()) == 1_705
    listed = catalogue.list(region="CN", metric="tdp", kind="estimate")
    assert [info.series_id for info in listed] == [
        "cambricon.ai_chips.cumulative_power",
        "huawei_ascend.ai_chips.cumulative_power",
    ]


@pytest.mark.parametrize(
    "series_id",
    [
        "world.ai_accelerators.production.nvidia_rubin.itk",
        "wdc.hdd.nearline_exabytes",
        "us.datacenter.construction_spending.real",
        "us.datacenter.market.atlanta.inventory",
        "us.gpu_clusters.tracked_share",
        "africa.datacenter.electricity.iea2025",
        "openai.oracle.compute_commitment",
        "oracle.rpo",
        "cn.nuclear.under_construction.units.press",
    ],
)
def test_what_is_distrusted_says_why(series_id):
    assert SHIPPED.series(series_id).distrust


@pytest.mark.parametrize("series_id", ["us.datacenter.construction_spending.saar", "nvidia.datacenter.revenue"])
def test_most_series_are_not_distrusted(series_id):
    assert SHIPPED.series(series_id).distrust is None
