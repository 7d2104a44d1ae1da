from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from benchmarks.engine_inputs import made_model_inputs
from data.base.layers import DemandConcept, Layer, Status
from projection.base.timeline import Timeline
from projection.cells.cells import ORDER_BOOK_VERDICTS, VERDICTS
from projection.cells.paths import Binding, Paths
from projection.edition.publish import answered, write
from projection.inputs.assumptions import Group
from projection.model.concepts import BookedDemand

TIMELINE = Timeline(2025)
QUARTERS = TIMELINE.quarters
LIMITED = {(region, Layer.POWER) for region in ("US", "CN", "EU", "WORLD")}
"""Cells that say what keeps what is wanted from being served."""
GROWTH_OF = {(region, Layer.ENERGY) for region in ("US", "CN", "EU", "WORLD")}
"""Cells that growth of generation stands beside."""
CHINAS = ("CN", Layer.COMPUTE)
BOOKED = [key for key, cell_status in ORDER_BOOK_VERDICTS.items() if cell_status.status is not Status.UNAVAILABLE]
LAST_DUE = 12
"""Quarters that contracts reach."""

PACE = {("US", Layer.ENERGY): [{"name": "solar_additions", "bands": {"2027-01-01": {"0.5": 40.0}}}]}

FACTS = {
    "data_as_of": "2026-11-23",
    "data_sha256": "0" * 64,
    "code": {"version": "0.1.0", "sha256": "0" * 64},
    "model_version": "m-20261123-00000000",
    "assumptions": {"version": "t", "sha256": "0" * 64},
    "seed": 1,
    "draws": 400,
    "scenarios": ["base"],
}


@pytest.fixture(scope="session")
def model_inputs():
    """What stands still while draws are made, on the shipped figures; no test changes it."""
    return made_model_inputs()


@pytest.fixture(scope="session")
def anchors(model_inputs):
    """Levels and figures of the day the shipped figures end."""
    return model_inputs.anchors


def splits(cells):
    """Every group causes the same share of every band."""
    share = np.full(len(QUARTERS), 1 / len(Group))
    return {
        (*key, concept): {quantity: dict.fromkeys(Group, share) for quantity in ("demand", "supply", "gap")}
        for key in cells
        for concept in (DemandConcept.WANTED, DemandConcept.BOUGHT)
    }


@pytest.fixture(scope="session")
def draw_cells():
    """Draw 400 draws of every answered cell, as a scenario of a small edition."""

    def draw(seed, *, base_year=2025):
        timeline = Timeline(base_year)
        rng = np.random.default_rng(seed)
        size = (400, len(QUARTERS))
        steps = np.arange(len(QUARTERS))
        cells = {}
        for key in answered():
            level = 10 * np.exp(0.2 * rng.standard_normal((400, 1)) + 0.02 * steps)
            bought = level * np.exp(0.1 * rng.standard_normal(size))
            wanted = bought * np.exp(0.1 * np.abs(rng.standard_normal(size)))
            supply = level * np.exp(0.1 * rng.standard_normal(size))
            if key[1] is Layer.FIRM:
                wanted[:, :4] = bought[:, :4] = supply[:, :4] = np.nan
            yearly = key in GROWTH_OF
            cells[key] = Paths(
                wanted=wanted,
                bought=None if key[1] is Layer.STORAGE else bought,
                supply=supply if VERDICTS[key].reason is None else None,
                housed=1.05 * supply if key[1] is Layer.COMPUTE else None,
                binding=rng.choice(len(Binding), size=size).astype(float) if key in LIMITED else None,
                growth=np.full(size, 25.0) * (steps + 1) if yearly else None,
                pace=np.full(size, 100.0) if yearly else None,
                base=np.full(400, 20.0) if yearly or key[1] is Layer.POWER else None,
                additions=0.5 * supply if key[1] is Layer.POWER else None,
                narrow=np.full(size, 0.75) if key[1] is Layer.COMPUTE else None,
                **({"huawei": np.full(size, 0.5), "domestic": np.full(size, 0.6)} if key == CHINAS else {}),
                **(dict.fromkeys(("shipped", "retired", "used"), 0.1 * wanted) if key[1] is Layer.STORAGE else {}),
            )
        booked = {}
        for region, layer, concept in BOOKED:
            demand = 2 * level
            if concept is DemandConcept.CONTRACTED:
                demand = np.where(steps < LAST_DUE, demand, np.nan)
            expected = 1.5 * level if concept is DemandConcept.REQUESTED else None
            booked[region, layer, concept] = BookedDemand(demand, expected)
        wanted = cells["US", Layer.POWER].wanted
        routes = {("US", Layer.POWER): {"chips": wanted, "published": 1.2 * wanted}}
        return replace(drawn_cells(cells, splits(cells), timeline, routes, booked), pace=PACE)

    return draw


@pytest.fixture(scope="session")
def build_edition(draw_cells):
    """Write a small real edition into a folder: 400 draws of every answered cell, through the product's own writer."""

    def build(
        folder,
        *,
        edition_id="e-20261123-test",
        issued=datetime(2026, 11, 23, 12, tzinfo=UTC),
        seed=1,
        other=None,
        base_year=2025,
        constants=None,
        readings=None,
        files=None,
        facts=None,
        run=None,
    ):
        # What is kept of a second scenario, on-site-power-late, of draws of a seed of its own or the same; None for
        # base alone.
        scenarios = ["base"] if readings is None else ["base", "on-site-power-late"]
        seeds = dict(zip(scenarios, (seed, other or seed), strict=False))
        return write(
            folder,
            edition_id=edition_id,
            issued=issued,
            facts=FACTS | {"base_year": base_year, "scenarios": scenarios} | (facts or {}),
            run=run or {},
            scenario_files=writer_of([(name, draw_cells(one, base_year=base_year)) for name, one in seeds.items()]),
            readings=readings or (),
            constants=constants,
            files=files or {},
        )

    return build


@pytest.fixture
def write_edition(tmp_path, build_edition):
    """Write a small real edition into a folder of the test."""
    return partial(build_edition, tmp_path / "editions")
