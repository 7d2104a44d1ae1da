from datetime import date

import numpy as np
import polars as pl
import pytest

from data.base.errors import NotFound
from data.catalogue.observations import COLUMNS, COMPILED
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.storage.tightness import GAUGES, index_series, tightness
from features.view import View

SHIPPED = View.of(Store.shipped(), as_of=COMPILED)
MADE = tightness(SHIPPED, "US")
VACANCY = "us.datacenter.primary_markets.vacancy"
PRELEASED = "us.datacenter.primary_markets.preleased_share"


def quarter(number, which):
    return Period(date(number, 3 * which - 2, 1), Frequency.QUARTER)


def halves(series_id, values, **fields):
    base = {
        "series_id": series_id, "region": "US", "metric": "m", "unit": "percent", "freq": "H", "low": None,
        "high": None, "kind": "actual", "scenario": "", "source_id": "a", "published": date(2024, 1, 1),
        "confidence": "primary", "note": "", "table": "capacity",
    }  # fmt: skip
    return [
        base | {"period": date(2020 + n // 2, 1 + 6 * (n % 2), 1), "value": value} | fields
        for n, value in enumerate(values)
    ]


def tightness_of(*rows, as_of=date(2024, 4, 1)):
    frame = pl.DataFrame([row for part in rows for row in part], schema={**COLUMNS, "table": pl.String}, orient="row")
    lags = pl.DataFrame(schema={"source_id": pl.String, "release_lag_days": pl.Int64})
    return tightness(View.of(Store.of(frame, lags), as_of=as_of), "US")


def test_falling_vacancy_and_rising_preleasing_both_tighten():
    region_tightness = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), halves(PRELEASED, [50, 55, 60, 70, 75, 80]))
    assert (np.diff(region_tightness.groups["vacancy"])[::2] >= 0).all()
    assert region_tightness.groups["vacancy"][-1] > 0 > region_tightness.groups["vacancy"][0]
    assert region_tightness.groups["preleasing"][-1] > 0 > region_tightness.groups["preleasing"][0]
    assert region_tightness.index[-1] == pytest.approx(
        (region_tightness.groups["vacancy"][-1] + region_tightness.groups["preleasing"][-1]) / 2
    )


def test_two_groups_are_weak_and_their_disagreement_is_the_error():
    agree = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), halves(PRELEASED, [91, 93, 95, 96, 97, 98]))
    assert agree.weak.all()
    assert agree.standard_error == pytest.approx(0, abs=1e-9)
    apart = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), halves(PRELEASED, [98, 97, 96, 95, 93, 91]))
    assert (apart.standard_error[-1] > 0).all()
    alone = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]))
    assert np.isnan(alone.standard_error).all()


def test_missing_gauges_are_named_and_never_filled():
    region_tightness = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), halves(PRELEASED, [50, 55]))
    assert set(region_tightness.missing) == {gauge.series_id for gauge in GAUGES["US"]} - {VACANCY}
    assert "2 figures are too few" in region_tightness.missing[PRELEASED]
    assert set(region_tightness.groups) == {"vacancy"}
    flat = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), halves(PRELEASED, [50] * 6))
    assert "no spread" in flat.missing[PRELEASED]


def test_a_figure_speaks_from_the_end_of_its_period_and_for_a_year():
    region_tightness = tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, 2]), as_of=date(2025, 12, 31))
    # The last half ends on 31 December 2022.
    assert region_tightness.quarters[0] == quarter(2020, 2)
    assert region_tightness.quarters[-1] == quarter(2023, 4)


def test_one_outlier_does_not_move_the_others():
    calm, wild = (tightness_of(halves(VACANCY, [9, 7, 5, 4, 3, last])) for last in (2, 1e-9))
    assert calm.index[:8] == pytest.approx(wild.index[:8])


def test_nothing_known_is_refused():
    with pytest.raises(NotFound, match="no gauge"):
        tightness_of(halves(VACANCY, [9, 7, 5]))
    with pytest.raises(NotFound):
        tightness(SHIPPED, "CN")


def test_the_us_of_2026_is_tighter_than_of_2021_and_enough_groups_say_so():
    at = {period: place for place, period in enumerate(MADE.quarters)}
    assert MADE.index[at[quarter(2026, 2)]] > MADE.index[at[quarter(2021, 2)]] + 1
    assert not MADE.weak[at[quarter(2026, 2)]]
    assert MADE.weak[at[quarter(2012, 2)]]
    assert MADE.gauges[at[quarter(2026, 2)]] >= 8
    assert "us.datacenter.switchgear_lead_time" in MADE.missing


def test_the_series_has_bounds_where_groups_can_disagree():
    series = index_series(SHIPPED, "US", recipe="index.tightness")
    assert series.unit == "index"
    assert series.low is not None
    assert np.isnan(series.low[0])
    assert series.low[-1] < series.values[-1]
    alone = index_series(View.of(Store.shipped(), as_of=date(2022, 1, 1)), "US", recipe="index.tightness")
    assert alone.last_published <= date(2022, 1, 1)
