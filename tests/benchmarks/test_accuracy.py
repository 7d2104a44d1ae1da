"""The grading is that of the competitions, and the engine stays good on a part of the public series."""

import numpy as np
import pytest

from benchmarks.accuracy import GOALS, Goal, grade_forecasts, missed
from benchmarks.collections import FAST, Case, listed, subset, unlisted
from benchmarks.grading import LEVELS, graded, grades, multiplicative_season, naive2
from data.periods.period import Frequency


def test_the_listed_series_are_those_of_the_notes_and_naive2_scores_as_printed():
    cases = listed()
    assert len(cases) == 1113
    case_grades = grades(cases, [naive2(case) for case in cases])
    assert case_grades["all"].n == 900
    assert case_grades["all"].smape.value == pytest.approx(16.78, abs=0.01)
    assert case_grades["all"].mase.value == pytest.approx(1.79, abs=0.01)
    assert case_grades["all"].cover80.value == pytest.approx(75.1, abs=0.1)
    assert case_grades["fast growers"].cover80.value == pytest.approx(64.8, abs=0.1)
    for grade in case_grades.values():
        assert grade.owa.value == grade.rel_crps.value == 1.0


def test_nothing_that_taught_the_prior_is_judged():
    assert not {case.name for case in listed()} & {case.name for case in unlisted()}


def test_a_subset_holds_every_collection_and_frequency_in_equal_numbers():
    chosen = subset(listed(), size=90)
    assert len(chosen) == 90
    assert len({(case.name.split(".")[0], case.freq) for case in chosen}) == 6
    assert all(case.set == "main" for case in chosen)


def test_a_season_is_found_where_there_is_one_and_factors_average_one():
    steps = np.arange(48)
    values = 100 * (1 + 0.3 * np.sin(2 * np.pi * steps / 12))
    factors = multiplicative_season(values, season=12)
    assert factors.mean() == pytest.approx(1.0)
    assert factors[3] == pytest.approx(1.3, abs=0.02)
    assert (multiplicative_season(100 + steps * 0.0 + steps % 5, season=12) == 1.0).all()


def test_a_perfect_forecast_scores_nothing_and_a_band_beside_it_covers_nothing():
    case = Case("x.1", "main", Frequency.YEAR, np.arange(1.0, 13.0), np.array([13.0, 14.0]))
    assert case.growth > FAST
    perfect = np.repeat(case.future[:, None], len(LEVELS), axis=1)
    assert graded(case, perfect).tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert graded(case, perfect + 5.0)[3:].tolist() == [0.0, 0.0, 0.0]


def test_a_missed_goal_is_told():
    cases = subset(listed(), size=12)
    case_grades = grades(cases, [naive2(case) for case in cases])
    assert any("owa of all is 1.000" in text for text in missed(case_grades, GOALS))
    assert missed(case_grades, (Goal("all", "owa", 0.9, 1.1),)) == []


@pytest.mark.nightly
def test_the_engine_beats_naive2_on_ninety_series_and_its_bands_are_honest():
    answers = grade_forecasts(subset(listed(), size=90)).grades
    # Guards several standard errors wide: ninety series are few; the goals themselves are judged on nine hundred.
    assert answers["all"].owa.value < 0.95
    assert answers["all"].rel_crps.value < 0.85
    assert 72.0 <= answers["all"].cover80.value <= 90.0
    assert answers["all"].cover95.value >= 89.0
    for group in ("yearly", "quarterly", "monthly"):
        assert answers[group].owa.value < 1.05
