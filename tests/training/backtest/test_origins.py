"""Backtests see only what was known: the property every score rests on."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.flows import JOINED
from features.panel import forecastable, panel
from features.series import ModelSeries
from features.view import View
from training.backtest.origins import MINIMUM_SEEN, PSEUDO, STRICT, all_origins, pseudo_origins

AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def shipped_origins():
    store = Store.shipped()
    drivers = panel(View.of(store, as_of=AS_OF)).series
    series = forecastable(View.of(store, as_of=AS_OF)) | drivers
    return store, series, all_origins(View.of(store, as_of=AS_OF), series=series, drivers=frozenset(drivers))


def test_no_origin_sees_its_targets_or_anything_after_its_last_period(shipped_origins):
    _, series, origins = shipped_origins
    count = 0
    for name, series_origins in origins.items():
        for origin in series_origins:
            count += 1
            last = origin.periods[-1]
            assert (origin.target_steps > 0).all()
            assert all(period <= last for period in origin.periods)
            table = dict(zip(series[name].periods, series[name].values, strict=True))
            for step, target in zip(origin.target_steps, origin.targets, strict=True):
                assert table[last.shift(int(step))] == target
    assert count > 400


def test_strict_origins_see_only_rows_published_by_their_day(shipped_origins):
    store, series, origins = shipped_origins
    strict = [origin for series_origins in origins.values() for origin in series_origins if origin.rule == STRICT]
    assert strict
    for origin in strict[:60]:
        rows = store.as_of(origin.day, rule=Rule.STRICT)
        printed = set(rows.filter(rows["series_id"] == origin.series_id)["value"].to_list())
        if not origin.series_id.startswith("derived.") and series[origin.series_id].recipe != JOINED:
            assert set(np.asarray(origin.values).tolist()) <= printed


def test_pseudo_vintage_is_labelled(shipped_origins):
    _, _, origins = shipped_origins
    assert {origin.rule for series_origins in origins.values() for origin in series_origins} == {
        "strict",
        "pseudo_vintage",
    }


def test_nothing_after_an_origin_can_change_what_it_sees(shipped_origins):
    # Garble every figure that became known after the day: the strict origin must not move.
    store, series, origins = shipped_origins
    name = next(
        key
        for key, series_origins in origins.items()
        if series_origins and series_origins[-1].rule == STRICT and key in store_ids(store)
    )
    origin = origins[name][-1]
    later = pl.col("published").fill_null(store.compiled) > origin.day
    garbled = replace(
        store,
        observations=store.observations.with_columns(
            value=pl.when(later & (pl.col("series_id") == name)).then(1e9).otherwise(pl.col("value"))
        ),
    )
    again = all_origins(View.of(garbled, as_of=AS_OF), series={name: series[name]}, drivers=frozenset())[name]
    twin = next(item for item in again if item.periods[-1] == origin.periods[-1])
    assert np.array_equal(twin.values, origin.values)
    assert twin.periods == origin.periods


def store_ids(store):
    return set(store.observations["series_id"].to_list())


def test_a_pseudo_vintage_cut_agrees_with_the_release_lags(shipped_origins):
    # Where all of a series comes from lagged sources, the cut is what the store shows under the lagged rule that day.
    store, series, origins = shipped_origins
    name = "us.electricity.netgen.total.eia"
    for origin in origins[name]:
        assert origin.rule == PSEUDO
        visible = View.of(store, as_of=origin.day, rule=Rule.AVAILABLE).read(name, freq=series[name].freq)
        assert visible.periods == origin.periods


@given(count=st.integers(8, 40), held_back=st.integers(1, 12))
@settings(deadline=None, max_examples=40)
def test_a_cut_is_a_copy_and_targets_follow_it(count, held_back):
    first = Period(date(2000, 1, 1), Frequency.QUARTER)
    periods = tuple(first.shift(step) for step in range(count))
    series = ModelSeries(
        series_id="x", region="US", unit="GW", freq=Frequency.QUARTER, periods=periods,
        values=np.arange(1.0, count + 1), low=None, high=None, last_published=AS_OF, rule=Rule.STRICT, sources=("s",),
        recipe=None, pseudo_vintage=False,
    )  # fmt: skip
    origins = pseudo_origins(series, held_back=(held_back,))
    if count - held_back < MINIMUM_SEEN:
        assert origins == []
        return
    origin = origins[0]
    assert origin.values.tolist() == list(range(1, count - held_back + 1))
    assert origin.targets.tolist() == [float(count - held_back + step) for step in origin.target_steps]
    origin.values[0] = -1.0
    assert series.values[0] == 1.0
