"""China's use of electricity in the year that has begun: what its months tell, and how years differed from that."""

from datetime import date
from math import log

import pytest

from data.store.store import Store
from features.running_growth import china_running_growth
from features.view import View

STORE = Store.shipped()


def at(*day):
    return View.of(STORE, as_of=date(*day))


def test_the_newest_month_counts_as_printed():
    running = china_running_growth(at(2026, 11, 23), 2026)
    assert running.month.start == date(2026, 8, 1)
    assert running.growth == pytest.approx(log(1.043))


def test_two_sums_of_one_month_tell_a_growth_nobody_printed():
    before = china_running_growth(at(2026, 9, 1), 2026)
    assert before is None, "3,334.5 TWh by April has no sum of April 2025 beside it"
    errors = china_running_growth(at(2026, 11, 23), 2026).errors
    assert len(errors) == 3
    # 4,930.3 TWh by July 2022 after 4,710.0; generation of the year 8,848.71 after 8,534.26.
    assert errors[0] == pytest.approx(log(8848.71 / 8534.26) - log(4930.3 / 4710.0))


@pytest.mark.parametrize("year", [2025, 2027])
def test_a_printed_year_and_one_without_months_tell_nothing(year):
    assert china_running_growth(at(2026, 11, 23), year) is None
