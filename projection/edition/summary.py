"""What an edition keeps of a scenario without draws, cell by cell: points, what limits a region, the pace of supply.

Of what a scenario does not move nothing is read: base answers of it.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import product

from data.base.layers import DemandConcept, Layer, Status
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition import bands
from projection.edition.edition import BASE, FREQUENCIES, Cell, Edition
from projection.edition.limits import LIMITS, POWER_LAYERS, limits
from projection.edition.names import cell_name


def answers(edition: Edition, scenario: str) -> dict[str, bytes]:
    """Answers, JSON by question, read off the draws of a scenario at every level and threshold that is kept."""
    return dict((*_points(edition, scenario), *_limits(edition, scenario), *_pace(edition, scenario)))


def unaffected(
    edition: Edition,
    scenario: str,
    regions: Iterable[str],
    layers: Iterable[Layer],
    concepts: Iterable[DemandConcept],
) -> bool:
    """Whether a scenario affects none of the cells there are of some regions, layers and readings of demand."""
    cells = (
        edition.cell(region, layer, scenario=scenario, demand=demand)
        for region, layer, demand in product(regions, layers, concepts)
    )
    return all(edition.unaffected(cell) for cell in cells if cell.status is not Status.UNAVAILABLE)


def _points(edition: Edition, scenario: str) -> Iterator[tuple[str, bytes]]:
    for region, layer, concept in product(REGIONS_ANSWERED, Layer, DemandConcept):
        for narrow in (False, True) if layer is Layer.COMPUTE else (False,):
            cell = edition.cell(region, layer, scenario=scenario, demand=concept, narrow=narrow)
            if cell.status is not Status.UNAVAILABLE and not edition.unaffected(cell):
                yield from _of_cell(edition, cell, narrow=narrow)


def _of_cell(edition: Edition, cell: Cell, *, narrow: bool) -> Iterator[tuple[str, bytes]]:
    for freq in FREQUENCIES:
        points = edition.answer(cell, freq=freq, levels=bands.LEVELS, above=bands.THRESHOLDS[cell.unit])
        question = bands.of_points(cell.region, cell.layer, cell.demand_concept, freq, narrow=narrow)
        yield question, bands.POINTS.dump_json(points)


def _limits(edition: Edition, scenario: str) -> Iterator[tuple[str, bytes]]:
    for region, freq in product(REGIONS_ANSWERED, FREQUENCIES):
        if unaffected(edition, scenario, [region], POWER_LAYERS, [DemandConcept.BOUGHT]):
            continue
        of_region = limits(edition, region, scenario=scenario, freq=freq)
        if of_region:
            yield bands.of_limits(region, freq), LIMITS.dump_json(of_region)


def _pace(edition: Edition, scenario: str) -> Iterator[tuple[str, bytes]]:
    for region, layer in product(REGIONS_ANSWERED, Layer):
        quantities = edition.pace(edition.cell(region, layer, scenario=scenario))
        if quantities and (scenario == BASE or quantities != edition.pace(edition.cell(region, layer))):
            yield bands.of_pace(cell_name(region, layer)), json.dumps(quantities).encode()
