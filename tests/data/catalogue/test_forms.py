"""One quantity in several forms: what follows from running totals and growth, and what rounding leaves open."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue.forms import Form, Sums, Way, grown, intervals, printed
from data.periods.period import Frequency, Period


def month(year, number):
    return Period(date(year, number, 1), Frequency.MONTH)


def figures(**values):
    """Figures of months by names such as ``m2025_07``."""
    return {month(int(name[1:5]), int(name[6:])): printed(value) for name, value in values.items()}


def differences(stated, totals, form=Form.SINCE_JANUARY):
    return Sums(stated, intervals(totals, form)).differences()


@pytest.mark.parametrize(
    ("value", "bound"),
    [(33.03, 0.005), (7409.4, 0.05), (4710.0, 5.0), (6300.0, 5.0), (160.0, 0.5), (10.0, 0.5), (0.0, 0.5)],
)
def test_the_last_printed_digit_is_rounded(value, bound):
    assert printed(value).bound == bound


def test_two_totals_in_a_row_give_the_month_between_them():
    by_month = differences({}, figures(m2025_07=5863.3, m2025_08=6878.8))
    assert set(by_month) == {month(2025, 8)}
    assert by_month[month(2025, 8)].value == pytest.approx(1015.5)
    assert by_month[month(2025, 8)].bound == pytest.approx(0.1)
    assert by_month[month(2025, 8)].way is Way.DIFFERENCE


def test_january_is_its_own_total_and_years_do_not_mix():
    by_month = differences({}, figures(m2024_12=900.0, m2025_01=80.0, m2025_02=150.0))
    assert {period: figure.value for period, figure in by_month.items()} == {month(2025, 1): 80.0, month(2025, 2): 70.0}


def test_january_and_february_printed_together_are_not_split():
    assert differences({}, figures(m2025_02=150.0, m2025_03=230.0)).keys() == {month(2025, 3)}


def test_a_month_carries_a_total_back():
    # January to July less July is January to June; with January to May that is June.
    by_month = differences(figures(m2025_07=100.0), figures(m2025_07=700.0, m2025_05=480.0))
    assert by_month[month(2025, 6)].value == pytest.approx(120.0)


def test_a_statement_is_compared_with_other_ways_only():
    by_month = differences(figures(m2025_08=1015.4), figures(m2025_07=5863.3, m2025_08=6878.8))
    assert by_month[month(2025, 8)].value == pytest.approx(1015.5)
    assert differences(figures(m2025_08=1015.4), {}) == {}


@pytest.mark.parametrize(("form", "values"), [(Form.SINCE_FIRST, [5.0, 3.0]), (Form.SINCE_START, [3.0])])
def test_the_first_total_is_a_period_only_where_counting_starts_in_it(form, values):
    by_month = differences({}, figures(m2024_12=5.0, m2025_01=8.0), form)
    assert [by_month[period].value for period in sorted(by_month)] == values


def test_growth_leads_ahead_and_back_from_what_is_known():
    by_month = grown(figures(m2025_08=1015.4, m2026_04=820.5), figures(m2026_08=1.7, m2026_04=6.0, m2026_05=3.0))
    assert by_month[month(2026, 8)].value == pytest.approx(1015.4 * 1.017)
    assert by_month[month(2026, 8)].way is Way.AHEAD
    assert by_month[month(2025, 4)].value == pytest.approx(820.5 / 1.06)
    assert by_month[month(2025, 4)].way is Way.BACK
    assert set(by_month) == {month(2026, 8), month(2025, 4)}


@given(
    st.lists(st.floats(1.0, 1000.0), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_what_follows_is_off_by_no_more_than_rounding(months, some_months, some_totals):
    running, stated, totals = 0.0, {}, {}
    for place, value in enumerate(months):
        running += value
        at = month(2025, place + 1)
        if some_months[place]:
            stated[at] = printed(round(value, 1))
        if some_totals[place]:
            totals[at] = printed(round(running, 1))
    for period, figure in differences(stated, totals).items():
        assert abs(figure.value - months[period.start.month - 1]) <= figure.bound + 1e-6
        assert figure.variance > 0
