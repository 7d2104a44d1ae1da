"""Grids and Ireland: a part of their country in every draw, two routes beside the answer, honest about supply."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from widths import log_sd

from data.base.layers import Layer, Status
from data.periods.period import Frequency
from features.grids.definitions import METERED, PARTS
from features.grids.figures import GridFigures
from projection.base.floor import floor_sd
from projection.cells.cells import GRIDS, VERDICTS
from projection.electricity.grids import firm_start
from projection.simulate.model_inputs import RandomInputs
from projection.simulate.scenario_run import draw

DRAWS, SEED = 4096, 11


@pytest.fixture(scope="module", params=["base", "sites_on_time", "cn_chips_open"])
def scenario_draws(model_inputs, request):
    return draw(model_inputs, scenario=request.param, seed=SEED, draws=DRAWS)


def rows(scenario_draws, region, quantity="demand", layer=Layer.ENERGY):
    return scenario_draws.table.rows(region, layer, quantity)


def years(scenario_draws, layer=Layer.ENERGY):
    return [
        (period, row) for period, row in scenario_draws.table.points(layer).of.items() if period.freq is Frequency.YEAR
    ]


def test_a_grid_is_a_part_of_its_country_in_every_draw(scenario_draws):
    for parent, grids in PARTS.items():
        for _, row in years(scenario_draws):
            together = sum(rows(scenario_draws, grid)[row] for grid in grids)
            assert (together <= rows(scenario_draws, parent)[row]).all()
        for grid in grids:
            assert (rows(scenario_draws, grid) > 0).all()


def test_quarters_of_a_grid_sum_to_its_year(scenario_draws):
    points = scenario_draws.table.points(Layer.ENERGY)
    for grid in GRIDS:
        demand = rows(scenario_draws, grid)
        for index, year in enumerate(scenario_draws.table.timeline.years[:5]):
            quarters = [row for row, quarter in enumerate(points.quarters) if quarter // 4 == index]
            assert np.allclose(demand[quarters].sum(axis=0), demand[points.of[year]], rtol=1e-5)


def test_no_grid_is_narrower_than_experts_own_errors(scenario_draws):
    calendar = scenario_draws.table.timeline
    ends = calendar.years_after(calendar.base)[3::4]
    for grid in GRIDS:
        path = np.stack([rows(scenario_draws, grid)[row] for _, row in years(scenario_draws)], axis=1).astype(float)
        assert (log_sd(path) >= 0.99 * floor_sd(ends)).all(), grid


ROUTES = {
    "US-PJM": {"share", "operator", "published"},
    "US-ERCOT": {"share", "operator"},
    "IE": {"share", "metered", "published"},
}


def test_every_route_stands_beside_the_answer_with_their_disagreement(scenario_draws):
    for grid, names in ROUTES.items():
        routes = scenario_draws.routes[grid, Layer.ENERGY]
        assert set(routes.bands) == names
        row = scenario_draws.table.points(Layer.ENERGY).of[scenario_draws.table.timeline.years[4]]
        medians = sorted(band[1, row] for band in routes.bands.values())
        assert medians[0] < np.median(rows(scenario_draws, grid)[row]) * 1.15
        assert medians[-1] > np.median(rows(scenario_draws, grid)[row]) * 0.85
        assert routes.disagreement[row] == pytest.approx(np.std(np.log(medians), ddof=1), rel=1e-4)


def test_the_published_route_meets_what_is_published(scenario_draws):
    row = scenario_draws.table.points(Layer.ENERGY).of[scenario_draws.table.timeline.years[4]]
    ireland, pjm = (scenario_draws.routes[grid, Layer.ENERGY].bands["published"][:, row] for grid in ("IE", "US-PJM"))
    # Wood Mackenzie has 8.6 TWh in 2030; the year's quarters lie around its middle.
    assert ireland == pytest.approx(8.6, rel=0.02)
    assert pjm[1] == pytest.approx(31 * 0.5 * 8.76, rel=0.05)


def test_ireland_begins_at_what_is_metered(model_inputs):
    model_pass = model_inputs.pass_of(RandomInputs.of(model_inputs, seed=SEED, draws=512), scenario="base")
    first_year = model_pass.cells["IE", Layer.ENERGY].demand[:, :4].sum(axis=1)
    assert np.median(first_year) == pytest.approx(model_inputs.anchors.grids["IE"].metered_year(2025), rel=0.15)


def test_bnef_and_the_operator_bracket_pjm_in_2030(scenario_draws):
    # 31 GW of nameplate by BNEF at an average draw of a half is 136 TWh; PJM's own growth would be more.
    row = scenario_draws.table.points(Layer.ENERGY).of[scenario_draws.table.timeline.years[4]]
    low, high = np.quantile(rows(scenario_draws, "US-PJM")[row], (0.1, 0.9))
    assert low < 31 * 0.5 * 8.76 < high


def test_only_pjm_has_a_firm_supply_and_its_balance_starts_with_the_auction(scenario_draws, model_inputs):
    assert firm_start("US-PJM", model_inputs.anchors) == 5
    demand, supply = (
        rows(scenario_draws, "US-PJM", layer=Layer.FIRM),
        rows(scenario_draws, "US-PJM", "supply", Layer.FIRM),
    )
    points = scenario_draws.table.points(Layer.FIRM)
    first, last = points.of[scenario_draws.table.timeline.years[0]], points.of[scenario_draws.table.timeline.years[1]]
    assert np.isnan(demand[first]).all()
    assert np.isfinite(demand[last]).all()
    assert np.median(supply[last]) == pytest.approx(-6.6, abs=3.0)
    assert 0.5 < (demand[last] > supply[last]).mean() < 1.0
    assert rows(scenario_draws, "US-ERCOT", "supply", Layer.FIRM) is None
    assert np.median(rows(scenario_draws, "US-ERCOT", layer=Layer.FIRM)[last]) > 0


def test_a_day_without_the_figures_leaves_the_cell_out(model_inputs):
    without = {region: GridFigures(figures.grid) for region, figures in model_inputs.anchors.grids.items()}
    bare = replace(model_inputs, anchors=replace(model_inputs.anchors, grids=without))
    cells = draw(bare, scenario="base", seed=SEED, draws=1024)
    assert rows(cells, "IE") is None
    assert rows(cells, "US-PJM", layer=Layer.FIRM) is None
    assert rows(cells, "US-PJM") is not None
    assert ("US-PJM", Layer.ENERGY) not in cells.routes


@given(growth=st.floats(0.0, 1e4), capacity=st.floats(1.0, 1e4), metered=st.floats(1e-3, 1e3))
@settings(max_examples=settings.default.max_examples // 2)
def test_whatever_is_said_of_a_grid_it_stays_a_part_of_its_country(model_inputs, growth, capacity, metered):
    grid_figures = model_inputs.anchors.grids
    pjm, ercot, ireland = (grid_figures[region] for region in ("US-PJM", "US-ERCOT", "IE"))
    figures = {
        "US-PJM": replace(
            pjm,
            forecast=replace(pjm.forecast, growth=growth),
            published=replace(pjm.published, value=capacity),
        ),
        "US-ERCOT": replace(ercot, forecast=replace(ercot.forecast, growth=growth)),
        "IE": replace(ireland, metered=dict.fromkeys(ireland.metered, metered)),
    }
    absurd = replace(model_inputs, anchors=replace(model_inputs.anchors, grids=figures))
    cells = absurd.pass_of(RandomInputs.of(absurd, seed=SEED, draws=64), scenario="base").cells
    for parent, grids in PARTS.items():
        parts = [cells[grid, Layer.ENERGY].demand for grid in grids]
        assert all((part > 0).all() for part in parts)
        assert (np.sum(parts, axis=0) <= cells[parent, Layer.ENERGY].demand * (1 + 1e-6)).all()


def test_without_a_forecast_ireland_goes_by_its_share_and_what_is_published(model_inputs):
    without = replace(
        model_inputs, drivers=tuple(name for name in model_inputs.drivers if name not in METERED), _drivers={}
    )
    model_pass = without.pass_of(RandomInputs.of(without, seed=SEED, draws=256), scenario="base")
    assert ("IE", Layer.ENERGY) in model_pass.cells
    assert set(model_pass.routes["IE", Layer.ENERGY]) == {"share", "published"}


@pytest.mark.parametrize("grid", GRIDS)
def test_every_cell_of_a_grid_has_a_verdict_and_a_reason_where_it_is_not_whole(grid):
    for layer in Layer:
        verdict = VERDICTS[grid, layer]
        assert (verdict.reason is None) == (verdict.status is Status.AVAILABLE)
    assert VERDICTS[grid, Layer.ENERGY].status is Status.PARTIAL
    assert VERDICTS[grid, Layer.COMPUTE].status is Status.UNAVAILABLE


def test_figures_are_those_of_the_day(model_inputs):
    figures = model_inputs.anchors.grids
    assert figures["US-PJM"].forecast.published == date(2026, 1, 14)
    assert figures["US-PJM"].forecast.growth == pytest.approx((222.106 - 160) / 9)
    assert [auction.shortfall for auction in figures["US-PJM"].auctions] == [6.623, 6.831]
    assert figures["US-ERCOT"].forecast.growth == pytest.approx((218 - 85.245) / 7)
    assert figures["IE"].metered_year(2025) == pytest.approx(7.662)
    assert figures["IE"].metered_year(2024) is None


def test_a_later_auction_sets_the_balance_and_leaves_the_need_alone(scenario_draws):
    demand, supply = (
        rows(scenario_draws, "US-PJM", layer=Layer.FIRM),
        rows(scenario_draws, "US-PJM", "supply", Layer.FIRM),
    )
    points, years = scenario_draws.table.points(Layer.FIRM), scenario_draws.table.timeline.years
    need = [np.median(demand[points.of[year]]) for year in years[1:5]]
    assert need == sorted(need)
    # At the end of 2028 little has grown since the delivery year began that 6.8 GW were short for.
    short = np.median(demand[points.of[years[2]]] - supply[points.of[years[2]]])
    assert short == pytest.approx(6.8, abs=2.0)
