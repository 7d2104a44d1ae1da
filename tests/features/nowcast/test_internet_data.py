"""Electricity of China's internet data services: a part of the country's data centers that is counted by month."""

from datetime import date

import numpy as np
import pytest

from data.store.store import Store
from features.nowcast.internet_data import internet_data
from features.view import View

STORE = Store.shipped()


def of(day, year=2026):
    return internet_data(View.of(STORE, as_of=day), year)


def test_the_months_counted_are_exact_and_only_the_others_are_estimated():
    after_june, after_august = of(date(2026, 7, 16)), of(date(2026, 11, 23))
    assert (after_june.counted, after_june.months) == (pytest.approx(49.4), 6)
    # August came alone; July did not.
    assert (after_august.counted, after_august.months) == (pytest.approx(49.4 + 10.2), 7)
    for services in (after_june, after_august):
        # The class grew 44 % to June and 38 % in August, from 34.3 TWh in the first half of 2025.
        assert 100 < services.twh < 115
        assert 1.35 < services.twh / services.before < 1.50
        assert services.before > 34.3 + services.before / 3


def test_more_months_leave_a_smaller_error_read_off_past_years_of_the_same_sums():
    days = (date(2026, 5, 20), date(2026, 7, 16), date(2026, 11, 23))
    services = [of(day) for day in days]
    assert [one.errors for one in services] == [253] * 3
    assert services[0].rest_sd > services[1].rest_sd > services[2].rest_sd > 0
    assert services[0].rest > services[1].rest > services[2].rest
    # What was said in May and July holds what followed, within two deviations.
    for earlier in services[:2]:
        assert abs(np.log((services[2].twh - earlier.counted) / earlier.rest)) < 2 * earlier.rest_sd


@pytest.mark.parametrize(("day", "year"), [(date(2026, 3, 1), 2026), (date(2026, 11, 23), 2027)])
def test_a_year_without_a_month_is_not_estimated(day, year):
    assert of(day, year) is None
