"""The pipeline of sites that is projected is the tracker itself."""

from datetime import date

import polars as pl
import pytest

from data.base.shipped_tables import site_vintages, sites
from features.sites.pipeline import placeholder_halfwidth
from features.sites.sites import tracker_facts


def test_pipeline_is_the_tracker_itself(anchors):
    plans = anchors.pipeline_us
    located = sites().filter(pl.col("region") == "US")["site"].unique()
    newest = plans[0].edition
    rows = site_vintages().filter((pl.col("vintage") == newest) & pl.col("site").is_in(located.implode()))
    for day in (date(2025, 12, 31), newest, date(2027, 3, 1), date(2031, 12, 31)):
        printed = rows.filter(pl.col("date") <= day).sort("site", "date").group_by("site").last()["facility_mw"].sum()
        assert sum(plan.level(day) for plan in plans) == pytest.approx(printed)
    assert {plan.site for plan in plans} == {tracker_facts().part_of.get(site, site) for site in rows["site"]}


@pytest.mark.parametrize(
    ("day", "half"),
    [
        (date(2028, 12, 31), 182), (date(2028, 1, 1), 182), (date(2027, 6, 30), 45), (date(2027, 10, 1), 45),
        (date(2027, 7, 31), 15), (date(2027, 8, 1), 15), (date(2027, 8, 17), 0),
    ],
)  # fmt: skip
def test_placeholder_dates_are_spread_over_the_span_they_stand_for(day, half):
    assert placeholder_halfwidth(day) == half
