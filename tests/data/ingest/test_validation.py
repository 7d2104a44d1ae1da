"""Each rule keeps out what it is for, and lets in what looks like it."""

import math
from datetime import date

import polars as pl
import pytest
from stored_figures import MOMENT, STOCK, months, row, rows

from data.catalogue.definitions import definitions
from data.catalogue.observations import read_all
from data.catalogue.reasons import MEANINGS, Reason
from data.ingest.validation import ORDER, plausible, well_formed
from data.store.vintages import STORED, news

KNOWN = definitions()
JANUARY = date(2026, 1, 1)
FIGURE = ["value", "metric", "series_id", "freq", "period", "source_id", "scenario"]

ALONE = {
    "an id nobody defined": ({"series_id": "us.thing.unheard_of"}, Reason.SERIES_UNKNOWN),
    "another region": ({"region": "CN"}, Reason.DEFINITION_MISMATCH),
    "another metric": ({"metric": "electricity_net_generation"}, Reason.DEFINITION_MISMATCH),
    "another unit": ({"unit": "MWh"}, Reason.UNIT_UNEXPECTED),
    "the middle of a month": ({"period": date(2026, 1, 15)}, Reason.PERIOD_INVALID),
    "no period": ({"period": None}, Reason.PERIOD_INVALID),
    "no figure at all": ({"value": None}, Reason.NOT_A_NUMBER),
    "not finite": ({"value": math.inf}, Reason.NOT_A_NUMBER),
    "not a number": ({"value": math.nan}, Reason.NOT_A_NUMBER),
    "bounds the wrong way round": ({"low": 110.0, "high": 120.0}, Reason.RANGE_ORDER),
    "printed before its period began": ({"published": date(2025, 12, 1)}, Reason.PUBLISHED_IMPOSSIBLE),
    "printed after it was read": ({"published": date(2026, 11, 25)}, Reason.PUBLISHED_IMPOSSIBLE),
    "negative sales": ({"value": -1.0}, Reason.SIGN),
    "more than the world makes": ({"value": 1e9}, Reason.OUT_OF_RANGE),
    "a kind nobody knows": ({"kind": "guess"}, Reason.ROW_MALFORMED),
    "no source": ({"source_id": ""}, Reason.ROW_MALFORMED),
}


@pytest.mark.parametrize("name", ALONE)
def test_a_row_is_kept_out_for_its_own_reason(name):
    changed, reason = ALONE[name]
    judged = well_formed(
        rows(row(JANUARY, 100.0, series_id="us.electricity.sales.commercial.eia") | changed), KNOWN, retrieved=MOMENT
    )
    assert judged.good.is_empty()
    assert judged.bad["reason"].to_list() == [reason.value]


def test_every_reason_says_what_it_means():
    assert set(MEANINGS) == set(Reason)
    assert set(ORDER) < set(Reason)


def test_a_figure_with_a_range_and_no_value_is_let_in():
    judged = well_formed(rows(row(JANUARY, None, low=90.0, high=110.0)), KNOWN, retrieved=MOMENT)
    assert judged.good.height == 1


def test_twins_are_one_and_contradictions_are_none():
    same = well_formed(rows(row(JANUARY, 100.0), row(JANUARY, 100.0)), KNOWN, retrieved=MOMENT)
    assert (same.good.height, same.bad.height) == (1, 0)
    apart = well_formed(rows(row(JANUARY, 100.0), row(JANUARY, 101.0)), KNOWN, retrieved=MOMENT)
    assert apart.good.is_empty()
    assert apart.bad["reason"].to_list() == [Reason.DUPLICATE.value] * 2


def test_no_shipped_row_is_kept_out():
    shipped = read_all().with_columns(pl.col("published").fill_null(MOMENT.date()))
    judged = well_formed(shipped, KNOWN, retrieved=MOMENT)
    assert judged.bad.select("series_id", "period", "reason").rows() == []


def weighed(frame, earlier=None, context=None, **options):
    earlier = pl.DataFrame(schema=STORED) if earlier is None else earlier
    context = earlier.select(FIGURE) if context is None else context.select(FIGURE)
    judged = plausible(news(frame, earlier).rows, context, source_id="test_source", **options)
    return judged.good["value"].to_list(), dict(judged.bad.select("value", "reason").iter_rows())


def stored(frame):
    return frame.with_columns(
        pl.lit(MOMENT, dtype=STORED["retrieved"]).alias("retrieved"), pl.lit("public").alias("scope")
    ).select(list(STORED))


def test_a_month_in_the_wrong_unit_stands_out_among_its_neighbours():
    values = [100.0, 104.0, 98.0, 0.101, 99.0, 103.0, 101.0]
    good, bad = weighed(months(values))
    assert bad == {0.101: Reason.JUMP.value}
    assert len(good) == 6


def test_a_series_that_grows_tenfold_or_swings_with_the_seasons_is_let_in():
    growing = [10.0 ** (place / 12) for place in range(48)]
    assert weighed(months(growing, start=2020))[1] == {}
    seasons = [40.0 + 38.0 * math.sin(place * math.pi / 6) for place in range(48)]
    assert weighed(months(seasons, start=2020))[1] == {}


def test_a_cumulative_figure_that_falls_is_kept_out():
    quarters = [date(2025, 1, 1), date(2025, 4, 1), date(2025, 7, 1)]
    frame = rows(*(row(day, value, series_id=STOCK) for day, value in zip(quarters, (5.0, 4.0, 6.0), strict=True)))
    good, bad = weighed(frame)
    assert (good, bad) == ([5.0, 6.0], {4.0: Reason.STOCK_FELL.value})


def test_a_revision_beyond_the_sources_limit_is_kept_out():
    before = stored(months([100.0, 100.0], published=date(2026, 4, 1)))
    frame = months([100.0, 131.0])
    assert weighed(frame, before, revision=0.3)[1] == {131.0: Reason.REVISION.value}
    assert weighed(frame, before, revision=0.4)[0] == [131.0]


def test_a_small_month_may_double():
    values = [100.0] * 11
    before = stored(months([*values, 1.0], published=date(2026, 4, 1), start=2025))
    assert weighed(months([*values, 2.0], start=2025), before, revision=0.3)[0] == [2.0]


def test_a_whole_series_in_another_unit_disagrees_with_who_else_tells_it():
    others = stored(months([100.0] * 6, source_id="another"))
    good, bad = weighed(months([0.1] * 6), context=others)
    assert good == []
    assert bad == {0.1: Reason.DISAGREES.value}
    assert weighed(months([97.0] * 6), context=others)[1] == {}


@pytest.mark.parametrize("place", [0, 23], ids=["the oldest", "the newest"])
def test_a_jump_is_told_at_the_ends_of_a_series_too(place):
    values = [100.0 + month for month in range(24)]
    values[place] *= 1000
    frame = months(values, start=2024)
    new_rows = news(frame, pl.DataFrame(schema=STORED))
    judged = plausible(new_rows.rows, pl.DataFrame(schema=STORED), source_id="test_source")
    assert judged.bad.select("value", "reason").rows() == [(values[place], Reason.JUMP.value)]


def test_what_grows_begins_small_and_is_let_in():
    frame = months([100.0 * 2.0**month for month in range(9)], start=2024)
    new_rows = news(frame, pl.DataFrame(schema=STORED))
    assert plausible(new_rows.rows, pl.DataFrame(schema=STORED), source_id="test_source").bad.is_empty()
