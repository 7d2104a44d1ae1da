"""Periods as text: every form, the days each covers, and why a text is refused."""

from datetime import date

import pytest

from data.base.errors import InvalidParameter
from data.periods.text import day_span, parse, parse_day

SPANS = {
    "2024": ("2024-01-01", "2024-12-31"),
    "2024H2": ("2024-07-01", "2024-12-31"),
    "2024-h1": ("2024-01-01", "2024-06-30"),
    "2024Q3": ("2024-07-01", "2024-09-30"),
    "2024-Q4": ("2024-10-01", "2024-12-31"),
    "2024-02": ("2024-02-01", "2024-02-29"),
    "2024M02": ("2024-02-01", "2024-02-29"),
    "2024-m2": ("2024-02-01", "2024-02-29"),
    "2025-W01": ("2024-12-30", "2025-01-05"),
    "2025-W01-3": ("2025-01-01", "2025-01-01"),
    "2024-02-29": ("2024-02-29", "2024-02-29"),
    "20240229": ("2024-02-29", "2024-02-29"),
    "2024-02-29T13:30": ("2024-02-29", "2024-02-29"),
    "2024-02-29 13:30:15.123456789Z": ("2024-02-29", "2024-02-29"),
    "2024-02-29 13:30:15 UTC": ("2024-02-29", "2024-02-29"),
    "2024-02-29T13:30:15+05:30": ("2024-02-29", "2024-02-29"),
    "9999": ("9999-01-01", "9999-12-31"),
}


@pytest.mark.parametrize("text", SPANS)
def test_a_text_covers_the_days_of_the_period_it_names(text):
    first, last = SPANS[text]
    assert day_span(text) == (date.fromisoformat(first), date.fromisoformat(last))


IMPOSSIBLE = {
    "2026-13-01": "no month 13",
    "2025-02-30": "February 2025 has 28 days",
    "2024-00": "no month 0",
    "2024Q5": "no quarter 5",
    "2024H3": "no half 3",
    "2024-W53": "2024 has the ISO weeks 1 to 52",
    "0000": "no year 0",
    "2024-03-01T24:00:00": "2024-03-02T00:00",
    "2024-03-01T12:61:00": "no such time of day",
    "2024-02-30T00:00:00Z": "February 2024 has 29 days",
}


@pytest.mark.parametrize("text", IMPOSSIBLE)
def test_a_period_that_does_not_exist_is_refused_with_the_reason(text):
    with pytest.raises(InvalidParameter, match=IMPOSSIBLE[text]):
        parse(text)


HINTS = {
    "2024/03/01": "2024-03-01",
    "2024/3": "2024-03",
    "2024-3-1": "2024-03-01",
    "Q1 2024": "2024Q1",
    "2024 q2": "2024Q2",
    "202403": "2024-03",
}


@pytest.mark.parametrize("text", HINTS)
def test_what_is_suggested_instead_is_read(text):
    with pytest.raises(InvalidParameter) as caught:
        parse(text)
    assert caught.value.allowed == (HINTS[text],)
    assert parse(HINTS[text])


@pytest.mark.parametrize(
    "text", ["", "soon", "01/02/2024", "31.12.2024", "\uff12\uff10\uff12\uff14", "12", "2024-13-45x"]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(InvalidParameter, match="is not a period"):
        parse(text)


def test_a_day_is_one_day_and_the_suggestion_works():
    assert parse_day("2026-11-23T10:00:00Z") == date(2026, 11, 23)
    with pytest.raises(InvalidParameter, match="more than one day") as caught:
        parse_day("2026-11")
    assert parse_day(caught.value.allowed[0]) == date(2026, 11, 30)
