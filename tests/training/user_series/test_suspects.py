"""Medians that resist figures in another unit, wrong at the end or of a month not over; and nothing else moves."""

from datetime import date

import numpy as np
import pytest

from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from features.user_series.user_series import read_series
from training.user_series.suspects import without_suspects
from training.user_series.user_series import forecast

MIDDLE = FORECAST_LEVELS.index(0.5)
COUNT = 48
STEPS = np.arange(COUNT)
NOISE = np.random.default_rng(11).standard_normal(COUNT)
SHAPES = {
    "flat": 500 + 9 * NOISE,
    "growing": 500 * np.exp(0.015 * STEPS + 0.02 * NOISE),
    "seasonal": 500 + 60 * np.sin(2 * np.pi * STEPS / 12) + 5 * NOISE,
}


@pytest.fixture
def read_values(tmp_path):
    """A series of months written to a file and read back as the command reads it."""

    def through_file(values, *, text_of=repr, freq=Frequency.MONTH):
        first = Period(date(2020, 1, 1), freq)
        rows = [f"hall,{first.shift(step).start},{text_of(float(value))}" for step, value in enumerate(values)]
        path = tmp_path / "in.csv"
        path.write_text("\n".join(["series_id,period,value", *rows, ""]))
        (series,) = read_series(path).series
        return series

    return through_file


def answer(series, *, horizon=12):
    return forecast([series], horizon=horizon).answered[0]


def wrong(values, place, factor):
    return np.where(np.arange(len(values)) == place % len(values), factor * values, values)


@pytest.mark.parametrize("factor", [1000.0, 0.001])
@pytest.mark.parametrize("place", [0, 4, 30, -13, -2, -1])
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_one_value_in_another_unit_moves_no_median_by_a_tenth(read_values, shape, place, factor):
    values = SHAPES[shape]
    clean, slipped = answer(read_values(values)), answer(read_values(wrong(values, place, factor)))
    assert slipped.periods == clean.periods
    assert slipped.quantiles[:, MIDDLE] == pytest.approx(clean.quantiles[:, MIDDLE], rel=0.1)
    label = Period(date(2020, 1, 1), Frequency.MONTH).shift(place % COUNT).label
    (notice,) = [notice for notice in slipped.reduced if "set aside" in notice]
    assert label in notice


@pytest.mark.parametrize("factor", [1000.0, 0.001])
@pytest.mark.parametrize("place", [0, -2, -1])
def test_a_slip_of_a_short_yearly_series_moves_no_median_by_a_tenth(read_values, place, factor):
    values = SHAPES["flat"][:12]
    clean = answer(read_values(values, freq=Frequency.YEAR))
    slipped = answer(read_values(wrong(values, place, factor), freq=Frequency.YEAR))
    assert slipped.periods == clean.periods
    assert slipped.quantiles[:, MIDDLE] == pytest.approx(clean.quantiles[:, MIDDLE], rel=0.1)


@pytest.mark.parametrize("before", [1000.0, 0.001])
def test_a_unit_that_changed_for_good_leaves_out_what_stands_before(read_values, before):
    values = np.where(STEPS < 24, before, 1.0) * SHAPES["flat"]
    changed = answer(read_values(values))
    assert changed.quantiles[:, MIDDLE] == pytest.approx(500, rel=0.1)
    assert changed.quantiles.shape == answer(read_values(SHAPES["flat"])).quantiles.shape


@pytest.mark.parametrize("factor", [0.3, 5.0])
def test_a_wrong_or_partial_last_value_leaves_the_median_where_it_was(read_values, factor):
    values = SHAPES["seasonal"]
    clean, slipped = answer(read_values(values)), answer(read_values(wrong(values, -1, factor)))
    assert slipped.quantiles[:, MIDDLE] == pytest.approx(clean.quantiles[:, MIDDLE], rel=0.1)
    assert any("until later figures show that the level has changed" in notice for notice in slipped.reduced)


def test_thousands_dots_in_part_of_the_rows_are_no_thousandths(read_values):
    values = np.round(1700 + 40 * NOISE)
    dotted = [step in {7, 19, 33} for step in STEPS]
    cells = iter(dotted)
    series = read_values(values, text_of=lambda value: f"{value / 1000:.3f}" if next(cells) else f"{value:.0f}")
    clean = answer(read_values(values, text_of=lambda value: f"{value:.0f}"))
    assert answer(series).quantiles[:, MIDDLE] == pytest.approx(clean.quantiles[:, MIDDLE], rel=0.1)


@pytest.mark.parametrize("factor", [0.2, 4.0, 40.0])
def test_a_level_that_later_values_confirm_is_followed(read_values, factor):
    values = np.where(STEPS >= 36, factor, 1.0) * SHAPES["flat"]
    assert answer(read_values(values)).quantiles[0, MIDDLE] == pytest.approx(factor * 500, rel=0.25)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_series_without_suspects_is_fitted_as_it_stands(read_values, shape):
    series = read_values(SHAPES[shape])
    assert without_suspects(series) == (series, 0, ())
