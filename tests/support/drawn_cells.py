"""What an edition is written from, out of paths made up by a test."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key, Paths
from projection.draws.identities import of_published
from projection.draws.ratios import apply_ratios
from projection.edition.publish import Drawn, Split, Written, write_scenario
from projection.model.routes import Routes


def drawn_cells(
    cells: Mapping[Key, Paths],
    split: Split,
    timeline: Timeline,
    routes: Mapping[Key, Mapping[str, np.ndarray]] | None = None,
) -> Drawn:
    """Paths, (draw, quarter), as they stand: no floor is put under them."""
    draws = len(next(iter(cells.values())).demand)
    table = DrawTable.blank(timeline, cells, draws=draws)
    table.put(cells)
    apply_ratios(table)
    binds = {key: paths.binds for key, paths in cells.items() if paths.binds is not None}
    quarters = list(table.points(next(layer for _, layer in cells)).quarters)
    bands = {
        key: Routes.of({name: np.ascontiguousarray(path.T[quarters], np.float32) for name, path in by_route.items()})
        for key, by_route in (routes or {}).items()
    }
    return Drawn(table, binds, bands, split, identities=tuple(of_published(table, most_at_16_bit=1.0)))


def writer_of(scenarios: Iterable[tuple[str, Drawn]]) -> Callable[[Path], Iterator[tuple[str, Written]]]:
    """Write scenarios that are drawn already."""
    return lambda folder: ((name, write_scenario(folder, name, draws)) for name, draws in scenarios)
