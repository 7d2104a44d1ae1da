"""Who shares a boom with whom, how far their growth is seen, and what a member makes of it."""

from datetime import date

import numpy as np
import pytest

from data.base.errors import InvalidParameter
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.chips.capex import HYPERSCALERS
from features.series import ModelSeries
from training.backtest.backtest import NOW, run
from training.backtest.origins import PSEUDO, STRICT, Origin
from training.backtest.peers import MEMBERS_OF_GROUPS, PEERS, SUPPLIER, pace
from training.backtest.workers import Job, MemberForecast, cast
from training.core.calendar import Calendar
from training.members.registry import FAST, FULL, PEERED, member

FIRST = Period(date(2019, 1, 1), Frequency.QUARTER)
MIDDLE = FORECAST_LEVELS.index(0.5)


def periods(count):
    return tuple(FIRST.shift(step) for step in range(count))


def path(rate, count=24, start=10.0):
    return dict(zip(periods(count), (start * np.exp(rate * np.arange(count))).tolist(), strict=True))


def series(name, rate, count=24):
    periods = path(rate, count)
    return ModelSeries(
        name, "WORLD", "USD_billion", Frequency.QUARTER, tuple(periods), np.array(list(periods.values())), None, None,
        date(2026, 1, 1), Rule.STRICT, ("a",), None, pseudo_vintage=False,
    )  # fmt: skip


def test_nobody_is_a_peer_of_itself_and_all_are_of_one_frequency(shipped_frequencies):
    for name, peers in PEERS.items():
        assert name not in {peer.series_id for peer in peers}
        assert {shipped_frequencies[peer.series_id] for peer in peers} == {Frequency.QUARTER}


@pytest.fixture(scope="module")
def shipped_frequencies():
    from data.store.store import Store
    from features.view import View

    view = View.of(Store.shipped(), as_of=date(2026, 11, 23))
    return {name: view.frequency(name, at_least=8) for name in MEMBERS_OF_GROUPS}


def test_the_pace_is_the_mean_growth_a_step_of_the_others():
    peers = {name: path(rate) for name, rate in zip(HYPERSCALERS, (0.02, 0.04, 0.06, 0.5), strict=True)}
    assert pace(SUPPLIER, periods(24)[-1], peers) == pytest.approx((0.02 + 0.04 + 0.06 + 0.5) / 4)
    assert pace(HYPERSCALERS[3], periods(24)[-1], peers) == pytest.approx(0.04)


def test_nothing_after_the_last_visible_period_is_seen_the_late_are_seen_later():
    peers = {name: path(0.03) for name in MEMBERS_OF_GROUPS}
    last = periods(12)[-1]
    before = {name: pace(name, last, peers) for name in PEERS}
    spoiled = {
        name: {period: value * (1e6 if period > last else 1.0) for period, value in values.items()}
        for name, values in peers.items()
    }
    assert {name: pace(name, last, spoiled) for name in PEERS} == before
    spoiled[SUPPLIER][last] *= 1e6
    assert {name: pace(name, last, spoiled) for name in PEERS} == before


def test_a_series_without_peers_and_peers_without_a_year_have_no_pace():
    assert pace("us.electricity.netgen.total.eia", FIRST, {}) is None
    assert pace(SUPPLIER, periods(3)[-1], {name: path(0.03, 3) for name in HYPERSCALERS}) is None


def test_the_pace_carries_for_a_year_and_then_fades_to_the_own_drift():
    values = np.array(list(path(0.05).values()))
    fitted = member("peer_growth").fit(values, Calendar.of(periods(24)), pace=0.09)
    median = np.log(fitted.quantiles(8, levels=FORECAST_LEVELS)[:, MIDDLE] / values[-1])
    steps = np.diff(median, prepend=0.0)
    assert np.allclose(steps[:4], 0.09)
    assert steps[7] == pytest.approx(0.05 + 0.04 / 2)
    assert dict(fitted.parameters)["given"] is True


def test_a_series_without_peers_is_a_group_of_one():
    values = np.concatenate([np.full(12, 10.0), 10.0 * np.exp(0.05 * np.arange(1, 9))])
    fitted = member("peer_growth").fit(values, Calendar.of(periods(20)))
    assert dict(fitted.parameters)["pace"] == pytest.approx(0.05)
    with pytest.raises(InvalidParameter, match="not a number"):
        member("peer_growth").fit(values, Calendar.of(periods(20)), pace=float("nan"))


def test_a_job_hands_the_pace_to_the_member_that_takes_it_and_to_no_other():
    values = np.array(list(path(0.01).values()))
    by_member = {
        item.member: item for item in cast(Job(("s", 0), ("drift", "peer_growth"), values, periods(24), 4, 0.08))
    }
    assert by_member["peer_growth"].parameters["pace"] == 0.08
    assert by_member["drift"].quantiles is not None


def test_the_backtest_sees_peers_as_of_each_origin_and_none_on_a_real_day():
    jobs: list[Job] = []

    def recorded(arguments, **_more):
        jobs.extend(arguments)
        return [
            MemberForecast(job.key, "naive2", np.ones((job.horizon, len(FORECAST_LEVELS))), None, {})
            for job in arguments
        ]

    all_series = {name: series(name, 0.02) for name in (*HYPERSCALERS, SUPPLIER)} | {"other": series("other", 0.02)}
    boom = dict(all_series[SUPPLIER].by_period()) | dict.fromkeys(periods(24)[20:], 99.0)
    all_series[SUPPLIER] = ModelSeries(
        SUPPLIER, "WORLD", "USD_billion", Frequency.QUARTER, tuple(boom), np.array(list(boom.values())), None, None,
        date(2026, 1, 1), Rule.STRICT, ("a",), None, pseudo_vintage=False,
    )  # fmt: skip

    def origin(name, points, rule):
        values = all_series[name].values[:points]
        return Origin(name, periods(points), values, np.array([1]), np.array([1.0]), rule, date(2024, 1, 1))

    first = HYPERSCALERS[0]
    origins = {name: [] for name in all_series} | {first: [origin(first, 20, PSEUDO), origin(first, 20, STRICT)]}
    run(
        all_series,
        origins,
        drivers=frozenset(),
        workers=1,
        timeout=1.0,
        progress=lambda _count, _total: None,
        runner=recorded,
    )
    by_key = {job.key: job for job in jobs}
    assert by_key[first, 0].pace == pytest.approx(0.02)
    assert by_key[first, 0].members == (*FULL, *PEERED)
    assert by_key[first, 1].pace is None
    assert by_key[first, 1].members == FAST
    late = (3 * 0.02 + np.log(99.0 / boom[periods(24)[18]]) / 4) / 4
    assert by_key[first, NOW].pace == pytest.approx(late)
    assert by_key["other", NOW].pace is None
