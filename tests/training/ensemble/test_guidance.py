"""Forecasts tied to guidance: the year adds up to what was said, and nothing else is touched."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period, period_range
from features.guidance import Guidance
from training.backtest.backtest import Trial
from training.core.growth import Growth
from training.ensemble.assessment import PooledForecast
from training.ensemble.calibration import I10, I90, MIDDLE, Band
from training.ensemble.guidance import _tied
from training.ensemble.paths import paths_of
from training.ensemble.recent_errors import Correction

LEVELS = np.asarray(FORECAST_LEVELS, dtype=float)
REVISIONS = (0.03, 0.08, 0.1, -0.02)
FIGURES = {period: 10.0 + number for number, period in enumerate(
    period_range(Period(date(2024, 1, 1), Frequency.QUARTER), Period(date(2026, 4, 1), Frequency.QUARTER))
)}  # fmt: skip
SPENT = sum(value for period, value in FIGURES.items() if period.start.year == 2026)


def forecast(steps=8):
    last = max(FIGURES)
    widths = 0.1 * np.sqrt(np.arange(1, steps + 1))
    quantiles = 20.0 * np.exp(widths[:, None] * (LEVELS - 0.5)[None, :] * 4)
    trial = Trial(
        "meta.capex_total", Frequency.QUARTER, Growth.FAST, None, last, scale=1.0, unit_scale=1.0, constant=False,
        member_forecasts={}, drops={}, parameters={}, history=FIGURES,
    )  # fmt: skip
    correction = Correction(None, np.zeros(steps), 1.0)
    return PooledForecast(trial, ("drift",), quantiles, Band(quantiles, "conformal(Q,fast)", 40, ()), correction)


def guidance(value, year=2026, revisions=REVISIONS):
    return Guidance("meta.capex_guidance", Period(date(year, 1, 1), Frequency.YEAR), value, revisions)


def phi(_trial):
    return 0.6


def tied(value, **changes):
    return _tied(forecast(), FIGURES, guidance(value, **changes), phi)


def test_medians_of_the_year_add_up_to_what_was_said():
    answer = tied(140.0)
    assert answer.band.method == "conformal(Q,fast);guided(meta.capex_guidance)"
    rest = answer.band.quantiles[:2, MIDDLE].sum()
    assert SPENT + rest == pytest.approx(140.0, rel=0.02)


def test_the_year_is_as_sure_as_statements_were():
    answer = tied(140.0)
    paths = paths_of(answer, answer.band.quantiles, phi)
    spread = np.sqrt(np.mean(np.square(REVISIONS))) * 2 * 1.2816
    total = SPENT + np.quantile(paths[:, :2].sum(axis=1), [0.1, 0.9])
    # Quarters may lie apart while their sum does not, so redrawn sums are somewhat wider.
    assert spread * 0.8 < np.log(total[1] / total[0]) < spread * 1.6


def test_later_quarters_keep_the_level_the_year_reached():
    plain, answer = forecast(), tied(140.0)
    factor = answer.band.quantiles[:, MIDDLE] / plain.band.quantiles[:, MIDDLE]
    assert factor[2:] == pytest.approx(np.full(6, factor[1]), rel=0.05)
    assert (np.diff(answer.band.quantiles, axis=1) >= 0).all()


def test_more_guided_is_more_forecast():
    low, high = (tied(value).band.quantiles for value in (120.0, 160.0))
    assert (high[:, MIDDLE] > low[:, MIDDLE]).all()
    assert (high[0, [I10, I90]] > low[0, [I10, I90]]).all()


@pytest.mark.parametrize(
    "changes",
    [
        SimpleNamespace(value=SPENT - 1.0),
        SimpleNamespace(value=140.0, revisions=(0.03, 0.08)),
        SimpleNamespace(value=140.0, year=2025),
        SimpleNamespace(value=900.0, year=2030),
    ],
    ids=["less than is spent", "few revisions", "a year that is over", "a year beyond the forecast"],
)
def test_what_says_nothing_of_the_rest_changes_nothing(changes):
    assert tied(**vars(changes)).band is not None
    assert np.array_equal(tied(**vars(changes)).band.quantiles, forecast().band.quantiles)


def test_a_quarter_nobody_reported_leaves_the_forecast_alone():
    figures = {period: value for period, value in FIGURES.items() if period.start != date(2026, 1, 1)}
    plain = forecast()
    assert _tied(plain, figures, guidance(140.0), phi) is plain
