"""Limits of a price: those known on a day, and how far they moved."""

from datetime import date
from math import log

import pytest

from data.periods.period import Frequency, Period
from data.store.store import Store
from features.limits import limit_rules, limited_series, limits_of
from features.view import View

STORE = Store.shipped()
PRICE = "us-pjm.capacity_auction.price"


def at(*day):
    return limits_of(View.of(STORE, as_of=date(*day)), PRICE)


def year(first):
    return Period(date(first, 6, 1), Frequency.YEAR)


@pytest.mark.parametrize(
    ("day", "upper", "lower"),
    [((2025, 4, 20), None, None), ((2025, 7, 22), 325.0, 175.0), ((2025, 12, 17), 333.44, 179.55)],
    ids=["before the order", "by the order", "by the auction's parameters"],
)
def test_the_last_statement_of_the_day_counts(day, upper, lower):
    limits = at(*day)
    assert (limits.upper.get(year(2027)), limits.lower.get(year(2027))) == (upper, lower)


def test_the_next_auction_is_limited_as_the_last_one_was():
    limits = at(2026, 11, 23)
    assert (limits.upper[year(2029)], limits.lower[year(2029)]) == (325.0, 175.0)


def test_revisions_are_those_of_both_limits_known_that_day():
    assert at(2025, 4, 30).revisions == ()
    assert sorted(at(2025, 7, 22).revisions) == pytest.approx(sorted([log(329.17 / 325), log(177.24 / 175)]))


def test_no_price_ever_was_beyond_its_limits():
    view = View.of(STORE, as_of=date(2026, 11, 23))
    prices, limits = view.read(PRICE).by_period(), at(2026, 11, 23)
    limited = [period for period in prices if period in limits.upper]
    assert len(limited) == 3
    assert all(limits.lower[period] <= prices[period] <= limits.upper[period] for period in limited)


def test_a_rule_names_a_limited_series_and_says_who_printed_it():
    assert {rule.series for rule in limit_rules()} <= set(limited_series())
    assert all("https://" in rule.source and rule.lower < rule.upper for rule in limit_rules())


def test_other_series_have_none():
    assert set(limited_series()) == {PRICE}
    assert limits_of(View.of(STORE, as_of=date(2026, 11, 23)), "us-miso.capacity_auction.price") is None
