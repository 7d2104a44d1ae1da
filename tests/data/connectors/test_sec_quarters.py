from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.connectors.sec.quarters import Fact, added, calendar_quarter, fiscal_quarters, fiscal_years, vintages
from data.periods.period import Frequency, Period


def fact(start, end, value, filed, concept="Capex", rank=0):
    return Fact(date.fromisoformat(start), date.fromisoformat(end), value, date.fromisoformat(filed), concept, rank)


def prints_by_quarter(quarters):
    return {
        period.label: [(one.value, str(one.filed), one.derived) for one in prints]
        for period, prints in quarters.items()
    }


def month_days(year, month):
    first = Period(date(year, month, 1), Frequency.MONTH)
    return [first.start + timedelta(days=day) for day in range((first.end - first.start).days + 1)]


YEAR = [
    fact("2024-01-01", "2024-03-31", 10, "2024-05-01"),
    fact("2024-01-01", "2024-06-30", 30, "2024-08-01"),
    fact("2024-01-01", "2024-09-30", 60, "2024-11-01"),
    fact("2024-01-01", "2024-12-31", 100, "2025-02-06"),
]


def test_quarters_of_year_to_date_are_differences_known_from_the_later_filing():
    quarters, unmapped = fiscal_quarters(YEAR, first_month=1)
    assert prints_by_quarter(quarters) == {
        "2024Q1": [(10, "2024-05-01", False)],
        "2024Q2": [(20, "2024-08-01", True)],
        "2024Q3": [(30, "2024-11-01", True)],
        "2024Q4": [(40, "2025-02-06", True)],
    }
    assert unmapped == []


def test_a_printed_three_month_fact_is_taken_instead_of_a_difference():
    printed = fact("2024-04-01", "2024-06-30", 21, "2024-08-01")
    amended = fact("2024-01-01", "2024-06-30", 33, "2024-09-15")
    quarters, _ = fiscal_quarters([*YEAR, printed, amended], first_month=1)
    assert prints_by_quarter(quarters)["2024Q2"] == [(21, "2024-08-01", False)]


def test_twelve_trailing_months_of_a_quarterly_report_are_no_year():
    trailing = [
        fact("2023-07-01", "2024-06-30", 77, "2024-08-01"),
        fact("2023-07-01", "2024-03-31", 55, "2024-05-01"),
    ]
    quarters, _ = fiscal_quarters([*YEAR, *trailing], first_month=1)
    assert prints_by_quarter(quarters)["2024Q2"] == [(20, "2024-08-01", True)]
    assert [period.label for period in fiscal_years([*YEAR, *trailing], first_month=1)] == ["2024"]


def test_a_restatement_is_a_vintage_and_never_mixes_with_the_first_print():
    # The nine months are restated in November 2025, the year only in February 2026: in between, the year as first
    # printed less the restated nine months would be a quarter nobody ever reported.
    restated = [
        fact("2024-01-01", "2024-03-31", 12, "2025-05-01"),
        fact("2024-01-01", "2024-06-30", 35, "2025-08-01"),
        fact("2024-01-01", "2024-09-30", 70, "2025-11-01"),
        fact("2024-01-01", "2024-12-31", 115, "2026-02-06"),
    ]
    quarters, _ = fiscal_quarters([*YEAR, *restated], first_month=1)
    assert prints_by_quarter(quarters) == {
        "2024Q1": [(10, "2024-05-01", False), (12, "2025-05-01", False)],
        "2024Q2": [(20, "2024-08-01", True), (23, "2025-08-01", True)],
        "2024Q3": [(30, "2024-11-01", True), (35, "2025-11-01", True)],
        "2024Q4": [(40, "2025-02-06", True), (45, "2026-02-06", True)],
    }


def test_an_amendment_of_the_same_round_moves_the_difference_from_its_own_day():
    amended = fact("2024-01-01", "2024-06-30", 31, "2024-09-15")
    quarters, _ = fiscal_quarters([*YEAR, amended], first_month=1)
    assert prints_by_quarter(quarters)["2024Q2"] == [(20, "2024-08-01", True), (21, "2024-09-15", True)]
    assert prints_by_quarter(quarters)["2024Q3"] == [(29, "2024-11-01", True)]


def test_a_year_restated_alone_gives_no_quarter():
    again = fact("2024-01-01", "2024-12-31", 130, "2027-02-06")
    quarters, _ = fiscal_quarters([*YEAR, again], first_month=1)
    assert prints_by_quarter(quarters)["2024Q4"] == [(40, "2025-02-06", True)]
    assert [one.value for one in next(iter(fiscal_years([*YEAR, again], first_month=1).values()))] == [100, 130]


def test_repetitions_are_no_vintages():
    same = [fact("2024-01-01", "2024-03-31", 10, filed) for filed in ("2025-05-01", "2024-05-01", "2024-06-01")]
    quarters, _ = fiscal_quarters(same, first_month=1)
    assert prints_by_quarter(quarters) == {"2024Q1": [(10, "2024-05-01", False)]}


def test_the_preferred_tag_of_a_filing_is_taken():
    both = [
        fact("2024-01-01", "2024-03-31", 9, "2024-05-01", "Net", rank=1),
        fact("2024-01-01", "2024-03-31", 10, "2024-05-01", "Gross", rank=0),
    ]
    quarters, _ = fiscal_quarters(both, first_month=1)
    assert [one.concept for prints in quarters.values() for one in prints] == ["Gross"]


def test_two_tags_are_never_subtracted_from_each_other():
    mixed = [
        fact("2024-01-01", "2024-03-31", 10, "2024-05-01", "Net"),
        fact("2024-01-01", "2024-06-30", 30, "2024-08-01", "Gross"),
    ]
    quarters, _ = fiscal_quarters(mixed, first_month=1)
    assert list(prints_by_quarter(quarters)) == ["2024Q1"]


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        pytest.param("2026-01-26", "2026-04-26", "2026Q1", id="nvidia-first-quarter-of-fiscal-2027"),
        pytest.param("2025-10-27", "2026-01-25", "2025Q4", id="nvidia-last-quarter"),
        pytest.param("2022-10-31", "2023-01-29", "2022Q4", id="nvidia-last-quarter-of-a-52-week-year"),
        pytest.param("2025-06-01", "2025-08-31", "2025Q3", id="oracle-first-quarter"),
        pytest.param("2025-12-01", "2026-02-28", "2026Q1", id="oracle-third-quarter"),
        pytest.param("2025-07-01", "2025-09-30", "2025Q3", id="microsoft-first-quarter"),
        pytest.param("2024-12-29", "2025-03-29", "2025Q1", id="amd-first-quarter"),
        pytest.param("2016-09-25", "2016-12-31", "2016Q4", id="amd-quarter-of-14-weeks"),
    ],
)
def test_a_fiscal_quarter_stands_under_the_calendar_quarter_it_overlaps_most(start, end, label):
    assert calendar_quarter(date.fromisoformat(start), date.fromisoformat(end)).label == label


@given(first=st.dates(date(1995, 1, 1), date(2040, 1, 1)), weeks=st.integers(12, 14))
def test_no_calendar_quarter_has_more_days_of_the_fiscal_one(first, weeks):
    days = [first + timedelta(days=day) for day in range(7 * weeks)]
    days_by_quarter = Counter(Period.containing(day, Frequency.QUARTER) for day in days).most_common()
    tie = len(days_by_quarter) > 1 and days_by_quarter[0][1] == days_by_quarter[1][1]
    assert calendar_quarter(days[0], days[-1]) == (None if tie else days_by_quarter[0][0])


@pytest.mark.parametrize(
    ("month", "weekday"),
    [pytest.param(1, 6, id="last-sunday-of-january"), pytest.param(12, 5, id="last-saturday-of-december")],
)
def test_quarters_of_52_and_53_weeks_run_through_the_calendar_without_gap(month, weekday):
    last = [max(day for day in month_days(year, month) if day.weekday() == weekday) for year in range(1999, 2041)]
    quarters = []
    for before, end in pairwise(last):
        start = before + timedelta(days=1)
        for number in range(4):
            until = end if number == 3 else start + timedelta(weeks=13) - timedelta(days=1)
            quarters.append(calendar_quarter(start, until))
            start = until + timedelta(days=1)
    assert {one.steps_to(other) for one, other in pairwise(quarters)} == {1}


def test_a_quarter_over_two_calendar_quarters_equally_is_told_and_not_placed():
    # 45 days on either side of 1 July.
    quarters, unmapped = fiscal_quarters([fact("2024-05-17", "2024-08-14", 5, "2024-09-01")], first_month=5)
    assert prints_by_quarter(quarters) == {}
    assert [why for _, why in unmapped] == ["overlaps two calendar quarters equally"]


def test_two_fiscal_quarters_of_one_calendar_quarter_are_told_the_first_stays():
    moved = [
        fact("2024-01-01", "2024-03-31", 10, "2024-05-01"),
        fact("2024-02-05", "2024-05-05", 11, "2024-06-01"),
    ]
    quarters, unmapped = fiscal_quarters(moved, first_month=1)
    assert prints_by_quarter(quarters) == {"2024Q1": [(10, "2024-05-01", False)]}
    assert [(one.value, why) for one, why in unmapped] == [(11, "2024Q1 is already the quarter that ended 2024-03-31")]


def test_weeks_count_as_quarters_and_other_spans_do_not():
    spans = {days: fact("2024-01-01", str(date(2024, 1, 1) + timedelta(days=days - 1)), 1, "2026-01-01").quarters
             for days in (45, 89, 91, 98, 140, 182, 189, 273, 280, 364, 371, 546)}  # fmt: skip
    assert spans == {
        45: None,
        89: 1,
        91: 1,
        98: 1,
        140: None,
        182: 2,
        189: 2,
        273: 3,
        280: 3,
        364: 4,
        371: 4,
        546: None,
    }


def test_a_sum_of_two_lines_is_known_when_both_are_and_moves_with_either():
    purchases, _ = fiscal_quarters(YEAR[:1], first_month=1)
    leases, _ = fiscal_quarters(
        [
            fact("2024-01-01", "2024-03-31", 1, "2024-05-03", "Leases"),
            fact("2024-01-01", "2024-03-31", 2, "2025-05-03", "Leases"),
        ],
        first_month=1,
    )
    assert prints_by_quarter(added(purchases, leases)) == {
        "2024Q1": [(11, "2024-05-03", True), (12, "2025-05-03", True)]
    }
    assert added(purchases, {}) == {}


def test_vintages_of_nothing_are_nothing():
    assert vintages([]) == []
