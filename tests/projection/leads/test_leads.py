"""Leads are differences taken draw by draw, never of quantiles, and say why where figures carry none."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import Quantile
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.chips.designers import designers
from features.view import View
from projection.edition.names import PACES, pace_column
from projection.leads.leads import KINDS, lead
from projection.leads.yardsticks import YARDSTICKS, Futures, YardstickName, draws_of

VIEW = View.of(Store.shipped(), as_of=date(2026, 11, 23))
END_2028 = Period(date(2028, 10, 1), Frequency.QUARTER)


@pytest.fixture
def edition(write_edition):
    return write_edition()


def of(edition, kind, region="US", against="CN", **window):
    return lead(edition, VIEW, kind, region=region, against=against, **window)


def stored(edition, region, layer, quantity, demand, period=END_2028):
    cell = edition.cell(region, layer, demand=demand)
    return edition.draws(cell, quantity, [period])[:, 0]


def test_a_difference_is_taken_in_every_draw_and_not_of_quantiles(edition):
    (point,) = of(edition, "power_headroom", first=END_2028.start, last=END_2028.start).points
    spare = {
        region: stored(edition, region, Layer.POWER, "supply", DemandConcept.WANTED)
        - stored(edition, region, Layer.POWER, "demand", DemandConcept.WANTED)
        for region in ("US", "CN")
    }
    difference = spare["US"] - spare["CN"]
    assert point.difference["0.9"] == pytest.approx(np.quantile(difference, 0.9), rel=1e-5)
    assert point.p_ahead == pytest.approx((difference > 0).mean())
    assert point.difference["0.9"] != pytest.approx(point.region["0.9"] - point.against["0.9"], rel=1e-3)
    assert point.ratio is None


def test_what_is_installed_is_bought_and_can_be_served(edition):
    bought, supply = (stored(edition, "US", Layer.COMPUTE, name, DemandConcept.BOUGHT) for name in ("demand", "supply"))
    installed = draws_of(Futures(edition), YardstickName.INSTALLED, "US").at(END_2028)
    assert (installed == np.minimum(bought, supply)).all()
    assert (installed < bought).any()


def test_chips_of_both_origins_are_what_is_installed(edition):
    for region, chinese_part in (("CN", 0.6), ("US", 0.0)):
        whole, western, chinese = (
            draws_of(Futures(edition), name, region).at(END_2028)
            for name in (YardstickName.INSTALLED, YardstickName.WESTERN_CHIPS, YardstickName.CHINESE_CHIPS)
        )
        np.testing.assert_allclose(western + chinese, whole)
        np.testing.assert_allclose(chinese, chinese_part * whole, rtol=1e-6)


def test_halls_added_over_the_years_are_what_came_since_the_base_year(edition):
    added = draws_of(Futures(edition), YardstickName.DATA_CENTERS_ADDED, "CN")
    cell = edition.cell("CN", Layer.POWER)
    np.testing.assert_allclose(added.draws.sum(axis=1), edition.draws(cell, "additions", added.periods)[:, -1])


@pytest.mark.parametrize("kind", ["installed_h100e", "power_headroom", "generation_added", "data_centers_added"])
def test_the_lead_of_the_other_is_the_same_with_the_sign_turned(edition, kind):
    levels = [Quantile(0.25), Quantile(0.75)]
    ours, theirs = of(edition, kind, levels=levels), of(edition, kind, "CN", "US", levels=levels)
    for one, other in zip(ours.points, theirs.points, strict=True):
        assert one.difference["0.25"] == pytest.approx(-other.difference["0.75"])
        assert one.p_ahead + other.p_ahead <= 1


def test_a_ratio_is_given_only_where_the_other_is_positive_in_every_draw(edition):
    assert all(point.ratio for point in of(edition, "installed_h100e").points)
    assert not any(point.ratio for point in of(edition, "installed_h100e_chinese").points)


def test_a_cell_without_supply_has_no_lead_and_says_why(edition):
    answer = of(edition, "power_headroom", "US", "EU")
    assert (answer.status, answer.points) == (Status.UNAVAILABLE, ())
    assert answer.reason == edition.cell("EU", Layer.POWER).reason


def test_additions_by_technology_are_read_where_the_edition_keeps_their_draws(write_edition):
    years = [Period(date(year, 1, 1), Frequency.YEAR) for year in (2026, 2027)]
    columns = {
        ("US", "nuclear_restarts"): (0.8, 1.4),
        ("CN", "nuclear_additions"): (5.0, 6.0),
    }
    frame = pl.DataFrame(
        {
            pace_column(region, name, year): np.full(400, value, np.float32)
            for (region, name), values in columns.items()
            for year, value in zip(years, values, strict=True)
        }
    )
    edition = write_edition(files={PACES: frame})
    points = of(edition, "reactors_added").points
    assert [point.period.year for point in points] == [2026, 2027]
    # What runs at the end of a year is told of the US: what begins to run in it is the difference.
    assert [round(point.region["0.5"], 4) for point in points] == [0.8, 0.6]
    assert [point.p_ahead for point in points] == [0.0, 0.0]
    assert "solar_additions_all of US" in of(edition, "solar_added").reason


def test_a_counted_yardstick_compares_the_first_figure_and_shows_the_others(edition):
    answer = of(edition, "reactors_under_construction")
    assert answer.points == ()
    counts = {figure.series: figure.value for figure in answer.measured.against}
    first = next(iter(counts))
    assert first.endswith("cnea")
    assert len(counts) > 1
    assert answer.measured.difference == 0 - counts[first]


def test_compute_of_a_chip_is_that_of_the_designers_route(edition):
    chips = {chip.name: chip for chip in designers(VIEW)}
    measured = of(edition, "h100e_per_chip").measured
    assert measured.ratio == pytest.approx(
        chips["nvidia"].h100e_per_unit / chips["huawei_ascend"].h100e_per_unit, rel=1e-5
    )


def test_a_day_before_a_figure_knows_nothing_of_it(edition):
    early = View.of(Store.shipped(), as_of=date(2019, 1, 1))
    answer = lead(edition, early, "reactors_under_construction", region="US", against="CN")
    assert answer.status is Status.UNAVAILABLE
    assert "2019-01-01" in answer.reason


def test_every_kind_answers_or_says_why(edition):
    for kind in KINDS:
        answer = of(edition, kind)
        assert (answer.status is Status.AVAILABLE) is (answer.reason is None)
        assert bool(answer.points) is (answer.status is Status.AVAILABLE and answer.measured is None)
        assert kind in YARDSTICKS or answer.freq is None
