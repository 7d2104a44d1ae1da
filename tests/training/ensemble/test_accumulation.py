"""Running totals: one set of draws gives the flow and every sum of it."""

from datetime import date

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.catalogue.forms import Form
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.flows import flow_of, form_of
from features.panel import forecastable, totals
from features.recipes import flows
from features.view import View
from training.backtest.backtest import run
from training.backtest.origins import STRICT, all_origins
from training.ensemble.accumulation import assess_with_totals
from training.ensemble.paths import at_scores

MIDDLE = FORECAST_LEVELS.index(0.5)
VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
YTD = "cn.electricity.consumption_ytd.total.nea"
MONTH = "cn.electricity.consumption_month.total.nea"


@pytest.fixture(scope="module")
def flows_and_totals():
    fitted, added = forecastable(VIEW), totals(VIEW)
    return {name: item for name, item in fitted.items() if name in flows()}, added


@pytest.fixture(scope="module")
def assessed(flows_and_totals):
    """Every flow by two members of a millisecond at every origin, and its totals."""
    fitted, added = flows_and_totals
    trials = run(
        fitted,
        all_origins(VIEW, series=fitted, drivers=frozenset()),
        drivers=frozenset(),
        workers=0,
        timeout=600.0,
        progress=lambda _done, _total: None,
        members=("naive2", "drift", "local_trend"),
    )
    return assess_with_totals(VIEW, trials, flows=fitted, totals=added)


def growing(added):
    return [name for name in added if form_of(name) in {Form.SINCE_START, Form.SINCE_FIRST}]


def test_a_count_of_everything_never_falls_below_its_last_total(assessed, flows_and_totals):
    _, added = flows_and_totals
    checked = 0
    for name in growing(added):
        bands = assessed.published[name].band.quantiles
        assert bands.min() >= added[name].values[-1], name
        assert (np.diff(bands, axis=0) >= 0).all(), name
        assert (np.diff(bands, axis=1) >= 0).all(), name
        checked += 1
    assert checked > 30
    for answer in assessed.answers:
        if answer.trial.series_id in growing(added):
            assert answer.band.quantiles.min() >= answer.trial.origin.values[-1]


def test_the_first_step_of_a_stock_is_the_last_total_and_the_flow(assessed, flows_and_totals):
    # One step adds one marginal: there the quantiles must be the flow's own, up to the draws.
    _, added = flows_and_totals
    for name in growing(added):
        flow = assessed.published[flow_of(name)]
        if flow.trial.last != added[name].last:
            continue
        stock = assessed.published[name].band.quantiles[0] - added[name].values[-1]
        flow_quantiles = flow.band.quantiles[0]
        spread = flow_quantiles[-1] - flow_quantiles[0]
        assert stock[MIDDLE] == pytest.approx(flow_quantiles[MIDDLE], abs=0.05 * spread + 1e-9), name
        assert stock[2:-2] == pytest.approx(flow_quantiles[2:-2], abs=0.05 * spread + 1e-9), name


def test_totals_of_the_year_start_anew_in_january_and_do_not_fall(assessed, flows_and_totals):
    _, added = flows_and_totals
    bands, first = assessed.published[YTD].band.quantiles, added[YTD].last.shift(1)
    flow = assessed.published[MONTH]
    by_month = {flow.trial.last.shift(step + 1): row for step, row in enumerate(flow.band.quantiles)}
    restarted = 0
    for step, row in enumerate(bands):
        period = first.shift(step)
        if period.start.month == 1:
            restarted += 1
            assert row[MIDDLE] == pytest.approx(by_month[period][MIDDLE], rel=0.02)
        elif step:
            assert (row >= bands[step - 1]).all()
        else:
            assert row.min() >= added[YTD].values[-1]
    assert restarted >= 2


def test_december_is_about_the_sum_of_the_months_medians(assessed, flows_and_totals):
    _, added = flows_and_totals
    flow = assessed.published[MONTH]
    medians = {flow.trial.last.shift(step + 1): row[MIDDLE] for step, row in enumerate(flow.band.quantiles)}
    december = Period(date(2027, 12, 1), Frequency.MONTH)
    months = [december.shift(-step) for step in range(12)]
    row = assessed.published[YTD].band.quantiles[added[YTD].last.steps_to(december) - 1]
    assert row[MIDDLE] == pytest.approx(sum(medians[period] for period in months), rel=0.05)
    # Months that err together leave the year more open than months that do not, and less than if all erred alike.
    low = sum(flow.band.quantiles[flow.trial.last.steps_to(period) - 1][2] for period in months)
    assert 0.98 * low <= row[2] < row[MIDDLE]


def test_what_repeats_a_flow_has_the_flows_forecast(assessed):
    same = assessed.published["nvidia.ai_chips.quarterly_compute"]
    flow = assessed.published["derived.nvidia.h100e_flow"]
    assert np.array_equal(same.band.quantiles, flow.band.quantiles)
    assert same.trial.series_id == "nvidia.ai_chips.quarterly_compute"


def test_past_totals_are_scored_on_what_was_known_at_the_origin(assessed, flows_and_totals):
    _, added = flows_and_totals
    scored = [item for item in assessed.answers if item.trial.series_id in added]
    assert {item.trial.series_id for item in scored} >= set(growing(added)) - {"world.ai_chips.cumulative_units"}
    for item in scored:
        origin, whole = item.trial.origin, added[item.trial.series_id].by_period()
        for step, actual in zip(origin.target_steps, origin.targets, strict=True):
            assert whole[item.trial.last.shift(int(step))] == actual
        if origin.rule == STRICT and form_of(item.trial.series_id) is not Form.SAME:
            visible = View.of(Store.shipped(), as_of=origin.day, rule=Rule.STRICT).rows
            printed = set(visible.filter(visible["series_id"] == item.trial.series_id)["value"].to_list())
            assert float(origin.values[0]) in printed
    keys = [(i.trial.series_id, i.trial.last, i.trial.origin.rule) for i in scored]
    assert len(keys) == len(set(keys))


def test_a_total_whose_flow_is_too_thin_says_so(flows_and_totals):
    fitted, added = flows_and_totals
    few = {name: item for name, item in fitted.items() if name != MONTH}
    trials = run(
        few,
        dict.fromkeys(few, ()),
        drivers=frozenset(),
        workers=0,
        timeout=60.0,
        progress=lambda _done, _total: None,
        members=("naive2",),
    )
    assessment = assess_with_totals(VIEW, trials, flows=few, totals=added)
    assert YTD not in assessment.published
    assert assessment.refused[YTD] == f"too little is known of {MONTH}, of which it is the running sum"


@pytest.mark.parametrize("quantiles", [np.linspace(1.0, 9.0, 9), np.linspace(0.0, 8.0, 9), np.linspace(-4.0, 4.0, 9)])
def test_draws_of_a_step_are_those_of_its_quantiles(quantiles):
    scores = np.random.default_rng(1).standard_normal(200_000)
    values = at_scores(quantiles, scores)
    quantiles_of_draws = np.quantile(values, FORECAST_LEVELS)
    assert quantiles_of_draws == pytest.approx(quantiles, abs=0.05)
    assert values.min() >= 0 or quantiles[0] < 0
