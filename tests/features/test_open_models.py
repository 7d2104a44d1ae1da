"""Use of models by country, named for the lies it prevents: joined definitions, invented parts, unknowing days."""

from dataclasses import replace
from datetime import date
from importlib import resources

import numpy as np
import polars as pl
import pytest

from data.base.errors import TableCorrupt
from data.store.store import Store
from features.open_models import FILE, LEFT_OUT, PROXIES, Origin, ProxyName, compositions, parse
from features.view import View

STORE = Store.shipped()
LAST = date(2026, 11, 23)
SERIES = STORE.observations["series_id"]


@pytest.fixture(scope="module")
def by_proxy():
    shares, missing = compositions(View.of(STORE, as_of=LAST))
    assert missing == {}
    return shares


def part(composition, origin):
    return composition.shares[:, composition.parts.index(origin)]


def changed(series_id, value, *, month="2026-07-01"):
    """The store with one figure of a series put in another's place."""
    here = (pl.col("series_id") == series_id) & (pl.col("period") == date.fromisoformat(month))
    rows = STORE.observations.with_columns(pl.when(here).then(value).otherwise(pl.col("value")).alias("value"))
    return View.of(replace(STORE, observations=rows), as_of=LAST)


def test_a_proxy_without_a_figure_is_refused():
    text = (resources.files("features") / FILE).read_text(encoding="utf-8")
    start = text.index("[proxy.figure]")
    with pytest.raises(TableCorrupt, match=r"open_models\.toml.* a figure for all but"):
        parse(text[:start] + text[text.index("[[proxy]]", start) :])


def test_every_month_of_every_proxy_sums_to_one_over_positive_parts(by_proxy):
    assert set(by_proxy) == set(ProxyName)
    for composition in by_proxy.values():
        assert (composition.shares > 0).all()
        assert composition.shares.sum(axis=1) == pytest.approx(1.0)


def test_what_is_unnamed_is_what_the_publishers_upper_figures_add(by_proxy):
    unnamed = part(by_proxy[ProxyName.ROUTER_ALL], Origin.UNNAMED)
    for name in ("cn.openrouter.token_share", "us.openrouter.token_share"):
        rows = STORE.observations.filter(pl.col("series_id") == name).sort("period")
        assert unnamed * 100 == pytest.approx((rows["high"] - rows["low"]).to_numpy(), abs=1e-3)


def test_open_use_is_what_four_closed_labs_leave_and_no_share_of_all_tokens(by_proxy):
    whole, opened = by_proxy[ProxyName.ROUTER_ALL], by_proxy[ProxyName.ROUTER_OPEN]
    left = 100 - 27.149493
    assert part(opened, Origin.CN)[-1] == pytest.approx(35.397407 / left)
    assert part(opened, Origin.US)[-1] == pytest.approx((31.966891 - 27.149493) / left)
    assert part(opened, Origin.CN)[-1] > part(whole, Origin.CN)[-1]
    assert not PROXIES[ProxyName.ROUTER_ALL].open_only
    assert all(proxy.open_only for name, proxy in PROXIES.items() if name is not ProxyName.ROUTER_ALL)


def test_a_country_nobody_counts_is_no_part(by_proxy):
    assert by_proxy[ProxyName.DOWNLOADS_TOTAL].parts == (Origin.CN, Origin.US)
    assert Origin.EU not in by_proxy[ProxyName.DOWNLOADS_YEAR].parts
    assert part(by_proxy[ProxyName.DERIVATIVES], Origin.UNNAMED)[0] == pytest.approx(0.45)


def test_a_day_before_publication_knows_nothing_and_says_so():
    by_proxy, missing = compositions(View.of(STORE, as_of=date(2026, 8, 21)))
    assert ProxyName.ROUTER_OPEN not in by_proxy
    assert "2026-08-21" in missing[ProxyName.ROUTER_OPEN]
    assert set(by_proxy) | set(missing) == set(ProxyName)
    assert compositions(View.of(STORE, as_of=date(2025, 11, 25)))[0] == {}


def test_series_that_contradict_each_other_are_refused_and_not_clipped():
    by_proxy, missing = compositions(changed("world.openrouter.closed_lab_share", 35.0))
    assert "2026-07" in missing[ProxyName.ROUTER_OPEN]
    assert ProxyName.ROUTER_ALL in by_proxy


def test_a_share_of_zero_has_no_logarithm_and_is_refused():
    _, missing = compositions(changed("eu.openrouter.token_share", 0.0, month="2026-03-01"))
    assert "2026-03" in missing[ProxyName.ROUTER_ALL]


def test_every_series_on_use_of_models_is_read_or_left_out_with_a_reason(by_proxy):
    read_series = {name for composition in by_proxy.values() for name in composition.series}
    words = ("openrouter", "huggingface")
    explained = {name for name in SERIES.unique().to_list() if any(word in name for word in words)}
    assert explained <= read_series | set(LEFT_OUT)
    assert read_series & set(LEFT_OUT) == set()
    assert set(LEFT_OUT) <= set(SERIES.to_list())


def test_shares_cannot_be_changed_by_who_reads_them(by_proxy):
    with pytest.raises(ValueError, match="read-only"):
        by_proxy[ProxyName.ROUTER_ALL].shares[0, 0] = np.nan
