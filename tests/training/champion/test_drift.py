"""Drift and staleness on real figures: a version is told what is known now, and has to say what it did not expect."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from versions import version

from data.base.quantiles import FORECAST_LEVELS
from data.store.store import Store
from features.panel import forecastable
from features.view import View
from training.champion.drift import Tolerances, check, cusum

NAME = "us.electricity.netgen.total.eia"
DAY = date(2026, 11, 23)
STEPS = 12


@pytest.fixture(scope="module")
def store():
    return Store.shipped()


@pytest.fixture(scope="module")
def series(store):
    return forecastable(View.of(store, as_of=DAY))[NAME]


def forecast(series, *, shift=0.0, width=0.2):
    """Bands of the last periods of a series, around what came times ``exp(shift)`` with errors of the width's size."""
    rng = np.random.default_rng(5)
    levels = np.asarray(FORECAST_LEVELS, dtype=np.float64)
    spread = np.interp(levels, [0.025, 0.5, 0.975], [-1.96, 0.0, 1.96]) * width
    rows = []
    for period, value in zip(series.periods[-STEPS:], series.values[-STEPS:], strict=True):
        centre = np.log(value) + shift + 0.8 * width * rng.normal()
        rows += [
            {
                "series_id": NAME,
                "freq": "M",
                "period": period.start,
                "level": float(level),
                "value": float(np.exp(centre + offset)),
            }
            for level, offset in zip(levels, spread, strict=True)
        ]
    return rows


def drift(tmp_path, store, series, *, today=DAY, tolerances=None, drivers=(), data_as_of="2026-11-01", **more):
    published = version(
        tmp_path, "m-1", None, names=(NAME,), unit=series.unit, freq="M", data_as_of=data_as_of,
        drivers=drivers, forecasts=forecast(series, **more),
    )  # fmt: skip
    return check(View.of(store, as_of=DAY), published, today=today, tolerances=tolerances)


def finding_of(drift_report, name):
    return next(finding for finding in drift_report.findings if finding.name == name)


def test_actuals_inside_their_bands_advise_nothing(tmp_path, store, series):
    drift_report = drift(tmp_path, store, series)
    assert not drift_report.advised, drift_report.reasons
    assert finding_of(drift_report, "bands").figures["series"] == 1
    assert drift_report.report()["reasons"] == []


def test_actuals_on_one_side_of_their_bands_advise_to_retrain(tmp_path, store, series):
    drift_report = drift(tmp_path, store, series, shift=-0.35, drivers=(NAME,), tolerances=Tolerances(driver_share=1.0))
    assert drift_report.advised
    assert finding_of(drift_report, "bands").figures["out"][NAME] > 4
    assert NAME in drift_report.reasons[0]
    below = drift(tmp_path / "below", store, series, shift=0.35)
    assert finding_of(below, "bands").figures["out"][NAME] < -4


def test_coverage_is_judged_only_where_enough_series_have_new_actuals(tmp_path, store, series):
    few = drift(tmp_path, store, series, width=0.001)
    assert not finding_of(few, "coverage").advises
    assert "too few" in finding_of(few, "coverage").detail
    enough = drift(tmp_path / "one", store, series, shift=0.5, tolerances=Tolerances(least_series=1))
    assert finding_of(enough, "coverage").advises


def test_old_knowledge_and_new_periods_of_the_drivers_advise_to_retrain(tmp_path, store, series):
    old = drift(tmp_path, store, series, today=DAY + timedelta(days=200))
    assert finding_of(old, "age").advises
    assert "222 days ago" in finding_of(old, "age").detail
    newer = drift(tmp_path / "newer", store, series, drivers=(NAME,))
    assert "1 of 1 drivers have new periods" in finding_of(newer, "age").detail


def test_a_large_revision_of_what_was_known_advises_to_retrain(tmp_path, store, series):
    """A later print of last month's figure, half as large again, published after the champion was trained."""
    last = pl.col("series_id") == NAME
    rows = store.observations.filter(last, pl.col("period") == series.periods[-1].start, pl.col("freq") == "M")
    later = rows.with_columns(pl.col("value") * 1.5, pl.lit(date(2026, 11, 22)).alias("published"))
    earlier = store.observations.with_columns(
        pl.when(last).then(pl.lit(date(2026, 10, 1))).otherwise(pl.col("published")).alias("published")
    )
    revised = replace(store, observations=pl.concat([earlier, later.select(earlier.columns)]))
    drift_report = drift(tmp_path, revised, series)
    assert finding_of(drift_report, "revisions").advises, finding_of(drift_report, "revisions")
    assert list(finding_of(drift_report, "revisions").figures["out"]) == [NAME]
    assert not finding_of(drift(tmp_path / "none", store, series), "revisions").advises


def test_the_sum_needs_more_than_two_periods_and_forgets():
    extreme = 2.3263
    assert abs(cusum(np.full(2, extreme), slack=0.5)) < 4
    assert cusum(np.full(3, extreme), slack=0.5) > 4
    assert cusum(np.full(3, -extreme), slack=0.5) < -4
    assert abs(cusum(np.tile([1.0, -1.0], 50), slack=0.5)) < 1
    assert cusum(np.empty(0), slack=0.5) == 0.0


def test_chance_alone_seldom_advises():
    """A year of monthly scores from calibrated bands: a false alarm in fewer than one series in fifteen."""
    rng = np.random.default_rng(2)
    sums = [cusum(np.clip(rng.normal(size=12), -2.33, 2.33), slack=0.5) for _ in range(3000)]
    assert np.mean(np.abs(sums) > 4) < 1 / 15
