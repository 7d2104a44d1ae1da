"""Draws of shares and what is made of them: sums, the pool, what is unnamed, and the link to chips."""

from datetime import date

import numpy as np
import pytest
from model_shares import assumed, fitted, share_files

from data.base.layers import Timing
from data.periods.period import Frequency, Period
from features.open_models import PROXIES, ProxyName
from projection.base.timeline import Timeline
from projection.open_models.share_paths import share_paths
from projection.open_models.shares import DOCUMENT, FRAME, LAST, on_huawei, picks, placed, pooled, quarters
from training.open_models.log_ratios import predicted

DRAWS, DAY = 3000, date(2026, 11, 23)
TIMELINE = Timeline(2025)
QUARTERS = quarters(fitted(DAY), TIMELINE)
ROUTER = fitted(DAY).proxies["router_open"]


@pytest.fixture(scope="module")
def values():
    return assumed(DRAWS)


@pytest.fixture(scope="module")
def shares_by_proxy(values):
    by_proxy = {}
    for name, proxy in fitted(DAY).proxies.items():
        paths = share_paths(proxy, timing=PROXIES[ProxyName(name)].timing, quarters=QUARTERS, seed=1, draws=DRAWS)
        parts = {part: paths[:, place].T for place, part in enumerate(proxy.parts)}
        by_proxy[ProxyName(name)] = placed(ProxyName(name), parts, values)
    return by_proxy


def test_quarters_begin_with_the_first_no_proxy_saw_whole_and_end_with_2030():
    assert QUARTERS[0].label == "2026Q3"
    assert QUARTERS[-1] == Period(LAST, Frequency.QUARTER)
    early = quarters(fitted(date(2026, 1, 15)), TIMELINE)
    assert early[0] == TIMELINE.first


@pytest.mark.parametrize("timing", [Timing.AVERAGE, Timing.END])
def test_shares_of_a_draw_sum_to_one_and_do_not_hang_on_how_many_are_drawn(timing):
    paths = share_paths(ROUTER, timing=timing, quarters=QUARTERS, seed=1, draws=DRAWS)
    assert paths.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    shorter = share_paths(ROUTER, timing=timing, quarters=QUARTERS[:3], seed=1, draws=500)
    assert np.array_equal(paths[:3, :, :500], shorter)


def test_draws_are_of_the_distribution_that_was_scored():
    # A stock is read at a quarter's last month and carries nothing that passes within one.
    paths = share_paths(ROUTER, timing=Timing.END, quarters=QUARTERS[:6], seed=1, draws=20_000)
    for row, ahead in ((0, 1), (1, 4), (5, 16)):
        scored = predicted(ROUTER.posterior, ahead=ahead, draws=20_000, rng=np.random.default_rng(3), passing=False)
        for level in (0.1, 0.5, 0.9):
            expected = np.quantile(scored[:, 0], level)
            assert np.quantile(paths[row, 0], level) == pytest.approx(expected, abs=0.012)


def test_shares_by_country_sum_to_one_whoever_is_unnamed(shares_by_proxy):
    for shares in shares_by_proxy.values():
        assert sum(shares.by_country.values()) == pytest.approx(1.0, abs=1e-5)
        assert all((draws >= 0).all() for draws in shares.by_country.values())


def test_a_country_has_at_least_its_named_labs_and_at_most_all_unnamed_ones(shares_by_proxy):
    for shares in shares_by_proxy.values():
        if shares.named is None:
            continue
        for country, labs in shares.named.items():
            assert (shares.by_country[country] >= labs - 1e-6).all()
            assert (shares.by_country[country] <= labs + shares.unnamed + 1e-6).all()


def test_what_a_proxy_does_not_tell_apart_is_no_key(shares_by_proxy):
    assert "EU" in shares_by_proxy[ProxyName.ROUTER_OPEN].by_country
    assert "EU" not in shares_by_proxy[ProxyName.DOWNLOADS_YEAR].by_country
    assert shares_by_proxy[ProxyName.DOWNLOADS_TOTAL].named is None


def test_the_pool_is_a_mixture_and_keeps_the_disagreement(shares_by_proxy, values):
    opened = {name: shares for name, shares in shares_by_proxy.items() if PROXIES[name].open_only}
    uniform = (np.arange(DRAWS) + 0.5) / DRAWS
    rng = np.random.default_rng(4)
    rng.shuffle(uniform)
    pick = picks(tuple(opened), uniform, values)
    shares = np.bincount(pick, minlength=4) / DRAWS
    assert shares == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3], abs=0.03)
    pool = pooled(opened, pick)
    assert sum(pool.by_country.values()) == pytest.approx(1.0, abs=1e-5)
    chances = [(one.by_country["CN"][:, 3] > 0.5).mean() for one in opened.values()]
    assert (pool.by_country["CN"][:, 3] > 0.5).mean() == pytest.approx(shares @ chances, abs=0.03)
    medians = [np.median(one.by_country["CN"][:, 0]) for one in opened.values()]
    low, high = np.quantile(pool.by_country["CN"][:, 0], (0.1, 0.9))
    assert low < min(medians) + 0.05
    assert high > max(medians) - 0.05


def test_what_a_day_did_not_know_weighs_nothing(values):
    alone = picks((ProxyName.DOWNLOADS_YEAR,), np.linspace(0.01, 0.99, DRAWS), values)
    assert (alone == 0).all()
    two = picks((ProxyName.DOWNLOADS_TOTAL, ProxyName.DERIVATIVES), np.linspace(0.01, 0.99, DRAWS), values)
    assert np.bincount(two) / DRAWS == pytest.approx([0.5, 0.5], abs=0.05)


def huawei_values(**changed):
    values = {
        "cn_models_served_on_huawei": 0.3, "cn_models_trained_on_huawei": 0.1, "cn_models_training_share": 0.5,
        "cn_models_share_of_cn_compute": 0.8, "huawei_use_follows_chips": 1.0,
    } | changed  # fmt: skip
    return {name: np.array([value]) for name, value in values.items()}


def test_use_on_huawei_starts_where_it_is_stated_and_follows_the_chips():
    china, part = np.array([[0.5, 0.5, 0.4]]), np.array([[0.4, 0.6, 0.4]])
    link = on_huawei(china, part, huawei_values())
    assert link.served[0] == pytest.approx([0.3, 1 / (1 + 0.7 / 0.3 / 2.25), 0.3])
    assert link.trained[0, 0] == pytest.approx(0.1)
    assert link.of_all_use[0] == pytest.approx(china[0] * link.served[0])
    still = on_huawei(china, part, huawei_values(huawei_use_follows_chips=0.0))
    assert still.served[0] == pytest.approx([0.3, 0.3, 0.3])


def test_what_chinese_models_ask_of_all_chips_is_the_compute_they_take():
    part = np.array([[0.4, 0.6]])
    link = on_huawei(np.array([[0.5, 0.5]]), part, huawei_values())
    assert (link.asked_over_held * part + link.rest_over_others * (1 - part))[0] == pytest.approx([0.8, 0.8])
    assert link.asked_over_held[0, 0] == pytest.approx(0.8 * 0.2 / 0.4)


def test_an_edition_without_shares_says_why():
    before = share_files(TIMELINE, draws=10, day=None)
    assert set(before) == {DOCUMENT}
    assert "published before" in before[DOCUMENT]["reason"]
    unknown = share_files(TIMELINE, draws=10, day=date(2025, 1, 1))
    assert set(unknown) == {DOCUMENT}
    assert "2025-01-01" in unknown[DOCUMENT]["reason"]


def test_draws_of_an_edition_are_the_same_for_the_same_seed():
    one, other = (share_files(TIMELINE, draws=50)[FRAME] for _ in range(2))
    assert one.equals(other)
    assert not share_files(TIMELINE, draws=50)[FRAME].equals(share_files(TIMELINE, draws=50, seed=2)[FRAME])
