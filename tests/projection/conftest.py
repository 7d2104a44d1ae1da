from datetime import UTC, datetime

import numpy as np
import pytest
from drawn_cells import drawn_cells, writer_of

from benchmarks.engine_inputs import made_ground
from data.base.layers import Layer
from projection.base.timeline import Timeline
from projection.cells.cells import VERDICTS
from projection.cells.paths import Paths
from projection.edition.publish import answered, write

TIMELINE = Timeline(2025)
QUARTERS = TIMELINE.quarters

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
    return made_ground()


@pytest.fixture(scope="session")
def anchors(model_inputs):
    """Levels and figures of the day the shipped figures end."""
    return model_inputs.anchors


@pytest.fixture
def write_edition(tmp_path):
    """Write a small real edition: 400 draws of every answered cell, through the product's own writer."""

    def build(
        *,
        edition_id="e-20261123-test",
        issued=datetime(2026, 11, 23, 12, tzinfo=UTC),
        seed=1,
        base_year=2025,
        constants=None,
    ):
        timeline = Timeline(base_year)
        rng = np.random.default_rng(seed)
        size = (400, len(QUARTERS))
        cells, splits = {}, {}
        for key in answered():
            level = 10 * np.exp(0.2 * rng.standard_normal((400, 1)) + 0.02 * np.arange(len(QUARTERS)))
            demand = level * np.exp(0.1 * rng.standard_normal(size))
            supply = level * np.exp(0.1 * rng.standard_normal(size))
            if key[1] is Layer.FIRM:
                demand[:, :4] = supply[:, :4] = np.nan
            share = key in {("CN", Layer.ENERGY), ("EU", Layer.ENERGY), ("WORLD", Layer.ENERGY)}
            cells[key] = Paths(
                demand=demand,
                supply=supply if VERDICTS[key].reason is None else None,
                binds=np.zeros(len(QUARTERS), dtype=bool),
                growth=np.full(size, 100.0) if share else None,
                base=np.full(400, 20.0) if share else None,
                unconstrained=1.1 * demand,
                additions=0.5 * supply if key[1] is Layer.POWER else None,
                narrow=np.full(size, 0.75) if key[1] is Layer.COMPUTE else None,
                **(dict.fromkeys(("shipped", "retired", "used"), 0.1 * demand) if key[1] is Layer.STORAGE else {}),
            )
            third = np.full(len(QUARTERS), 1 / 3)
            splits[key] = {
                quantity: {"nowcast": third, "growth": third, "conversion": third}
                for quantity in ("demand", "supply", "gap")
            }
        demand = cells["US", Layer.POWER].demand
        return write(
            tmp_path / "editions",
            edition_id=edition_id,
            issued=issued,
            facts=FACTS | {"base_year": base_year},
            scenario_files=writer_of(
                [
                    (
                        "base",
                        drawn_cells(
                            cells, splits, timeline, {("US", Layer.POWER): {"chips": demand, "published": 1.2 * demand}}
                        ),
                    )
                ]
            ),
            constants=constants,
        )

    return build
