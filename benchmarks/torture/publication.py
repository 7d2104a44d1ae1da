"""Publish an edition of a few made-up draws, as ``headroom project`` does once it has drawn.

``python -m benchmarks.torture.publication SEED`` writes it through the product's own writer, with the answers of two
scenarios, puts it into the storage and records it in the ledger. The same seed gives the same edition.
"""

import sys
from datetime import UTC, date, datetime

import numpy as np

from data.base.layers import DemandConcept, Layer
from headroom import editions, wiring
from headroom.settings import load
from projection.base.timeline import Timeline
from projection.cells.cells import VERDICTS
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key, Paths
from projection.draws.identities import Identity, hold
from projection.edition import summary
from projection.edition.publish import Drawn, answered, write
from projection.inputs.assumptions import Group

DRAWS = 50
BASE_YEAR = 2025
SCENARIOS = ("base", "worst-case")
DAY = date(2026, 11, 23)
FINITE = Identity("made_up", "Made-up draws are finite.", 0)


def made_up_draws(seed: int) -> Drawn:
    """Made-up draws of every cell that is answered."""
    timeline, rng = Timeline(BASE_YEAR), np.random.default_rng(seed)
    size = (DRAWS, len(timeline.quarters))
    cells: dict[Key, Paths] = {}
    for key in answered():
        wanted, supply = (10 * np.exp(0.1 * rng.standard_normal(size)) for _ in range(2))
        cells[key] = Paths(
            wanted=wanted,
            bought=None if key[1] is Layer.STORAGE else 0.9 * wanted,
            supply=supply if VERDICTS[key].reason is None else None,
            narrow=np.full(size, 0.75) if key[1] is Layer.COMPUTE else None,
        )
    share = np.full(len(timeline.quarters), 1 / len(Group))
    split = {
        (*key, concept): {quantity: dict.fromkeys(Group, share) for quantity in ("demand", "supply", "gap")}
        for key in cells
        for concept in (DemandConcept.WANTED, DemandConcept.BOUGHT)
    }
    table = DrawTable.blank(timeline, cells, draws=DRAWS, booked=[])
    table.put(cells)
    ends = ((f"{region}|{layer}", paths.wanted[:, -1], paths.wanted[:, -1]) for (region, layer), paths in cells.items())
    return Drawn(table, {}, split, identities=(hold(FINITE, ends),))


def main() -> None:
    """Publish."""
    seed = int(sys.argv[1])
    settings = load()
    wiring.migrate(settings)
    draws = made_up_draws(seed)
    edition = write(
        settings.editions,
        edition_id=f"e-{DAY:%Y%m%d}-{seed:010d}",
        issued=datetime.now(UTC),
        facts={
            "data_as_of": DAY.isoformat(),
            "data_sha256": "0" * 64,
            "code": {"version": "0", "sha256": "0" * 64},
            "model_version": "m-made-up",
            "assumptions": {"version": "0", "sha256": "0" * 64},
            "seed": seed,
            "draws": DRAWS,
            "base_year": BASE_YEAR,
            "scenarios": list(SCENARIOS),
        },
        scenario_files=lambda writer: ((name, writer.write(name, draws)) for name in SCENARIOS),
        readings=(summary.answers,),
    )
    editions.record(settings, edition)


if __name__ == "__main__":
    main()
