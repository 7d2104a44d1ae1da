"""Grids and Ireland: a part of their country in every draw, two routes beside the answer, honest about supply."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency
from features.generation.plans import Technology
from features.grids.definitions import METERED, PARTS
from features.grids.figures import GridFigures
from projection.base.timeline import Timeline
from projection.cells.cells import GRIDS, VERDICTS
from projection.electricity.generation import built_share
from projection.electricity.grid_firm import firm, firm_start
from projection.electricity.grids import forecast_growth
from projection.electricity.us_firm import Peaks
from projection.model.engine import run
from projection.model.model_error import ModelError
from projection.scenarios import library
from projection.simulate.model_inputs import RandomInputs
from projection.simulate.scenario_run import draw

DRAWS, SEED = 4096, 11
LOCATED = ("US-PJM", "US-ERCOT")
"""Grids whose tracked sites are placed."""
TIMELINE = Timeline(2025)


@pytest.fixture(scope="module", params=["base", "plans-on-time", "chip-exports-open"])
def scenario_draws(model_inputs, request):
    return draw(
        model_inputs, scenario=library.scenario(request.param, model_inputs.assumptions), seed=SEED, draws=DRAWS
    )


@pytest.fixture(scope="module")
def base_pass(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=512)
    return model_inputs.pass_of(numbers, ModelError.none())


def rows(scenario_draws, region, quantity="wanted", layer=Layer.ENERGY):
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


@pytest.mark.parametrize("quantity", ["wanted", "bought", "supply"])
def test_power_of_grids_is_a_part_of_their_country_in_every_draw(scenario_draws, quantity):
    together = sum(rows(scenario_draws, grid, quantity, Layer.POWER) for grid in LOCATED)
    assert (together <= rows(scenario_draws, "US", quantity, Layer.POWER) * (1 + 1e-6)).all()
    for grid in LOCATED:
        assert (rows(scenario_draws, grid, quantity, Layer.POWER) > 0).all()


def test_halls_of_a_grid_are_its_sites_and_its_parts_of_the_rest(base_pass):
    """By hand: its share of the halls of the base year and of untracked plans, its sites, its share of what follows."""
    us, values = base_pass.outcome.regions["US"], base_pass.inputs.values
    shares = {grid: values[f"{grid[3:].lower()}_share_of_us"] for grid in PARTS["US"]}
    assert (sum(shares.values()) < 0.9).any()
    plain = sum(shares.values()) < 0.9
    for grid in LOCATED:
        of_demand = base_pass.cells[grid, Layer.POWER].wanted / base_pass.cells["US", Layer.POWER].wanted
        later = us.shell[:, 1:] - us.shell[:, :1] - us.planned.total[:, 1:]
        stood = shares[grid][:, None] * (us.shell[:, :1] + us.planned.untracked[:, 1:])
        halls = stood + us.planned.tracked[grid][:, 1:] + of_demand * np.maximum(later, 0)
        cells = base_pass.cells
        supplied = cells[grid, Layer.POWER].supply / cells["US", Layer.POWER].supply
        assert supplied[plain] == pytest.approx((halls / us.shell[:, 1:])[plain], rel=1e-4)


def test_tracked_sites_stand_in_one_grid_or_outside(base_pass):
    planned = base_pass.outcome.regions["US"].planned
    tracked = planned.total - planned.untracked
    assert set(planned.tracked) == set(LOCATED)
    assert (np.add.reduce(list(planned.tracked.values()))[:, -1] < tracked[:, -1]).all()
    # Of what the sites plan to be, about a quarter lies in each.
    for grid in LOCATED:
        assert 0.1 < np.median(planned.tracked[grid][:, -1] / tracked[:, -1]) < 0.4


def test_without_a_tracker_no_halls_are_located(base_pass, model_inputs):
    bare = replace(base_pass.inputs, anchors=replace(model_inputs.anchors, pipeline_us=()))
    cells = run(bare).cells
    assert ("US-PJM", Layer.POWER) not in cells
    assert ("US-PJM", Layer.ENERGY) in cells


def test_quarters_of_a_grid_sum_to_its_year(scenario_draws):
    points = scenario_draws.table.points(Layer.ENERGY)
    for grid in GRIDS:
        demand = rows(scenario_draws, grid)
        for index, year in enumerate(scenario_draws.table.timeline.years[:5]):
            quarters = [row for row, quarter in enumerate(points.quarters) if quarter // 4 == index]
            assert np.allclose(demand[quarters].sum(axis=0), demand[points.of[year]], rtol=1e-5)


ROUTES = {
    "US-MISO": {"share", "operator"},
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


def test_the_published_route_meets_what_is_published(scenario_draws, base_pass):
    row = scenario_draws.table.points(Layer.ENERGY).of[scenario_draws.table.timeline.years[4]]
    ireland, pjm = (scenario_draws.routes[grid, Layer.ENERGY].bands["published"][:, row] for grid in ("IE", "US-PJM"))
    # Wood Mackenzie has 8.6 TWh in 2030; the year's quarters lie around its middle.
    assert ireland == pytest.approx(8.6, rel=0.02)
    # Of 31 GW of nameplate by BNEF, the share that the nameplate of the US draws on average in the base year.
    us = base_pass.outcome.regions["US"]
    assert pjm[1] == pytest.approx(31 * np.median(us.routed[:, 0] / us.nameplate[:, 0]) * 8.76, rel=0.05)


def test_ireland_begins_at_what_is_metered(model_inputs, base_pass):
    first_year = base_pass.cells["IE", Layer.ENERGY].bought[:, :4].sum(axis=1)
    assert np.median(first_year) == pytest.approx(model_inputs.anchors.grids["IE"].metered_year(2025), rel=0.15)


def test_bnef_and_the_operator_bracket_pjm_in_2030(scenario_draws):
    # 31 GW of nameplate by BNEF at an average draw of a half is 136 TWh; PJM's own growth would be more.
    row = scenario_draws.table.points(Layer.ENERGY).of[scenario_draws.table.timeline.years[4]]
    low, high = np.quantile(rows(scenario_draws, "US-PJM")[row], (0.1, 0.9))
    assert low < 31 * 0.5 * 8.76 < high


def test_the_firm_balance_of_pjm_starts_with_its_first_short_auction(scenario_draws, model_inputs):
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


def test_the_firm_balance_of_ercot_starts_with_the_last_summer_that_came(base_pass, model_inputs):
    """By hand from the report: what stands and is planned in the summer of 2030, less the last summer's peak."""
    figures, values = model_inputs.anchors.grids["US-ERCOT"], base_pass.inputs.values
    start = firm_start("US-ERCOT", model_inputs.anchors)
    assert TIMELINE.quarters[start].label == "2026Q3"
    assert figures.report.capacity == pytest.approx(115.5013)
    assert figures.report.planned == pytest.approx({"gas": 3.3088, "battery": 10.5061, "solar": 6.1102, "wind": 0.8948})
    zero = np.zeros_like(values["ercot_peak_error"])
    still = values | dict.fromkeys(
        ("ercot_peak_drift", "ercot_peak_error", "ercot_on_site_share", "ercot_reserve_margin", "us_additions_pace"),
        zero,
    )
    flat = np.full((len(zero), len(TIMELINE.quarters)), 10.0, np.float32)
    balance = firm("US-ERCOT", Peaks(dict.fromkeys(DemandConcept, flat), flat), model_inputs.anchors, still)
    due = TIMELINE.index_of(figures.report.summer)
    short = balance.bought[:, due] - balance.supply[:, due]
    years = (date(2030, 9, 30) - date(2025, 12, 31)).days / 365.25
    built = sum(gw * built_share(Technology(kind), still, years=years) for kind, gw in figures.report.planned.items())
    grown = 4 * (111.318 - 90.5) / 6
    assert short == pytest.approx(91.134 + grown - (figures.report.standing + built), rel=1e-3, abs=0.01)
    assert (built < 20.83).all()
    # A quarter after the summer nothing has moved yet but a quarter's part of the way there.
    first = balance.bought[:, start + 1] - balance.supply[:, start + 1]
    now = values["ercot_capacity_at_peak"]
    moved = (figures.report.standing + built - now) / 16
    assert first == pytest.approx(91.134 + grown / 16 - now - moved, rel=1e-3, abs=0.01)
    # Built as it stands, the report's own margin on its own firm peak comes out.
    firm_peak = 132.2405
    assert figures.report.capacity / firm_peak - 1 == pytest.approx(-0.1266, abs=1e-4)


def test_a_day_without_the_capacity_report_answers_the_need_of_ercot_alone(base_pass, model_inputs):
    figures = replace(model_inputs.anchors.grids["US-ERCOT"], report=None)
    anchors = replace(model_inputs.anchors, grids=model_inputs.anchors.grids | {"US-ERCOT": figures})
    assert TIMELINE.quarters[firm_start("US-ERCOT", anchors)].label == "2026Q4"
    cell = run(replace(base_pass.inputs, anchors=anchors)).cells["US-ERCOT", Layer.FIRM]
    assert cell.supply is None
    assert np.median(cell.wanted[:, -1]) > 0


def test_the_need_of_miso_grows_by_what_is_not_data_centers_too(base_pass, model_inputs):
    figures, values = model_inputs.anchors.grids["US-MISO"], base_pass.inputs.values
    assert figures.organic == pytest.approx((184 - 124 - 32) / 20)
    # What it required of the summer of 2026 over its forecast of the peak.
    assert values["miso_reserve_margin"] == pytest.approx(137.5 / 124.7 - 1)
    still = values | {"miso_peak_drift": np.zeros_like(values["miso_peak_drift"])}
    flat = np.full((len(values["miso_peak_drift"]), len(TIMELINE.quarters)), 10.0, np.float32)
    balance = firm("US-MISO", Peaks(dict.fromkeys(DemandConcept, flat), flat), model_inputs.anchors, still)
    assert balance.supply is None
    index = firm_start("US-MISO", model_inputs.anchors)
    assert balance.wanted[:, index + 8] == pytest.approx(2 * 1.4 * 137.5 / 124.7, rel=1e-4)


def test_a_day_without_the_figures_leaves_the_cell_out(model_inputs):
    without = {region: GridFigures(figures.grid) for region, figures in model_inputs.anchors.grids.items()}
    bare = replace(model_inputs, anchors=replace(model_inputs.anchors, grids=without))
    cells = draw(bare, seed=SEED, draws=1024)
    assert rows(cells, "IE") is None
    assert rows(cells, "US-PJM", layer=Layer.FIRM) is None
    assert rows(cells, "US-PJM") is not None
    assert ("US-PJM", Layer.ENERGY) not in cells.routes


@given(growth=st.floats(0.0, 1e4), capacity=st.floats(1.0, 1e4), metered=st.floats(1e-3, 1e3))
@settings(max_examples=settings.default.max_examples // 2)
def test_whatever_is_said_of_a_grid_it_stays_a_part_of_its_country(model_inputs, growth, capacity, metered):
    grid_figures = model_inputs.anchors.grids
    pjm, ercot, ireland = (grid_figures[region] for region in ("US-PJM", "US-ERCOT", "IE"))
    figures = grid_figures | {
        "US-PJM": replace(
            pjm,
            large_loads={2026: growth, 2036: 11 * growth},
            published=replace(pjm.published, value=capacity),
        ),
        "US-ERCOT": replace(ercot, forecast=replace(ercot.forecast, growth=growth)),
        "IE": replace(ireland, metered=dict.fromkeys(ireland.metered, metered)),
    }
    absurd = replace(model_inputs, anchors=replace(model_inputs.anchors, grids=figures))
    cells = absurd.pass_of(RandomInputs.of(absurd, seed=SEED, draws=64), ModelError.none()).cells
    for parent, grids in PARTS.items():
        parts = [cells[grid, Layer.ENERGY].wanted for grid in grids]
        assert all((part > 0).all() for part in parts)
        assert (np.sum(parts, axis=0) <= cells[parent, Layer.ENERGY].wanted * (1 + 1e-6)).all()
    for quantity in ("wanted", "supply"):
        located = [getattr(cells[grid, Layer.POWER], quantity) for grid in LOCATED]
        assert (np.sum(located, axis=0) <= getattr(cells["US", Layer.POWER], quantity) * (1 + 1e-6)).all()


def test_without_a_forecast_ireland_goes_by_its_share_and_what_is_published(model_inputs):
    without = replace(
        model_inputs, drivers=tuple(name for name in model_inputs.drivers if name not in METERED), _drivers={}
    )
    model_pass = without.pass_of(RandomInputs.of(without, seed=SEED, draws=256), ModelError.none())
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
    assert [auction.gw for auction in figures["US-PJM"].auctions] == [6.623, 6.831]
    assert figures["US-ERCOT"].forecast.growth == pytest.approx((367.79 - 83.707) / 7)
    assert figures["IE"].metered_year(2025) == pytest.approx(7.662)
    assert figures["IE"].metered_year(2024) is None


@pytest.mark.parametrize("concept", [DemandConcept.WANTED, DemandConcept.BOUGHT])
def test_a_later_auction_sets_the_balance_and_leaves_the_need_alone(base_pass, model_inputs, concept):
    grid_paths = base_pass.cells["US-PJM", Layer.FIRM]
    need = getattr(grid_paths, concept.value)
    medians = np.median(need[:, 7:20:4], axis=0)
    assert (np.diff(medians) > 0).all()
    first, later = model_inputs.anchors.grids["US-PJM"].auctions
    without = replace(
        model_inputs.anchors,
        grids=model_inputs.anchors.grids | {"US-PJM": replace(model_inputs.anchors.grids["US-PJM"], auctions=(first,))},
    )
    once = run(replace(base_pass.inputs, anchors=without)).cells["US-PJM", Layer.FIRM]
    assert np.array_equal(getattr(once, concept.value), need, equal_nan=True)
    start, index = TIMELINE.index_of(first.start), TIMELINE.index_of(later.start)
    moved = grid_paths.supply - once.supply
    assert np.isnan(moved[:, : start + 1]).all()
    assert not np.isclose(moved[:, index + 1 :], 0, atol=1e-3).all(axis=1).any()
    # Between the auctions the balance goes from one to the other in equal steps.
    steps = np.diff(moved[:, start + 1 : index + 2], prepend=0)
    assert steps == pytest.approx(np.broadcast_to(steps[:, :1], steps.shape), abs=1e-4)


def test_a_balance_begins_where_its_auction_left_it(base_pass, model_inputs):
    """From the quarter of the later delivery year on: short by what it was short for, and by growth since."""
    anchors, values = model_inputs.anchors, base_pass.inputs.values
    later = anchors.grids["US-PJM"].auctions[-1]
    index = TIMELINE.index_of(later.start)
    flat = np.full((len(values["pjm_peak_error"]), len(TIMELINE.quarters)), 10.0, np.float32)
    still = values | dict.fromkeys(
        ("pjm_peak_drift", "pjm_peak_error", "pjm_accredited_growth", "pjm_on_site_share"), np.zeros_like(flat[:, 0])
    )
    balance = firm("US-PJM", Peaks(dict.fromkeys(DemandConcept, flat), flat), anchors, still)
    _, growth = anchors.grids["US-PJM"].other_peak
    reserve = 1 + values[anchors.grids["US-PJM"].grid.balance.reserve_margin]
    others = growth * reserve
    for steps in (1, 8):
        short = balance.bought[:, index + steps] - balance.supply[:, index + steps]
        assert short == pytest.approx(later.gw + others * steps / 4, rel=1e-4)
    # Two gigawatts more at a quarter are needed there with their reserve, and nowhere else.
    more = flat.copy()
    more[:, index + 8] += 2
    grown = firm("US-PJM", Peaks(dict.fromkeys(DemandConcept, more), flat), anchors, still)
    assert np.array_equal(grown.supply, balance.supply, equal_nan=True)
    added = np.zeros_like(flat)
    added[:, index + 8] = 2 * reserve
    counted = ~np.isnan(grown.bought[0])
    assert (grown.bought - balance.bought)[:, counted] == pytest.approx(added[:, counted], abs=1e-4)


def test_trade_moves_no_need_for_firm_power_but_of_what_is_bought(model_inputs, base_pass):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=512)
    diverted = model_inputs.pass_of(
        numbers, ModelError.none(), scenario=library.scenario("chip-exports-open", model_inputs.assumptions)
    ).cells
    for region in ("US", "US-PJM", "US-ERCOT"):
        base, other = base_pass.cells[region, Layer.FIRM], diverted[region, Layer.FIRM]
        assert np.array_equal(base.wanted, other.wanted, equal_nan=True)
        assert base.supply is None or np.array_equal(base.supply, other.supply, equal_nan=True)
        counted = ~np.isnan(base.bought[0])
        assert (other.bought <= base.bought)[:, counted].all()
        assert (other.bought < base.bought)[:, counted].any()


def test_an_auction_sets_the_balance_anew_without_a_step(scenario_draws):
    need, supply = (rows(scenario_draws, "US-PJM", name, Layer.FIRM) for name in ("wanted", "supply"))
    points = scenario_draws.table.points(Layer.FIRM)
    answered = [
        row for period, row in points.of.items() if period.freq is Frequency.QUARTER and np.isfinite(need[row]).all()
    ]
    chances = np.array([(need[row] > supply[row]).mean() for row in answered])
    assert len(chances) > 8
    assert np.abs(np.diff(chances)).max() < 0.03


def test_editions_to_come_widen_a_vetted_path_and_leave_its_middle(base_pass, model_inputs):
    figures, values = model_inputs.anchors.grids["US-PJM"], base_pass.inputs.values
    path = forecast_growth(figures, TIMELINE, values)
    still = forecast_growth(replace(figures, revisions=None), TIMELINE, values)
    ratio = np.log(path / still)[:, 1:]
    # The edition's own year is not moved; from then on each further year is moved more.
    spread = ratio.std(axis=0)
    assert (spread[:3] < 0.2).all()
    assert (np.diff(spread[3:]) > 0).all()
    assert np.median(ratio[:, -1]) == pytest.approx(0, abs=0.2 * float(spread[-1]))


@pytest.mark.parametrize(
    ("grid", "layer"), [*((grid, Layer.ENERGY) for grid in GRIDS), ("US-PJM", Layer.FIRM), ("US-ERCOT", Layer.FIRM)]
)
def test_a_grid_takes_no_step_at_the_turn_of_a_year(scenario_draws, grid, layer):
    demand = rows(scenario_draws, grid, layer=layer)
    quarters, upper = [], []
    for quarter, row in scenario_draws.table.points(layer).of.items():
        if quarter.freq is Frequency.QUARTER and np.isfinite(demand[row]).all():
            days = (quarter.end - quarter.start).days + 1 if layer is Layer.ENERGY else 1
            quarters.append(quarter)
            upper.append(np.quantile(demand[row] / days, 0.9))
    turns = [step for step, quarter in enumerate(quarters[2:-1], start=2) if quarter.start.month == 1]
    assert len(turns) >= 3
    for step in turns:
        before, into_january, after = np.diff(upper[step - 2 : step + 2])
        assert into_january == pytest.approx((before + after) / 2, rel=0.4), quarters[step]
