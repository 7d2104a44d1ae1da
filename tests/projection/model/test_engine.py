"""The engine on real anchors and made-up driver draws: what must hold in every draw, whatever the drivers say."""

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from widths import log_sd

from data.base.layers import LAYERS, Layer, Timing
from data.base.shipped_tables import site_vintages, sites
from data.periods.period import Frequency, Period
from data.store.store import Store
from features.chips.designers import newest_at_16_bit
from features.chips.shipments import DESIGNERS
from features.electricity import MONTHLY, SALES, YEARLY
from features.grids.definitions import METERED
from features.sites.pipeline import placeholder_halfwidth
from features.sites.sites import tracker_facts
from projection.base import measures
from projection.base.floor import floor_sd
from projection.base.streams import normals
from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable, Points
from projection.cells.paths import WORLD, Inputs, Paths
from projection.draws.widening import apply_floor
from projection.electricity.us_firm import add_firm, elcc_published
from projection.inputs.assumptions import Assumptions
from projection.inputs.drivers import DriverDraws
from projection.inputs.starting_values import GENERATION
from projection.model import chips, routes
from projection.model.chips import REGIONS
from projection.model.engine import run
from projection.simulate.model_inputs import DRIVERS
from projection.sites import buildout
from projection.sites.realisation import SiteShocks

AS_OF = date(2026, 11, 23)
DRAWS = 2000
SUMMED = (Layer.COMPUTE, Layer.POWER, Layer.ENERGY)
TIMELINE = Timeline(2025)
QUARTERS = TIMELINE.quarters
REGION_OF = {series: region for region, series in GENERATION.items()}


def floored(table, key):
    rows = [table.rows(*key, quantity) for quantity in ("demand", "supply")]
    return Paths(*(None if array is None else array.T for array in rows))


def made_drivers(anchors):
    periods, values = {}, {}
    for name in DRIVERS:
        if name in (MONTHLY, YEARLY, *SALES):
            continue
        rng = np.random.default_rng(len(name))
        if name.startswith("derived."):
            designer = name.split(".")[1]
            last = (
                anchors.designers[designer].last
                if designer in DESIGNERS
                else Period(date(2026, 1, 1), Frequency.QUARTER)
            )
            level = anchors.designers[designer].flows[last] if designer in DESIGNERS else 150.0
            first, steps, growth = last.shift(1), 20, 0.08
        elif name in METERED:
            metered = anchors.grids["IE"].metered
            last = max(metered)
            level, first, steps, growth = 1000 * metered[last], last.shift(1), 20, 0.02
        else:
            level = anchors.generation[REGION_OF[name]]
            first, steps, growth = Period(date(2026, 1, 1), Frequency.YEAR), 10, 0.04
        shock = np.cumsum(0.05 * rng.standard_normal((DRAWS, steps)), axis=1)
        values[name] = level * np.exp(growth * np.arange(1, steps + 1) + shock)
        periods[name] = tuple(first.shift(step) for step in range(steps))
    return DriverDraws(periods=periods, values=values)


@pytest.fixture(scope="module")
def inputs_of(model_inputs, anchors):
    assumptions = model_inputs.assumptions
    latent = assumptions.latent(seed=3, draws=DRAWS)
    errors = {name: normals(3, f"measurement/{name}", DRAWS) for name in DESIGNERS}
    drivers = made_drivers(anchors)

    def build(scenario="base"):
        return Inputs(
            anchors=anchors,
            drivers=drivers,
            values=assumptions.values(latent, scenario=scenario),
            errors=errors,
            shocks=SiteShocks(3, DRAWS),
            evidence_days=model_inputs.evidence_days,
        )

    return build


@pytest.fixture(scope="module")
def inputs(inputs_of):
    return inputs_of()


@pytest.fixture(scope="module")
def world(inputs_of, anchors):
    def build(scenario="base"):
        scenario_inputs = inputs_of(scenario)
        cells = add_firm(run(scenario_inputs).cells, anchors, scenario_inputs.values)
        table = DrawTable.blank(TIMELINE, cells, draws=DRAWS)
        table.put(cells)
        apply_floor(table)
        return {key: floored(table, key) for key in cells}, scenario_inputs.values

    return build


def yearly(draws, layer):
    points = Points.flow(TIMELINE, ends=True) if LAYERS[layer].timing is Timing.TOTAL else Points.stock(TIMELINE)
    return draws[:, [points.of[year] for year in TIMELINE.years]]


def test_world_is_the_sum_of_its_regions_in_every_draw(world, inputs):
    cells, _ = world()
    for layer in SUMMED:
        parts = np.sum([cells[region, layer].demand for region in REGIONS], axis=0)
        assert np.allclose(cells[WORLD, layer].demand, parts)
    before = run(inputs).cells
    for layer in (Layer.COMPUTE, Layer.POWER):
        parts = np.sum([before[region, layer].supply for region in REGIONS], axis=0)
        assert np.allclose(before[WORLD, layer].supply, parts)
        assert np.array_equal(cells[WORLD, layer].supply[:, :20], before[WORLD, layer].supply[:, :20])


@pytest.mark.parametrize("scenario", sorted(Assumptions.shipped().scenarios))
def test_no_yearly_demand_path_is_narrower_than_experts_own_errors(world, scenario):
    cells, _ = world(scenario)
    for (region, layer), paths in cells.items():
        if layer is Layer.FIRM:
            continue
        ends = TIMELINE.years_after(TIMELINE.base)[3::4]
        width = log_sd(yearly(paths.demand, layer))
        assert (width >= floor_sd(ends) * 0.995).all(), (region, layer)


def test_every_draw_is_positive_and_finite_and_firm_starts_after_its_base(world):
    cells, _ = world()
    for (region, layer), paths in cells.items():
        start = 4 if layer is Layer.FIRM else 0
        assert np.isfinite(paths.demand[:, start:]).all(), (region, layer)
        assert (paths.demand > 0).all() or layer is Layer.FIRM
        if paths.supply is not None:
            assert np.isfinite(paths.supply[:, start:]).all(), (region, layer)
    assert np.isnan(cells["US", Layer.FIRM].demand[:, :4]).all()


def test_plans_at_face_value_deliver_more_than_realised_ones(world):
    (base, _), (face, _) = world("base"), world("sites_on_time")
    difference = face["US", Layer.POWER].supply - base["US", Layer.POWER].supply
    assert (difference.mean(axis=0)[:12] > 0).all()
    assert (difference[:, 11] > 0).mean() > 0.8


def test_scenario_that_does_not_touch_a_cell_leaves_it_to_the_last_bit(world):
    base, slips = world("base")[0], world("btm_slips")[0]
    assert np.array_equal(base["US", Layer.POWER].demand, slips["US", Layer.POWER].demand)
    assert (slips["US", Layer.FIRM].supply[:, 11] < base["US", Layer.FIRM].supply[:, 11]).mean() > 0.9


def test_open_exports_move_chips_to_china_and_create_none(world):
    base, opened = world("base")[0], world("cn_chips_open")[0]
    assert np.median(opened["CN", Layer.COMPUTE].demand[:, 11]) > np.median(base["CN", Layer.COMPUTE].demand[:, 11])
    assert np.median(opened["US", Layer.COMPUTE].demand[:, 11]) < np.median(base["US", Layer.COMPUTE].demand[:, 11])


def test_same_seed_gives_the_same_draws(world):
    first, again = world()[0], world()[0]
    assert all(np.array_equal(first[key].demand, again[key].demand, equal_nan=True) for key in first)


def test_pipeline_is_the_tracker_itself(anchors):
    plans = anchors.pipeline_us
    located = sites().filter(pl.col("region") == "US")["site"].unique()
    newest = plans[0].edition
    rows = site_vintages().filter((pl.col("vintage") == newest) & pl.col("site").is_in(located.implode()))
    for day in (date(2025, 12, 31), newest, date(2027, 3, 1), date(2031, 12, 31)):
        printed = rows.filter(pl.col("date") <= day).sort("site", "date").group_by("site").last()["facility_mw"].sum()
        assert sum(plan.level(day) for plan in plans) == pytest.approx(printed)
    assert {plan.site for plan in plans} == {tracker_facts().part_of.get(site, site) for site in rows["site"]}


@pytest.mark.parametrize(
    ("day", "half"),
    [
        (date(2028, 12, 31), 182), (date(2028, 1, 1), 182), (date(2027, 6, 30), 45), (date(2027, 10, 1), 45),
        (date(2027, 7, 31), 15), (date(2027, 8, 1), 15), (date(2027, 8, 17), 0),
    ],
)  # fmt: skip
def test_placeholder_dates_are_spread_over_the_span_they_stand_for(day, half):
    assert placeholder_halfwidth(day) == half


def test_tracker_tail_is_not_a_ceiling(world):
    cells, _ = world()
    supply = np.median(cells["US", Layer.POWER].supply, axis=0)
    assert (np.diff(supply) > 0).all()


def test_install_lag_moves_chips_and_loses_none():
    flow = np.random.default_rng(1).random((50, 20))
    lag = np.linspace(0, 3, 50)
    later = chips.lagged(flow, lag)
    assert np.allclose(later[:, :].sum(axis=1) + _cut(flow, lag), flow.sum(axis=1))
    assert np.array_equal(chips.lagged(flow, np.zeros(50)), flow)


def _cut(flow, lag):
    whole = np.floor(lag).astype(int)
    part = lag - whole
    lost = np.zeros(len(flow))
    for index, (steps, share) in enumerate(zip(whole, part, strict=True)):
        tail = flow[index, ::-1]
        lost[index] = tail[:steps].sum() * (1 - share) + tail[: steps + 1].sum() * share
    return lost


def test_stock_without_retirement_is_the_running_sum():
    flow = np.random.default_rng(2).random((3, 12))
    assert np.allclose(chips.installed(flow, np.ones((3, 12))), np.cumsum(flow, axis=1))


def test_elcc_additions_follow_the_published_years():
    cumulative = elcc_published({2026: 15.0, 2030: 20.0}, np.array([0.0, 1.0, 2.0, 4.0, 9.0]), TIMELINE)
    assert cumulative[1] == pytest.approx(16.25, abs=0.01)
    assert cumulative[3] == pytest.approx(16.25 + 17.5 + 18.75 + 20 - 0.08, abs=0.1)
    assert cumulative[4] - cumulative[3] == pytest.approx(100.0, abs=0.2)


def test_growth_of_zero_adds_one_years_worth_a_year():
    assert buildout.growing(np.array([0.0]), np.array([3.0]))[0, 0] == pytest.approx(3.0, rel=1e-4)


def test_doubling_shipments_doubles_the_flow_and_not_the_stock(inputs):
    values, anchors = inputs.values, inputs.anchors
    flows = chips.shipments(anchors, inputs.drivers, values, inputs.errors)
    offset = TIMELINE.offset
    doubled = {name: np.concatenate([flow[:, :offset], 2 * flow[:, offset:]], axis=1) for name, flow in flows.items()}
    once, twice = (chips.stocks(each, anchors, values) for each in (flows, doubled))
    world = [sum(stocks.of(region).owned for region in REGIONS) for stocks in (once, twice)]
    ratio = world[1][:, offset + 3] / world[0][:, offset + 3]
    assert ((ratio > 1) & (ratio < 2)).all()
    assert np.allclose(world[1][:, offset - 1], world[0][:, offset - 1])


def test_a_chip_owned_is_not_a_chip_powered(inputs):
    flows = chips.shipments(inputs.anchors, inputs.drivers, inputs.values, inputs.errors)
    stocks = chips.stocks(flows, inputs.anchors, inputs.values)
    for region in REGIONS:
        stock = stocks.of(region)
        waiting = stock.owned - stock.powered
        grown = waiting[:, TIMELINE.offset : TIMELINE.offset + 8]
        assert (grown >= -1e-6 * stock.owned[:, TIMELINE.offset : TIMELINE.offset + 8]).all()
        assert (np.median(grown, axis=0) > 0).all()


def test_chinas_running_year_grows_as_its_months_say(inputs):
    cell = run(inputs).cells["CN", Layer.ENERGY]
    first = np.exp(inputs.values["cn_running_growth"])
    base = inputs.anchors.generation["CN"] * (1 - inputs.values["plants_own_use"])
    before = int(np.searchsorted(TIMELINE.mid_years, 1.0)) - 1
    weight = (1.0 - TIMELINE.mid_years[before]) / np.diff(TIMELINE.mid_years[before : before + 2])[0]
    middle = cell.growth[:, before] * (1 - weight) + cell.growth[:, before + 1] * weight
    # Beyond the middle of the first year the second one's growth weighs in.
    assert np.median(middle) == pytest.approx(np.median(base * (first - 1)), rel=0.1)
    blind = run(replace(inputs, anchors=replace(inputs.anchors, cn_running_growth=None))).cells["CN", Layer.ENERGY]
    assert np.std(blind.growth[:, before]) > 2 * np.std(cell.growth[:, before])


def test_western_chips_go_somewhere_once(inputs):
    flows = chips.shipments(inputs.anchors, inputs.drivers, inputs.values, inputs.errors)
    western = np.asfortranarray(sum(flow for name, flow in flows.items() if name not in {"huawei_ascend", "cambricon"}))
    share = chips.shares(inputs.anchors, western, inputs.values)
    assert np.allclose(sum(share.values()), 1.0)
    assert all((part >= 0).all() for part in share.values())


def test_counts_at_16_bit_are_never_more_and_equal_if_chips_keep_the_ratio(inputs):
    ratios = newest_at_16_bit(Store.shipped().accelerators)
    assert ratios["nvidia"] == pytest.approx(4000 / 989.4 / (17500 / 1979), rel=1e-6)
    assert ratios["amd"] == pytest.approx(1.0, rel=0.01)
    cells = run(inputs).cells
    narrow = cells[WORLD, Layer.COMPUTE].narrow
    assert (narrow <= 1.0 + 1e-9).all()
    assert np.median(narrow, axis=0)[-1] < 0.9 < np.median(narrow, axis=0)[0]


def test_zero_plans_give_nothing_but_what_stands(inputs):
    base = np.full(DRAWS, 50.0)
    none = {**inputs.values, "us_colo_under_construction": np.zeros(DRAWS)}
    built = buildout.us_nameplate((), base, none, inputs.shocks, TIMELINE, evidence_days=inputs.evidence_days)
    assert np.allclose(built, 50.0)


def test_routes_disagree_and_no_draw_weighs_what_halls_would_draw(inputs):
    outcome = run(inputs)
    for region in REGIONS:
        route_paths = outcome.routes[region, Layer.POWER]
        assert set(route_paths) == {"chips", "published", routes.SITES} | (set() if region == "CN" else {"capex"})
        bands = routes.Routes.of({name: path.T for name, path in route_paths.items()})
        assert (bands.disagreement[4:] > 0).all()
        without = {name: path.T for name, path in route_paths.items() if name != routes.SITES}
        assert np.array_equal(routes.Routes.of(without).disagreement, bands.disagreement)
        low, _, high = bands.bands["chips"]
        assert (low < high).all()


def test_unconstrained_demand_is_shown_apart_and_never_less(inputs):
    cells = run(inputs).cells
    for region in REGIONS:
        for layer in (Layer.COMPUTE, Layer.POWER):
            paths = cells[region, layer]
            assert (paths.unconstrained >= paths.demand * (1 - 1e-9)).all()


def test_levels_of_another_base_year_are_left_out_and_not_guessed(inputs):
    cells = run(replace(inputs, anchored=False)).cells
    assert cells["US", Layer.ENERGY].supply is None
    assert (WORLD, Layer.STORAGE) not in cells


def test_a_gap_is_short_by_a_year_at_least_as_often_as_in_it():
    gap = np.random.default_rng(1).normal(size=(500, 6))
    by, alone = measures.p_short_by(gap), measures.p_above(gap, 0.0)
    assert (by >= alone).all()
    assert (np.diff(by) >= 0).all()
    assert measures.p_above(gap, 1e9).tolist() == [0.0] * 6


def test_the_share_of_the_plan_that_may_be_late_opens_the_gap_exactly():
    demand, supply = np.array([[10.0], [10.0], [10.0]]), np.array([[12.0], [9.0], [40.0]])
    additions = np.array([[8.0], [8.0], [8.0]])
    share = measures.late_share(demand, supply, additions)
    assert share[:, 0].tolist() == [0.25, 0.0, 1.0]
    assert (demand - (supply - share * additions))[0, 0] == pytest.approx(0.0)
