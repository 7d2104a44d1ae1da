"""Anyone's series: any scale, 8 to 200 points, every frequency, and what was reduced is said."""

from datetime import date

import numpy as np
import pytest

from data.base.errors import InvalidParameter, NotFound
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from features.user_series.user_series import UserSeries
from training.ensemble.calibration import TOO_FEW
from training.user_series import user_series
from training.user_series.prior import COVERAGES, Prior
from training.user_series.user_series import forecast

MIDDLE = FORECAST_LEVELS.index(0.5)


def series_of_values(values, *, freq=Frequency.MONTH, name="a", skip=()):
    first = Period(date(2005, 1, 1), freq)
    periods = tuple(first.shift(step) for step in range(len(values)) if step not in skip)
    remaining = [value for step, value in enumerate(values) if step not in skip]
    return UserSeries(name, freq, periods, np.array(remaining, dtype=float))


def noisy(count, *, growth=0.004, seed=1, noise=0.03):
    rng = np.random.default_rng(seed)
    return 100 * np.exp(growth * np.arange(count) + noise * rng.standard_normal(count))


def one(series, **more):
    return forecast([series], horizon=more.pop("horizon", 6), **more).answered[0]


@pytest.mark.parametrize("freq", list(Frequency))
@pytest.mark.parametrize("count", [8, 9, 13, 30, 200])
def test_any_length_and_frequency_is_answered_with_an_ordered_band_that_widens(freq, count):
    answer = one(series_of_values(noisy(count), freq=freq), horizon=24)
    bands = answer.quantiles
    assert bands.shape == (24, len(FORECAST_LEVELS))
    assert np.isfinite(bands).all()
    assert (np.diff(bands, axis=1) > 0).all()
    width = np.log(bands[:, -1] / bands[:, 0])
    assert (np.diff(width) >= -1e-12).all()
    assert width[-1] > width[0]
    assert sum(answer.weights.values()) == pytest.approx(1.0)
    assert answer.periods[0] == series_of_values(noisy(count), freq=freq).periods[-1].shift(1)


@pytest.mark.parametrize("factor", [1e-9, 1e9])
def test_any_scale_is_the_same_forecast(factor):
    values = noisy(40)
    plain, scaled = one(series_of_values(values)), one(series_of_values(values * factor))
    assert np.allclose(scaled.quantiles, factor * plain.quantiles, rtol=1e-3)


@pytest.mark.slow
def test_the_same_input_gives_the_same_output_in_one_process_or_two():
    series = [
        series_of_values(noisy(20 + place, seed=place), name=str(place)) for place in range(user_series.ONE_PROCESS)
    ]
    pooled = forecast(series, horizon=4, workers=2)
    alone = forecast(series, horizon=4, workers=1)
    assert all(np.array_equal(pooled.answered[place].quantiles, alone.answered[place].quantiles) for place in range(24))
    # What stands beside a series in the file does not change it.
    assert np.array_equal(one(series[3], horizon=4).quantiles, alone.answered[3].quantiles)


def test_a_noisier_history_gets_a_wider_band():
    calm, wild = (one(series_of_values(noisy(60, noise=noise))).quantiles for noise in (0.01, 0.1))
    assert np.log(wild[0, -1] / wild[0, 0]) > 3 * np.log(calm[0, -1] / calm[0, 0])


def test_a_break_of_the_trend_stays_inside_the_widest_band():
    values = 100 * np.exp(0.15 * np.arange(20) + 0.03 * np.random.default_rng(4).standard_normal(20))
    answer = one(series_of_values(values, freq=Frequency.YEAR), horizon=3)
    # Growth ends on the spot: the level of the last year is not an impossible third year.
    assert answer.quantiles[2, 0] < values[-1] < answer.quantiles[2, MIDDLE]


def test_any_levels_agree_with_the_published_ones():
    series = series_of_values(noisy(40))
    nine = one(series).quantiles
    some = one(series, levels=(0.01, 0.1, 0.3, 0.5, 0.9, 0.99)).quantiles
    assert np.allclose(some[:, [1, 3, 4]], nine[:, [2, 4, 6]])
    assert (some[:, 0] < nine[:, 0]).all()
    assert (some[:, 5] > nine[:, 8]).all()
    assert ((some[:, 2] > nine[:, 3]) & (some[:, 2] < nine[:, 4])).all()


@pytest.mark.parametrize(
    ("series", "notice"),
    [
        pytest.param(series_of_values([5.0] * 20), "every value is the same", id="constant"),
        pytest.param(series_of_values(noisy(20) * (np.arange(20) % 4 > 0)), "a value is zero", id="zeros"),
        pytest.param(series_of_values(noisy(40), skip=(12,)), "the 27 points after the last gap", id="gap"),
        pytest.param(series_of_values(noisy(12)), "too short to tell a season", id="short"),
        pytest.param(
            series_of_values(noisy(20), freq=Frequency.HALF), "half-yearly series have no public collection", id="half"
        ),
        pytest.param(series_of_values(noisy(190)), "only the last 144 periods", id="long"),
    ],
)
def test_what_is_reduced_is_said(series, notice):
    answer = one(series)
    assert any(notice in text for text in answer.reduced)
    assert np.isfinite(answer.quantiles).all()
    assert (answer.quantiles >= 0).all()


@pytest.mark.parametrize(
    "series", [series_of_values([0, 3, 0, 0, 5, 2, 0, 4, 0, 0, 7, 1]), series_of_values(noisy(20), freq=Frequency.HALF)]
)
def test_no_eighty_per_cent_is_claimed_where_nothing_was_scored(series):
    answer = one(series)
    assert answer.n_scores == 0
    assert TOO_FEW in answer.reduced


def test_an_ordinary_series_rests_on_many_scores():
    answer = one(series_of_values(noisy(60)))
    assert answer.n_scores >= 300
    assert answer.reduced == ()
    assert answer.method.startswith("weighted(")


def test_members_may_be_named_and_those_that_fail_are_told_with_the_reason():
    zero = [*noisy(10), 0.0, *noisy(9)]
    answer = one(series_of_values(zero), members=("drift", "theta_log"))
    assert set(answer.weights) == {"drift"}
    assert "not all positive" in answer.dropped["theta_log"]
    nobody = forecast([series_of_values(zero), series_of_values(noisy(20))], horizon=3, members=("theta_log",))
    assert "not all positive" in nobody.refused[0]
    assert 1 in nobody.answered


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"horizon": 0}, InvalidParameter),
        ({"levels": (0.5, 0.1)}, InvalidParameter),
        ({"levels": (0.0, 0.5)}, InvalidParameter),
        ({"levels": ()}, InvalidParameter),
        ({"members": ()}, InvalidParameter),
        ({"members": ("crystal_ball",)}, NotFound),
    ],
)
def test_what_cannot_be_asked_is_refused(more, error):
    with pytest.raises(error):
        one(series_of_values(noisy(20)), **more)


@pytest.mark.parametrize("freq", list(Frequency))
def test_the_tables_are_whole(freq):
    prior = Prior.of(freq)
    assert sum(prior.weights.values()) == pytest.approx(1.0, abs=1e-3)
    for table in prior.ratios.values():
        assert table.shape[1] == len(COVERAGES)
        assert (table > 0).all()
        assert (np.diff(table, axis=1) < 0).all()
    assert "every" in prior.ratios
