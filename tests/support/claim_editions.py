"""Small editions that carry all that claims read: draws of the US and China, additions, shares of open models."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from drawn_cells import drawn_cells, writer_of
from model_shares import assumed, share_files

from data.base.layers import Layer
from data.store.store import Store
from features.view import View
from projection.base.timeline import Timeline
from projection.cells.paths import Binding, Key, Paths
from projection.claims import evaluation
from projection.edition.edition import Edition
from projection.edition.names import PACES, pace_column
from projection.edition.publish import write
from projection.project import readings

DRAWS = 200
DAY = date(2026, 11, 23)
TIMELINE = Timeline(2025)
CELLS: tuple[Key, ...] = (
    *((region, layer) for region in ("US", "CN") for layer in (Layer.COMPUTE, Layer.POWER, Layer.ENERGY)),
    ("US", Layer.FIRM),
    ("US-PJM", Layer.FIRM),
)
ADDITIONS = {("US", "solar_additions_all"): 40.0, ("CN", "solar_additions"): 180.0, ("CN", "nuclear_additions"): 5.0}


@cache
def shipped_view() -> View:
    """The shipped figures as known on the editions' day."""
    return View.of(Store.shipped(), as_of=DAY)


def write_claim_edition(
    directory: Path,
    *,
    edition_id: str = "e-20261123-cccccccccc",
    issued: datetime = datetime(2026, 11, 24, tzinfo=UTC),
    spare: Mapping[Key, float] | None = None,
    domestic: float = 0.6,
    view: View | None = None,
    scenarios: Mapping[str, Mapping[Key, float]] | None = None,
) -> Edition:
    """An edition by the product's own writer with claims judged.

    Args:
        directory: where editions live.
        edition_id: its identifier.
        issued: when.
        spare: supply over what is wanted at the median, by cell; 1 where left out.
        domestic: Chinese designers' part of China's compute.
        view: figures of its day; those that ship if None.
        scenarios: further ones, of which answers are kept alone, with what is spare in each.
    """
    figures = view or shipped_view()
    named = {"base": spare or {}, **(scenarios or {})}
    of_scenario = [(name, drawn_cells(_cells(plenty, domestic), {}, TIMELINE)) for name, plenty in named.items()]
    return write(
        directory,
        edition_id=edition_id,
        issued=issued,
        facts={
            "data_as_of": DAY.isoformat(),
            "data_sha256": figures.sha256(),
            "base_year": TIMELINE.base_year,
            "model_version": "m-1",
            "scenarios": list(named),
            "draws": DRAWS,
        },
        scenario_files=writer_of(of_scenario),
        readings=readings(figures, lambda _: assumed(DRAWS)) if scenarios else (),
        files={PACES: _paces(), **share_files(TIMELINE, draws=DRAWS)},
        documents=lambda edition: {evaluation.DOCUMENT: evaluation.document(edition, figures)},
    )


def _cells(spare: Mapping[Key, float], domestic: float) -> dict[Key, Paths]:
    cells = {}
    for seed, key in enumerate(CELLS):
        layer = key[1]
        rng = np.random.default_rng(seed)
        wanted = 10 * np.exp(0.3 * rng.standard_normal((DRAWS, 1)) + 0.02 * np.arange(len(TIMELINE.quarters)))
        supply = spare.get(key, 1.0) * wanted * np.exp(0.2 * rng.standard_normal(wanted.shape))
        if layer is Layer.FIRM:
            wanted[:, :4] = supply[:, :4] = np.nan
        china = domestic if key == ("CN", Layer.COMPUTE) else None
        cells[key] = Paths(
            wanted=wanted,
            bought=0.9 * wanted,
            supply=supply,
            housed=1.05 * supply if layer is Layer.COMPUTE else None,
            binding=rng.choice(len(Binding), size=wanted.shape).astype(float) if layer is Layer.POWER else None,
            pace=np.full(wanted.shape, 30.0) if layer is Layer.ENERGY else None,
            growth=np.full(wanted.shape, 30.0) if layer is Layer.ENERGY else None,
            base=np.full(DRAWS, 10.0) if layer in {Layer.ENERGY, Layer.POWER} else None,
            additions=0.5 * supply if layer is Layer.POWER else None,
            narrow=np.full(wanted.shape, 0.75) if layer is Layer.COMPUTE else None,
            huawei=None if china is None else np.full(wanted.shape, 0.8 * china),
            domestic=None if china is None else np.full(wanted.shape, china),
        )
    return cells


def _paces() -> pl.DataFrame:
    added = {
        pace_column(region, name, year): np.full(DRAWS, gw, np.float32)
        for (region, name), gw in ADDITIONS.items()
        for year in TIMELINE.years
    }
    restarts = {
        pace_column("US", "nuclear_restarts", year): np.full(DRAWS, min(0.4 * (place + 1), 2.2), np.float32)
        for place, year in enumerate(TIMELINE.years)
    }
    return pl.DataFrame(added | restarts)
