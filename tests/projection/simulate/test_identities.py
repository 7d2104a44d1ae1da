"""Identities hold on what the engine draws, and each of them fails on a draw that was tampered with."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_cells import writer_of

from data.base.errors import ProjectionError
from data.base.layers import DemandConcept, Layer
from projection.cells.paths import EXPECTED, WORLD
from projection.draws.identities import hold
from projection.edition.publish import write
from projection.scenarios import library
from projection.simulate.identities import BETWEEN, of_pass
from projection.simulate.model_inputs import ModelInputs, RandomInputs
from projection.simulate.scenario_run import draw

DRAWS, SEED = 300, 11
FACTS = {"data_as_of": "2026-11-23", "base_year": 2025, "model_version": "m-made"}
NAMES = [*(identity.name for identity in BETWEEN), "year_is_its_quarters", "in_range"]
SCENARIOS = sorted(library.documents())
BOUGHT, WANTED = DemandConcept.BOUGHT, DemandConcept.WANTED


@pytest.fixture(scope="module")
def model_pass(model_inputs):
    numbers = RandomInputs.of(model_inputs, seed=SEED, draws=DRAWS)
    return model_inputs.pass_of(numbers, model_inputs.model_error(SEED))


@pytest.fixture(scope="module")
def scenario_draws(model_inputs):
    return draw(model_inputs, seed=SEED, draws=DRAWS)


def one_draw(path, factor=1.01):
    """The path with the last quarter of its last draw wrong."""
    path_copy = path.copy(order="K")
    path_copy[-1, -1] *= factor
    return path_copy


def in_cell(model_pass, region, layer, quantity, factor=1.01):
    cell = model_pass.cells[region, layer]
    wrong = replace(cell, **{quantity: one_draw(getattr(cell, quantity), factor)})
    return replace(model_pass, outcome=replace(model_pass.outcome, cells=model_pass.cells | {(region, layer): wrong}))


def in_region(model_pass, region, quantity, factor=1.01, part=None):
    paths = model_pass.outcome.regions[region]
    path = getattr(paths, quantity)
    wrong = one_draw(path, factor) if part is None else {**path, part: one_draw(path[part], factor)}
    regions = model_pass.outcome.regions | {region: replace(paths, **{quantity: wrong})}
    return replace(model_pass, outcome=replace(model_pass.outcome, regions=regions))


def heavier_chips(model_pass, region):
    paths = model_pass.outcome.regions[region]
    stock = replace(paths.stock, tdp=one_draw(paths.stock.tdp, 1e3))
    regions = model_pass.outcome.regions | {region: replace(paths, stock=stock)}
    return replace(model_pass, outcome=replace(model_pass.outcome, regions=regions))


TAMPERED = {
    "regions_sum": lambda of: in_cell(of, WORLD, Layer.COMPUTE, "housed"),
    "shortages_add": lambda of: in_cell(of, WORLD, Layer.POWER, "wanted", 10.0),
    "concepts_ordered": lambda of: in_cell(of, "US", Layer.FIRM, "bought", 1e3),
    "one_demand": lambda of: in_cell(of, "CN", Layer.COMPUTE, "wanted"),
    "average_within_peak": lambda of: in_region(of, "EU", "average", 10.0, BOUGHT),
    "peak_within_nameplate": lambda of: in_cell(of, "REST", Layer.POWER, "supply", 3.0),
    "energy_is_power_times_hours": lambda of: in_cell(of, "EU", Layer.ENERGY, "bought"),
    "halls_stand": lambda of: in_region(of, "US", "nameplate", 0.3),
    "stock_survives": lambda of: in_region(of, "CN", "error", 1e-3),
    "grids_are_within_their_country": lambda of: in_cell(of, "IE", Layer.ENERGY, "wanted", 1e4),
    "routes_meet": lambda of: in_region(of, "REST", "routes", 1.01, "published"),
    "h100e_to_watt": lambda of: heavier_chips(of, "CN"),
    "h100e_to_gigawatt": lambda of: in_region(of, "US", "routes", 1.01, "chips"),
    "disks_are_shipped_less_retired": lambda of: in_cell(of, WORLD, Layer.STORAGE, "retired"),
    "used_is_not_more_than_installed": lambda of: in_cell(of, WORLD, Layer.STORAGE, "used", 3.0),
}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_identity_holds_in_every_scenario_and_compares_something(model_inputs, scenario):
    scenario_draws = draw(
        model_inputs, scenario=library.scenario(scenario, model_inputs.assumptions), seed=SEED, draws=DRAWS
    )
    assert sorted(one.identity.name for one in scenario_draws.identities) == sorted(NAMES)
    for one in scenario_draws.identities:
        assert 0.0 <= one.worst <= one.identity.tolerance
        assert one.compared > DRAWS
        assert one.identity.tolerance < 1e-4, "single precision carries seven digits"


@pytest.mark.parametrize("identity", BETWEEN, ids=lambda identity: identity.name)
def test_an_identity_fails_on_a_tampered_draw(model_pass, identity):
    assert hold(identity, BETWEEN[identity](model_pass)).worst <= identity.tolerance
    with pytest.raises(ProjectionError, match=f"identity {identity.name} does not hold for .*allowed") as caught:
        hold(identity, BETWEEN[identity](TAMPERED[identity.name](model_pass)))
    assert caught.value.code == "projection_error"


PUBLISHED = [
    ("year_is_its_quarters", ("US", Layer.ENERGY, "wanted"), 1.01),
    ("year_is_its_quarters", (WORLD, Layer.STORAGE, "shipped"), 0.99),
    ("in_range", ("US", Layer.POWER, "supply"), -1.0),
    ("in_range", ("US", Layer.COMPUTE, "narrow"), 1.5),
    ("in_range", ("CN", Layer.POWER, "wanted"), np.inf),
    ("in_range", ("EU", Layer.POWER, "bought"), np.nan),
    ("concepts_ordered", ("US", Layer.POWER, "contracted"), 1e3),
    ("concepts_ordered", ("US-VA", Layer.POWER, EXPECTED), 1e3),
]


@pytest.mark.parametrize(("name", "place", "factor"), PUBLISHED)
def test_an_identity_of_published_draws_fails_on_a_tampered_one(model_inputs, model_pass, name, place, factor):
    table = draw(model_inputs, seed=SEED, draws=DRAWS).table
    of_pass(model_pass, table)
    table.rows(*place)[2, -1] *= factor
    with pytest.raises(ProjectionError, match=rf"identity {name} does not hold for {place[0]}\|{place[1]}"):
        of_pass(model_pass, table)


def test_a_scenario_whose_identity_breaks_is_not_drawn(model_inputs, monkeypatch):
    honest = ModelInputs.pass_of

    def wrong(self, *numbers, **options):
        return TAMPERED["average_within_peak"](honest(self, *numbers, **options))

    monkeypatch.setattr(ModelInputs, "pass_of", wrong)
    with pytest.raises(ProjectionError, match="identity average_within_peak does not hold for EU"):
        draw(model_inputs, seed=SEED, draws=64)


def test_the_manifest_tells_the_worst_of_all_scenarios(model_inputs, scenario_draws, tmp_path):
    again = draw(
        model_inputs, scenario=library.scenario("on-site-power-late", model_inputs.assumptions), seed=SEED, draws=DRAWS
    )
    edition = write(
        tmp_path,
        edition_id="e-identities",
        issued=datetime(2026, 11, 23, tzinfo=UTC),
        facts=FACTS | {"scenarios": ["base", "on-site-power-late"]},
        scenario_files=writer_of([("base", scenario_draws), ("on-site-power-late", again)]),
    )
    lines = {line["name"]: line for line in edition.manifest["identities"]}
    assert sorted(lines) == sorted(NAMES)
    for one, other in zip(scenario_draws.identities, again.identities, strict=True):
        line = lines[one.identity.name]
        assert line["worst"] == pytest.approx(max(one.worst, other.worst), rel=5e-3)
        assert line["compared"] == one.compared + other.compared
        assert line["scenario"] in {"base", "on-site-power-late"}
