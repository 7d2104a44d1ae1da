"""Identities hold on what the engine draws, and each of them fails on a draw that was tampered with."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_cells import writer_of

from data.base.errors import ProjectionError
from data.base.layers import Layer
from projection.cells.draw_table import DrawTable
from projection.cells.paths import WORLD, PassDetail
from projection.draws.identities import Identity, hold, of_published, of_sums, worst_of
from projection.draws.widening import apply_floor
from projection.edition.publish import write
from projection.simulate.conversions import CHECKS
from projection.simulate.model_inputs import ModelInputs, RandomInputs
from projection.simulate.scenario_run import draw

DRAWS, SEED = 600, 11
FACTS = {"data_as_of": "2026-11-23", "base_year": 2025, "model_version": "m-made"}
BEFORE = (
    "regions_sum",
    "energy_is_power_times_hours",
    "peak_is_nameplate_times_ratio",
    "one_delay",
    "routes_meet",
    "h100e_to_watt",
    "h100e_to_gigawatt",
    "disks_are_shipped_less_retired",
)
AFTER = (
    "world_is_its_regions",
    "grids_are_within_their_country",
    "year_is_its_quarters",
    "in_range",
    "unconstrained_is_not_less",
    "used_is_not_more_than_installed",
)


@pytest.fixture(scope="module")
def model_pass(model_inputs):
    return model_inputs.pass_of(
        RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS), scenario="base", detail=PassDetail.ALL
    )


@pytest.fixture(scope="module")
def scenario_draws(model_inputs):
    return draw(model_inputs, scenario="base", seed=SEED, draws=DRAWS)


def one_draw(path, factor=1.01, quarter=-1):
    """The path with one quarter of its last draw wrong."""
    path_copy = path.copy(order="K")
    path_copy[-1, quarter] *= factor
    return path_copy


def in_cell(model_pass, region, layer, **quantities):
    cells = model_pass.cells | {(region, layer): replace(model_pass.cells[region, layer], **quantities)}
    return replace(model_pass, outcome=replace(model_pass.outcome, cells=cells))


def in_between(model_pass, region, **quantities):
    part = replace(model_pass.outcome.between[region], **quantities)
    return replace(model_pass, outcome=replace(model_pass.outcome, between=model_pass.outcome.between | {region: part}))


def in_routes(model_pass, region, name):
    key = (region, Layer.POWER)
    routes = model_pass.routes[key] | {name: one_draw(model_pass.routes[key][name])}
    return replace(model_pass, outcome=replace(model_pass.outcome, routes=model_pass.routes | {key: routes}))


TAMPERED = {
    "regions_sum": lambda model_pass: in_cell(
        model_pass, WORLD, Layer.COMPUTE, supply=one_draw(model_pass.cells[WORLD, Layer.COMPUTE].supply)
    ),
    "energy_is_power_times_hours": lambda model_pass: in_between(
        model_pass, "EU", average=one_draw(model_pass.outcome.between["EU"].average)
    ),
    "peak_is_nameplate_times_ratio": lambda model_pass: in_between(
        model_pass, "CN", nameplate=one_draw(model_pass.outcome.between["CN"].nameplate)
    ),
    "one_delay": lambda model_pass: in_between(
        model_pass, "US", owned=one_draw(model_pass.outcome.between["US"].owned)
    ),
    "routes_meet": lambda model_pass: in_routes(model_pass, "REST", "published"),
    "h100e_to_watt": lambda model_pass: in_between(
        model_pass, "CN", tdp=one_draw(model_pass.outcome.between["CN"].tdp, 20.0)
    ),
    "h100e_to_gigawatt": lambda model_pass: in_between(
        model_pass, "US", tdp=one_draw(model_pass.outcome.between["US"].tdp)
    ),
    "disks_are_shipped_less_retired": lambda model_pass: in_cell(
        model_pass, WORLD, Layer.STORAGE, retired=one_draw(model_pass.cells[WORLD, Layer.STORAGE].retired)
    ),
}


def test_every_identity_holds_and_compares_something(scenario_draws):
    assert [one.identity.name for one in scenario_draws.identities] == [*BEFORE, *AFTER]
    for one in scenario_draws.identities:
        assert 0.0 <= one.worst <= one.identity.tolerance
        assert one.compared > 0
        assert one.identity.tolerance < 1e-4, "single precision carries seven digits"


@pytest.mark.parametrize("identity", CHECKS, ids=lambda identity: identity.name)
def test_an_identity_before_the_floor_fails_on_a_tampered_draw(model_pass, model_inputs, identity):
    ties = CHECKS[identity]
    assert hold(identity, ties(model_pass, model_inputs.anchors)).worst <= identity.tolerance
    with pytest.raises(ProjectionError, match=f"identity {identity.name} does not hold for .*allowed") as caught:
        hold(identity, ties(TAMPERED[identity.name](model_pass), model_inputs.anchors))
    assert caught.value.code == "projection_error"


def floored(model_inputs, model_pass):
    table = DrawTable.blank(model_inputs.anchors.timeline, model_pass.cells, draws=DRAWS)
    table.put(model_pass.cells)
    apply_floor(table)
    return table


def test_the_world_is_its_regions_after_the_floor_unless_one_of_them_is_wrong(model_pass, model_inputs):
    table = floored(model_inputs, model_pass)
    ties, grids = of_sums(table)
    assert ties.worst == grids.worst == 0.0
    for region in ("REST", "EU", WORLD):
        table = floored(model_inputs, model_pass)
        table.rows(region, Layer.ENERGY, "demand")[3, -1] *= 1.001
        with pytest.raises(ProjectionError, match=r"world_is_its_regions does not hold for WORLD\|energy"):
            of_sums(table)


@pytest.mark.parametrize(("grid", "parent"), [("US-PJM", "US"), ("US-ERCOT", "US"), ("IE", "EU")])
def test_a_grid_that_outgrows_its_country_is_told(model_pass, model_inputs, grid, parent):
    table = floored(model_inputs, model_pass)
    table.rows(grid, Layer.ENERGY, "demand")[3, -1] *= 100.0
    with pytest.raises(ProjectionError, match=rf"grids_are_within_their_country does not hold for {parent}\|energy"):
        of_sums(table)


@pytest.mark.parametrize("layer", [Layer.COMPUTE, Layer.POWER])
def test_unconstrained_demand_of_the_world_is_stretched_as_its_demand_is(model_pass, model_inputs, layer):
    # It is not summed anew, which docs/method.md says: the floor scales it and keeps its ratio to demand.
    table = floored(model_inputs, model_pass)
    before = model_pass.cells[WORLD, layer]
    quarters = list(table.points(layer).quarters)
    ratio = (before.unconstrained / before.demand).T[quarters]
    after = table.rows(WORLD, layer, "unconstrained") / table.rows(WORLD, layer, "demand")
    assert np.allclose(after, ratio, rtol=1e-5)


PUBLISHED = {
    "year_is_its_quarters": ("US", Layer.ENERGY, "demand", 1.01),
    "in_range": ("US", Layer.POWER, "supply", -1.0),
    "unconstrained_is_not_less": ("CN", Layer.COMPUTE, "unconstrained", 0.1),
    "used_is_not_more_than_installed": (WORLD, Layer.STORAGE, "used", 3.0),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_an_identity_of_published_draws_fails_on_a_tampered_one(model_inputs, name):
    table = draw(model_inputs, scenario="base", seed=SEED, draws=64).table
    region, layer, quantity, factor = PUBLISHED[name]
    table.rows(region, layer, quantity)[2, -1] *= factor
    with pytest.raises(ProjectionError, match=rf"{name} does not hold for {region}\|{layer}"):
        of_published(table, most_at_16_bit=1.01)


@pytest.mark.parametrize(
    ("quantity", "wrong"), [("narrow", 1.2), ("additions", 1.5), ("demand", np.inf), ("supply", np.nan)]
)
def test_shares_ratios_and_numbers_that_are_none_are_out_of_range(model_inputs, quantity, wrong):
    table = draw(model_inputs, scenario="base", seed=SEED, draws=64).table
    layer = Layer.COMPUTE if quantity == "narrow" else Layer.POWER
    table.rows("US", layer, quantity)[2, -1] = wrong
    with pytest.raises(ProjectionError, match=rf"does not hold for US\|{layer}"):
        of_published(table, most_at_16_bit=1.01)


def test_a_scenario_whose_identity_breaks_is_not_drawn(model_inputs, monkeypatch):
    honest = ModelInputs.pass_of

    def wrong(self, random_inputs, **options):
        return TAMPERED["peak_is_nameplate_times_ratio"](honest(self, random_inputs, **options))

    monkeypatch.setattr(ModelInputs, "pass_of", wrong)
    with pytest.raises(ProjectionError, match=r"identity peak_is_nameplate_times_ratio does not hold for CN\|power"):
        draw(model_inputs, scenario="base", seed=SEED, draws=64)


def test_the_manifest_tells_the_worst_of_all_scenarios(model_inputs, scenario_draws, tmp_path):
    again = draw(model_inputs, scenario="btm_slips", seed=SEED, draws=DRAWS)
    pairs = [("base", scenario_draws), ("btm_slips", again)]
    worst = {one["name"]: one for one in worst_of([(name, one.identities) for name, one in pairs])}
    assert list(worst) == [*BEFORE, *AFTER]
    for place, name in enumerate(worst):
        both = [one.identities[place] for _, one in pairs]
        assert worst[name]["worst"] == pytest.approx(max(one.worst for one in both), rel=5e-3)
        assert worst[name]["compared"] == sum(one.compared for one in both)
        assert worst[name]["scenario"] in {"base", "btm_slips"}
    edition = write(
        tmp_path,
        edition_id="e-identities",
        issued=datetime(2026, 11, 23, tzinfo=UTC),
        facts=FACTS | {"scenarios": ["base", "btm_slips"]},
        scenario_files=writer_of(pairs),
    )
    assert edition.manifest["identities"] == list(worst.values())


def test_two_ways_of_no_size_agree_and_of_opposite_sign_do_not():
    identity = Identity("made", "Made.", 4)
    nothing = np.zeros(3, np.float32)
    assert hold(identity, [("US", nothing, nothing), ("EU", nothing[:0], nothing[:0])]).compared == 3
    with pytest.raises(ProjectionError, match="for US"):
        hold(identity, [("US", nothing, nothing + np.float32(1e-20))])
