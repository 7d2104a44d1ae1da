"""China's build, named for the lies it prevents: a sum from January taken for a year, two stocks of two days netted."""

from datetime import date
from math import exp, log

import pytest

from data.store.store import Store
from features.generation.bases import Alternating
from features.generation.china_build import ChinaBuild, changes
from features.generation.reactors import worldwide
from features.view import View

STORE = Store.shipped()
BUILD = ChinaBuild.of(View.of(STORE, as_of=date(2026, 11, 23)))


def test_a_year_that_is_not_over_is_a_sum_and_not_a_total():
    running = BUILD.running_solar
    assert (running.month.start, running.so_far, running.months_left) == (date(2026, 7, 1), 86.15, 5)
    assert 2026 not in BUILD.solar
    before = ChinaBuild.of(View.of(STORE, as_of=date(2026, 2, 1)))
    assert before.running_solar is None
    assert before.solar[2025] == Alternating(315.07)


def test_a_sum_that_nobody_printed_is_what_the_stock_has_grown_by():
    # 680 GW stood at the end of June and 640 in December.
    assert (BUILD.running_wind.month.start, BUILD.running_wind.so_far) == (date(2026, 6, 1), pytest.approx(40.0))


def test_rests_are_those_of_earlier_years_at_the_same_month():
    # By July 97.39 GW had come of 216.88 (stocks), and 223.25 of 315.07 (printed).
    rates = [exp(rest) for rest in BUILD.running_solar.rests]
    assert len(rates) == 4
    assert rates[1] == pytest.approx((216.88 - 97.39) / 5)
    assert rates[-1] == pytest.approx((315.07 - 223.25) / 5)


def test_changes_skip_a_year_that_is_not_told():
    assert 2023 not in BUILD.wind
    assert len(changes(BUILD.wind)) == 3
    assert changes(BUILD.wind)[-1] == pytest.approx(log(119.33 / 80))


def test_reactors_begun_are_those_that_run_and_those_being_built():
    reactors = BUILD.reactors
    assert (reactors.building, reactors.operating) == (Alternating(33.65), Alternating(60.96))
    grown = (33.65 + 60.96) - (24.19 + 55.59)
    assert reactors.started == pytest.approx(grown / (32 / 12))
    assert reactors.years == pytest.approx(33.65 / reactors.started)
    assert reactors.approved == pytest.approx(10.5 * 33.65 / 28)


def test_a_day_without_figures_carries_nothing():
    empty = ChinaBuild.of(View.of(STORE, as_of=date(2012, 1, 1)))
    assert (empty.solar, empty.wind, empty.running_solar, empty.running_wind, empty.planned, empty.reactors) == (
        {}, {}, None, None, {}, None,
    )  # fmt: skip


def test_the_worlds_reactors_are_counted_by_starts():
    reactors = worldwide(View.of(STORE, as_of=date(2026, 11, 23)))
    assert (reactors.building, reactors.operating, reactors.approved) == (Alternating(70.0), Alternating(420.0), None)
    assert reactors.started == pytest.approx(70 / 62 * 38 / 5)
    assert worldwide(View.of(STORE, as_of=date(2025, 2, 27))) is None
