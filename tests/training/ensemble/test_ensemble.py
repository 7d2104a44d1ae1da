"""Who is listened to, and how answers become one."""

from datetime import date

import numpy as np
import pytest

from data.base.errors import TrainingError
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.backtest.backtest import Trial
from training.backtest.origins import PSEUDO, Origin
from training.core.calendar import Calendar
from training.core.growth import Growth, growth_class
from training.ensemble.ensemble import SIZE, TEMPERATURE, Merits, choose, combined, weights
from training.members.registry import BASELINE, MEMBERS

CELL = (Frequency.YEAR, Growth.SLOW)
LEVELS = np.asarray(FORECAST_LEVELS, dtype=float)


def band(centre):
    return np.tile(centre + (LEVELS - 0.5), (2, 1))


def trial(series_id, member_forecasts, *, growth=Growth.SLOW):
    period = Period(date(2020, 1, 1), Frequency.YEAR)
    origin = Origin(
        series_id, (period,), np.array([10.0]), np.array([1, 2]), np.array([10.0, 10.0]), PSEUDO, date(2021, 1, 1)
    )
    return Trial(
        series_id, Frequency.YEAR, growth, origin, period, scale=1.0, unit_scale=1.0, constant=False,
        member_forecasts=member_forecasts, drops={}, parameters={}, history={period: 10.0},
    )  # fmt: skip


def trials(count, errors):
    return [trial(f"s{i}", {name: band(10.0 + error) for name, error in errors.items()}) for i in range(count)]


def test_a_member_is_ranked_by_its_score_against_the_baseline():
    ranking = Merits.of(trials(30, {BASELINE: 2.0, "ets_raw": 1.0, "drift": 4.0})).ranking(CELL)
    merits = dict(ranking)
    assert merits["ets_raw"] < merits[BASELINE] == 0.0 < merits["drift"]
    assert ranking[0][0] == "ets_raw"


def test_a_wide_band_costs_a_member_nothing_where_its_median_is_right():
    wide = np.tile(10.5 + 20 * (LEVELS - 0.5), (2, 1))
    merits = Merits.of(
        [trial(f"s{i}", {BASELINE: band(12.0), "drift": wide, "ets_raw": band(11.0)}) for i in range(20)]
    )
    ranked = dict(merits.ranking(CELL))
    assert ranked["drift"] < ranked["ets_raw"] < 0.0


def test_few_series_earn_little_trust():
    few = dict(Merits.of(trials(2, {BASELINE: 2.0, "ets_raw": 1.0})).ranking(CELL))
    many = dict(Merits.of(trials(60, {BASELINE: 2.0, "ets_raw": 1.0})).ranking(CELL))
    assert many["ets_raw"] < few["ets_raw"] < 0.0


def test_a_series_is_judged_without_its_own_scores():
    lucky = [*trials(10, {BASELINE: 2.0, "drift": 4.0}), trial("own", {BASELINE: band(20.0), "drift": band(10.0)})]
    merits = Merits.of(lucky)
    assert dict(merits.ranking(CELL, without="own"))["drift"] > dict(merits.ranking(CELL))["drift"]


@pytest.mark.parametrize("growth", list(Growth))
def test_one_member_a_family_speaks_and_no_more_than_the_class_hears(growth):
    ranking = [(name, float(place)) for place, name in enumerate(MEMBERS)]
    names = choose(ranking, {name: band(1.0) for name in MEMBERS}, size=SIZE[growth])
    families = [MEMBERS[name].family for name in names]
    assert len(names) == min(SIZE[growth], len({chosen_names.family for chosen_names in MEMBERS.values()}))
    assert len(set(families)) == len(names)
    assert names[0] == next(iter(MEMBERS))


def test_nobody_answering_is_an_error_not_a_guess():
    with pytest.raises(TrainingError):
        choose([("drift", 0.0)], {}, size=4)


def test_answers_are_averaged_level_by_level_on_logarithms_where_positive():
    low, high = band(10.0), band(40.0)
    half = np.array([0.5, 0.5])
    assert np.allclose(combined([low, high], shares=half), np.sqrt(low * high))
    assert np.allclose(combined([low - 50, high - 50], shares=half), (low + high) / 2 - 50)
    assert np.allclose(combined([low, high], shares=np.array([1.0, 0.0])), low)


def test_the_better_member_weighs_more_and_equals_weigh_the_same():
    ranking = [("ets_raw", -0.2 - TEMPERATURE), ("drift", -0.2), ("naive2", -0.2)]
    shares = weights(ranking, ["ets_raw", "drift", "naive2"])
    assert shares.sum() == pytest.approx(1.0)
    assert shares[0] == pytest.approx(np.e * shares[1])
    assert shares[1] == shares[2]


def test_growth_classes():
    years = Calendar.of(tuple(Period(date(2010 + i, 1, 1), Frequency.YEAR) for i in range(10)))
    assert growth_class(100 * np.exp(0.2 * np.arange(10)), years) is Growth.FAST
    assert growth_class(100 * np.exp(0.05 * np.arange(10)), years) is Growth.SLOW
    assert growth_class(np.arange(10.0), years) is Growth.RAW
