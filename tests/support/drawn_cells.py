"""What an edition is written from, out of paths made up by a test."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np

from projection.base.timeline import Timeline
from projection.cells.draw_table import DrawTable, route
from projection.cells.paths import EXPECTED, ConceptKey, Key, Paths
from projection.draws.identities import Identity, hold
from projection.draws.width_split import Split
from projection.edition.publish import Drawn, ScenarioWriter, Written
from projection.model.concepts import BookedDemand
from projection.model.routes import Routes

HELD = Identity("made_up", "Draws of a test are finite.", 0)


def drawn_cells(
    cells: Mapping[Key, Paths],
    split: Split,
    timeline: Timeline,
    routes: Mapping[Key, Mapping[str, np.ndarray]] | None = None,
    booked: Mapping[ConceptKey, BookedDemand] | None = None,
) -> Drawn:
    """Paths, (draw, quarter), as they stand, and demand from order books."""
    draws = len(next(iter(cells.values())).wanted)
    by_place = {}
    for (region, layer, concept), demand in (booked or {}).items():
        by_place[region, layer, concept.value] = demand.demand
        if demand.expected is not None:
            by_place[region, layer, EXPECTED] = demand.expected
    table = DrawTable.blank(timeline, cells, draws=draws, booked=list(by_place))
    table.put(cells)
    for place, path in by_place.items():
        table.put_path(place, path)
    of_routes = DrawTable.of_routes(timeline, routes or {}, draws=draws)
    bands = {}
    for key, by_route in (routes or {}).items():
        for name, path in by_route.items():
            of_routes.put_path((*key, route(name)), path)
        bands[key] = Routes.of({name: of_routes.rows(*key, route(name)) for name in by_route})
    ties = ((f"{region}|{layer}", paths.wanted[:, -1], paths.wanted[:, -1]) for (region, layer), paths in cells.items())
    return Drawn(table, bands, split, identities=(hold(HELD, ties),))


def writer_of(scenarios: Iterable[tuple[str, Drawn]]) -> Callable[[ScenarioWriter], Iterator[tuple[str, Written]]]:
    """Write scenarios that are drawn already, those after the first held against it."""

    def write(writer: ScenarioWriter) -> Iterator[tuple[str, Written]]:
        base = None
        for name, draws in scenarios:
            yield name, writer.write(name, replace(draws, base=base))
            base = base or draws

    return write
