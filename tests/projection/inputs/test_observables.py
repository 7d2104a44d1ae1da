"""What is measured, with its one role, and from which day it counts."""

from datetime import date

import numpy as np
import pytest

from data.store.store import Rule, Store
from features.nowcast.levels import EDITIONS
from features.storage.tightness import GAUGES, tightness
from features.view import View
from projection.base.timeline import Timeline
from projection.inputs.observables import Declared, Form, Observable, observables, table


def figures_on(day):
    view = View.of(Store.shipped(), as_of=day, rule=Rule.STRICT)
    return {one.declared.name: one for one in observables(view, Timeline.before(day))}


def observable(value, error, form):
    declared = Declared(
        name="x", quantity="vacant_share", region="US", series="s", error=error, form=form, why="w", beside="b"
    )
    return Observable(declared, value, None, 1, date(2026, 6, 30))


def test_a_figure_has_one_role():
    shipped = table()
    series = [one.series for one in shipped.observable]
    series += [one.growth_series for one in shipped.observable if one.growth_series is not None]
    series += [name for other in shipped.other for name in other.series]
    assert len(series) == len(set(series))


def test_every_level_and_every_gauge_of_the_market_is_in_the_table():
    shipped = table()
    listed = shipped.observed | {name for other in shipped.other for name in other.series}
    levels = {series for editions in EDITIONS.values() for one in editions for series, _ in one.addresses}
    gauges = {gauge.series_id for gauges in GAUGES.values() for gauge in gauges}
    assert levels | gauges <= listed
    read_as_input = {name for other in shipped.other if other.role == "input" for name in other.series}
    assert levels <= read_as_input


def test_what_is_observed_is_read_by_nothing_else(model_inputs):
    levels = {series for editions in EDITIONS.values() for one in editions for series, _ in one.addresses}
    assert not table().observed & (levels | set(model_inputs.drivers))
    view = View.of(Store.shipped(), as_of=date(2026, 11, 23))
    whole, without = tightness(view, "US"), tightness(view, "US", without=table().observed)
    assert "vacancy" in whole.groups
    assert "vacancy" not in without.groups
    assert model_inputs.anchors.tightness["US"] == pytest.approx(without.index[-1] / without.index.max())


def test_figures_of_the_table_are_in_the_catalogue():
    shipped = table()
    known_series = set(Store.shipped().observations["series_id"])
    series = {one.series for one in shipped.observable} | {name for other in shipped.other for name in other.series}
    assert {name for name in series if not name.startswith("derived.")} <= known_series


@pytest.mark.parametrize(
    ("form", "value", "quantity", "likelihood"),
    [
        (Form.LEVEL, 1.0, 1.2, -0.5),
        (Form.LOG, 1.0, np.exp(0.2), -0.5),
        (Form.CHANGE, 1.0, np.exp(-0.2), -0.5),
        (Form.DIRECTION, 0.3, 0.2, np.log(0.8413447)),
        (Form.DIRECTION, -0.3, 0.2, np.log(0.1586553)),
    ],
)
def test_a_quantity_one_error_off_is_as_likely_as_its_form_says(form, value, quantity, likelihood):
    log_likelihood = observable(value, 0.2, form).log_likelihood(np.array([quantity]))
    assert log_likelihood == pytest.approx([likelihood], rel=1e-5)


def test_a_figure_counts_from_the_day_it_was_published():
    early, later = figures_on(date(2026, 8, 30)), figures_on(date(2026, 8, 31))
    assert "us_vacant_share" not in early
    assert later["us_vacant_share"].value == pytest.approx(0.014)
    assert later["us_vacant_share"].day == date(2026, 6, 30)


def test_a_change_is_of_the_base_year_and_a_direction_since_it():
    later = figures_on(date(2026, 11, 23))
    # Epoch AI, August 2026: 1,922 MW at the end of 2024, 6,896.8 a year later.
    assert later["us_tracked_additions"].value == pytest.approx(4.9748)
    assert (later["us_tracked_additions"].quarter, later["us_tracked_additions"].day) == (-1, date(2025, 12, 31))
    # SemiAnalysis: 1.725 USD an hour in December 2025, 2.35 in March 2026.
    assert later["rental_direction"].value == pytest.approx(np.log(2.35 / 1.725))


def test_all_others_are_of_later_days_than_the_base_year(model_inputs):
    others = [one for one in model_inputs.observables if one.declared.form is not Form.CHANGE]
    assert others
    assert all(one.day > model_inputs.anchors.timeline.base for one in others)
