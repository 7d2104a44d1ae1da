"""What a series can be holds for every quantile: of every shipped series, and of anyone's."""

from datetime import date

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.catalogue.definitions import support_of
from data.catalogue.support import Support, support_of_name
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.panel import totals, with_forecasts
from features.user_series.user_series import UserSeries
from features.view import View
from training.backtest.backtest import run
from training.core.link import Link
from training.ensemble.accumulation import assess_with_totals
from training.user_series.user_series import forecast

MIDDLE = FORECAST_LEVELS.index(0.5)
SIGNED = ("cn.electricity.net_imports.owid", "us-ercot.load.summer_peak_forecast_error.ltlf.v2019")


VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))


@pytest.fixture(scope="module")
def shipped():
    return with_forecasts(VIEW)


@pytest.fixture(scope="module")
def published(shipped):
    """Every shipped series by two members of a millisecond, pooled, added up and published as training does."""
    added = totals(VIEW)
    fitted = {name: item for name, item in shipped.items() if name not in added}
    trials = run(
        fitted,
        dict.fromkeys(fitted, ()),
        drivers=frozenset(),
        workers=1,
        timeout=600.0,
        progress=lambda _count, _total: None,
        members=("naive2", "drift"),
    )
    return assess_with_totals(VIEW, trials, flows=fitted, totals=added).published


def user(values, *, name="hall", freq=Frequency.MONTH, suspects=(), factors=()):
    first = Period(date(2018, 1, 1), freq)
    periods = tuple(first.shift(step) for step in range(len(values)))
    array = np.array(values, dtype=float)
    return UserSeries(name, freq, periods, array, suspects=suspects, factors=factors)


def bands(values, *, horizon=36, **more):
    return forecast([user(values, **more)], horizon=horizon).answered[0].quantiles


def test_no_quantile_of_a_shipped_series_leaves_its_support(shipped, published):
    assert len(published) > 200
    for name, answer in published.items():
        support, quantiles = support_of(name, unit=shipped[name].unit), answer.band.quantiles
        assert np.isfinite(quantiles).all(), name
        assert (np.diff(quantiles, axis=1) >= 0).all(), name
        if support.minimum is not None:
            assert quantiles.min() >= support.minimum, name
        if support.maximum is not None:
            assert quantiles.max() <= support.maximum, name
        if support is Support.NONDECREASING and (np.diff(shipped[name].values) >= 0).all():
            assert quantiles.min() >= shipped[name].values[-1], name
            assert (np.diff(quantiles, axis=0) >= 0).all(), name


def test_every_support_occurs_and_balances_keep_their_sign(shipped, published):
    occurring = {support_of(name, unit=item.unit) for name, item in shipped.items()}
    assert occurring == set(Support)
    for name in SIGNED:
        assert support_of(name) is Support.REAL
        assert published[name].band.quantiles.min() < 0


def test_virginia_solar_has_no_negative_generation_and_is_not_clamped(published):
    quantiles = published["us-va.electricity.netgen.solar_utility.eia"].band.quantiles
    assert quantiles.min() > 0
    assert (np.diff(quantiles, axis=1) > 0).all()


@pytest.mark.parametrize(
    ("series_id", "unit", "support"),
    [
        ("derived.us.net_imports", "TWh", Support.REAL),
        ("private.hall.vacancy", "percent", Support.PERCENT),
        ("private.hall.price_growth", "percent", Support.REAL),
        ("private.hall.pue", "ratio", Support.AT_LEAST_ONE),
        ("private.chips.cumulative_units", "chips_thousand", Support.NONDECREASING),
        ("private.hall.load", "MW", Support.NONNEGATIVE),
    ],
)
def test_an_id_that_no_catalogue_knows_has_the_support_of_its_name(series_id, unit, support):
    assert support_of_name(series_id, unit=unit) is support


RNG = np.random.default_rng(5)
BEGUN = [0.0] * 30 + list(np.linspace(5, 400, 40) * (1 + 0.3 * np.sin(np.arange(40) / 2)))
GAPPY = RNG.poisson(0.8, 60).astype(float)
CLOSING = [*(300 + 10 * RNG.standard_normal(40)), 120.0, 30.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("values", [BEGUN, BEGUN[:36], GAPPY, CLOSING, [0.0, 0.0, *(50 + RNG.standard_normal(20))]])
@pytest.mark.parametrize("freq", [Frequency.MONTH, Frequency.QUARTER])
def test_a_series_with_zeros_has_no_negative_quantile(values, freq):
    quantiles = bands(values, freq=freq)
    assert np.isfinite(quantiles).all()
    assert quantiles.min() >= 0
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert quantiles[:, MIDDLE].max() < 10 * max(values)


def test_zeros_before_a_quantity_began_change_nothing_but_the_notice():
    late, whole = user(BEGUN[30:]), user(BEGUN)
    answers = forecast([whole, late], horizon=12).answered
    assert answers[0].quantiles == pytest.approx(answers[1].quantiles, rel=1e-6)
    assert "the 30 zeros before it began are left out" in answers[0].reduced


@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_a_share_by_its_name_stays_a_share_and_says_so(scale):
    values = scale * np.clip(0.93 + 0.03 * np.sin(np.arange(40)), 0, 0.99)
    answer = forecast([user(values, name="hall.utilisation")], horizon=36).answered[0]
    assert answer.quantiles.max() < scale
    assert f"a share by its name: forecast between 0 and {scale:g}" in answer.reduced


@pytest.mark.parametrize("name", ["Utilization (%)", "dc1/occupancy_rate", "load factor", "hall capacity_factor 2024"])
def test_a_share_is_known_whatever_stands_behind_its_name(name):
    answer = forecast([user(100 * np.clip(0.93 + 0.03 * np.sin(np.arange(40)), 0, 0.99), name=name)], horizon=36)
    assert answer.answered[0].quantiles.max() < 100


@pytest.mark.parametrize("name", ["shareholders", "Shared hall", "percentile rank", "factor"])
def test_a_name_that_only_resembles_a_share_bounds_nothing(name):
    answer = forecast([user(0.93 + 0.03 * np.sin(np.arange(40)), name=name)], horizon=36).answered[0]
    assert answer.quantiles.max() > 1


def test_a_cumulative_stock_neither_falls_below_the_last_figure_nor_back():
    values = np.cumsum(RNG.gamma(2.0, 5.0, 40))
    quantiles = bands(values, name="hall.cumulative_units")
    assert quantiles.min() >= values[-1]
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert (np.diff(quantiles, axis=1) > 0).all()


@pytest.mark.parametrize(
    ("support", "values"),
    [
        (Support.PERCENT, [3.0, 50.0, 99.0]),
        (Support.AT_LEAST_ONE, [1.1, 1.5, 2.0]),
        (Support.NONNEGATIVE, [0.0, 5.0, 1e9]),
        (Support.REAL, [-5.0, 0.0, 5.0]),
    ],
)
def test_odds_lead_back_to_the_values(support, values):
    link = Link.of(support, np.array(values))
    assert link.values(link.odds(np.array(values))) == pytest.approx(np.array(values), rel=1e-9)


def test_an_observation_outranks_the_catalogue():
    assert Link.of(Support.NONNEGATIVE, np.array([3.0, -1.0])) == Link()
    assert Link.of(Support.PERCENT, np.array([3.0, 101.0])).maximum is None
    assert Link.of(Support.NONDECREASING, np.array([3.0, 2.0])).last is None


def test_a_site_at_zero_for_a_year_is_forecast_at_zero():
    answer = forecast([user([*range(100, 124), *[0] * 12])], horizon=24).answered[0]
    assert (answer.quantiles == 0).all()
    assert any("taken to have ended" in notice for notice in answer.reduced)


def test_a_season_without_use_is_no_end():
    year = [9.0, 8.0, 6.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 6.0, 8.0]
    quantiles = bands(year * 5 + year[:9], horizon=12)
    assert quantiles[:, MIDDLE].max() > 5


@pytest.mark.parametrize("values", [200 - 3.0 * np.arange(48) + RNG.standard_normal(48), BEGUN, GAPPY])
def test_a_step_is_the_same_whatever_horizon_is_asked_for(values):
    item = user(values)
    answers = {horizon: forecast([item], horizon=horizon).answered[0] for horizon in (1, 7, 30, 600)}
    for horizon, answer in answers.items():
        assert answer.quantiles == pytest.approx(answers[600].quantiles[:horizon], rel=1e-12, abs=1e-12)


def test_a_member_lost_on_the_way_is_told_with_the_step_and_heard_before():
    falling = user(200 - 3.0 * np.arange(48) + RNG.standard_normal(48))
    near, far = (forecast([falling], horizon=horizon).answered[0] for horizon in (1, 60))
    assert near.weights == far.weights
    assert near.dropped == {}
    assert all("after step" in reason for reason in far.dropped.values())
    assert far.dropped
