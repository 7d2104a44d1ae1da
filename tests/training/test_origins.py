"""Backtests see only what was known: the property every score rests on."""

from datetime import date

import numpy as np
import pytest

from data.store import Rule, Store
from features.panel import forecastable, panel
from training.origins import STRICT, all_origins

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def known():
    store = Store.shipped()
    drivers = panel(store, as_of=AS_OF).series
    series = forecastable(store, as_of=AS_OF) | drivers
    return store, series, all_origins(store, as_of=AS_OF, series=series, drivers=frozenset(drivers))


def test_no_origin_sees_its_targets_or_anything_after_its_last_period(known):
    _, series, origins = known
    count = 0
    for name, found in origins.items():
        for origin in found:
            count += 1
            last = origin.periods[-1]
            assert (origin.target_steps > 0).all()
            assert all(period <= last for period in origin.periods)
            table = dict(zip(series[name].periods, series[name].values, strict=True))
            for step, target in zip(origin.target_steps, origin.targets, strict=True):
                assert table[last.shift(int(step))] == target
    assert count > 400


def test_strict_origins_see_only_rows_published_by_their_day(known):
    store, _, origins = known
    strict = [origin for found in origins.values() for origin in found if origin.rule == STRICT]
    assert strict
    for origin in strict[:60]:
        rows = store.as_of(origin.day, rule=Rule.STRICT)
        printed = set(rows.filter(rows["series_id"] == origin.series_id)["value"].to_list())
        if not origin.series_id.startswith("derived."):
            assert set(np.asarray(origin.values).tolist()) <= printed


def test_pseudo_vintage_is_labelled(known):
    _, _, origins = known
    assert {origin.rule for found in origins.values() for origin in found} == {"strict", "pseudo_vintage"}
