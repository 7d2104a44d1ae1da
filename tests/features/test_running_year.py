"""A year that has begun: what is observed stays, and only the rest is read off earlier years."""

from datetime import date
from math import exp

import pytest

from data.periods.period import Frequency, Period
from features.running_year import running_year


def month(year, number):
    return Period(date(year, number, 1), Frequency.MONTH)


YEARS = {2022: 120.0, 2023: 150.0, 2024: 180.0}


def test_the_rest_is_a_rate_for_every_month_left():
    sums = {month(2022, 8): 80.0, month(2023, 8): 90.0, month(2024, 8): 100.0, month(2025, 8): 130.0}
    running = running_year(YEARS, sums)
    assert (running.month, running.so_far, running.months_left) == (month(2025, 8), 130.0, 4)
    assert [exp(rest) for rest in running.rests] == pytest.approx([10.0, 15.0, 20.0])


def test_a_neighbouring_month_stands_in_and_a_far_one_does_not():
    sums = {month(2023, 7): 90.0, month(2024, 3): 30.0, month(2025, 8): 130.0}
    running = running_year(YEARS, sums)
    assert [exp(rest) for rest in running.rests] == pytest.approx([60.0 / 5])


def test_the_newest_sum_is_the_one_that_counts():
    sums = {month(2025, 3): 20.0, month(2025, 9): 140.0, month(2025, 6): 60.0}
    assert running_year(YEARS, sums).so_far == 140.0


@pytest.mark.parametrize(
    "sums",
    [{}, {month(2024, 8): 100.0}, {month(2023, 8): 90.0}],
    ids=["no sum", "a year that is told", "an older year"],
)
def test_no_year_runs_without_a_sum_of_its_own(sums):
    assert running_year(YEARS, sums) is None


def test_a_sum_of_twelve_months_is_no_running_year():
    assert running_year(YEARS, {month(2025, 12): 200.0}) is None
