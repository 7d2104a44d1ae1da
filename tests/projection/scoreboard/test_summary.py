"""The scoreboard as a whole: exact figures of small boards."""

import math
from datetime import date
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.layers import Layer
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency, Period
from projection.scoreboard.entries import Entry
from projection.scoreboard.judging import LaterFigure, ScoredProjection, State
from projection.scoreboard.own_calibration import decided_in_last_year, own_calibration
from projection.scoreboard.summary import Lead, dispersion, group_scores, revisions

CAME = date(2026, 6, 1)


def outcome(point, came=None, *, by="them", published=date(2024, 6, 30), year=2025, **fields):
    """A projection of a year and, unless pending, what came of it."""
    values = {
        "source_id": f"{by}-{published}", "series_id": "us.x", "region": "US", "unit": "TWh", "scenario": "",
        "low": None, "high": None, "kind": "projection",
    } | fields  # fmt: skip
    quantity = values.pop("quantity", "us.x")
    entry = Entry(by=by, period=Period(date(year, 1, 1), Frequency.YEAR), published=published, point=point, **values)
    if came is None:
        return ScoredProjection(entry, State.PENDING, quantity, "")
    later = LaterFigure(quantity, came, came, came, ("src",), CAME)
    inside = None if entry.low is None else entry.low <= came <= entry.high
    error = math.log(point / came)
    return ScoredProjection(entry, State.SCORED, quantity, "same series", later, error, inside, abs(error))


def test_a_group_is_a_publisher_a_region_and_a_lead():
    groups = group_scores(
        [
            outcome(110.0, 100.0, low=90.0, high=120.0),
            outcome(80.0, 100.0, low=70.0, high=95.0),
            outcome(100.0, 100.0, published=date(2025, 6, 30)),
            outcome(100.0, 100.0, region="EU"),
            outcome(100.0, 100.0, by="another"),
            outcome(100.0),
        ]
    )
    assert [(one.by, one.region, one.lead, one.n) for one in groups] == [
        ("another", "US", Lead.TO_2, 1),
        ("them", "EU", Lead.TO_2, 1),
        ("them", "US", Lead.UNDER_1, 1),
        ("them", "US", Lead.TO_2, 2),
    ]
    pair = groups[-1]
    errors = [math.log(1.1), math.log(0.8)]
    assert (pair.bias, pair.error, pair.crps) == pytest.approx(
        (sum(errors) / 2, (abs(errors[0]) + abs(errors[1])) / 2, (abs(errors[0]) + abs(errors[1])) / 2)
    )
    assert (pair.n_ranges, pair.coverage) == (2, 0.5)
    assert groups[0].coverage is None


@given(st.floats(0, 30))
def test_every_horizon_has_one_lead(years):
    bounds = {Lead.UNDER_1: (0, 1), Lead.TO_2: (1, 2), Lead.TO_5: (2, 5), Lead.OVER_5: (5, math.inf)}
    low, high = bounds[Lead.of(years)]
    assert low <= years < high


def test_revisions_are_of_one_projection_from_one_publication_to_the_next():
    days = [date(2023, 1, 1), date(2024, 1, 1), date(2025, 1, 1)]
    (one,) = revisions(
        [
            *(outcome(point, published=day) for point, day in zip((100.0, 120.0, 120.0), days, strict=True)),
            # Another year and another scenario are other projections.
            outcome(500.0, year=2026),
            outcome(50.0, scenario="low"),
            # The name of an edition is no case, and gigawatt-hours are the same quantity.
            outcome(60_000.0, unit="GWh", scenario="edition_2025", published=date(2025, 6, 1)),
        ]
    )
    assert (one.by, one.region, one.n, one.up, one.down, one.unchanged) == ("them", "US", 3, 1, 1, 1)
    assert one.mean == pytest.approx(math.log(60.0 / 100.0) / 3)
    assert one.closer is None


def test_a_revision_is_closer_if_its_error_is_smaller():
    days = [date(2022, 1, 1), date(2023, 1, 1), date(2024, 1, 1)]
    (one,) = revisions(
        outcome(point, 100.0, published=day) for point, day in zip((150.0, 110.0, 70.0), days, strict=True)
    )
    assert one.closer == 0.5


def test_two_figures_of_one_day_are_no_revision():
    assert revisions([outcome(100.0), outcome(200.0, source_id="elsewhere")]) == ()


def test_like_projections_are_the_newest_of_each_publisher():
    (one,) = dispersion(
        [
            outcome(100.0, by="old", published=date(2020, 1, 1)),
            outcome(300.0, by="a", published=date(2023, 9, 1)),
            outcome(200.0, by="a", published=date(2024, 1, 1)),
            outcome(150_000.0, by="b", unit="GWh", quantity="us.x", series_id="us.y", published=date(2024, 6, 1)),
            outcome(900.0, by="c", scenario="high"),
            outcome(900.0, by="d", quantity="us.z"),
        ]
    )
    assert (one.publishers, one.unit) == (("b", "a"), "TWh")
    assert (one.low, one.high) == pytest.approx((150.0, 200.0))
    assert one.log_sd == pytest.approx(stdev([math.log(150.0), math.log(200.0)]))


def test_one_publisher_alone_has_no_dispersion():
    assert dispersion([outcome(100.0), outcome(120.0, published=date(2024, 9, 1))]) == ()


def ours(came, *, width=0.1, **fields):
    levels = [100.0 * math.exp(width * (float(level) - 0.5)) for level in DEFAULT_LEVELS]
    values = {"by": "Headroom", "layer": Layer.ENERGY, "quantiles": tuple(levels), "low": levels[1], "high": levels[-2]}
    return outcome(100.0, came, **values | fields)


def test_our_calibration_counts_decided_years_by_layer_and_lead():
    items = [ours(100.0), ours(104.0), ours(200.0, source_id="e-2"), outcome(100.0, 100.0), ours(None)]
    (one,) = own_calibration(items)
    assert (one.layer, one.lead, one.n, len(one.editions)) == (Layer.ENERGY, Lead.TO_2, 3, 2)
    assert one.coverage == {"0.5": pytest.approx(1 / 3), "0.8": pytest.approx(2 / 3), "0.9": pytest.approx(2 / 3)}
    assert sum(one.pit) == 3
    assert (one.pit[8], one.pit[9]) == (1, 1)
    assert decided_in_last_year(items, date(2026, 12, 1)) == (3, pytest.approx(2 / 3))
    assert decided_in_last_year(items, date(2027, 7, 1)) == (0, None)


def test_without_a_decision_there_is_no_calibration():
    assert own_calibration([ours(None)]) == ()
