"""Flows joined from months, running totals and growth, as known on a day."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.errors import NotFound
from data.catalogue.definitions import by_form, definitions
from data.catalogue.forms import Form
from data.catalogue.observations import COLUMNS
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.flows import JOINED, derivation, forms, joined, total
from features.panel import forecastable, totals
from features.recipes import flows
from features.view import View
from tests.features.test_honesty import poison, store

SHIPPED = Store.shipped()
MONTH, YTD = "cn.electricity.consumption_month.total.nea", "cn.electricity.consumption_ytd.total.nea"
SOLAR = "cn.solar.capacity_additions_month.nea"
STOCK = "nvidia.ai_chips.cumulative_units"
INPUTS = sorted({name for form in forms().values() for name in form.inputs})
ROWS = SHIPPED.observations.filter(pl.col("series_id").is_in(INPUTS)).select(*COLUMNS, "table")


def month(year, number):
    return Period(date(year, number, 1), Frequency.MONTH)


def printed(series_id, values, *, published=date(2026, 9, 1)):
    """Rows of a series by month, in the columns of the shipped ones."""
    one = definitions()[series_id]
    base = ROWS.filter(pl.col("series_id") == YTD).head(1)
    rows = [
        base.with_columns(
            series_id=pl.lit(series_id),
            metric=pl.lit(one.metric),
            unit=pl.lit(one.units.get("M", "percent")),
            freq=pl.lit("M"),
            period=pl.lit(period.start),
            value=pl.lit(float(value)),
            published=pl.lit(published),
        )
        for period, value in values.items()
    ]
    return pl.concat(rows).select(*COLUMNS, "table")


def view(*parts, day=date(2026, 11, 29)):
    return View.of(store(pl.concat(parts), {}, SHIPPED.site_vintages), as_of=day)


GROWTH = "cn.electricity.consumption_growth.total.nea"


def test_a_month_is_stated_else_a_difference_else_grown():
    august_view = view(
        printed(MONTH, {month(2025, 8): 1015.4}),
        printed(YTD, {month(2025, 8): 6878.8, month(2025, 9): 7770.0, month(2025, 10): 8624.6}),
        printed(GROWTH, {month(2025, 8): 5.0, month(2025, 10): 10.4, month(2026, 8): 1.7}),
    )
    series = joined(august_view, MONTH)
    values = series.by_period()
    assert values[month(2025, 8)] == 1015.4
    assert values[month(2025, 9)] == pytest.approx(7770.0 - 6878.8)
    assert values[month(2024, 10)] == pytest.approx((8624.6 - 7770.0) / 1.104)
    assert values[month(2026, 8)] == pytest.approx(1015.4 * 1.017)
    assert values[month(2024, 8)] == pytest.approx(1015.4 / 1.05)
    assert len(series) == 6
    assert series.recipe == JOINED
    stated = [sd == 0 for sd in series.splice_sd]
    assert [period for period, is_stated in zip(series.periods, stated, strict=True) if is_stated] == [month(2025, 8)]
    assert derivation(series) == "5 of 6 figures follow from running totals or growth on the year"


def test_a_total_is_carried_on_by_stated_months_and_starts_anew_in_january():
    totals_view = view(
        printed(YTD, {month(2025, 10): 8624.6, month(2026, 2): 1600.0}),
        printed(MONTH, {month(2025, 11): 800.0, month(2026, 3): 859.5, month(2026, 5): 900.0}),
    )
    values = total(totals_view, YTD).by_period()
    assert values == pytest.approx(
        {month(2025, 10): 8624.6, month(2025, 11): 9424.6, month(2026, 2): 1600.0, month(2026, 3): 2459.5}
    )


def test_a_difference_below_zero_or_lost_in_rounding_is_no_figure():
    falling = view(printed("cn.solar.capacity_additions_ytd.nea", {month(2025, 7): 223.25, month(2025, 8): 200.0}))
    with pytest.raises(NotFound):
        joined(falling, SOLAR)
    coarse = view(printed(YTD, {month(2025, 2): 1_510.0, month(2025, 3): 1_520.0, month(2025, 4): 3_020.0}))
    assert set(joined(coarse, MONTH).by_period()) == {month(2025, 4)}


def test_what_a_publisher_prints_whole_is_read_as_it_is():
    series = joined(View.of(SHIPPED, as_of=date(2026, 11, 23)), "google_tpu.ai_chips.quarterly_units")
    assert series.recipe is None
    assert derivation(series) is None


def test_no_total_and_no_growth_is_fitted_as_it_stands():
    shipped_view = View.of(SHIPPED, as_of=date(2026, 11, 23))
    fitted, added = forecastable(shipped_view), totals(shipped_view)
    form_ids = {one.series_id for definitions_of_form in by_form().values() for one in definitions_of_form}
    assert not form_ids & set(fitted)
    assert {YTD, STOCK} <= set(added)
    for name in added:
        assert definitions()[name].form_of in flows()
    assert {definitions()[name].form for name in added} == {
        Form.SINCE_JANUARY,
        Form.SINCE_START,
        Form.SINCE_FIRST,
        Form.SAME,
    }


@settings(max_examples=settings.default.max_examples // 4)
@given(st.dates(date(2022, 1, 1), date(2026, 12, 1)), st.sampled_from(Rule), st.integers(0, 2**32))
def test_flows_and_totals_see_only_what_was_published_by_the_day(day, rule, seed):
    clean = store(ROWS, {}, SHIPPED.site_vintages)
    later = poison(ROWS, seed, as_of=day, wild=1e9)
    visible = store(later, {}, SHIPPED.site_vintages).visible(rule=rule)
    dirty = store(
        pl.concat([ROWS, visible.filter(pl.col("visible") > day).select(ROWS.columns)]), {}, SHIPPED.site_vintages
    )
    for series_id in (MONTH, SOLAR, "derived.nvidia.ai_chips.quarterly_power", "nvidia.ai_chips.quarterly_units"):
        assert _flow(clean, series_id, day, rule) == _flow(dirty, series_id, day, rule)
    for name in (YTD, STOCK):
        assert _total(clean, name, day, rule) == _total(dirty, name, day, rule)


def _flow(rows, name, day, rule):
    try:
        return joined(View.of(rows, as_of=day, rule=rule), name).by_period()
    except NotFound:
        return None


def _total(rows, name, day, rule):
    try:
        return total(View.of(rows, as_of=day, rule=rule), name).by_period()
    except NotFound:
        return None
