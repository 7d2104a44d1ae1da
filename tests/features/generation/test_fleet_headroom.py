"""Headroom of standing plants, against a fleet whose factors can be added up by hand."""

from datetime import date

import pytest

from data.periods.period import Frequency, Period
from data.store.store import Store
from features.generation.fleet_headroom import fleet_headroom
from features.view import View

STORE = Store.shipped()


def month(year: int, number: int) -> Period:
    return Period(date(year, number, 1), Frequency.MONTH)


def test_headroom_is_the_best_months_of_the_fleet_less_the_last_twelve():
    view = View.of(STORE, as_of=date(2026, 11, 23))
    headroom = fleet_headroom(view)
    assert headroom is not None
    assert headroom.last == month(2025, 9)
    gas = view.read("us.electricity.netgen.natural_gas.eia", freq=Frequency.MONTH).to_unit("TWh").by_period()
    year = sum(gas[headroom.last.shift(-back)] for back in range(12))
    # The best twelve months of gas ended in November 2024, on a fleet of 506.6 GW in place of 508.4 and in a leap year.
    best = sum(gas[month(2024, 11).shift(-back)] for back in range(12))
    assert headroom.by_year == pytest.approx(best * 508.4 / 506.6 * 365 / 366 - year, abs=3)
    # The best three: gas from July 2024, coal from June 2025.
    coal = view.read("us.electricity.netgen.coal.eia", freq=Frequency.MONTH).to_unit("TWh").by_period()
    gas_best = sum(gas[month(2024, number)] for number in (7, 8, 9)) / 92 * 365 * 508.4 / 506.6
    coal_best = sum(coal[month(2025, number)] for number in (6, 7, 8)) / 92 * 365
    coal_year = sum(coal[headroom.last.shift(-back)] for back in range(12))
    assert headroom.by_best_months == pytest.approx(gas_best + coal_best - year - coal_year, abs=3)
    assert 0 < headroom.by_year < headroom.by_calendar_month < headroom.by_best_months


def test_nothing_is_said_before_both_figures_of_a_fleet_were_printed():
    assert fleet_headroom(View.of(STORE, as_of=date(2025, 7, 23))) is None
